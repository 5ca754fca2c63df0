"""A Mac: what its own commands print, under commands/, as the sensing stage reads them from a recorded tree."""
from __future__ import annotations

from .gpus import ask
from .redact import Redactor
from .tree import Tree

SYSCTLS = ["hw.memsize", "hw.optional.arm64", "machdep.cpu.brand_string", "kern.memorystatus_vm_pressure_level",
           "vm.swapusage"]


def keep_mac(tree: Tree, root: int, redact: Redactor) -> None:
    keep_text(tree, "vm_stat", ask(["/usr/bin/vm_stat"]))
    keep_text(tree, "sysctl", "".join(ask(["/usr/sbin/sysctl", name]) or "" for name in SYSCTLS))
    keep_text(tree, "ps", run_rows(ask(["/bin/ps", "-axo", "pid=,ppid=,rss=,comm="]) or "", root, redact))


def keep_text(tree: Tree, program: str, text: str | None) -> None:
    if text:
        tree.keep(f"commands/{program}.txt", text.encode())


def run_rows(table: str, root: int, redact: Redactor) -> str:
    """The rows of the process and its descendants; all others without their programs' names."""
    rows = [line.split(None, 3) for line in table.splitlines()]
    rows = [row for row in rows if len(row) == 4]
    run = {root}
    while new := {int(pid) for pid, parent, _, _ in rows if int(parent) in run} - run:
        run |= new
    return "".join(f"{pid:>5} {parent:>5} {rss:>6} {redact.program(name) if int(pid) in run else '/other'}\n"
                   for pid, parent, rss, name in rows)
