"""`WorkingStore`: an open document on disk, from the moment it is opened.

One SQLite database in WAL mode per document, one transaction per finished edit. After a crash the
next start finds it by its lock, which ended with its process, and goes on where it ended.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import logging
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from glide_studio.api.thread_priority import lower_priority
from glide_studio.atomic import atomic_write, replace_durably
from glide_studio.document.history import MEMORY_BUDGET, History, HistoryState
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.errors import GlideError
from glide_studio.imaging.types import Pixels
from glide_studio.io.project import document_rows, schema, tile_codec
from glide_studio.io.project.project_lock import Claim, Lock, Locked, read_about
from glide_studio.io.project.store_files import (
    claim_project,
    file_identity,
    file_length,
    file_version,
    in_use_error,
    remove_store,
    reserve,
    same_file,
)
from glide_studio.io.project.tile_codec import PackedArray
from glide_studio.translation import translate

MANY = 64  # tiles from which packing them in several threads pays
RUN = 32  # tiles handed to a thread at a time: each handing over takes the window's lock
BATCH = 512  # tiles packed at a time, so that a large picture is not in memory twice
CHECKPOINT = 4096  # pages of write-ahead log, 64 MiB, until a commit copies them over itself
COPY_PAGES = 16  # that SQLite keeps of a database that it copies
MAX_ARRAY = 768 << 20  # bytes of one stored candidate
MAX_ARRAYS = 16 << 30  # bytes of all stored candidates that one store hands out, one by one
MAX_THUMBNAILS = 64 << 20  # bytes of all small pictures, decompressed
COUNTS = (
    "SELECT (SELECT count(*) FROM state), (SELECT count(*) FROM tile),"
    " (SELECT count(*) FROM block), (SELECT count(*) FROM layer)"
)  # of rows that a document needs, compared after a project was written
TILES_WITHOUT_PIXELS = (
    "SELECT count(*) FROM tile LEFT JOIN content ON content.key = tile.content"
    " WHERE content.key IS NULL"
)
SAVED = "saved_states", "saved_current", "saved_results"
"""How many states a project holds, the number of the current one, and `hash_results` of it."""
SAVED_VERSION = "saved_version"  # `file_version` of the project
PICK_KIND = "job-pick"
SESSION_KIND = "session"
SAVE_IDS = ("store", "saves")  # item with ids of the last saves, of which the last made the file
KEPT_SAVE_IDS = 8
NO_RESULTS = SAVE_IDS[0], SESSION_KIND, PICK_KIND
"""Kinds of items that say what was looked at and with which tools: no work is lost with them."""

NONSENSE = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError
)  # fmt: skip
"""What rebuilding a history raises for rows that make no sense."""

log = logging.getLogger(__name__)


class ProjectChanged(GlideError):
    """Raised when a project was changed on disk by another program since it was opened or saved."""


class StoreBroken(GlideError):
    """Raised when the file of a store can no longer be written, for another reason than room."""


class StoreFull(GlideError):
    """Raised when the disk of the store has no room for what was to be recorded."""


class Recordable(Protocol):
    """What a store records: a `History`, or one as it was at a moment."""

    @property
    def states(self) -> tuple[HistoryState, ...]:
        """See `History.states`."""
        ...

    @property
    def visited(self) -> tuple[str, ...]:
        """See `History.visited`."""
        ...

    def thumbnail(self, state_id: str) -> NDArray[Any] | None:
        """See `History.thumbnail`."""
        ...


class WorkingStore:
    """The store of one open document; also the `TileStore` that its history spills cold tiles to.

    All methods may be called from any thread; each is one transaction or none.

    Raises (from every method that writes):
        GlideError: if the disk is full or fails; what was recorded before stays whole.
    """

    def __init__(self, path: Path, lock: Lock, connection: sqlite3.Connection) -> None:
        """Take over a checked database; see `create`, `recover` and `project.open_project`."""
        self.path = path
        self.project: Path | None = None
        self.unreadable: list[int] = []  # ids of tiles that come out empty, for the user to be told
        self._lock = lock
        self._about: dict[str, Any] = {}
        self._claim: Claim | None = None
        self._project_version: tuple[int, ...] | None = None  # as it was opened or saved here
        self._array_bytes = 0
        self._guard = threading.RLock()
        self._tiles_guard = threading.Lock()
        self._use(connection)
        self._save_ids = _list(self.item(*SAVE_IDS))

    def _use(self, connection: sqlite3.Connection) -> None:
        """Take a connection to the file at `path` for writing, and open another for tiles."""
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")
        self._sql = connection
        self._take_stock()
        # Tiles are read by a connection of their own, so that the window never waits for a write.
        self._tiles = schema.connect(self.path)
        self._file = file_identity(self.path)
        self._sizes = 0, 0  # of its files after the last record

    @classmethod
    def create(
        cls,
        history: Recordable | None,
        title: str,
        *,
        source: Path | None = None,
        folder: Path | None = None,
    ) -> Self:
        """Make a store that holds `history`; None for one whose history begins later.

        source: the photo that was opened, for the list of what can be recovered.
        folder: where, `stores_folder()` if None.
        """
        path, lock = reserve(folder)
        connection: sqlite3.Connection | None = None
        try:
            connection = schema.connect(path)
            schema.build(connection)
            store = cls(path, lock, connection)
            store.describe(title, source)
            if history is not None:
                store.record(history, durable=True)
        except BaseException as error:
            remove_store(path, lock, connection)
            if isinstance(error, sqlite3.Error):
                raise _write_error(error) from error
            raise
        return store

    @classmethod
    def recover(cls, path: Path) -> Self:
        """Open the store of a process that is gone, as `recoverable` lists it.

        Raises:
            GlideError: if it is in use or cannot be read.
        """
        lock_path = path.with_suffix(".lock")
        try:
            lock = Lock(lock_path)
        except Locked as error:
            raise in_use_error(path.stem, error) from error
        about = read_about(lock_path)
        try:
            connection = schema.connect(path)
            try:
                schema.check(connection, str(about.get("title") or path.name))
                store = cls(path, lock, connection)
            except BaseException:
                connection.close()
                raise
        except BaseException as error:
            lock.release(remove=False)
            if isinstance(error, sqlite3.Error):
                raise schema.damaged_project_error(path.name) from error
            raise
        source, project = about.get("source"), about.get("project")
        store.describe(str(about.get("title", "")), Path(source) if source else None)
        if project:
            # Another window may have the project open by now; then this copy stands alone.
            with contextlib.suppress(GlideError):
                saved = {name: about.get(name) for name in (*SAVED, SAVED_VERSION)}
                store.adopt(Path(project), claim_project(Path(project), path.parent), saved)
                # What was saved since by another program is told by the save's id alone.
                store._project_version = None
        return store

    @property
    def title(self) -> str:
        """The document's name."""
        return str(self._about.get("title", ""))

    @property
    def source(self) -> Path | None:
        """The photo that it began with, see `create`."""
        source = self._about.get("source")
        return Path(str(source)) if source else None

    def describe(self, title: str, source: Path | None) -> None:
        """Name the document, for the list of what can be recovered."""
        self._about |= {"title": title, "source": None if source is None else str(source)}
        self._lock.write(self._about)

    def adopt(self, project: Path, claim: Claim, saved: Mapping[str, Any] | None = None) -> None:
        """Take over the claim on the project file that this store is a copy of.

        saved: what `_saved_marker` returned when that file was written, and its SAVED_VERSION if
            that is not the one of now; None if the file holds what this store holds now.
        """
        self._claim, self.project = claim, project
        self._project_version = version = file_version(project)
        marker = saved or self._saved_marker()
        self._about |= {"project": str(project), SAVED_VERSION: version, **marker}
        self._lock.write(self._about)

    def record(self, history: Recordable, *, durable: bool = False) -> None:
        """Store the states that are new in `history`, which one is current, and new thumbnails.

        Call it after every finished edit, undo and redo. durable: wait until the disk has it, so
        that it outlives a power cut too; without, it outlives the process.

        If the store's file has become unusable, it is written again from `history`.
        """
        try:
            if file_identity(self.path) != self._file:
                self._recreate()
            sizes = self._file_sizes()
            if any(now < before for now, before in zip(sizes, self._sizes, strict=True)):
                raise StoreBroken("its file has become shorter")
            self._record(history, durable)
            self._sizes = self._file_sizes()
        except StoreBroken as error:
            log.warning("The store %s is broken and is written again: %s", self.path, error)
            self.rebuild(history)

    def _file_sizes(self) -> tuple[int, int]:
        """Return the bytes of the database and its log, neither of which becomes shorter."""
        return file_length(f"{self.path}"), file_length(f"{self.path}-wal")

    def _record(self, history: Recordable, durable: bool) -> None:
        # First, since edits may go on in another thread: all that was visited is among the states.
        visited = history.visited
        with self._transaction(durable):
            numbers = self._numbers
            for state in history.states:
                number = numbers.get(state.id)
                if number is None:
                    tiles, blocks = self._writer.missing(state.document)
                    self._add_tiles(tiles)
                    self._writer.add_blocks(blocks)
                    number = len(numbers) + 1
                    self._writer.add_state(state, number)
                    numbers[state.id] = number
                if number not in self._thumbnails:
                    pixels = history.thumbnail(state.id)
                    if pixels is not None:
                        self._add_thumbnail(number, pixels)
            self._put_item("store", "visited", [numbers[state_id] for state_id in visited])

    def history(self, *, budget: int = MEMORY_BUDGET) -> History:
        """Return the stored history; pixels are loaded when they are first looked at.

        Raises:
            GlideError: if the database does not hold one.
        """
        with self._guard:
            reader = document_rows.Reader(self._sql, self)
            try:
                states = list(reader.states())
                self._numbers = {state.id: number for number, state in enumerate(states, 1)}
                if len(self._numbers) < len(states):
                    raise ValueError("Two states have the same id.")
                numbers = self.item("store", "visited") or [len(states)]
                visited = [states[int(number) - 1].id for number in numbers]
                history = History(states, visited[-1], budget=budget, store=self, visited=visited)
                self._load_thumbnails(history)
            except (sqlite3.Error, *NONSENSE) as error:
                log.info("A store holds no history: %r", error)
                raise schema.damaged_project_error(self.title or self.path.name) from error
            self._lose(reader.lost)
            return history

    def holds(self, tile: Tile) -> bool:
        """Tell if a tile was recorded, so that `load` finds it (`TileStore`)."""
        return self._writer.holds(tile)

    def load(self, tile_id: int) -> Pixels:
        """Load the pixels [128, 128, C] of a stored tile (`TileSource`).

        One that cannot be read comes back empty and its id is put into `unreadable`.
        """
        with self._tiles_guard:
            try:
                return document_rows.read_tile(self._tiles, tile_id)
            except sqlite3.ProgrammingError:
                raise  # No damage: the store was closed under a document that is still looked at.
            except (ValueError, KeyError, TypeError, sqlite3.DatabaseError) as error:
                log.info("Tile %s cannot be read: %s", tile_id, error)
                self._lose([tile_id])
                return self._empty(tile_id)

    def verify(self) -> int:
        """Read every stored tile's bytes; returns how many tiles were found unreadable so far.

        So that damage is told when a project is opened, not when it is first looked at.
        """
        with self._tiles_guard:
            sql = "SELECT id, content FROM tile ORDER BY content"
            tiles = self._tiles.execute(sql).fetchall()
        for key, group in itertools.groupby(tiles, lambda row: row[1]):
            with self._tiles_guard:  # one by one, since the canvas may be waiting for tiles
                try:
                    document_rows.read_content(self._tiles, key)
                except (ValueError, TypeError, sqlite3.DatabaseError) as error:
                    log.info("Content %s cannot be read: %s", key, error)
                    self._lose([tile_id for tile_id, _ in group])
        return len(self.unreadable)

    def put(
        self,
        kind: str,
        key: str,
        value: Any,
        arrays: Mapping[str, PackedArray] | None = None,
        *,
        durable: bool = False,
    ) -> None:
        """Store a JSON value, and arrays that belong to it by name, in place of what was there.

        For candidates and settings: what the editor needs again but is not in the document.
        """
        with self._transaction(durable):
            self._drop(kind, key)
            self._put_item(kind, key, value)
            for name, array in (arrays or {}).items():
                content = self._writer.content(array.content, array.nbytes)
                self._sql.execute(
                    "INSERT INTO picture VALUES (?, ?, ?, ?, ?)",
                    (kind, f"{key}/{name}", json.dumps(array.shape), array.dtype, content),
                )

    def item(self, kind: str, key: str) -> Any:
        """Return the value stored under (kind, key); None if there is none or it is unreadable."""
        with self._guard:
            sql = "SELECT json FROM item WHERE kind = ? AND key = ?"
            row = self._sql.execute(sql, (kind, key)).fetchone()
            return None if row is None else _value(row[0])

    def items(self, kind: str) -> dict[str, Any]:
        """Return all values of a kind by key, in the order they were first put."""
        with self._guard:
            sql = "SELECT key, json FROM item WHERE kind = ? ORDER BY rowid"
            return {key: _value(text) for key, text in self._sql.execute(sql, (kind,))}

    def array(
        self, kind: str, key: str, name: str, *, is_known: bool = False
    ) -> NDArray[Any] | None:
        """Return an array stored with (kind, key); None if there is none or it is unreadable.

        is_known: it was read before, or put here: it is not counted again.
        """
        with self._guard:
            sql = "SELECT shape, dtype, content FROM picture WHERE kind = ? AND key = ?"
            try:
                row = self._sql.execute(sql, (kind, f"{key}/{name}")).fetchone()
                if row is None:
                    return None
                shape, dtype = tuple(int(side) for side in json.loads(row[0])), np.dtype(row[1])
                if dtype.kind not in "iufb" or min(shape, default=1) < 0:
                    raise ValueError("An array has an impossible type.")
                data, size = document_rows.read_content(self._sql, row[2])
                if size != int(np.prod(shape, dtype=object)) * dtype.itemsize:
                    raise ValueError("An array has another size.")
                self._array_bytes += 0 if is_known else size
                if size > MAX_ARRAY or self._array_bytes > MAX_ARRAYS:
                    raise ValueError("There are too many arrays.")
                return tile_codec.unpack_array(data, shape, dtype)
            except (ValueError, TypeError, sqlite3.DatabaseError) as error:
                log.warning("The array %s of %s %s cannot be read: %s", name, kind, key, error)
                return None

    def drop(self, kind: str, key: str) -> None:
        """Delete a value and its arrays."""
        with self._transaction():
            self._drop(kind, key)

    def write_project(
        self, path: Path, *, replace_changed: bool = False, history: Recordable | None = None
    ) -> None:
        """Write all that is recorded to `path` as one `.glide` file, whole or not at all.

        The new file is opened again and its content counted before it replaces an old one. May run
        in a thread while edits go on: it holds what was recorded when it began. The file becomes
        this document's own (Save As).

        replace_changed: replace the document's own file even if another program changed it.
        history: what was recorded, from which a broken store is written again.

        Raises:
            ProjectChanged: if another program changed the document's own file meanwhile.
            StoreBroken: if the store cannot be read any more, and not be written again.
            StoreFull: if there is no room to record that it was saved.
            GlideError: if another window has that project open, or it cannot be written.
        """
        try:
            self._write_project(path, replace_changed)
        except StoreBroken as error:
            if history is None:
                raise
            log.warning("The store %s is broken and is written again: %s", self.path, error)
            self.rebuild(history)
            self._write_project(path, replace_changed)

    def _write_project(self, path: Path, replace_changed: bool) -> None:
        if not replace_changed:
            self.check_unchanged(path)
        claim = None if self._owns(path) else claim_project(path, self.path.parent)
        try:
            with self._guard:
                if file_identity(self.path) != self._file:
                    self._recreate()
                save_ids = [*self._save_ids, secrets.token_hex(8)][-KEPT_SAVE_IDS:]
                with self._transaction(durable=True):
                    # What came before must be on the disk before the old file is replaced.
                    self._put_item(*SAVE_IDS, save_ids)
                counts, saved = self._sql.execute(COUNTS).fetchone(), self._saved_marker()
            with atomic_write(path) as temporary:
                reader = schema.connect(self.path)
                try:
                    # The new file is not synced page by page, but as a whole before it is renamed.
                    reader.execute("PRAGMA synchronous=OFF")
                    # Rows are copied in order, each page once: a few stay in the processor's cache.
                    reader.execute(f"PRAGMA cache_size={COPY_PAGES}")
                    vacuum_into(reader, temporary)
                finally:
                    reader.close()
                self._check_copy(temporary, path.name, counts)
        except BaseException as error:
            if claim is not None:
                claim.release()
            if isinstance(error, sqlite3.Error):
                raise _write_error(error, path.name) from error
            raise
        self._save_ids = save_ids
        if claim is not None and self._claim is not None:
            self._claim.release()
        claim = claim or self._claim
        if claim is not None:
            self.adopt(path, claim, saved)

    def check_unchanged(self, path: Path) -> None:
        """Check that no other program changed the document's own file, if that is at `path`.

        Raises:
            ProjectChanged: if one did.
        """
        if self._owns(path) and self._is_changed(path):
            raise ProjectChanged(
                translate(
                    "WorkingStore",
                    "'{name}' was changed by another program since it was opened here; save under"
                    " another name to keep both.",
                ).format(name=path.name)
            )

    def write_copy(self, path: Path, copy: WorkingStore) -> None:
        """Write `copy`, a new store of the same history, as the project at `path`.

        For want of room in this store, which keeps the claim on its own file.
        """
        own = self._owns(path)
        if own:
            copy.project = self.project
        copy.write_project(path, replace_changed=True)
        if own:
            self._project_version, self._save_ids = file_version(path), copy._save_ids
            self._about[SAVED_VERSION] = self._project_version
            with contextlib.suppress(OSError):  # without room, the older work here is offered too
                self._lock.write(self._about)

    def _owns(self, path: Path) -> bool:
        return self.project is not None and same_file(self.project, path)

    def _saved_marker(self) -> dict[str, Any]:
        """Return what tells, compared later, whether there is unsaved work: see `SAVED`."""
        with self._guard:
            count = int(self._sql.execute("SELECT count(*) FROM state").fetchone()[0])
            results = sorted(hash_results(self._sql))
        numbers = self.item("store", "visited") or [count]
        return dict(zip(SAVED, (count, numbers[-1], results), strict=True))

    def _is_changed(self, path: Path) -> bool:
        """Return True if the file at `path` is not the one that was opened or saved last."""
        now = file_version(path)
        if now is None or now == self._project_version:
            return False
        if not self._save_ids:
            return self._project_version is not None
        # Copied back by a sync client, it has another date and the same content.
        return read_save_id(path) not in self._save_ids

    def _check_copy(self, copy: Path, name: str, counts: tuple[int, ...]) -> None:
        """Open a written project again and compare it with what it must hold at least.

        Raises:
            GlideError: if it is not a whole project.
        """
        connection = schema.connect(copy)
        try:
            connection.execute(f"PRAGMA cache_size={COPY_PAGES}")
            schema.check(connection, name)
            found = connection.execute(COUNTS).fetchone()
            # This looks up the pixels of every tile in the written file.
            lost = int(connection.execute(TILES_WITHOUT_PIXELS).fetchone()[0])
        except (sqlite3.Error, GlideError) as error:
            log.warning("A written project cannot be read: %r", error)
            found, lost = (0,) * len(counts), 0
        finally:
            connection.close()
        whole = counts[0] and all(one >= wanted for one, wanted in zip(found, counts, strict=True))
        if lost:  # as many as in the store, if its own file is damaged
            with self._guard:
                lost -= int(self._sql.execute(TILES_WITHOUT_PIXELS).fetchone()[0])
        if not whole or lost > 0:
            raise StoreBroken(
                translate(
                    "WorkingStore",
                    "'{name}' was not saved because the written file is not whole, and the old file"
                    " was kept; save to another disk.",
                ).format(name=name)
            )

    def _recreate(self) -> None:
        """Write the store's file again after another program removed it.

        The system keeps the content of a removed file for as long as it is open here.
        """
        log.warning("The store %s was removed by another program; it is written again.", self.path)
        with self._guard, self._tiles_guard:
            fresh = self.path.with_name(f"{self.path.name}.new")
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                fresh.unlink(missing_ok=True)
                vacuum_into(self._sql, fresh)
                self._check_copy(fresh, self.title, self._sql.execute(COUNTS).fetchone())
                self._replace_file(fresh)
            except (sqlite3.Error, OSError, Locked) as error:
                raise _rebuild_error(error) from error

    def rebuild(self, history: Recordable) -> None:
        """Write the store's file again from a history, when it can no longer be read or written.

        Tiles that were spilled and cannot be loaded come out empty; their ids are put into
        `unreadable`. Stored values other than the document are lost.
        """
        fresh = self.path.with_name(f"{self.path.name}.new")
        with self._guard:
            broken = self._sql
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                fresh.unlink(missing_ok=True)
                self._sql = schema.connect(fresh)
                schema.build(self._sql)
                self._take_stock()
                self._record(history, True)
                with self._tiles_guard:
                    self._sql.close()
                    with contextlib.suppress(sqlite3.Error):
                        broken.close()
                    self._replace_file(fresh)
            except (sqlite3.Error, OSError, Locked, StoreBroken) as error:
                self._sql.close()
                self._sql = broken
                raise _rebuild_error(error) from error

    def _replace_file(self, fresh: Path) -> None:
        """Put the database `fresh` in place of the store's file and go on with it."""
        for connection in (self._sql, self._tiles):
            with contextlib.suppress(sqlite3.Error):
                connection.close()
        for end in ("-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        replace_durably(fresh, self.path)
        self._use(schema.connect(self.path))
        self._lock.release(remove=False)
        self._lock = Lock(self.path.with_suffix(".lock"), self._about)

    def close(self, *, discard: bool) -> None:
        """End. discard: remove the store, because its document is saved or not wanted any more."""
        with self._guard, self._tiles_guard:
            if self._claim is not None:
                self._claim.release()
            self._tiles.close()
            if discard:
                remove_store(self.path, self._lock, self._sql)
            else:
                self._sql.close()
                self._lock.release(remove=False)

    @contextlib.contextmanager
    def _transaction(self, durable: bool = False) -> Iterator[None]:
        with self._guard:
            try:
                self._sql.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._sql.execute("BEGIN IMMEDIATE")
                yield
                self._sql.execute("COMMIT")
                self._writer.note_commit()
            except BaseException as error:
                with contextlib.suppress(sqlite3.Error):
                    if self._sql.in_transaction:
                        self._sql.execute("ROLLBACK")
                    self._take_stock()
                if isinstance(error, sqlite3.Error):
                    raise _write_error(error) from error
                raise

    def _take_stock(self) -> None:
        """Read which tiles, blocks, states and thumbnails, by number, the database holds."""
        self._writer = document_rows.Writer(self._sql)
        self._thumbnails = {row[0] for row in self._sql.execute("SELECT number FROM thumbnail")}
        self.__dict__.pop("_numbers", None)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Numbers of the stored states by id; `history` finds them on the way."""
        sql = "SELECT json_extract(json, '$.id'), number FROM state ORDER BY number"
        return dict(self._sql.execute(sql))

    def _add_tiles(self, tiles: Sequence[Tile]) -> None:
        if len(tiles) < MANY:
            self._writer.add_tiles([(tile, tile_codec.pack_tile(tile.pixels)) for tile in tiles])
            return
        workers = min(4, os.cpu_count() or 1)
        with ThreadPoolExecutor(workers, initializer=lower_priority) as pool:
            for first in range(0, len(tiles), BATCH):
                part = tiles[first : first + BATCH]
                # Pixels are taken here: loading them would need the lock that this thread holds.
                runs = [part[at : at + RUN] for at in range(0, len(part), RUN)]
                packed = pool.map(_pack, [[tile.pixels for tile in run] for run in runs])
                self._writer.add_tiles(list(zip(part, chain.from_iterable(packed), strict=True)))

    def _lose(self, tiles: Iterable[int]) -> None:
        self.unreadable += [tile for tile in dict.fromkeys(tiles) if tile not in self.unreadable]

    def _empty(self, tile_id: int) -> Pixels:
        channels, depth = 4, 8
        with contextlib.suppress(sqlite3.DatabaseError):
            sql = "SELECT channels, depth FROM tile WHERE id = ?"
            row = self._tiles.execute(sql, (tile_id,)).fetchone()
            channels, depth = row or (channels, depth)
        empty: Pixels = np.zeros((TILE_PX, TILE_PX, channels), document_rows.DTYPES[depth])
        return empty

    def _add_thumbnail(self, number: int, pixels: NDArray[Any]) -> None:
        content = self._writer.content(tile_codec.pack_array(pixels).content, pixels.nbytes)
        row = (number, json.dumps(pixels.shape), content)
        self._sql.execute("INSERT INTO thumbnail VALUES (?, ?, ?)", row)
        self._thumbnails.add(number)

    def _load_thumbnails(self, history: History) -> None:
        ids = [state.id for state in history.states]
        loaded: dict[tuple[int, str], NDArray[np.uint8]] = {}  # states may share one
        remaining = MAX_THUMBNAILS
        for number, shape, key in self._sql.execute("SELECT * FROM thumbnail").fetchall():
            try:
                if (key, shape) not in loaded:
                    pixels = read_thumbnail(self._sql, shape, key, remaining)
                    remaining -= pixels.nbytes
                    loaded[key, shape] = pixels
                history.set_thumbnail(ids[number - 1], loaded[key, shape])
            except (ValueError, TypeError, IndexError) as error:
                # It is made again when it is next asked for.
                log.info("A thumbnail cannot be read: %s", error)

    def _put_item(self, kind: str, key: str, value: Any) -> None:
        sql = "INSERT INTO item VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json"
        self._sql.execute(sql, (kind, key, json.dumps(value)))

    def _drop(self, kind: str, key: str) -> None:
        start = f"{key}/"
        chosen = "kind = ? AND substr(key, 1, ?) = ?"
        where = (kind, len(start), start)
        freed = self._sql.execute(f"SELECT content FROM picture WHERE {chosen}", where).fetchall()
        self._sql.execute(f"DELETE FROM picture WHERE {chosen}", where)
        self._sql.execute("DELETE FROM item WHERE kind = ? AND key = ?", (kind, key))
        for (content,) in freed:
            self._sql.execute(
                "DELETE FROM content WHERE key = ?1 AND NOT EXISTS"
                " (SELECT 1 FROM picture WHERE content = ?1 UNION ALL"
                " SELECT 1 FROM tile WHERE content = ?1 UNION ALL"
                " SELECT 1 FROM thumbnail WHERE content = ?1)",
                (content,),
            )


def _pack(run: Sequence[Pixels]) -> list[bytes]:
    return [tile_codec.pack_tile(pixels) for pixels in run]


def read_thumbnail(
    connection: sqlite3.Connection, shape: str, key: int, limit: int
) -> NDArray[np.uint8]:
    """Read a row of the table `thumbnail`: [h, w, 4] uint8. limit: bytes that it may take.

    Raises:
        ValueError, TypeError: if it makes no sense.
    """
    height, width, channels = json.loads(shape)
    data, size = document_rows.read_content(connection, key)
    if channels != 4 or size > min(limit, 1 << 22) or size != height * width * 4:
        raise ValueError("A thumbnail has an impossible size.")
    return tile_codec.unpack_array(data, (height, width, 4), np.dtype(np.uint8))


def hash_results(connection: sqlite3.Connection) -> set[str]:
    """Return a hash of each item that is work but no part of the document, with its arrays.

    These are the results of jobs, and what the user thinks of them.

    Raises:
        sqlite3.Error: if they cannot be read.
    """
    places = ", ".join("?" * len(NO_RESULTS))
    # As blobs, since text of a damaged project may be no UTF-8.
    items = (
        "SELECT rowid, CAST(kind AS BLOB), CAST(key AS BLOB), CAST(json AS BLOB) FROM item"
        f" WHERE kind NOT IN ({places})"
    )
    # The keys "KEY/NAME" of an item's arrays end before "KEY0", as 0 follows the slash.
    arrays = (
        "SELECT CAST(picture.key AS BLOB), CAST(shape AS BLOB), CAST(dtype AS BLOB), hash"
        " FROM item JOIN picture ON picture.kind = item.kind"
        " AND picture.key >= item.key || '/' AND picture.key < item.key || '0'"
        " LEFT JOIN content ON content.key = picture.content"
        " WHERE item.rowid = ? ORDER BY picture.key"
    )
    found = set()
    for row, *item in connection.execute(items, NO_RESULTS):
        content = repr((item, connection.execute(arrays, (row,)).fetchall()))
        found.add(hashlib.blake2b(content.encode(), digest_size=8).hexdigest())
    return found


def read_save_id(path: Path) -> str | None:
    """Return the id of the save that a project file comes from; None if it has none."""
    try:
        connection = schema.connect(path)
        try:
            return read_last_save(connection)
        finally:
            connection.close()
    except sqlite3.Error:
        return None


def read_last_save(connection: sqlite3.Connection) -> str | None:
    """Return the id of the last save of a store or a project; None if there was none.

    Raises:
        sqlite3.Error: if it cannot be read.
    """
    sql = "SELECT json FROM item WHERE kind = ? AND key = ?"
    row = connection.execute(sql, SAVE_IDS).fetchone()
    ids = [] if row is None else _list(_value(row[0]))
    return ids[-1] if ids else None


def vacuum_into(connection: sqlite3.Connection, target: Path) -> None:
    """Copy a database into a file without journal and free pages.

    Raises:
        sqlite3.Error: if it cannot be read or written.
    """
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except UnicodeEncodeError:  # a folder whose name is not UTF-8
        copy = sqlite3.connect(target, isolation_level=None)
        try:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("VACUUM")
        finally:
            copy.close()


def _list(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        log.warning("A stored value cannot be read: %s", error)
        return None


def full_disk_error(name: str) -> GlideError:
    """Return the sentence for a full disk; name: of the project that was to be saved, or ""."""
    text = translate(
        "WorkingStore", "{what} because the disk is full; free some space and try again."
    ).format(what=_failed_action(name))
    return GlideError(text) if name else StoreFull(text)


def _failed_action(name: str) -> str:
    if name:
        return translate("WorkingStore", "'{name}' was not saved").format(name=name)
    return translate("WorkingStore", "The last edit is not stored")


def _write_error(error: sqlite3.Error, name: str = "") -> GlideError:
    """Return the sentence for what a database says; name: as in `full_disk_error`."""
    if "full" in str(error):
        return full_disk_error(name)
    return StoreBroken(
        translate(
            "WorkingStore", "{what} because the disk reports '{error}'; save to another place."
        ).format(what=_failed_action(name), error=error)
    )


def _rebuild_error(error: Exception) -> StoreBroken:
    return StoreBroken(
        translate(
            "WorkingStore",
            "The store of the open document was removed or damaged by another "
            "program and cannot be written again ({error}); save the document as "
            "PSD or OpenRaster now.",
        ).format(error=error)
    )
