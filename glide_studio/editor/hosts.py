"""Where the engine runs: in a thread of its own (the window), or in the caller's (headless)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from glide_studio.api.events import Progress, Update
from glide_studio.api.protocol import Engine
from glide_studio.editor.interleave import Interleaver
from glide_studio.errors import GlideError

log = logging.getLogger(__name__)

Deliver = Callable[[Update], object]
Post = Callable[[Callable[[], object]], object]
"""Runs a function on the loop's thread, soon: `loop.call_soon_threadsafe`."""


class EngineHost(Protocol):
    """Holds the engine and steps the interleaver."""

    @property
    def engine(self) -> Engine | None:
        """The engine once it is built."""
        ...

    def attach(self, runs: Interleaver, deliver: Deliver, ready: Callable[[str], object]) -> None:
        """Tell where work comes from and messages go to; `ready` gets "" or why there is no engine."""
        ...

    def start(self) -> None:
        """Build the engine, if this has not begun yet."""
        ...

    def run_until_done(self) -> None:
        """Step in the caller's thread until nothing can make a step any more."""
        ...

    def free_memory(self) -> None:
        """Drop the weights, between two steps."""
        ...

    def close(self) -> None:
        """End all runs and the thread."""
        ...


class EngineHere:
    """Steps in the caller's thread, only inside `run_until_done`."""

    def __init__(self, build: Callable[[], Engine]) -> None:
        self._build = build
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine | None:
        return self._engine

    def attach(self, runs: Interleaver, deliver: Deliver, ready: Callable[[str], object]) -> None:
        self._runs, self._deliver, self._ready = runs, deliver, ready

    def start(self) -> None:
        if self._engine is None:
            self._engine = self._build()
            self._ready("")

    def run_until_done(self) -> None:
        self.start()
        assert self._engine is not None
        while update := self._runs.step(self._engine):
            self._deliver(update)

    def free_memory(self) -> None:
        if self._engine is not None:
            self._engine.free_memory()

    def close(self) -> None:
        self._runs.close()
        if self._engine is not None:
            self.run_until_done()


class EngineThread:
    """One thread that builds the engine and holds it; messages come by `post` on the loop's thread.

    What the loop has not read yet is coalesced: of two waiting `Progress` of a request the newer
    one wins, so that a slow window is never behind. `build` lowers the thread's priority, if it shall
    give way to the window.
    """

    def __init__(self, build: Callable[[], Engine], post: Post) -> None:
        self._build = build
        self._post = post
        self._engine: Engine | None = None
        self._thread: threading.Thread | None = None
        self._waiting: list[Update] = []
        self._lock = threading.Lock()
        self._free = False

    @property
    def engine(self) -> Engine | None:
        return self._engine

    def attach(self, runs: Interleaver, deliver: Deliver, ready: Callable[[str], object]) -> None:
        self._runs, self._deliver, self._ready = runs, deliver, ready

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="engine")
            self._thread.start()

    def run_until_done(self) -> None:
        raise RuntimeError("An engine with a thread of its own is not stepped by hand.")

    def free_memory(self) -> None:
        self._free = True
        self._runs.wake()

    def close(self) -> None:
        self._runs.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        try:
            self._engine = engine = self._build()
        except Exception as error:
            if not isinstance(error, GlideError):
                log.exception("The engine could not be built")
            reason = str(error)
            self._post(lambda: self._ready(reason))
            while self._runs.wait():
                for failed in self._runs.fail(reason):
                    self._put(failed)
            return
        self._post(lambda: self._ready(""))
        while self._runs.wait():
            if self._free:
                self._free = False
                engine.free_memory()
            if update := self._runs.step(engine):
                self._put(update)

    def _put(self, update: Update) -> None:
        with self._lock:
            wake = not self._waiting
            if isinstance(update, Progress):
                self._waiting = [
                    old
                    for old in self._waiting
                    if not (isinstance(old, Progress) and old.request == update.request)
                ]
            self._waiting.append(update)
        if wake:
            self._post(self._drain)

    def _drain(self) -> None:
        with self._lock:
            updates, self._waiting = self._waiting, []
        for update in updates:
            self._deliver(update)
