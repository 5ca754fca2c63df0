"""A captured machine while it is still in memory: nothing is written before all of it was looked through."""
from __future__ import annotations

import pathlib
from dataclasses import dataclass, field

PIECE_BYTES = 256 << 10  # /proc/sys refuses one read of 4 MiB and more (ENOMEM)


@dataclass
class Tree:
    """Files and symbolic links by their path below the captured root, without a leading slash."""

    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def keep(self, path: str, text: bytes | None) -> None:
        """A file; None, for what the machine does not have, keeps nothing."""
        if text is not None:
            self.files[path] = text

    def keep_link(self, path: str, target: str | None) -> None:
        if target is not None:
            self.links[path] = target

    def where(self, word: str) -> list[str]:
        """The paths in which `word` stands: in the text, in a link's target or in the path itself."""
        wanted = word.encode()
        found = [path for path, text in self.files.items() if wanted in text or word in path]
        return found + [path for path, target in self.links.items() if word in target or word in path]

    def write(self, folder: pathlib.Path) -> None:
        """Makes `folder`, which must be missing or empty."""
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
        for path, end in self.links.items():
            link = folder / path
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(end)


def read(path: pathlib.Path | str) -> bytes | None:
    """The file's bytes; None where it is missing, refused or answers with an error."""
    try:
        with open(path, "rb", buffering=0) as file:
            return b"".join(iter(lambda: file.read(PIECE_BYTES), b""))
    except OSError:
        return None


def link_target(path: pathlib.Path | str) -> str | None:
    try:
        return str(pathlib.Path(path).readlink())
    except OSError:
        return None


def names_in(path: pathlib.Path | str) -> list[str]:
    """The entries of a folder, sorted; none where it cannot be listed."""
    try:
        return sorted(entry.name for entry in pathlib.Path(path).iterdir())
    except OSError:
        return []
