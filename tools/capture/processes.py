"""The run's processes and, with their names off, the other programs that hold much of the machine."""
from __future__ import annotations

import os
import re

from .redact import Redactor, command_name
from .tree import Tree, link_target, names_in, read

NUMBERS = ["statm", "limits", "oom_score", "oom_score_adj"]
MULTIPROCESSING = re.compile(rb"--multiprocessing-fork|from multiprocess\w*\.\w+ import \w+")
WHOSE = re.compile(rb"^(Uid|Gid|Groups|NSsid|NSpgid):.*\n", re.M)
# What the monitor reads of the environment: which GPUs the run may use. Only a list of positions is kept.
GPU_VARIABLES = re.compile(rb"(?:CUDA_VISIBLE_DEVICES|HIP_VISIBLE_DEVICES|ROCR_VISIBLE_DEVICES)=[-\d,]*"
                           rb"|CUDA_DEVICE_ORDER=(?:PCI_BUS_ID|FASTEST_FIRST)")
DRM_KEYS = re.compile(rb"^drm-(driver|client-id|pdev|(resident|memory)-(vram|gtt)):.*\n", re.M)
# Programs that kill for want of memory are named by the system's log; whether one runs is part of the machine.
OOM_DAEMONS = (b"systemd-oomd", b"earlyoom", b"oomd", b"nohang")
LEAST_OF_OTHERS_BYTES = 64 << 20


def children(pid: int) -> dict[int, bytes]:
    """By thread, as the kernel lists them."""
    return {int(thread): read(f"/proc/{pid}/task/{thread}/children") or b""
            for thread in names_in(f"/proc/{pid}/task")}


def family(root: int) -> list[int]:
    """The process and its descendants."""
    found = [root]
    for pid in found:
        for text in children(pid).values():
            found += [int(word) for word in text.split()]
    return found


def with_name(stat: bytes | None, name: bytes) -> bytes | None:
    """/proc/PID/stat with another comm, which stands in the outermost parentheses (proc(5))."""
    if stat is None or b"(" not in stat:
        return None
    return stat[:stat.index(b"(") + 1] + name + stat[stat.rindex(b")"):]


def without_owner(status: bytes | None, name: bytes) -> bytes | None:
    if status is None:
        return None
    return WHOSE.sub(b"", re.sub(rb"^Name:.*\n", b"Name:\t" + name + b"\n", status, count=1))


def marks_of(command_line: bytes, program: str) -> bytes:
    """The program and the words by which multiprocessing marks its children; no other argument."""
    arguments = command_line.rstrip(b"\0").split(b"\0")[1:]
    marks = [mark.group(0) for word in arguments if (mark := MULTIPROCESSING.match(word))]
    return b"\0".join([program.encode(), *marks]) + b"\0"


def cgroup_lines(text: bytes | None, redact: Redactor) -> bytes | None:
    """/proc/PID/cgroup; a named v1 hierarchy (1:name=systemd:/...) keeps its name."""
    if text is None:
        return None
    lines = []
    for line in text.decode(errors="replace").splitlines():
        number, controllers, path = line.split(":", 2)
        lines.append(f"{number}:{controllers}:{redact.group_path(path)}\n")
    return "".join(lines).encode()


def mounts(text: bytes | None, redact: Redactor) -> bytes | None:
    """The lines of a mountinfo that the sensing stage looks for: /proc, cgroups, /dev/shm."""
    if text is None:
        return None
    wanted = (" - proc ", " - cgroup ", " - cgroup2 ", " /dev/shm ")
    lines = []
    for line in text.decode(errors="replace").splitlines():
        if not any(word in line for word in wanted):
            continue
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if right.startswith("cgroup"):
            fields[3] = redact.group_path(fields[3])
        fields[3] = fields[3] if right.startswith("cgroup") or fields[3] == "/" else "/other"
        kind, _, options = right.split(" ", 2)
        lines.append(f"{' '.join(fields)} - {kind} {kind} {options}\n")
    return "".join(lines).encode()


def keep_gpu_files(tree: Tree, pid: int) -> None:
    """amdgpu tells what a process holds in the fdinfo of what it opened below /dev/dri."""
    for name in names_in(f"/proc/{pid}/fd"):
        target = link_target(f"/proc/{pid}/fd/{name}")
        if target is None or not target.startswith("/dev/dri/"):
            continue
        tree.keep_link(f"proc/{pid}/fd/{name}", target)
        lines = DRM_KEYS.finditer(read(f"/proc/{pid}/fdinfo/{name}") or b"")
        tree.keep(f"proc/{pid}/fdinfo/{name}", b"".join(line.group(0) for line in lines))


def keep_process(tree: Tree, pid: int, redact: Redactor) -> None:
    """One process of the run."""
    folder = f"proc/{pid}"
    executable = link_target(f"/{folder}/exe")
    program = redact.program(executable) if executable else "/programs/0/program"
    comm = (read(f"/{folder}/comm") or b"").decode(errors="replace").rstrip("\n")
    name = command_name(comm, program).encode()
    tree.keep(f"{folder}/stat", with_name(read(f"/{folder}/stat"), name))
    tree.keep(f"{folder}/status", without_owner(read(f"/{folder}/status"), name))
    tree.keep(f"{folder}/smaps_rollup", read(f"/{folder}/smaps_rollup"))
    for file in NUMBERS:
        tree.keep(f"{folder}/{file}", read(f"/{folder}/{file}"))
    tree.keep(f"{folder}/cgroup", cgroup_lines(read(f"/{folder}/cgroup"), redact))
    tree.keep(f"{folder}/mountinfo", mounts(read(f"/{folder}/mountinfo"), redact))
    command_line = read(f"/{folder}/cmdline")
    tree.keep(f"{folder}/cmdline", marks_of(command_line, program) if command_line else command_line)
    words = (read(f"/{folder}/environ") or b"").split(b"\0")
    tree.keep(f"{folder}/environ", b"".join(w + b"\0" for w in words if GPU_VARIABLES.fullmatch(w)))
    tree.keep_link(f"{folder}/exe", program)
    for thread, text in children(pid).items():
        tree.keep(f"{folder}/task/{thread}/children", text)
    keep_gpu_files(tree, pid)


def keep_other_program(tree: Tree, pid: int, redact: Redactor) -> None:
    """A tenant: how much it holds and where, not what it is. Its smaps_rollup is left alone: reading it takes the
    program's own memory lock."""
    folder = f"proc/{pid}"
    comm = (read(f"/{folder}/comm") or b"").rstrip(b"\n")
    statm = (read(f"/{folder}/statm") or b"0 0").split()
    resident_bytes = int(statm[1]) * os.sysconf("SC_PAGESIZE")
    if comm not in OOM_DAEMONS and resident_bytes < LEAST_OF_OTHERS_BYTES:
        return
    name = comm if comm in OOM_DAEMONS else b"other"
    tree.keep(f"{folder}/stat", with_name(read(f"/{folder}/stat"), name))
    tree.keep(f"{folder}/status", without_owner(read(f"/{folder}/status"), name))
    tree.keep(f"{folder}/cgroup", cgroup_lines(read(f"/{folder}/cgroup"), redact))
    for file in ("statm", "oom_score", "oom_score_adj"):
        tree.keep(f"{folder}/{file}", read(f"/{folder}/{file}"))


def keep_others(tree: Tree, run: list[int], redact: Redactor) -> None:
    for name in names_in("/proc"):
        if name.isdigit() and int(name) not in run and int(name) != os.getpid():
            keep_other_program(tree, int(name), redact)
