"""Never lose work: the open document's working store, fed behind the user's back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.document.history import History, State
from glide_studio.document.tile import Pixels, Tile
from glide_studio.editor.background import Background
from glide_studio.errors import GlideError
from glide_studio.io.project.working_store import WorkingStore


class Shelf:
    """The `TileStore` of a history whose working store is still being made in the background."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._store: WorkingStore | None = None

    def put_up(self, store: WorkingStore | None) -> None:
        """The store is there; None if it could not be made."""
        self._store = store
        self._there.set()

    @property
    def store(self) -> WorkingStore:
        """The store; waits for it.

        Raises:
            GlideError: if there is none.
        """
        self._there.wait()
        if self._store is None:
            raise GlideError(
                "There is no room for this edit; save the document and free disk space."
            )
        return self._store

    def save(self, tiles: Sequence[Tile]) -> None:
        """See `TileStore`."""
        self.store.save(tiles)

    def load(self, tile_id: int) -> Pixels:
        """See `TileSource`."""
        return self.store.load(tile_id)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a store records of a history (`Recordable`), as it was at one moment."""

    states: tuple[State, ...]
    visited: tuple[str, ...]
    thumbnails: Mapping[str, NDArray[np.uint8]]

    def thumbnail(self, state_id: str) -> NDArray[np.uint8] | None:
        """See `History.thumbnail`."""
        return self.thumbnails.get(state_id)


def snapshot(history: History) -> Snapshot:
    """`history` as it is now: the writer runs in the background, and the user goes on editing."""
    states = history.states
    pictures = ((state.id, history.thumbnail(state.id)) for state in states)
    kept = {state_id: picture for state_id, picture in pictures if picture is not None}
    return Snapshot(states, history.visited, kept)


class Keeper:
    """One working store at a time. Writing is done in the background, in the order of the edits."""

    def __init__(
        self, background: Background, folder: Path | None, failed: Callable[[GlideError], object]
    ) -> None:
        """folder: of the working stores, None for the platform's. failed: is told of a full disk."""
        self._background = background
        self._failed = failed
        self._shelf: Shelf | None = None
        self._history: History | None = None
        self.folder = folder

    def begin(self, make: Callable[[Shelf], History], title: str, source: Path) -> History:
        """A history, made with the shelf for its cold tiles, and a new store that keeps it."""
        shelf = Shelf()
        history = make(shelf)
        first, folder = snapshot(history), self.folder

        def create() -> None:
            store = None
            try:
                store = WorkingStore.create(first, title, source=source, folder=folder)
            finally:
                shelf.put_up(store)

        self._background.run(create, lambda _: None, self._failed)
        self._shelf, self._history = shelf, history
        return history

    def take_up(self, store: WorkingStore, history: History) -> None:
        """Go on with a store that holds `history` already."""
        self._shelf, self._history = Shelf(), history
        self._shelf.put_up(store)

    def verify(self, then: Callable[[int], object]) -> None:
        """Look for tiles that cannot be read; `then` is told how many there are."""
        if self._shelf is not None:
            shelf = self._shelf
            self._background.run(lambda: shelf.store.verify(), then, self._failed)

    def record(self, durable: bool) -> None:
        """An edit, undo or redo is finished. durable: it shall outlive a power cut too."""
        if self._shelf is not None and self._history is not None:
            shelf, now = self._shelf, snapshot(self._history)
            self._background.run(
                lambda: shelf.store.record(now, durable=durable), lambda _: None, self._failed
            )

    def put(
        self,
        kind: str,
        key: str,
        value: Any,
        arrays: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        """Keep something that is not the document; see `WorkingStore.put`."""
        if self._shelf is not None:
            shelf = self._shelf
            self._background.run(
                lambda: shelf.store.put(kind, key, value, arrays), lambda _: None, self._failed
            )

    def project_work(self, path: Path) -> Callable[[], None]:
        """What has to run, in any thread, to write the document to a `.glide` file."""
        shelf, history = self._shelf, self._history
        assert shelf is not None
        assert history is not None
        now = snapshot(history)

        def write() -> None:
            shelf.store.record(now)
            shelf.store.write_project(path)

        return write

    def end(self, *, discard: bool) -> None:
        """Close the store; after everything that was handed to the background has run."""
        if self._shelf is not None:
            shelf, self._shelf, self._history = self._shelf, None, None
            self._background.run(
                lambda: shelf.store.close(discard=discard), lambda _: None, lambda _: None
            )
