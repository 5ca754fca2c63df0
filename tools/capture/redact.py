"""What is private, and what stands in its place. The same name gets the same stand-in everywhere in one capture,
because the sensing stage compares them: a process's cgroup with a folder, a worker's program with the trainer's."""
from __future__ import annotations

import re

# Programs that are the system's own, or multiprocessing's usual one; anything else lies in a folder whose name is
# nobody's business.
SYSTEM_FOLDERS = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/lib/systemd/",
                  "/lib/systemd/", "/System/", "/usr/libexec/", "/Library/Apple/")
# Levels of a cgroup hierarchy that every machine of a kind has. A user's own id is kept as 1000.
PLAIN_GROUP = re.compile(r"(init\.scope|(system|user|machine|app|session|background)\.slice|docker|kubepods(\.slice)?"
                         r"|kubepods-(besteffort|burstable)\.slice|besteffort|burstable|lxc|slurm|system"
                         r"|slurmstepd\.scope|session-\w+\.scope|step_\w+|task_\d+|user|tasks?|unified|memory)")
OWN_SLICE = re.compile(r"(user-|user@|uid_)\d+(\.slice|\.service)?")
GROUP_KIND = re.compile(r"\.(slice|scope|service)$")
KERNEL_VERSION = re.compile(rb"\d+\.\d+(\.\d+)?")


class Redactor:
    """Stand-ins of one capture."""

    def __init__(self) -> None:
        self._folders: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self._devices: dict[str, int] = {}

    def program(self, path: str) -> str:
        """A program's path: the system's own as it is, of others a numbered folder and the kind of program."""
        if path.startswith(SYSTEM_FOLDERS):
            return path
        folder, _, name = path.removesuffix(" (deleted)").rpartition("/")
        number = self._folders.setdefault(folder + "/" + name, len(self._folders) + 1)
        return f"/programs/{number}/{program_kind(name)}"

    def group(self, name: str) -> str:
        """One level of a cgroup's path."""
        if name in ("", ".", "..") or PLAIN_GROUP.fullmatch(name):
            return name
        if own := OWN_SLICE.fullmatch(name):
            return f"{own.group(1)}1000{own.group(2) or ''}"
        kind = GROUP_KIND.search(name)
        number = self._groups.setdefault(name, len(self._groups) + 1)
        return f"group-{number}{kind.group(0) if kind else ''}"

    def group_path(self, path: str) -> str:
        return "/".join(self.group(level) for level in path.split("/"))

    def device(self, unique: str) -> str:
        """A GPU's UUID, of the same form."""
        number = self._devices.setdefault(unique, len(self._devices) + 1)
        prefix = "MIG-" if unique.startswith("MIG-") else "GPU-"
        return f"{prefix}00000000-0000-4000-8000-{number:012d}"


def program_kind(name: str) -> str:
    """python3.11 and the like keep their names; another program is only `program`."""
    known = re.match(r"(python|pypy|bash|sh|zsh|accelerate|torchrun|node)[\d.]*$", name)
    return known.group(0) if known else "program"


def command_name(name: str, program: str) -> str:
    """A process's comm, which it can set to anything: kept where it is its program's own name, else that."""
    own = program.rpartition("/")[2][:15]
    return name if name == own or name == program_kind(name) != "program" else own


def kernel_release(text: bytes | None) -> bytes | None:
    """6.18.0 of 6.18.0-acme-build7."""
    found = KERNEL_VERSION.match(text or b"")
    return found.group(0) + b"\n" if found else None
