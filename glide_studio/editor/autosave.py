"""Autosave: the open document's working store, written in a thread of its own after every edit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.atomic import keep_registered
from glide_studio.document.history import History, HistoryState
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.editor.workers import Task, Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.types import Pixels
from glide_studio.io.project.tile_codec import PackedArray, pack_array
from glide_studio.io.project.working_store import (
    StoreBroken,
    StoreFull,
    WorkingStore,
    full_disk_error,
)
from glide_studio.translation import translate

NamedArray = tuple[str, NDArray[Any]]


class DeferredStore:
    """The `TileStore` of a history whose working store is still being created in the background."""

    def __init__(self) -> None:
        self._created = threading.Event()
        self._store: WorkingStore | None = None
        self._lock = threading.Lock()
        self._holders = 0
        self._discard: bool | None = None  # how it is to be closed; None until then

    def set_store(self, store: WorkingStore | None) -> None:
        """Release those who wait for the store; None if it could not be created."""
        self._store = store
        self._created.set()

    @property
    def is_missing(self) -> bool:
        """True if the store could not be created."""
        return self._created.is_set() and self._store is None

    @property
    def store(self) -> WorkingStore:
        """The store; blocks until it is created.

        Raises:
            GlideError: if that failed.
        """
        self._created.wait()
        if self._store is None:
            raise GlideError(
                translate(
                    "Autosave",
                    "There is no room for this edit; save the document and free disk space.",
                )
            )
        return self._store

    def hold(self) -> Callable[[], None]:
        """Keep the store open for who reads it until the returned function is called."""
        with self._lock:
            self._holders += 1

        def release() -> None:
            with self._lock:
                self._holders -= 1
            self._close_if_free()

        return release

    def close(self, *, discard: bool) -> None:
        """Close the store as soon as nothing reads it any more."""
        with self._lock:
            self._discard = discard
        self._close_if_free()

    def _close_if_free(self) -> None:
        with self._lock:
            if self._holders or self._discard is None:
                return
            discard, self._discard = self._discard, None
        with suppress(GlideError):  # there is none
            self.store.close(discard=discard)

    def holds(self, tile: Tile) -> bool:
        """See `TileStore`; False while the store is being created."""
        return self._store is not None and self._store.holds(tile)

    def load(self, tile_id: int) -> Pixels:
        """See `TileSource`."""
        return self.store.load(tile_id)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a store records of a history (`Recordable`), as it was at one moment."""

    states: tuple[HistoryState, ...]
    visited: tuple[str, ...]
    thumbnails: Mapping[str, NDArray[np.uint8]]

    def thumbnail(self, state_id: str) -> NDArray[np.uint8] | None:
        """See `History.thumbnail`."""
        return self.thumbnails.get(state_id)


def snapshot(history: History) -> Snapshot:
    """Copy `history` as it is now: the writer runs in the background while the user goes on."""
    states = history.states
    pictures = ((state.id, history.thumbnail(state.id)) for state in states)
    kept = {state_id: picture for state_id, picture in pictures if picture is not None}
    return Snapshot(states, history.visited, kept)


