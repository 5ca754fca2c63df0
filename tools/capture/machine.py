"""The machine's own files: memory, pressure, NUMA nodes, and the run's cgroups up to the root."""
from __future__ import annotations

import pathlib

from .processes import mounts
from .redact import Redactor, kernel_release
from .tree import Tree, link_target, names_in, read

MACHINE = ["meminfo", "vmstat", "stat", "loadavg", "pressure/memory", "pressure/cpu", "pressure/io"]
CGROUP = [f"memory.{name}" for name in (
    "max high current peak stat events events.local swap.current swap.max swap.events oom.group pressure "  # v2
    "limit_in_bytes usage_in_bytes max_usage_in_bytes oom_control failcnt memsw.failcnt memsw.limit_in_bytes "  # v1
    "memsw.usage_in_bytes memsw.max_usage_in_bytes").split()] + ["cgroup.controllers", "release_agent"]


def keep_machine(tree: Tree, redact: Redactor) -> None:
    for name in MACHINE:
        tree.keep(f"proc/{name}", read(f"/proc/{name}"))
    tree.keep("proc/self/mountinfo", mounts(read("/proc/self/mountinfo"), redact))
    for namespace in ("pid", "cgroup"):  # the initial ones have fixed numbers
        tree.keep_link(f"proc/self/ns/{namespace}", link_target(f"/proc/self/ns/{namespace}"))
    tree.keep("proc/sys/kernel/hostname", b"host\n")
    tree.keep("proc/sys/kernel/random/boot_id", b"00000000-0000-4000-8000-000000000000\n")
    tree.keep("proc/sys/kernel/osrelease", kernel_release(read("/proc/sys/kernel/osrelease")))
    for file in ("overcommit_memory", "swappiness", "panic_on_oom"):
        tree.keep(f"proc/sys/vm/{file}", read(f"/proc/sys/vm/{file}"))
    keep_nodes(tree)


def keep_nodes(tree: Tree) -> None:
    nodes = "sys/devices/system/node"
    tree.keep(f"{nodes}/possible", read(f"/{nodes}/possible"))
    for name in names_in(f"/{nodes}"):
        if name.startswith("node") and name[4:].isdigit():
            for file in ("meminfo", "cpulist"):
                tree.keep(f"{nodes}/{name}/{file}", read(f"/{nodes}/{name}/{file}"))


def keep_cgroups(tree: Tree, pid: int, redact: Redactor) -> None:
    """The memory cgroup of the process and all that lie above it, in whatever hierarchy."""
    memberships = (read(f"/proc/{pid}/cgroup") or b"").decode(errors="replace").splitlines()
    for line in (read("/proc/self/mountinfo") or b"").decode(errors="replace").splitlines():
        left, _, right = line.partition(" - ")
        root, point = left.split()[3:5]
        kind, _, options = right.split()[:3]
        if kind != "cgroup2" and not (kind == "cgroup" and "memory" in options.split(",")):
            continue
        for entry in memberships:
            _, controllers, path = entry.split(":", 2)
            of_this = controllers == "" if kind == "cgroup2" else "memory" in controllers.split(",")
            if of_this and is_below(path, root):
                keep_levels(tree, pathlib.Path(point), path[len(root.rstrip("/")):], redact)


def is_below(path: str, root: str) -> bool:
    return root == "/" or path == root or path.startswith(root + "/")


def keep_levels(tree: Tree, mount: pathlib.Path, below: str, redact: Redactor) -> None:
    """The files of each folder from the process's own up to where the hierarchy is mounted."""
    levels = [level for level in below.split("/") if level]
    for depth in range(len(levels), -1, -1):
        source = mount.joinpath(*levels[:depth])
        target = mount.joinpath(*(redact.group(level) for level in levels[:depth]))
        for name in CGROUP:
            text = read(source / name)
            if name == "release_agent" and text:  # a path of the machine's; that the file is there is what counts
                text = b"\n"
            tree.keep(f"{target}/{name}".lstrip("/"), text)
