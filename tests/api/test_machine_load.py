"""How much longer work takes beside other programs."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from glide_studio.api import machine_load
from glide_studio.api.machine_load import estimate_slowdown, forget_waiting


class Machine:
    """Threads of a process as Linux lists them, a clock, and other programs' processor time."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.now, self.others = folder, 100.0, 700.0
        monkeypatch.setattr(machine_load, "THREADS", folder)
        monkeypatch.setattr(machine_load, "_samples", deque([(0.0, {})], maxlen=30))
        monkeypatch.setattr(machine_load.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(machine_load, "_readings", deque([(0.0, 0.0)]))
        monkeypatch.setattr(machine_load, "_read_others", lambda: self.others)
        monkeypatch.setattr(os, "cpu_count", lambda: 2)

    def run(self, thread: str, seconds: float, waited: float) -> None:
        (self.folder / thread).mkdir(exist_ok=True)
        times = f"{seconds * 1e9:.0f} {waited * 1e9:.0f} 12\n"
        (self.folder / thread / "schedstat").write_text(times)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_what_own_threads_waited_tells_more_than_the_load(machine: Machine) -> None:
    machine.run("1", 2.0, 0.5)
    machine.run("2", 0.0, 0.0)
    assert estimate_slowdown() == pytest.approx(1.25), "all since the start of the process"
    machine.now += 5
    machine.run("2", 1.0, 2.0)
    assert estimate_slowdown() == pytest.approx(3.0), "only what was new"
    machine.run("2", 2.0, 2.1)
    assert estimate_slowdown() == pytest.approx(3.0), "it is not looked at all the time"
    machine.now += 5
    assert estimate_slowdown() == pytest.approx(1.1)


def test_a_short_while_of_work_is_judged_with_what_was_before(machine: Machine) -> None:
    machine.run("1", 1.0, 1.0)
    assert estimate_slowdown() == pytest.approx(2.0)
    machine.now += 5
    machine.run("1", 1.1, 1.9)
    assert estimate_slowdown() == pytest.approx(3.0 / 1.1)


def test_what_was_waited_while_the_program_loaded_is_forgotten(machine: Machine) -> None:
    machine.run("1", 4.0, 20.0)
    assert estimate_slowdown(10.0) == pytest.approx(6.0)
    machine.now, machine.others = 105.0, 735.0
    forget_waiting()
    assert estimate_slowdown(10.0) == pytest.approx(4.0), "other programs, for now"
    machine.now += 5
    machine.run("1", 5.0, 20.5)
    assert estimate_slowdown(10.0) == pytest.approx(1.5)


def test_long_work_is_judged_by_a_longer_past(machine: Machine) -> None:
    machine.run("1", 8.0, 4.0)
    assert estimate_slowdown() == pytest.approx(1.5)
    machine.now += 5
    machine.run("1", 9.0, 8.0)
    assert estimate_slowdown(0.5) == pytest.approx(5.0), "the last second"
    assert estimate_slowdown(5.0) == pytest.approx(17 / 9)
    assert estimate_slowdown(60.0) == pytest.approx(17 / 9), "as long as there is"


def test_a_thread_that_ended_and_an_unreadable_one_count_no_more(machine: Machine) -> None:
    machine.run("1", 1.0, 1.0)
    machine.run("2", 5.0, 50.0)
    estimate_slowdown()
    machine.now += 5
    (machine.folder / "2" / "schedstat").unlink()
    machine.run("1", 2.0, 1.5)
    assert estimate_slowdown() == pytest.approx(1.5)


def test_without_such_times_other_programs_are_looked_at(machine: Machine) -> None:
    assert estimate_slowdown() == 4.0, "seven busy cores and this program, on two"
    machine.now, machine.others = 200.0, 1400.0
    machine.run("1", 10.0, 0.0)  # a system that does not count the waiting
    assert estimate_slowdown() == 4.0


def test_work_of_several_threads_waits_for_the_core_that_another_program_keeps(
    machine: Machine,
) -> None:
    machine.run("1", 2.0, 0.0002)
    assert estimate_slowdown() == pytest.approx(1.0, rel=0.01), "the window did not wait"
    machine.others = 0.0
    assert estimate_slowdown(threads=2) == pytest.approx(1.0, rel=0.01), "nothing else runs"
    machine.now, machine.others = 150.0, 150.0
    machine.run("1", 3.0, 0.0003)
    assert estimate_slowdown(threads=2) == pytest.approx(1.5), "three threads for two cores"
    assert estimate_slowdown() == pytest.approx(1.0, rel=0.01)
    machine.now += 5
    machine.run("1", 4.0, 4.0)
    assert estimate_slowdown(threads=2) == pytest.approx(5.0, rel=0.01), "the longer wait counts"


def test_what_other_programs_did_long_ago_does_not_count(machine: Machine) -> None:
    assert estimate_slowdown() == 4.0
    for _ in range(70):
        machine.now += 1
        assert estimate_slowdown() <= 4.0
    assert estimate_slowdown() == 1.0, "nothing in the last minute"
    machine.now += 30
    machine.others += 30.0
    assert estimate_slowdown() == 1.0, "one beside this one, on two cores"
    machine.now += 30
    machine.others += 90.0
    assert estimate_slowdown() == pytest.approx((1 + 2) / 2)


def test_other_programs_are_told_from_this_one_and_from_an_idle_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = SimpleNamespace(user=50.0, nice=5.0, system=20.0, idle=900.0, iowait=40.0, guest=3.0)
    monkeypatch.setattr(psutil, "cpu_times", lambda: times)
    monkeypatch.setattr(machine_load.time, "process_time", lambda: 15.0)
    assert machine_load._read_others() == 60.0

    def refuse() -> None:
        raise FileNotFoundError

    monkeypatch.setattr(psutil, "cpu_times", refuse)
    assert machine_load._read_others() == 0.0
