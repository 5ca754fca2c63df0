"""From a driver's answers to the report, with the stand-in driver that the unit tests load."""
from __future__ import annotations

import pytest
from conftest import TIDEMARK, Bench

STAND_IN = TIDEMARK.parent / "src/sensing/libfake_nvml.so"

# The driver lists this process as the run's.
TRAINER = """
import os, sys, time
with open(sys.argv[1], "w") as file:
    file.write(str(os.getpid()))
time.sleep(2.5)
"""


def run_with(bench: Bench, scenario: str, **variables: str) -> dict:
    if not STAND_IN.exists():
        pytest.skip(f"{STAND_IN} is not built")
    drivers = bench.folder / "drivers"
    drivers.mkdir()
    (drivers / "libnvidia-ml.so.1").symlink_to(STAND_IN)
    pid_file = bench.folder / "pid"
    done = bench.tidemark("run", "--interval", "0.2", "--", "/usr/bin/python3", bench.script(TRAINER), str(pid_file),
                          LD_LIBRARY_PATH=str(drivers), FAKE_NVML_SCENARIO=scenario,
                          FAKE_NVML_PID_FILE=str(pid_file), **variables)
    assert done.returncode == 0, done.stderr
    return bench.analysis()


def parts(analysis: dict) -> dict[str, float]:
    return {part["component"]: part["gb"] * 1024 for part in analysis["breakdown"]}


def gpu_pools(analysis: dict) -> list[dict]:
    return [pool for pool in analysis["summary"]["pools"] if pool["kind"] == "gpu"]


def test_a_cards_memory_is_a_pool_of_its_own_divided_by_who_holds_it(bench: Bench) -> None:
    analysis = run_with(bench, "rtx4090")
    pool = analysis["summary"]["limiting_pool"]
    assert (pool["kind"], pool["index"], pool["device_name"]) == ("gpu", 0, "NVIDIA GeForce RTX 4090")
    assert pool["limit_gb"] * 1024 == pytest.approx(24564 - 380), "less what the driver keeps"
    assert pool["peak_gb"] * 1024 == pytest.approx(14000)
    held = parts(analysis)
    assert held["gpu_memory"] == pytest.approx(13000)
    assert held["other_processes"] == pytest.approx(900)
    assert held["unattributed"] == pytest.approx(100)


def test_two_cards_that_the_run_may_use_are_two_pools_and_the_columns_have_their_sum(bench: Bench) -> None:
    pools = gpu_pools(run_with(bench, "two_gpus", CUDA_VISIBLE_DEVICES="0,1"))
    assert sorted(pool["index"] for pool in pools) == [0, 1]
    assert all(pool["limit_gb"] * 1024 == pytest.approx(24564 - 380) for pool in pools)
    used, busy, run_holds = bench.rows("SELECT gpu_memory_used_gb, gpu_utilization_percent, gpu_run_memory_bytes "
                                       "FROM MetricsSample WHERE gpu_count = 2 ORDER BY id DESC LIMIT 1")[0]
    assert (used * 1024, busy) == (pytest.approx(2 * 14000), pytest.approx(97)), "a sum and a mean"
    assert run_holds == 13000 << 20, "it is on the first alone"


def test_of_two_cards_the_one_where_the_driver_lists_the_run_is_its_pool(bench: Bench) -> None:
    assert [pool["index"] for pool in gpu_pools(run_with(bench, "two_gpus"))] == [0]


def test_slices_of_one_gpu_are_told_apart(bench: Bench) -> None:
    pools = gpu_pools(run_with(bench, "h100_mig"))
    assert pools, "slices have memory of their own"
    assert all(pool["index"] == 0 and pool["device_uid"].startswith("MIG-") for pool in pools)
    assert len({pool["device_uid"] for pool in pools}) == len(pools)


@pytest.mark.parametrize("scenario", ["gb10", "gb10_zero", "n1x"])
def test_memory_that_the_gpu_shares_is_one_pool(bench: Bench, scenario: str) -> None:
    analysis = run_with(bench, scenario)
    kinds = [pool["kind"] for pool in analysis["summary"]["pools"]]
    assert "unified" in kinds
    assert "host" not in kinds and "gpu" not in kinds
    ledger = analysis["ledger"]
    assert ledger["kind"] == "unified"
    assert sum(ledger["parts_gb"].values()) == pytest.approx(ledger["used_gb"], abs=1e-6)
    # The peak of the real machine may lie before the driver's first answer; later samples have it.
    with_gpu = [point["ledger_gb"] for point in analysis["metrics_timeline"] if "gpu_memory" in point.get("ledger_gb", {})]
    assert with_gpu
    assert with_gpu[-1]["gpu_memory"] * 1024 == pytest.approx(63931), "the run's, by the driver's list"
    assert with_gpu[-1]["counted_twice"] < 0, "the stand-in's figures are of a larger machine"


def test_doctor_names_the_pool_that_the_gpu_shares(bench: Bench) -> None:
    if not STAND_IN.exists():
        pytest.skip(f"{STAND_IN} is not built")
    (bench.folder / "libnvidia-ml.so.1").symlink_to(STAND_IN)
    told = bench.tidemark("doctor", LD_LIBRARY_PATH=str(bench.folder), FAKE_NVML_SCENARIO="gb10").stdout
    assert "pool unified" in told
    assert "pool host" not in told
    assert "programs hold" in told
