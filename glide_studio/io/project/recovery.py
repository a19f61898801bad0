"""Find what crashed processes left behind, and keep what the user discards in a trash folder."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glide_studio.atomic import remove_leftovers
from glide_studio.errors import GlideError
from glide_studio.io.project import schema
from glide_studio.io.project.project_lock import Claim, Lock, Locked, read_about, remove_dead_claim
from glide_studio.io.project.store_files import SUFFIX, file_version, remove_store, stores_folder
from glide_studio.io.project.working_store import (
    SAVED,
    SAVED_VERSION,
    hash_results,
    read_last_save,
    read_save_id,
    read_thumbnail,
)
from glide_studio.translation import translate

TRASH = "trash"  # folder in that of the working stores
TRASH_DAYS = 30
UNDO_S = 86_400.0  # how long after a deletion the first page offers to take it back
MAX_PICTURE = 1 << 20  # bytes of a thumbnail
DATABASE_ENDS = ("", "-wal")  # "-shm" is made again

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recoverable:
    """The store of a process that is gone.

    source: the photo it began with. project: where it was saved last. modified: time of the last
    edit, in seconds since 1970. picture: of its current state, or of one before, RGBA [h, w, 4] in
    sRGB; None if there is none yet.
    """

    path: Path
    title: str
    source: Path | None
    project: Path | None
    states: int
    modified: float
    picture: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Content:
    """What a store holds.

    states: how many. current: number of the current one. modified: time of the last one. results:
    see `hash_results`. save_id: of the last save, "" if there was none. picture: see `Recoverable`.
    """

    states: int = 0
    current: int = 0
    modified: float = 0.0
    results: frozenset[str] = frozenset()
    save_id: str = ""
    picture: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)


def recoverable(folder: Path | None = None, trash_days: int = TRASH_DAYS) -> list[Recoverable]:
    """List stores whose process is gone and that hold unsaved work, the latest edit first.

    Stores without unsaved work, leftovers of writing and stores that were discarded more than
    `trash_days` ago are removed.
    """
    found = []
    folder = folder or stores_folder()
    remove_leftovers(folder)
    _purge_trash(folder, trash_days)
    for claim in folder.glob("*.open"):
        remove_dead_claim(claim)
    for path in folder.glob(f"*{SUFFIX}"):
        about = read_about(path.with_suffix(".lock"))
        try:
            lock = Lock(path.with_suffix(".lock"))
        except (Locked, OSError):
            continue
        project = Path(about["project"]) if about.get("project") else None
        if project is not None:
            _release_claim(project, folder)
        content = _read_content(path)
        if content is not None and not _has_unsaved_work(content, about):
            remove_store(path, lock, None)
            continue
        lock.release(remove=False)
        if content is None:
            continue  # it cannot be opened; it stays on the disk for an expert
        source = about.get("source")
        found.append(
            Recoverable(
                path,
                str(about.get("title") or path.stem),
                Path(source) if source else None,
                project,
                content.states,
                content.modified,
                content.picture,
            )
        )
    return sorted(found, key=lambda one: one.modified, reverse=True)


def measure_stores(folder: Path | None = None) -> int:
    """Return how many bytes of the disk the working stores and the trash take."""
    found = (folder or stores_folder()).rglob("*")
    total = 0
    for path in found:
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def forget(path: Path) -> Path:
    """Move a store that `recoverable` listed into the trash; returns where it lies now.

    `restore` takes it back; it is removed after TRASH_DAYS.

    Raises:
        GlideError: if it is in use after all, or cannot be moved.
    """
    about = read_about(path.with_suffix(".lock"))
    try:
        lock = Lock(path.with_suffix(".lock"))
    except Locked as error:
        raise GlideError(
            translate("Recovery", "That document is open in another window; close it there.")
        ) from error
    try:
        target = _move(path, path.parent / TRASH, about)
    finally:
        lock.release(remove=not path.exists())
    if about.get("project"):
        _release_claim(Path(about["project"]), path.parent)
    return target


def restore(path: Path) -> Path:
    """Take back a store that `forget` moved into the trash; returns where it lies now.

    Raises:
        GlideError: if it is gone or cannot be moved.
    """
    return _move(path, path.parent.parent, read_about(path.with_suffix(".lock")))


def list_deleted(folder: Path | None = None, within_s: float = UNDO_S) -> list[tuple[str, Path]]:
    """List titles and places of the stores that `forget` moved of late, the latest first."""
    found = []
    for path in ((folder or stores_folder()) / TRASH).glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            found.append((path.stat().st_mtime, path))
    return [
        (str(read_about(path.with_suffix(".lock")).get("title") or path.stem), path)
        for moved, path in sorted(found, reverse=True)
        if time.time() - moved < within_s
    ]


def _move(path: Path, folder: Path, about: dict[str, Any]) -> Path:
    target = folder / path.name
    try:
        folder.mkdir(exist_ok=True)
        # The log first: a database without its log would be an older state of the document.
        for end in reversed(DATABASE_ENDS):
            part = path.with_name(path.name + end)
            if part.exists():
                os.replace(part, target.with_name(target.name + end))
        os.utime(target)
        target.with_suffix(".lock").write_text(json.dumps(about))
        if path.with_suffix(".lock").exists() and folder.name != TRASH:
            path.with_suffix(".lock").unlink()
    except OSError as error:
        raise GlideError(
            translate(
                "Recovery", "The unsaved work cannot be moved ({strerror}); try again."
            ).format(strerror=error.strerror or error)
        ) from error
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return target


def _purge_trash(folder: Path, days: int) -> None:
    """Remove what was discarded more than so many days ago."""
    for path in (folder / TRASH).glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > days * 86_400:
                for end in (*DATABASE_ENDS, "-shm"):
                    path.with_name(path.name + end).unlink(missing_ok=True)
                path.with_suffix(".lock").unlink(missing_ok=True)


def _release_claim(project: Path, folder: Path) -> None:
    """Remove the lock that a process that is gone left beside a project."""
    with contextlib.suppress(Locked, OSError):
        Claim(project, folder).release()


def _has_unsaved_work(content: _Content, about: dict[str, Any]) -> bool:
    """Return True unless all of a store is in a file that is still there."""
    if content.states == 0:
        return False
    project, source = about.get("project"), about.get("source")
    if project:
        states, current, results = (about.get(name) for name in SAVED)
        # Undo and redo make no state, yet the project opens at another one.
        return (
            (states, current) != (content.states, content.current)
            or not content.results.issubset(results or ())
            or not _is_as_saved(Path(project), about.get(SAVED_VERSION), content.save_id)
        )
    # Nothing was done to the photo that was opened.
    return content.states > 1 or bool(content.results) or not source or not os.path.exists(source)


def _is_as_saved(project: Path, version: Any, save_id: str) -> bool:
    """Return True if a project is the file of a version, or a copy of the same save and size."""
    now = file_version(project)
    if now is None or not isinstance(version, list):
        return False
    # Copied back by a sync client, it has another date and the same content.
    return [*now] == version or (
        now[:1] == tuple(version[:1]) and save_id != "" and read_save_id(project) == save_id
    )


def _read_content(path: Path) -> _Content | None:
    """Return what a store holds; None if it cannot be read."""
    try:
        connection = schema.connect(path)
        try:
            states = int(connection.execute("SELECT count(*) FROM state").fetchone()[0])
            results = frozenset(hash_results(connection))
            sql = "SELECT json FROM state ORDER BY number DESC LIMIT 1"
            row = connection.execute(sql).fetchone()
            sql = "SELECT json FROM item WHERE kind = 'store' AND key = 'visited'"
            visited = connection.execute(sql).fetchone()
            numbers = [] if visited is None else json.loads(visited[0])
            current = int(numbers[-1]) if numbers else states
            modified = 0.0 if row is None else float(json.loads(row[0])["time"])
            picture = _read_picture(connection, current)
            save_id = read_last_save(connection) or ""
        finally:
            connection.close()
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        log.warning("The store %s cannot be read: %s", path.name, error)
        # A store without its tables never held a document: its process died while it was made.
        return _Content() if "no such table" in str(error) else None
    return _Content(states, current, modified, results, save_id, picture)


def _read_picture(connection: sqlite3.Connection, current: int) -> NDArray[np.uint8] | None:
    """Return the thumbnail of a state, else of the nearest one that it came from.

    None if there is none, or it is damaged.
    """
    row = None
    for number in _trace_back(connection, current):
        sql = "SELECT shape, content FROM thumbnail WHERE number = ?"
        row = connection.execute(sql, (number,)).fetchone()
        if row is not None:
            break
    if row is None:
        return None
    try:
        return read_thumbnail(connection, row[0], row[1], MAX_PICTURE)
    except (ValueError, TypeError) as error:
        log.info("A thumbnail cannot be read: %s", error)
        return None


def _trace_back(connection: sqlite3.Connection, current: int) -> Iterator[int]:
    """Iterate over the numbers of a state and of those that it came from, the nearest first."""
    sql = "SELECT number, json_extract(json, '$.id'), json_extract(json, '$.parent') FROM state"
    rows = connection.execute(sql).fetchall()
    numbers = {state_id: number for number, state_id, _ in rows}
    parents = {number: numbers.get(parent) for number, _, parent in rows}
    number: int | None = current
    while number is not None:
        yield number
        parent = parents.get(number)
        number = parent if parent is not None and parent < number else None
