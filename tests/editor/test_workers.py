"""Threads of one editor: what is answered, and what is not after the end."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from glide_studio.api.thread_priority import BACKGROUND_NICENESS
from glide_studio.editor.workers import Task, ThreadWorker
from glide_studio.errors import GlideError
from tests.editor.loop import Loop, threaded_editor
from tests.editor.standin import StandInEngine


def finished_work(worker: ThreadWorker, answers: list[object]) -> None:
    """Work that is done, and whose answer waits in the loop."""
    done = threading.Event()

    def work() -> str:
        return "made"

    worker.run(work, answers.append, answers.append)
    worker.run(done.set, lambda _: None, answers.append)
    assert done.wait(60)


def test_an_answer_that_may_be_dropped_finds_no_closed_window() -> None:
    loop, answers = Loop(), []
    worker = ThreadWorker(loop.post, "pool", cancel_at_close=True)
    finished_work(worker, answers)
    worker.close()
    loop.run_posted()
    assert answers == []


def test_progress_that_may_be_dropped_finds_no_closed_window() -> None:
    loop, told = Loop(), []
    worker = ThreadWorker(loop.post, "pool", cancel_at_close=True)
    worker.post(lambda: told.append("half"))
    loop.run_posted()
    worker.post(lambda: told.append("whole"))
    worker.close()
    loop.run_posted()
    assert told == ["half"]


def test_what_must_be_answered_is_answered_after_the_end_too() -> None:
    loop, answers = Loop(), []
    worker = ThreadWorker(loop.post, "files")
    finished_work(worker, answers)
    worker.close()
    loop.run_posted()
    assert answers == ["made"]


def test_a_failure_after_the_end_is_told_to_nobody(tmp_path: Path) -> None:
    told: list[object] = []
    with threaded_editor(StandInEngine(), tmp_path) as (editor, _):
        editor.notice.connect(told.append)
        editor.notify_error(GlideError("The disk is full; free some space."))
        assert len(told) == 1
        editor.close()
        editor.notify_error(GlideError("The disk is full; free some space."))
    assert len(told) == 1


def test_no_thread_of_a_closed_editor_is_left(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with threaded_editor(StandInEngine(), tmp_path) as (editor, loop):
        done: list[str] = []
        editor.run_in_background(lambda: "made", done.append)
        loop.run_until(lambda: done == ["made"])
        assert set(threading.enumerate()) - before
        editor.close()
        assert set(threading.enumerate()) <= before


def test_closing_ends_work_under_way_at_its_next_look_and_begins_no_other() -> None:
    loop, done, begun = Loop(), [], threading.Event()
    worker, task = ThreadWorker(loop.post, "pool", cancel_at_close=True), Task()

    def work() -> None:
        begun.set()
        for _ in range(3000):
            task.check()
            time.sleep(0.01)
        done.append("to the end")

    worker.run(work, done.append, done.append, task)
    waiting = worker.run(lambda: done.append("the next"), done.append, done.append)
    assert begun.wait(60)
    worker.close()
    loop.run_posted()
    assert done == []
    assert task.is_cancelled
    assert waiting.is_cancelled
    assert worker.run(lambda: done.append("late"), done.append, done.append).is_cancelled


def test_a_worker_that_must_answer_ends_what_was_handed_over() -> None:
    loop, done, go = Loop(), [], threading.Event()
    worker = ThreadWorker(loop.post, "files")
    first = worker.run(lambda: go.wait(60), done.append, done.append)
    worker.run(lambda: "second", done.append, done.append)
    threading.Timer(0.05, go.set).start()
    worker.close()
    loop.run_posted()
    assert done == [True, "second"]
    assert not first.is_cancelled
    late = worker.run(lambda: "late", done.append, done.append)
    loop.run_posted()
    assert late.is_cancelled
    assert done == [True, "second"]


def test_a_defect_is_told_as_one_and_a_cancelled_task_says_nothing() -> None:
    loop, told = Loop(), []
    worker = ThreadWorker(loop.post, "pool")

    def broken() -> None:
        raise ZeroDivisionError("1 / 0")

    def refused() -> None:
        raise GlideError("No.")

    worker.run(broken, told.append, told.append)
    worker.run(refused, told.append, told.append)
    cancelled = Task()
    cancelled.cancel()
    worker.run(broken, told.append, told.append, cancelled)
    worker.close()
    loop.run_posted()
    assert [str(one) for one in told] == ["That did not work (1 / 0); please report this.", "No."]
    assert all(isinstance(one, GlideError) for one in told)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority")
def test_work_in_the_background_lets_the_window_go_first() -> None:
    loop, answers = Loop(), []
    for background in (False, True):
        worker = ThreadWorker(loop.post, "work", background=background)
        worker.run(lambda: os.getpriority(os.PRIO_PROCESS, 0), answers.append, answers.append)
        worker.close()
    loop.run_posted()
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert answers == [own, min(19, max(own, BACKGROUND_NICENESS))]
