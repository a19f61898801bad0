"""Threads of one editor: what is answered, and what is not after the end."""

from __future__ import annotations

import threading
from pathlib import Path

from glide_studio.editor.workers import ThreadWorker
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
