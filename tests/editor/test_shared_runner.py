"""One engine for several open documents: each hears of its own requests and ends no other's."""

from __future__ import annotations

import pytest

from glide_studio.api.events import Cancelled, Finished, Update
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.editor.runner import EngineRunner, InlineRunner
from glide_studio.editor.shared_runner import SharedRunner
from glide_studio.imaging.geometry import Box
from tests.editor.standin import StandInEngine


def request() -> Request:
    return Request("fill", "a red apple", Box(0, 0, 8, 8), Sampling(steps=2))


def hear(runner: EngineRunner) -> list[Update]:
    heard: list[Update] = []
    runner.updated.connect(heard.append)
    return heard


def ends(updates: list[Update], kind: type[Update]) -> list[str]:
    return [update.request for update in updates if isinstance(update, kind)]


def test_the_engine_is_built_once_and_its_outcome_told_to_later_ones_too() -> None:
    built: list[StandInEngine] = []

    def build() -> StandInEngine:
        built.append(StandInEngine())
        return built[-1]

    shared = SharedRunner(InlineRunner(build))
    first, second = shared.lease(), shared.lease()
    outcomes: list[str] = []
    first.ready.connect(outcomes.append)
    first.start()
    assert outcomes == [""]
    second.ready.connect(outcomes.append)
    second.start()
    assert outcomes == ["", ""]
    assert len(built) == 1
    assert first.engine is second.engine is built[0]
    assert first.build is shared.base.build


def test_cancel_says_whether_there_was_such_a_run() -> None:
    runner = SharedRunner(InlineRunner(StandInEngine)).lease()
    one = request()
    runner.requests.add(one)
    assert runner.requests.cancel(one.id) is True
    assert runner.requests.cancel("another") is False
    heard = hear(runner)
    runner.run_until_done()
    assert ends(heard, Cancelled) == [one.id]


def test_closing_one_document_ends_its_requests_alone() -> None:
    shared = SharedRunner(InlineRunner(StandInEngine))
    closed, open_one = shared.lease(), shared.lease()
    ended, kept = request(), request()
    closed.requests.add(ended)
    open_one.requests.add(kept)
    silent, heard = hear(closed), hear(open_one)
    closed.close()
    open_one.run_until_done()
    assert ends(heard, Cancelled) == [ended.id]
    assert ends(heard, Finished) == [kept.id]
    assert silent == []


def test_closing_the_shared_runner_ends_all_requests() -> None:
    shared = SharedRunner(InlineRunner(StandInEngine))
    lease, left = shared.lease(), request()
    heard = hear(lease)
    lease.requests.add(left)
    shared.close()
    lease.run_until_done()
    assert ends(heard, Cancelled) == [left.id]


def test_memory_is_freed_in_the_shared_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedRunner(InlineRunner(StandInEngine))
    freed: list[bool] = []
    monkeypatch.setattr(shared.base, "free_memory", lambda: freed.append(True))
    shared.lease().free_memory()
    assert freed == [True]
