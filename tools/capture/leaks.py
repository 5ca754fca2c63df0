"""The last look before anything is written: none of the words that are private here may be in the tree."""
from __future__ import annotations

import re
from dataclasses import dataclass

from .redact import SYSTEM_FOLDERS
from .tree import Tree, read

LEAST_LENGTH = 8  # of a value of the environment or an argument: shorter ones are everywhere
# Words that are in every process's environment or arguments and mean nothing.
HARMLESS = re.compile(r"[\d.,:;_-]*|(?:/(?:usr|bin|sbin|lib|opt|dev|proc|sys|etc|tmp)(?:/|$)).*|python[\d.]*|PCI_BUS_ID"
                      r"|FASTEST_FIRST|--multiprocessing-fork|[Mm]emory.*|xterm\S*")


@dataclass(frozen=True)
class PrivateWord:
    what: str  # for the message, which never shows the word itself
    word: str


def private_words(run: list[int], user: str, host: str, home: str) -> list[PrivateWord]:
    """What may be nowhere: names of user, host and home, all arguments and values of the environment of the run."""
    words = [PrivateWord("the user's name", user), PrivateWord("the host's name", host)]
    words = [word for word in words if len(word.word) >= 4 and word.word != "root" and word.word != "host"]
    if home.count("/") >= 2:
        words.append(PrivateWord("the home folder", home))
    for pid in run:
        for part in (read(f"/proc/{pid}/cmdline") or b"").split(b"\0"):
            words += long_word(f"an argument of process {pid}", part)
        for part in (read(f"/proc/{pid}/environ") or b"").split(b"\0"):
            name, _, value = part.partition(b"=")
            words += long_word(f"{name.decode(errors='replace')} of process {pid}'s environment", value)
    return words


def long_word(what: str, text: bytes) -> list[PrivateWord]:
    word = text.decode(errors="replace")
    harmless = len(word) < LEAST_LENGTH or word.startswith(SYSTEM_FOLDERS) or HARMLESS.fullmatch(word)
    return [] if harmless else [PrivateWord(what, word)]


def find_leaks(tree: Tree, words: list[PrivateWord]) -> list[str]:
    """A line for each private word that is in the tree, without the word."""
    return [f"{word.what} would be in {paths[0]}" for word in words if (paths := tree.where(word.word))]
