"""A reader of journals, written from docs/journal_format.md: tests read back what the package recorded."""
from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

MASK = 2**64 - 1
STEP_FIELDS = {1: "loss", 2: "learning_rate", 4: "gradient_norm", 16: "step_time_seconds", 32: "data_wait_seconds"}


def splitmix64(state: int, count: int) -> list[int]:
    values = []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        mixed = state
        mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & MASK
        values.append(mixed ^ mixed >> 31)
    return values


KEYS = splitmix64(0x746964656D61726B, 18)


def fnv1a(data: bytes, start: int = 0) -> int:
    value = start ^ 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def checksum(slot: bytes, position: int, salt: int) -> int:
    words = struct.unpack("<16I", slot)
    total = KEYS[0] + KEYS[1] * words[0] + sum(KEYS[i] * words[i] for i in range(2, 16))
    total += KEYS[16] * (position >> 32) + KEYS[17] * salt
    return (total & MASK) >> 32


def position_of(word: int) -> int:
    position = word >> 16
    check = (position * 0x9E3779B97F4A7C15 & MASK) >> 48
    assert word == (position << 16 | check) & MASK, f"no position word: {word:#x}"
    return position


@dataclass
class Record:
    kind: str
    time_ns: int
    rank: int
    lane: int
    values: dict = field(default_factory=dict)

    def __getattr__(self, name):
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


class Journal:
    """All that lies between tail and head, lane by lane. Writes nothing and takes no lock."""

    def __init__(self, path: str | Path) -> None:
        with open(path, "rb") as file:
            self._header = file.read(0x10000)
            self._check_identity()
            (self.salt,) = struct.unpack_from("<I", self._header, 36)
            (self.slots_per_lane,) = struct.unpack_from("<I", self._header, 28)
            (self.lanes,) = struct.unpack_from("<I", self._header, 20)
            (self.version_minor,) = struct.unpack_from("<H", self._header, 14)
            self.root = struct.unpack_from("<Qi", self._header, 112)[::-1]
            self.dropped_no_lane, self.dropped_disabled = struct.unpack_from("<QQ", self._header, 0x480)
            self.dropped_full = 0
            self.owners: list[int] = []
            self.records = [record for lane in range(self.lanes) for record in self._lane(file, lane)]

    def of(self, *kinds: str) -> list[Record]:
        return [record for record in self.records if record.kind in kinds]

    def steps(self) -> list[Record]:
        return self.of("step")

    def events(self, type: str | None = None) -> list[Record]:
        return [event for event in self.of("event") if type in (None, event.type)]

    def label(self) -> str:
        best = (0, "")
        for at in (0xA000, 0xC000):
            generation, check, size = struct.unpack_from("<QQI", self._header, at)
            text = self._header[at + 24 : at + 24 + size]
            if generation and fnv1a(text, generation) == check:
                best = max(best, (generation, text.decode()))
        return best[1]

    def _check_identity(self) -> None:
        assert self._header[:8] == b"TIDEMARK"
        assert struct.unpack_from("<I", self._header, 8) == (0x01020304,)
        assert struct.unpack_from("<H", self._header, 12) == (1,)
        assert struct.unpack_from("<Q", self._header, 128) == (fnv1a(self._header[:128]),)

    def _lane(self, file, lane: int) -> list[Record]:
        entry = 0x1000 + lane * 512
        (state,) = struct.unpack_from("<Q", self._header, entry)
        if state & 0xFF == 1:
            self.owners.append(state >> 32)
        (head_word,) = struct.unpack_from("<Q", self._header, entry + 128)
        self.dropped_full += struct.unpack_from("<Q", self._header, entry + 144)[0]
        (tail_word,) = struct.unpack_from("<Q", self._header, entry + 256)
        head = position_of(head_word) if head_word else 0
        tail = position_of(tail_word) if tail_word else 0
        lane_bytes = -(-self.slots_per_lane * 64 // 65536) * 65536
        records = []
        slots = []
        for position in range(tail, head):
            file.seek(0x10000 + lane * lane_bytes + position % self.slots_per_lane * 64)
            slot = file.read(64)
            sequence, check = struct.unpack_from("<II", slot)
            assert sequence == position & 0xFFFFFFFF and check == checksum(slot, position, self.salt)
            slots.append(slot)
        while slots:
            records.append(self._record(slots, lane))
        return records

    def _record(self, slots: list[bytes], lane: int) -> Record:
        slot = slots.pop(0)
        kind, flags, rank, argument = struct.unpack_from("<BBHI", slot, 8)
        if kind in (1, 6):
            step, time_ns, loss, rate, norm, took, waited = struct.unpack_from("<qqdddff", slot, 16)
            values = dict(zip(STEP_FIELDS.values(), (loss, rate, norm, took, waited)))
            known = {name: values[name] for flag, name in STEP_FIELDS.items() if flags & flag}
            if flags & 8:
                known["batch_size"] = argument
            return Record("step" if kind == 1 else "completion", time_ns, rank, lane, {"step": step, **known})
        if kind in (2, 3, 4):
            time_ns, type_bytes = struct.unpack_from("<qH", slot, 16)
            payload = slot[32:64]
            while len(payload) < argument:
                more = slots.pop(0)
                assert more[8] == 255
                payload += more[16:]
            payload = payload[:argument]
            name = payload[:type_bytes].decode()
            if kind == 2:
                text = payload[type_bytes:].decode()
                details = json.loads(text, parse_constant=_no_constant) if text else {}
                return Record("event", time_ns, rank, lane, {"type": name, "details": details})
            return Record("phase_start" if kind == 3 else "phase_end", time_ns, rank, lane, {"name": name})
        assert kind == 5, kind
        names = ("step", "allocated", "reserved", "peak_allocated", "peak_reserved")
        time_ns, *numbers = struct.unpack_from("<qqQQQQ", slot, 16)
        values = {"device": ("cpu", "cuda", "mps")[flags], "index": argument, **dict(zip(names, numbers))}
        return Record("allocator", time_ns, rank, lane, values)


def _no_constant(name: str):
    raise AssertionError(f"{name} is no JSON")
