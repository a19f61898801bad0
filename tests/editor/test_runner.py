"""Jobs: states, their queue, pause, cancel, and the engine's thread."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.api.engine_protocol import IsCancelled
from glide_studio.api.events import (
    FINAL,
    Cancelled,
    Failed,
    Finished,
    Progress,
    Started,
    Update,
)
from glide_studio.api.request import Kind, Request
from glide_studio.api.sampling import Sampling
from glide_studio.editor.jobs import Job, JobState
from glide_studio.editor.runner import InlineRunner, RequestQueue, ThreadRunner
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box
from tests.editor.standin import StandInEngine


def request(kind: Kind = "fill", steps: int = 3, prompt: str = "a red apple") -> Request:
    return Request(kind, prompt, Box(0, 0, 8, 8), Sampling(steps=steps))


def drain(runs: RequestQueue, engine: StandInEngine) -> list[Update]:
    return list(iter(lambda: runs.step(engine), None))


def test_a_job_goes_from_queued_over_running_to_fitting() -> None:
    engine, runs, order = StandInEngine(), RequestQueue(), request()
    runs.add(order)
    job = Job(order)
    seen = [job.state]
    for update in drain(runs, engine):
        job = job.advance(update)
        seen.append(job.state)
    assert seen[0] is JobState.QUEUED
    assert set(seen[1:-1]) == {JobState.RUNNING}
    assert job.state is JobState.FITTING
    assert job.fraction == 1.0
    assert [draft.index for draft in job.drafts] == [patch.index for patch in job.patches] == [0]
    assert job.patch(0).image.shape == (8, 8, 3)
    with pytest.raises(KeyError):
        job.patch(1)


def test_a_final_job_stays_as_it_is() -> None:
    job = Job(request()).advance(Cancelled("x"))
    assert job.advance(Started("x", "cpu")) is job


def test_a_short_job_runs_between_two_steps_of_a_long_one() -> None:
    engine, runs = StandInEngine(), RequestQueue()
    image = np.zeros((8, 8, 3), np.float32)
    long, short = request(steps=5), replace(request("select"), image=image)
    runs.add(long)
    first = [runs.step(engine) for _ in range(3)]
    runs.add(short)
    rest = drain(runs, engine)
    assert all(update is not None and update.request == long.id for update in first)
    ids = [update.request for update in rest]
    assert ids[:3] == [short.id] * 3
    assert set(ids[3:]) == {long.id}
    assert isinstance(rest[-1], Finished)


def test_a_finished_run_lets_go_of_its_pixels_at_once() -> None:
    """Without a cycle of references, which would keep them until the garbage is collected."""

    class Pixels(np.ndarray):
        """An array that can be watched."""

    gc.disable()
    try:
        engine, runs = StandInEngine(), RequestQueue()
        image = np.zeros((8, 8, 3), np.float32).view(Pixels)
        watched = weakref.ref(image)
        order = replace(request(), image=image)
        runs.add(request(), lambda order=order: replace(order, id=order.id))
        del image, order
        drain(runs, engine)
        engine.requests.clear()
        assert watched() is None
    finally:
        gc.enable()


def test_a_second_fill_waits_for_the_first() -> None:
    engine, runs = StandInEngine(), RequestQueue()
    first, second = request(), request()
    runs.add(first)
    runs.add(second)
    ids = [update.request for update in drain(runs, engine)]
    assert ids == sorted(ids, key=[first.id, second.id].index)


def test_a_paused_job_makes_no_step_and_lets_the_next_one_pass() -> None:
    engine, runs = StandInEngine(), RequestQueue()
    first, second = request(), request()
    runs.add(first)
    runs.add(second)
    runs.step(engine)
    runs.pause(first.id, True)
    assert {update.request for update in drain(runs, engine)} == {second.id}
    runs.pause(first.id, False)
    updates = drain(runs, engine)
    assert {update.request for update in updates} == {first.id}
    assert isinstance(updates[-1], Finished)


def test_a_late_step_does_not_wake_a_paused_job() -> None:
    order = request()
    job = Job(order, state=JobState.PAUSED)
    assert job.advance(Progress(order.id, "Drafting", 1, 2)).state is JobState.PAUSED


@pytest.mark.parametrize("steps_before", [0, 1, 3])
@pytest.mark.parametrize("paused", [False, True])
def test_cancel_ends_a_job_at_once_wherever_it_stands(steps_before: int, paused: bool) -> None:
    engine, runs, order = StandInEngine(), RequestQueue(), request(steps=50)
    runs.add(order)
    for _ in range(steps_before):
        runs.step(engine)
    runs.pause(order.id, paused)
    runs.cancel(order.id)
    assert drain(runs, engine) == [Cancelled(order.id)]
    assert len(engine.steps_done) <= steps_before


class BrokenEngine(StandInEngine):
    def run(self, request: Request, stop: IsCancelled) -> Iterator[Update]:
        yield Started(request.id, "stand-in")
        if request.prompt == "silence":
            return
        raise RuntimeError("wires crossed")


@pytest.mark.parametrize(
    ("prompt", "words"), [("crash", "wires crossed"), ("silence", "without a result")]
)
def test_a_defect_of_the_engine_ends_one_job_only(
    prompt: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    runs, broken, whole = RequestQueue(), request(prompt=prompt), request()
    runs.add(broken)
    *_, last = drain(runs, BrokenEngine())
    assert isinstance(last, Failed)
    assert words in last.message
    assert ("wires crossed" in caplog.text) == (prompt == "crash")
    runs.add(whole)
    assert isinstance(drain(runs, StandInEngine())[-1], Finished)


Move = tuple[str, int]


@given(st.lists(st.tuples(st.sampled_from(["pause", "resume", "stop", "step"]), st.integers(0, 3))))
def test_every_job_gets_exactly_one_final_message(moves: list[Move]) -> None:
    engine, runs = StandInEngine(), RequestQueue()
    kinds: list[Kind] = ["fill", "fill", "select", "upscale"]
    orders = [request(kind) for kind in kinds]
    for order in orders:
        runs.add(order)
    updates: list[Update | None] = []
    for verb, index in moves:
        if verb == "step":
            updates.append(runs.step(engine))
        elif verb == "stop":
            runs.cancel(orders[index].id)
        else:
            runs.pause(orders[index].id, verb == "pause")
    for order in orders:
        runs.pause(order.id, False)
    updates += drain(runs, engine)
    final = [update.request for update in updates if isinstance(update, FINAL)]
    assert sorted(final) == sorted(order.id for order in orders)


def test_an_inline_runner_steps_only_when_told() -> None:
    engine, got = StandInEngine(), list[Update]()
    runner = InlineRunner(lambda: engine)
    runner.updated.connect(got.append)
    runner.requests.add(request())
    assert runner.engine is None
    runner.run_until_done()
    assert isinstance(got[-1], Finished)
    runner.free_memory()
    assert engine.freed == 1
    runner.close()


def test_an_inline_runner_that_is_closed_ends_what_waits() -> None:
    got = list[Update]()
    runner = InlineRunner(StandInEngine)
    runner.updated.connect(got.append)
    runner.start()
    waiting = request()
    runner.requests.add(waiting)
    runner.close()
    assert got == [Cancelled(waiting.id)]


def test_a_thread_runner_delivers_on_the_loop_and_ends() -> None:
    engine = StandInEngine()
    got: list[tuple[Update, int]] = []

    async def main() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        runner = ThreadRunner(lambda: engine, loop.call_soon_threadsafe)

        def deliver(update: Update) -> None:
            got.append((update, threading.get_ident()))
            if isinstance(update, FINAL):
                done.set()

        runner.updated.connect(deliver)
        runner.start()
        runner.requests.add(request(steps=20))
        await asyncio.wait_for(done.wait(), 60)
        runner.free_memory()
        runner.close()

    asyncio.run(main())
    assert isinstance(got[-1][0], Finished)
    assert {thread for _, thread in got} == {threading.get_ident()}
    assert not [thread for thread in threading.enumerate() if thread.name == "engine"]


def test_the_newest_preview_wins_and_nothing_else_is_lost() -> None:
    posted: list[object] = []
    got: list[Update] = []
    runner = ThreadRunner(StandInEngine, posted.append)
    runner.updated.connect(got.append)
    runner.requests.add(request(steps=40))
    runner.start()
    end = time.monotonic() + 60
    while not any(isinstance(one, Finished) for one in tuple(runner._undelivered)):
        assert time.monotonic() < end
        time.sleep(0.01)
    runner.close()
    for function in posted:
        assert callable(function)
        function()
    kinds = [type(update).__name__ for update in got]
    assert kinds == ["Started", "Progress", "Draft", "Finished"]
    newest = got[1]
    assert isinstance(newest, Progress)
    assert newest.done == 40


def test_closing_cancels_what_runs() -> None:
    got = list[Update]()
    runner = ThreadRunner(StandInEngine, lambda function: function())
    runner.updated.connect(got.append)
    runner.requests.add(request(steps=1000))
    runner.start()
    runner.close()
    assert [update for update in got if isinstance(update, FINAL)]
    assert isinstance(got[-1], (Cancelled, Finished))


def test_without_an_engine_every_job_fails_with_the_reason() -> None:
    def build() -> StandInEngine:
        raise GlideError("The model 'objects' is missing; install the program again.")

    got, reasons = list[Update](), list[str]()
    runner = ThreadRunner(build, lambda function: function())
    runner.updated.connect(got.append)
    runner.ready.connect(reasons.append)
    order = request()
    runner.requests.add(order)
    runner.start()
    runner.close()
    assert reasons == ["The model 'objects' is missing; install the program again."]
    assert got == [Failed(order.id, reasons[0])]
