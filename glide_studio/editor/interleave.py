"""Several requests on one engine: one generator each, one step at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from glide_studio.api.events import FINAL, Cancelled, Failed, Update
from glide_studio.api.protocol import Engine
from glide_studio.api.request import Request

log = logging.getLogger(__name__)

SHORT = frozenset({"select"})
"""Kinds that the user waits for with the hand on the mouse: they overtake between two steps."""


@dataclass(slots=True, eq=False)
class _Run:
    """A request under way. `stopped` and `paused` are written by the loop, read by the engine."""

    request: Request
    stopped: bool = False
    paused: bool = False
    updates: Iterator[Update] | None = None

    @property
    def runnable(self) -> bool:
        # A paused run must still be able to say that it was cancelled.
        return self.stopped or not self.paused


class Interleaver:
    """The runs in order of arrival. `step` belongs to the engine's thread, the rest to the loop's.

    Short runs go first, then the oldest one: a second fill waits until the first is done or paused,
    since two at a time would finish neither sooner and hold twice the memory.
    """

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}
        self._news = threading.Condition()
        self._closed = False

    def submit(self, request: Request) -> None:
        """Queue a request."""
        with self._news:
            self._runs[request.id] = _Run(request)
            self._news.notify()

    def stop(self, request: str) -> bool:
        """Ask a run to end; its last message will be `Cancelled`. False if there is no such run."""
        with self._news:
            run = self._runs.get(request)
            if run is not None:
                run.stopped = True
                self._news.notify()
            return run is not None

    def pause(self, request: str, paused: bool) -> None:
        """Hold a run at the end of its step, or let it go on."""
        with self._news:
            if run := self._runs.get(request):
                run.paused = paused
                self._news.notify()

    def wake(self) -> None:
        """Make a waiting `wait` return."""
        with self._news:
            self._news.notify()

    def close(self) -> None:
        """Stop all runs; `wait` does not block any more."""
        with self._news:
            self._closed = True
            for run in self._runs.values():
                run.stopped = True
            self._news.notify()

    def wait(self) -> bool:
        """Block until a run can make a step or somebody calls `wake`; False once closed and empty."""
        with self._news:
            if self._next() is None and not self._closed:
                self._news.wait()
            return not (self._closed and not self._runs)

    def step(self, engine: Engine) -> Update | None:
        """One step of the most urgent run; None if none can make one.

        An exception of the engine is a defect: it is logged and ends that run, not the thread.
        """
        with self._news:
            run = self._next()
        if run is None:
            return None
        update = self._advance(run, engine)
        if isinstance(update, FINAL):
            with self._news:
                del self._runs[run.request.id]
        return update

    def fail(self, message: str) -> Iterator[Failed]:
        """End every run with `message`: there is no engine."""
        with self._news:
            runs, self._runs = self._runs, {}
        for request in runs:
            yield Failed(request, message)

    def _next(self) -> _Run | None:
        runs = [run for run in self._runs.values() if run.runnable]
        return min(runs, key=lambda run: run.request.kind not in SHORT, default=None)

    @staticmethod
    def _advance(run: _Run, engine: Engine) -> Update:
        try:
            if run.updates is None:
                if run.stopped:
                    return Cancelled(run.request.id)
                run.updates = iter(engine.run(run.request, lambda: run.stopped))
            return next(run.updates)
        except StopIteration:
            return Failed(run.request.id, "The model ended without a result; please try again.")
        except Exception as error:
            log.exception("The engine failed on request %s", run.request.id)
            return Failed(
                run.request.id, f"The model failed ({error}); try again or choose another model."
            )
