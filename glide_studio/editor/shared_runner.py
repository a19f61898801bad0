"""`SharedRunner`: one engine, and one set of weights, for several open documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from glide_studio.api.engine_protocol import Engine
from glide_studio.api.request import Request
from glide_studio.editor.runner import EngineRunner, RequestQueue


class SharedRunner:
    """Lends one runner to editors; each sees the messages of all and picks its own by their ids."""

    def __init__(self, base: EngineRunner) -> None:
        self.base = base
        self.outcome: str | None = None  # what `ready` said, None until then
        base.ready.connect(self._remember)

    def lease(self) -> EngineRunner:
        """Make a runner for one editor; closing it cancels the requests of that editor alone."""
        return _Lease(self)

    def close(self) -> None:
        """End all runs and the engine's thread."""
        self.base.close()

    def _remember(self, outcome: str) -> None:
        self.outcome = outcome


class _Lease(EngineRunner):
    """The base runner as one editor sees it."""

    def __init__(self, shared: SharedRunner) -> None:
        super().__init__(shared.base.build)
        self._shared = shared
        self.requests = _OwnRequests(shared.base.requests)
        self._disconnect = (
            shared.base.updated.connect(self.updated.emit),
            shared.base.ready.connect(self.ready.emit),
        )

    @property
    def engine(self) -> Engine | None:
        return self._shared.base.engine

    def start(self) -> None:
        if self._shared.outcome is None:
            self._shared.base.start()
        else:
            self.ready.emit(self._shared.outcome)

    def run_until_done(self) -> None:
        self._shared.base.run_until_done()

    def free_memory(self) -> None:
        self._shared.base.free_memory()

    def close(self) -> None:
        self.requests.close()
        for disconnect in self._disconnect:
            disconnect()


class _OwnRequests(RequestQueue):
    """Passes calls on, and remembers which requests came from here."""

    def __init__(self, base: RequestQueue) -> None:
        super().__init__()
        self._base = base
        self._own: set[str] = set()

    def add(self, request: Request, prepare: Callable[[], Request] | None = None) -> None:
        self._own.add(request.id)
        self._base.add(request, prepare)

    def cancel(self, request_id: str) -> bool:
        return self._base.cancel(request_id)

    def pause(self, request_id: str, paused: bool) -> None:
        self._base.pause(request_id, paused)

    def arrange(self, request_ids: Sequence[str]) -> None:
        self._base.arrange(request_ids)

    def wake(self) -> None:
        self._base.wake()

    def close(self) -> None:
        for request_id in self._own:
            self._base.cancel(request_id)
