"""Where the engine runs: in a thread of its own (the window), or in the caller's (headless)."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from glide_studio.api.engine_protocol import Engine
from glide_studio.api.events import FINAL, Cancelled, Failed, Progress, Update
from glide_studio.api.request import Request
from glide_studio.editor.workers import Post, WorkCancelled
from glide_studio.errors import GlideError
from glide_studio.signals import Signal
from glide_studio.translation import translate

SHORT_KINDS = frozenset({"select"})
"""Kinds of requests that the user waits for at the canvas: they go first, between two steps."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Run:
    """A request under way. `cancelled` and `paused` are written by the loop, read by the engine."""

    request: Request
    prepare: Callable[[], Request]
    cancelled: bool = False
    paused: bool = False
    updates: Iterator[Update] | None = None

    @property
    def is_runnable(self) -> bool:
        # A paused run must still be able to report that it was cancelled.
        return self.cancelled or not self.paused


class RequestQueue:
    """Requests in order of arrival. `step` belongs to the engine's thread, the rest to the loop's.

    After short requests the oldest one that is not paused makes the next step: two at a time would
    finish neither sooner and hold twice the memory.
    """

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}
        self._changed = threading.Condition()
        self._closed = False

    def add(self, request: Request, prepare: Callable[[], Request] | None = None) -> None:
        """Queue a request.

        prepare: returns it with its pixels; called on the engine's thread when its turn has come.
        """
        with self._changed:
            self._runs[request.id] = _Run(request, prepare or (lambda: request))
            self._changed.notify_all()

    def cancel(self, request_id: str) -> bool:
        """Ask a run to end; its last message will be `Cancelled`. False if there is no such run."""
        with self._changed:
            run = self._runs.get(request_id)
            if run is not None:
                run.cancelled = True
                self._changed.notify_all()
            return run is not None

    def pause(self, request_id: str, paused: bool) -> None:
        """Hold a run at the end of its step, or let it go on."""
        with self._changed:
            if run := self._runs.get(request_id):
                run.paused = paused
                self._changed.notify_all()

    def arrange(self, request_ids: Sequence[str]) -> None:
        """Put the requests that have not begun into this order, after those under way."""
        with self._changed:
            place = {request_id: number for number, request_id in enumerate(request_ids)}

            def key(run: _Run) -> tuple[bool, int]:
                waits = run.updates is None
                return waits, place.get(run.request.id, len(place)) if waits else 0

            runs = sorted(self._runs.values(), key=key)
            self._runs = {run.request.id: run for run in runs}

    def wake(self) -> None:
        """Make a waiting `wait` return."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Cancel all runs; `wait` does not block any more."""
        with self._changed:
            self._closed = True
            for run in self._runs.values():
                run.cancelled = True
            self._changed.notify_all()

    def wait(self) -> bool:
        """Block until a run can make a step or `wake` is called; False once closed and empty."""
        with self._changed:
            if self._next() is None and not self._closed:
                self._changed.wait()
            return not (self._closed and not self._runs)

    def step(self, engine: Engine) -> Update | None:
        """Make one step of the oldest run; None if none can make one.

        An exception of the engine is a defect: it is logged and ends that run, not the thread.
        """
        with self._changed:
            run = self._next()
        if run is None:
            return None
        update: Update
        try:
            if run.updates is None and run.cancelled:
                update = Cancelled(run.request.id)
            else:
                if run.updates is None:
                    run.updates = iter(engine.run(run.prepare(), lambda: run.cancelled))
                update = next(run.updates)
        except StopIteration:
            update = Failed(
                run.request.id,
                translate("Runner", "The model ended without a result; please try again."),
            )
        except WorkCancelled:
            update = Cancelled(run.request.id)
        except GlideError as error:
            update = Failed(run.request.id, str(error))
        except Exception as error:
            log.exception("The engine failed on request %s", run.request.id)
            update = Failed(
                run.request.id,
                translate(
                    "Runner", "The model failed ({error}); try again or choose another model."
                ).format(error=error),
            )
        if isinstance(update, FINAL):
            run.updates = None  # they hold the pixels, and hold themselves through `run`
            with self._changed:
                del self._runs[run.request.id]
                self._changed.notify_all()
        return update

    def fail_all(self, message: str) -> Iterator[Failed]:
        """End every run with `message`: there is no engine."""
        with self._changed:
            runs, self._runs = self._runs, {}
            self._changed.notify_all()
        for request_id in runs:
            yield Failed(request_id, message)

    def _next(self) -> _Run | None:
        runs = (run for run in self._runs.values() if run.is_runnable)
        return min(runs, key=lambda run: run.request.kind not in SHORT_KINDS, default=None)


