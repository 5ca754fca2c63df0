"""The death certificate on cgroup v2, for real: a small virtual machine in software emulation, with the
distribution's kernel, in which `tidemark run` watches five deaths. Outside, the reports it printed are judged."""
from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess

import pytest
from conftest import TIDEMARK

HERE = pathlib.Path(__file__).parent / "vm"
KERNEL_PACKAGE = "linux-image-cloud-amd64"
BOOT_AND_RUN_SECONDS = 170

pytestmark = pytest.mark.long


def need(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"no {program}")
    return path


def run_or_skip(what: str, *command: str, cwd: pathlib.Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        pytest.skip(f"{what}: {done.stderr.strip()[-300:]}")
    return done.stdout


def kernel(folder: pathlib.Path) -> pathlib.Path:
    """The distribution's kernel, unpacked under the build folder, not installed. TIDEMARK_VM_KERNEL names another."""
    if given := os.environ.get("TIDEMARK_VM_KERNEL"):
        return pathlib.Path(given)
    for found in sorted(folder.glob("boot/vmlinuz-*")):
        return found
    need("apt-get")
    folder.mkdir(parents=True, exist_ok=True)
    names = re.findall(r"Depends: (linux-image-\S+)", run_or_skip("apt-cache", "apt-cache", "depends", KERNEL_PACKAGE))
    if not names:
        pytest.skip(f"the package {KERNEL_PACKAGE} is not known here")
    run_or_skip(f"{names[0]} cannot be had", "apt-get", "-qq", "download", names[0], cwd=folder)
    package = next(folder.glob("linux-image-*.deb"))
    run_or_skip("dpkg-deb", need("dpkg-deb"), "-x", str(package), str(folder))
    package.unlink()
    return next(folder.glob("boot/vmlinuz-*"))


def static_victim(folder: pathlib.Path) -> pathlib.Path:
    victim = folder / "victim"
    run_or_skip("no static C program can be built", need("cc"), "-O1", "-static", "-o", str(victim), str(HERE / "victim.c"))
    return victim


def libraries_of(program: pathlib.Path) -> list[pathlib.Path]:
    listed = run_or_skip("ldd", "ldd", str(program))
    return [pathlib.Path(found) for found in re.findall(r"(/\S+) \(0x", listed)]


class Archive:
    """A cpio archive as the kernel unpacks it (Documentation/driver-api/early-userspace/buffer-format.rst)."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.inode = 0
        self.folders: set[str] = set()

    def _add(self, name: str, mode: int, data: bytes) -> None:
        self.inode += 1
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        self.bytes += b"070701" + "".join(f"{field:08x}" for field in fields).encode() + name.encode() + b"\0"
        self.bytes += b"\0" * (-len(self.bytes) % 4)
        self.bytes += data
        self.bytes += b"\0" * (-len(self.bytes) % 4)

    def folder(self, name: str) -> None:
        parts = name.strip("/").split("/")
        for i in range(1, len(parts) + 1):
            path = "/".join(parts[:i])
            if path and path not in self.folders:
                self.folders.add(path)
                self._add(path, stat.S_IFDIR | 0o755, b"")

    def file(self, name: str, data: bytes) -> None:
        name = name.strip("/")
        if "/" in name:
            self.folder(name.rsplit("/", 1)[0])
        self._add(name, stat.S_IFREG | 0o755, data)

    def link(self, name: str, target: str) -> None:
        self._add(name.strip("/"), stat.S_IFLNK | 0o777, target.encode())

    def finish(self) -> bytes:
        self._add("TRAILER!!!", 0, b"")
        return bytes(self.bytes)


def make_initramfs(busybox: str, tidemark: pathlib.Path, victim: pathlib.Path) -> bytes:
    archive = Archive()
    for name in ("proc", "sys", "dev", "tmp", "bin"):
        archive.folder(name)
    archive.file("bin/busybox", pathlib.Path(busybox).read_bytes())
    for applet in ("sh", "mount", "mkdir", "echo", "uname", "poweroff", "sleep", "kill", "ip"):
        archive.link(f"bin/{applet}", "busybox")
    archive.file("bin/tidemark", tidemark.read_bytes())
    for library in libraries_of(tidemark):
        archive.file(str(library), library.read_bytes())
    archive.file("bin/victim", victim.read_bytes())
    archive.file("init", (HERE / "init.sh").read_bytes())
    return archive.finish()


@pytest.fixture(scope="module")
def deaths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """job.exit of each death, by its name."""
    emulator, busybox = need("qemu-system-x86_64"), need("busybox")
    folder = tmp_path_factory.mktemp("vm")
    image = kernel(TIDEMARK.resolve().parent / "vm-kernel")
    ramdisk = folder / "initramfs"
    tidemark = folder / "tidemark"  # without what only a debugger needs: all of it lies in the machine's memory
    run_or_skip("strip", need("strip"), "-o", str(tidemark), str(TIDEMARK))
    ramdisk.write_bytes(make_initramfs(busybox, tidemark, static_victim(folder)))
    console = folder / "console.log"
    with console.open("wb") as output:
        machine = subprocess.Popen(
            [emulator, "-accel", "tcg", "-m", "320", "-smp", "1", "-nographic", "-no-reboot", "-nic", "none", "-kernel",
             str(image), "-initrd", str(ramdisk), "-append", "console=ttyS0 quiet panic=-1 rdinit=/init"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            machine.wait(BOOT_AND_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            machine.kill()
            machine.wait()
    text = console.read_text(errors="replace").replace("\r", "")
    if "tidemark-vm: up" not in text:
        pytest.skip("the virtual machine did not start: " + text[-300:])
    assert "tidemark-vm: done" in text, text[-2000:]
    found = re.findall(r"tidemark-vm: report of (\w+)\n(.*?)tidemark-vm: end of report", text, re.DOTALL)
    # The kernel writes to the same console; its lines begin with a time.
    return {name: json.loads(re.sub(r"^\[ *\d+\.\d+\] .*\n", "", report, flags=re.MULTILINE))["job"]["exit"]
            for name, report in found}


def says(seen: dict, words: str) -> bool:
    return any(words in line for line in seen["evidence"])


def test_the_leafs_own_limit(deaths: dict[str, dict]) -> None:
    seen = deaths["leaf_limit"]
    assert (seen["kind"], seen["signal"]) == ("oom_killed", "SIGKILL")
    assert says(seen, "The limit was that of its own cgroup /leaf_limit/leaf, 64 MB (1 time out of memory)"), seen


def test_the_limit_of_the_cgroup_above(deaths: dict[str, dict]) -> None:
    seen = deaths["limit_above"]
    assert seen["kind"] == "oom_killed"
    assert says(seen, "The limit was that of the cgroup above it, /limit_above, 64 MB (1 time out of memory)"), seen


def test_the_machine_itself_out_of_memory(deaths: dict[str, dict]) -> None:
    seen = deaths["machine"]
    assert seen["kind"] == "oom_killed"
    assert says(seen, "the machine itself was out of memory"), seen
    assert not says(seen, "The limit was that of"), seen


def test_a_sigkill_by_hand(deaths: dict[str, dict]) -> None:
    seen = deaths["by_hand"]
    assert (seen["kind"], seen["signal"]) == ("signal", "SIGKILL"), seen
    assert says(seen, "SIGKILL alone is no proof"), seen


def test_a_cgroup_that_is_killed_as_a_whole(deaths: dict[str, dict]) -> None:
    seen = deaths["group"]
    assert (seen["kind"], seen["signal"]) == ("oom_killed", "SIGKILL"), seen
    assert says(seen, "The limit was that of its own cgroup /group/leaf, 64 MB"), seen
