"""The GPUs: amdgpu's files, and what NVIDIA's drivers answer to the questions that the sensing stage asks, under
commands/. UUIDs, serial numbers and board numbers are left out or stand-ins."""
from __future__ import annotations

import ctypes
import re
import subprocess

from .redact import Redactor
from .tree import Tree, names_in, read

CARD_FILES = ["gpu_busy_percent", "gpu_metrics", "mem_info_gtt_total", "mem_info_gtt_used", "mem_info_vis_vram_total",
              "mem_info_vis_vram_used", "mem_info_vram_total", "mem_info_vram_used", "product_name", "vendor", "device",
              "power/runtime_status"]
KFD = "sys/class/kfd/kfd"
SMI_QUESTIONS = {  # the fields of src/sensing/nvidia/smi_csv.cpp
    "nvidia-smi.gpus": "--query-gpu=uuid,pci.bus_id,index,memory.used,memory.total,memory.reserved,"
                       "utilization.gpu,name",
    "nvidia-smi.processes": "--query-compute-apps=gpu_uuid,pid,used_memory",
}
UNIQUE = re.compile(r"(?:GPU|MIG)-[\w/-]+")
PATIENCE_SECONDS = 20
NVML_SUCCESS = 0


def keep_amd(tree: Tree, run: list[int]) -> None:
    cards = "sys/class/drm"
    for card in names_in(f"/{cards}"):
        device = f"{cards}/{card}/device"
        if not re.fullmatch(r"card\d+", card) or read(f"/{device}/mem_info_vram_total") is None:
            continue
        for name in CARD_FILES:
            tree.keep(f"{device}/{name}", read(f"/{device}/{name}"))
        slot = re.search(rb"^PCI_SLOT_NAME=.*\n", read(f"/{device}/uevent") or b"", re.M)
        tree.keep(f"{device}/uevent", slot.group(0) if slot else None)
        for node in names_in(f"/{device}/drm"):
            tree.keep(f"{device}/drm/{node}/dev", read(f"/{device}/drm/{node}/dev"))
    for node in names_in(f"/{KFD}/topology/nodes"):
        folder = f"{KFD}/topology/nodes/{node}"
        tree.keep(f"{folder}/gpu_id", read(f"/{folder}/gpu_id"))
        minor = re.search(rb"^drm_render_minor .*\n", read(f"/{folder}/properties") or b"", re.M)
        tree.keep(f"{folder}/properties", minor.group(0) if minor else None)
    for pid in run:
        for name in names_in(f"/{KFD}/proc/{pid}"):
            if name.startswith("vram_"):
                tree.keep(f"{KFD}/proc/{pid}/{name}", read(f"/{KFD}/proc/{pid}/{name}"))


def ask(command: list[str]) -> str | None:
    """What a command prints; None where it is missing, fails or does not end."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def keep_nvidia_smi(tree: Tree, redact: Redactor, program: str = "nvidia-smi") -> None:
    for name, question in SMI_QUESTIONS.items():
        text = ask([program, question, "--format=csv,noheader,nounits"])
        if text is not None:
            tree.keep(f"commands/{name}.txt", UNIQUE.sub(lambda m: redact.device(m.group(0)), text).encode())


class Memory(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("total", "free", "used")]


class MemoryV2(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32)] + [(n, ctypes.c_uint64) for n in ("total", "reserved", "free", "used")]


class Utilization(ctypes.Structure):
    _fields_ = [("gpu", ctypes.c_uint32), ("memory", ctypes.c_uint32)]


class AddressingMode(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("value", ctypes.c_uint32)]


class Process(ctypes.Structure):
    _fields_ = [("pid", ctypes.c_uint32), ("used", ctypes.c_uint64), ("gpu_instance", ctypes.c_uint32),
                ("compute_instance", ctypes.c_uint32)]


# Function, what it fills, the version number that the caller writes into it first (nvml.h: size | version << 24).
NVML_QUESTIONS = [
    ("nvmlDeviceGetMemoryInfo_v2", MemoryV2, ctypes.sizeof(MemoryV2) | 2 << 24),
    ("nvmlDeviceGetMemoryInfo", Memory, None),
    ("nvmlDeviceGetUtilizationRates", Utilization, None),
    ("nvmlDeviceGetAddressingMode", AddressingMode, ctypes.sizeof(AddressingMode) | 1 << 24),
    ("nvmlDeviceGetNumaNodeId", ctypes.c_uint32, None),
]
MOST_PROCESSES = 256


def said(code: int, answer: str) -> str:
    """The code always: a driver's refusals are what a test needs most."""
    return f"{code} {answer}".rstrip()


def nvml_answer(library: ctypes.CDLL, device: ctypes.c_void_p, name: str, kind: type, version: int | None) -> str:
    if not hasattr(library, name):
        return "not in this driver"
    value = kind()
    if version is not None:
        value.version = version
    code = getattr(library, name)(device, ctypes.byref(value))
    if code != NVML_SUCCESS:
        return said(code, "")
    if not isinstance(value, ctypes.Structure):
        return said(code, str(value.value))
    fields = [field[0] for field in value._fields_ if field[0] != "version"]
    return said(code, " ".join(f"{field}={getattr(value, field)}" for field in fields))


def nvml_processes(library: ctypes.CDLL, device: ctypes.c_void_p, name: str) -> str:
    if not hasattr(library, name):
        return "not in this driver"
    count = ctypes.c_uint(MOST_PROCESSES)
    processes = (Process * MOST_PROCESSES)()
    code = getattr(library, name)(device, ctypes.byref(count), processes)
    shown = processes[:min(count.value, MOST_PROCESSES)] if code == NVML_SUCCESS else []
    return said(code, " ".join(f"{process.pid}:{process.used}" for process in shown))


def nvml_name(library: ctypes.CDLL, device: ctypes.c_void_p) -> str:
    text = ctypes.create_string_buffer(96)
    code = library.nvmlDeviceGetName(device, text, 96)
    return said(code, text.value.decode(errors="replace"))


def keep_nvml(tree: Tree, library_name: str = "libnvidia-ml.so.1") -> None:
    """commands/nvml.txt: a line a question, `DEVICE FUNCTION CODE VALUES`."""
    try:
        library = ctypes.CDLL(library_name)
    except OSError:
        return
    code = library.nvmlInit_v2()
    lines = [f"- nvmlInit_v2 {code}"]
    count = ctypes.c_uint()
    if code == NVML_SUCCESS:
        library.nvmlDeviceGetCount_v2(ctypes.byref(count))
    for index in range(count.value):
        device = ctypes.c_void_p()
        if library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)) != NVML_SUCCESS:
            continue
        lines.append(f"{index} nvmlDeviceGetName {nvml_name(library, device)}")
        for name, kind, version in NVML_QUESTIONS:
            lines.append(f"{index} {name} {nvml_answer(library, device, name, kind, version)}")
        for name in ("nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v3"):
            lines.append(f"{index} {name} {nvml_processes(library, device, name)}")
    if code == NVML_SUCCESS:
        library.nvmlShutdown()
    tree.keep("commands/nvml.txt", ("\n".join(lines) + "\n").encode())