class EngineRunner(ABC):
    """Builds the engine and steps its requests. All methods belong to the loop's thread.

    updated: messages of the runs. ready: "" once the engine is built, or why there is none.
    """

    def __init__(self, build: Callable[[], Engine]) -> None:
        self.updated: Signal[Update] = Signal()
        self.ready: Signal[str] = Signal()
        self.requests = RequestQueue()
        self.build = build
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine | None:
        """The engine once it is built."""
        return self._engine

    @abstractmethod
    def start(self) -> None:
        """Build the engine, if this has not begun yet."""

    @abstractmethod
    def run_until_done(self) -> None:
        """Step in the caller's thread until nothing can make a step any more."""

    @abstractmethod
    def free_memory(self) -> None:
        """Drop the weights, between two steps."""

    @abstractmethod
    def close(self) -> None:
        """End all runs and the thread."""


class InlineRunner(EngineRunner):
    """Steps in the caller's thread, only inside of `run_until_done`."""

    def start(self) -> None:
        if self._engine is None:
            self._engine = self.build()
            self.ready.emit("")

    def run_until_done(self) -> None:
        self.start()
        assert self._engine is not None
        while update := self.requests.step(self._engine):
            self.updated.emit(update)

    def free_memory(self) -> None:
        if self._engine is not None:
            self._engine.free_memory()

    def close(self) -> None:
        self.requests.close()
        if self._engine is not None:
            self.run_until_done()


class ThreadRunner(EngineRunner):
    """One thread that builds the engine and steps it; messages come by `post` on the loop's thread.

    What the loop has not read yet is coalesced: of two waiting `Progress` of a request only the
    newer one is delivered, so that a slow window is never behind.
    """

    def __init__(self, build: Callable[[], Engine], post: Post) -> None:
        super().__init__(build)
        self._post = post
        self._thread: threading.Thread | None = None
        self._undelivered: list[Update] = []
        self._lock = threading.Lock()
        self._free_memory = False

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="engine")
            self._thread.start()

    def run_until_done(self) -> None:
        raise RuntimeError("An engine with a thread of its own is not stepped by its caller.")

    def free_memory(self) -> None:
        self._free_memory = True
        self.requests.wake()

    def close(self) -> None:
        self.requests.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        try:
            self._engine = engine = self.build()
        except Exception as error:
            if not isinstance(error, GlideError):
                log.exception("The engine could not be built")
            reason = str(error)
            self._post(lambda: self.ready.emit(reason))
            while self.requests.wait():
                for failed in self.requests.fail_all(reason):
                    self._put(failed)
            return
        self._post(lambda: self.ready.emit(""))
        while self.requests.wait():
            if self._free_memory:
                self._free_memory = False
                engine.free_memory()
            self._step(engine)

    def _step(self, engine: Engine) -> None:
        # In a frame of its own: while the thread waits, nothing of the last result is kept.
        if update := self.requests.step(engine):
            self._put(update)

    def _put(self, update: Update) -> None:
        with self._lock:
            wake = not self._undelivered
            if isinstance(update, Progress):
                self._undelivered = [
                    old
                    for old in self._undelivered
                    if not (isinstance(old, Progress) and old.request == update.request)
                ]
            self._undelivered.append(update)
        if wake:
            self._post(self._drain)

    def _drain(self) -> None:
        with self._lock:
            updates, self._undelivered = self._undelivered, []
        for update in updates:
            self.updated.emit(update)
