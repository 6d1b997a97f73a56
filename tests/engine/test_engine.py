"""Engines give the bytes that one process gives, whatever becomes of their workers."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from perturbcli.core.errors import SolverFailed
from perturbcli.core.smoothing import smooth
from perturbcli.engine import engine
from perturbcli.engine.deaths import WorkersDied
from perturbcli.engine.packing import Packer
from solvers.argmax import Argmax
from tests.engine.failing import Asked, Deadly, Dying, Refusing, lingering
from tests.skin.shell import perturb

SAMPLES = Path(__file__).parents[2] / "sample_problems"
THETA = np.array([0.3, 0.1, -0.4])
ENGINES = [["-j", "2"], ["--cluster", "local", "-j", "2"]]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers import this package by its name."""
    monkeypatch.syspath_prepend(str(SAMPLES.parent))


def wanted(options: list[str]) -> None:
    """Skip, saying so, where Dask is not installed."""
    if "--cluster" in options:
        pytest.importorskip("distributed", reason="Dask is not installed")


@pytest.mark.parametrize("options", ENGINES, ids=" ".join)
@pytest.mark.parametrize(
    "command",
    [
        ["smooth", "city_map.yaml", "--jacobian", "--solutions", "3", "-n", "3000"],
        ["smooth", "shift_plan.yaml", "--method", "monte-carlo", "-n", "2000"],
        ["smooth", "breakfast.yaml", "--method", "antithetic", "--tolerance", "0.02"],
        ["sweep", "city_map.yaml", "--epsilons", "0.5,2", "-n", "600"],
        ["sample", "city_map.yaml", "-n", "1000"],
        ["fit", "city_drives.csv", "--instance", "city_map.yaml", "--samples", "400000"],
    ],
    ids=lambda command: command[0] + " " + command[1],
)
def test_the_bytes_are_those_of_one_process(command: list[str], options: list[str]) -> None:
    wanted(options)
    words = [str(SAMPLES / word) if (SAMPLES / word).is_file() else word for word in command]
    words += [] if command[0] == "sample" else ["-f", "json", "--no-timing"]
    alone = perturb(*words)
    assert alone.code in {0, 5}, alone.err
    assert perturb(*words, *options).out == alone.out


def test_the_blocks_of_a_killed_worker_run_again(tmp_path: Path) -> None:
    oracle = Dying(tmp_path / "died")
    with engine(2) as run:
        result = smooth(oracle, THETA, samples=4000, method="monte-carlo", run=run)
    assert oracle.mark.exists()
    whole = smooth(oracle, THETA, samples=4000, method="monte-carlo")
    np.testing.assert_array_equal(
        result.perturbed_solution.estimate, whole.perturbed_solution.estimate
    )


def test_a_block_that_kills_every_worker_is_given_up(tmp_path: Path) -> None:
    with engine(2) as run, pytest.raises(SolverFailed, match="3 worker processes died"):
        smooth(Dying(tmp_path / "died", every=True), THETA, samples=4000, run=run)


def test_what_a_worker_raises_comes_through_and_the_pool_goes_on() -> None:
    with engine(2) as run:
        with pytest.raises(ValueError, match="had enough"):
            smooth(Refusing(), THETA, samples=4000, run=run)
        oracle = Argmax(shape=(3,))
        result = smooth(oracle, THETA, samples=4000, method="monte-carlo", run=run)
    assert result.status == "ok"


def test_an_oracle_is_packed_and_built_once() -> None:
    pack, oracle = Packer(), Argmax(shape=(3,))
    tasks = [pack(Asked(oracle, number)) for number in range(3)]
    assert tasks[0].oracle is tasks[1].oracle is tasks[2].oracle
    built = {id(task.unpacked.oracle) for task in tasks}  # type: ignore[attr-defined]
    assert len(built) == 1
    assert [task(1) for task in tasks] == [1, 2, 3]


@pytest.mark.parametrize("ordered", [True, False])
def test_the_block_that_is_given_up_is_the_one_that_kills(ordered: bool) -> None:
    found: list[int] = []
    with engine(2, ordered=ordered) as run, pytest.raises(WorkersDied) as raised:
        found.extend(run(Deadly(over=2), range(6)))
    assert raised.value.block == 2
    assert {0, 1} <= set(found) if ordered else 2 not in found


@pytest.mark.parametrize("cluster", [None, "local"])
def test_outcomes_come_as_they_are_ready_where_order_is_none(cluster: str | None) -> None:
    wanted([] if cluster is None else ["--cluster"])
    with engine(2, cluster, ordered=False) as run:
        found = list(run(Deadly(slow=3.0), range(6)))
    assert sorted(found) == list(range(6))
    assert found != list(range(6))


def test_a_worker_that_is_ending_is_left_to_end(capfd: pytest.CaptureFixture[str]) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=lingering)
    worker.start()
    worker.join()
    assert worker.exitcode == 0
    assert capfd.readouterr().err == ""


def test_workers_end_with_a_killed_parent() -> None:
    code = (
        "from perturbcli.engine import engine\n"
        "from tests.engine.failing import Deadly\n"
        "if __name__ == '__main__':\n"
        "    with engine(2) as run:\n"
        "        print(*run(Deadly(), range(4)), flush=True)\n"
        "        input()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=SAMPLES.parent, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"0 1 2 3\n"
    process.kill()
    assert process.communicate(timeout=20) == (b"", b"")
    deadline = time.monotonic() + 10
    while alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(process.pid)


def test_no_process_is_left_after_a_signal() -> None:
    command = [
        sys.executable, "-m", "perturbcli", "smooth", str(SAMPLES / "market_stall.yaml"),
        "--allow-code", "-n", "1000000", "-j", "2", "-f", "json",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    time.sleep(2.5)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert json.loads(out)["status"] == "interrupted"
    deadline = time.monotonic() + 10
    while alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(process.pid)


def alive(group: int) -> bool:
    """Whether a process group has a process."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("address", ["", "nonsense", "tcp://", "tcp://host", "tcp://host:port"])
def test_an_address_is_one(address: str) -> None:
    ended = perturb("smooth", SAMPLES / "city_map.yaml", "--cluster", address)
    assert ended.code == 2
    assert (
        f"--cluster: expected local, or an address such as tcp://host:8786, found '{address}'"
        in (ended.err)
    )


def test_a_signal_to_a_whole_job_with_a_cluster_keeps_its_result(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    result = tmp_path / "result.json"
    command = [
        sys.executable, "-m", "perturbcli", "smooth", str(SAMPLES / "city_map.yaml"), "-n", "1000000000",
        "--method", "monte-carlo", "--cluster", "local", "-j", "2", "-o", str(result),
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(4)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.decode().count("\n") == 1, err
    assert json.loads(result.read_text())["status"] == "interrupted"


def test_a_scheduler_that_is_lost_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    monkeypatch.setattr("perturbcli.engine.cluster.PATIENCE", 1)
    with (
        distributed.LocalCluster(
            n_workers=1, processes=False, dashboard_address=None, protocol="tcp"
        ) as cluster,
        engine(1, cluster.scheduler_address) as run,
    ):
        outcomes = iter(run(Deadly(), range(1000)))
        assert next(outcomes) == 0
        cluster.close()
        with pytest.raises(SolverFailed, match="lost the Dask scheduler"):
            list(outcomes)