class Autosave:
    """One working store at a time, written in the order of the edits.

    The writer runs nothing but the short transactions of this class, so that a finished edit never
    waits for other work.
    """

    def __init__(
        self,
        writer: Worker,
        pool: Worker,
        folder: Path | None,
        failed: Callable[[GlideError], object],
    ) -> None:
        """folder: of the working stores, None for the platform's. failed: told of a full disk."""
        self._writer = writer
        self._pool = pool
        self._failed = failed
        self._deferred: DeferredStore | None = None
        self._history: History | None = None
        self._create: Callable[..., WorkingStore] | None = None
        self._verification = Task()
        self._packing: dict[tuple[str, str], Callable[[], None]] = {}  # what the pool still packs
        self._puts: dict[tuple[str, str], object] = {}  # the last of each item
        self._stored: set[tuple[str, str]] = set()  # whose last put has been written
        self.folder = folder

    @property
    def store(self) -> WorkingStore | None:
        """The store of the open document, None if nothing is open; blocks until it is created."""
        return None if self._deferred is None else self._deferred.store

    def begin(
        self, make_history: Callable[[DeferredStore], History], title: str, source: Path
    ) -> History:
        """Return a history that spills its tiles to a new store, which records it from now on."""
        deferred = DeferredStore()
        history, folder = make_history(deferred), self.folder
        first = snapshot(history)

        def create(now: Snapshot, folder: Path | None = folder) -> WorkingStore:
            return WorkingStore.create(now, title, source=source, folder=folder)

        def begin() -> None:
            store = None
            try:
                store = create(first)
            finally:
                deferred.set_store(store)

        self._writer.run(begin, _ignore, self._failed)
        self._deferred, self._history, self._create = deferred, history, create
        return history

    def attach(self, store: WorkingStore, history: History) -> None:
        """Go on with a store that holds `history` already."""
        title, project = store.title, store.project

        def create(now: Snapshot, folder: Path | None = self.folder) -> WorkingStore:
            return WorkingStore.create(now, title, source=project, folder=folder)

        self._deferred, self._history, self._create = DeferredStore(), history, create
        self._deferred.set_store(store)

    def verify(self, then: Callable[[int], object]) -> None:
        """Look for tiles that cannot be read; `then` is called with their number."""
        if self._deferred is not None:
            deferred = self._deferred
            self._verification = self._pool.run(lambda: deferred.store.verify(), then, self._failed)

    def record(self, durable: bool) -> None:
        """Store what is new after an edit, undo or redo. durable: it outlives a power cut too."""
        if self._history is not None:
            self._writer.run(self._recording(durable), _ignore, self._failed)
            self._drop_once_recorded(History.trim)

    def spill(self, limit: int, *, is_shown: bool) -> None:
        """Soon keep at most `limit` bytes of the history in memory, see `History.spill`.

        After all that waits to be recorded: only what the store holds can go.
        """
        self._drop_once_recorded(lambda history: history.spill(limit, is_shown=is_shown))

    def put(
        self,
        kind: str,
        key: str,
        value: Any,
        make_arrays: Callable[[], Iterable[NamedArray]] | None = None,
    ) -> None:
        """Store something that is not the document; see `WorkingStore.put`.

        Arrays are made and compressed in the pool first, so that the writer stays free for edits.
        """
        if self._deferred is None:
            return
        deferred, put = self._deferred, object()
        self._puts[kind, key] = put
        self._stored.discard((kind, key))

        def note_stored(_: object) -> None:
            if self._puts.get((kind, key)) is put:
                self._stored.add((kind, key))

        def pack() -> dict[str, PackedArray]:
            arrays = make_arrays() if make_arrays is not None else ()
            return {name: pack_array(array) for name, array in arrays}

        def write(packed: Callable[[], Mapping[str, PackedArray]]) -> None:
            self._writer.run(
                lambda: deferred.store.put(kind, key, value, packed()), note_stored, self._failed
            )

        def pack_and_write() -> None:
            packed = pack()
            if self._packing.pop((kind, key), None):
                write(lambda: packed)

        if make_arrays is not None:
            self._packing[kind, key] = lambda: write(pack)
            self._pool.run(pack_and_write, _ignore, self._failed)
        else:
            write(pack)

    def has_stored(self, kind: str, key: str) -> bool:
        """Tell whether the last `put` of an item has been written."""
        return (kind, key) in self._stored

    def drop(self, kind: str, key: str) -> None:
        """Forget what was `put`."""
        self._packing.pop((kind, key), None)
        self._puts.pop((kind, key), None)
        self._stored.discard((kind, key))
        if self._deferred is not None:
            deferred = self._deferred
            self._writer.run(lambda: deferred.store.drop(kind, key), _ignore, self._failed)

    def project_writer(self, path: Path, replace_changed: bool) -> Callable[[], None]:
        """Record what is new, and return what writes it all to a `.glide` file.

        replace_changed: also over a file that another program changed meanwhile.
        The returned function waits for the record, so it must not run in the writer's thread.
        """
        deferred, create, history = self._deferred, self._create, self._history
        assert deferred is not None
        assert create is not None
        assert history is not None
        self._write_unpacked()
        now, record = snapshot(history), self._recording(False)
        recorded: Future[None] = Future()

        def record_first() -> None:
            try:
                record()
            except BaseException as error:
                recorded.set_exception(error)
            else:
                recorded.set_result(None)

        self._writer.run(record_first, _ignore, self._failed)

        def write() -> None:
            try:
                recorded.result()
                deferred.store.write_project(path, replace_changed=replace_changed, history=now)
            except GlideError as error:
                if not (deferred.is_missing or isinstance(error, StoreBroken | StoreFull)):
                    raise
                own = None if deferred.is_missing else deferred.store
                if own is not None and not replace_changed:
                    own.check_unchanged(path)
                # The disk of the working stores is full or broken; the one of the project may not.
                with (
                    TemporaryDirectory(prefix=".glide-", dir=path.parent) as folder,
                    keep_registered(Path(folder)),
                ):
                    try:
                        store = create(now, Path(folder))
                    except StoreFull as full:
                        raise full_disk_error(path.name) from full
                    try:
                        (own or store).write_copy(path, store)
                    finally:
                        store.close(discard=True)

        return write

    def project_check(self, path: Path) -> Callable[[], None]:
        """Return what raises ProjectChanged if another program changed the open project at `path`.

        It may wait for the store, so it must not run in the loop's thread.
        """
        deferred = self._deferred

        def check() -> None:
            if deferred is not None and not deferred.is_missing:
                deferred.store.check_unchanged(path)

        return check

    def end(self, *, discard: bool) -> None:
        """Close the store, once everything that was handed to the writer has been written."""
        self.detach(discard=discard)()

    def detach(self, *, discard: bool) -> Callable[[], object]:
        """Write what is left and leave the store; return what closes it, in any thread.

        It stays open while somebody holds it.
        """
        self._verification.cancel()
        self._write_unpacked()
        deferred, self._deferred, self._history = self._deferred, None, None
        self._puts.clear()
        self._stored.clear()
        if deferred is None:
            return lambda: None
        return lambda: self._writer.run(lambda: deferred.close(discard=discard), _ignore, _ignore)

    def hold(self) -> Callable[[], None]:
        """Keep the store open, also if another takes its place, until what is returned is called.

        For what is written to files in the background.
        """
        return (lambda: None) if self._deferred is None else self._deferred.hold()

    def _write_unpacked(self) -> None:
        """Write now what the pool has not packed yet: it would come too late."""
        for item in tuple(self._packing):
            if write := self._packing.pop(item, None):
                write()

    def _drop_once_recorded(self, drop: Callable[[History], object]) -> None:
        history = self._history

        def drop_if_open(_: object) -> None:
            if history is not None and history is self._history:
                drop(history)

        self._writer.run(lambda: None, drop_if_open, _ignore)

    def _recording(self, durable: bool) -> Callable[[], None]:
        """Return what records the history as it is now.

        A store that could not be created, as on a full disk, is tried again at each edit.
        """
        deferred, create, history = self._deferred, self._create, self._history
        assert deferred is not None
        assert history is not None
        now = snapshot(history)

        def record() -> None:
            if deferred.is_missing and create is not None:
                deferred.set_store(create(now))
            else:
                store = deferred.store
                before = len(store.unreadable)
                store.record(now, durable=durable)
                lost = len(store.unreadable) - before
                if lost:
                    self._writer.post(lambda: self._failed(_lost_tiles_error(lost)))

        return record


def _lost_tiles_error(count: int) -> GlideError:
    return GlideError(
        translate(
            "Autosave",
            "The store of the open document was damaged by another program and "
            "written again; {count} tiles of {side} x {side} pixels could not"
            " be saved and are empty now.",
        ).format(count=count, side=TILE_PX)
    )


def _ignore(_: object) -> None:
    pass
