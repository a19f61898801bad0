"""Opening `.glide` projects, which may come from strangers, and finding what a crash left behind."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from glide_studio.document.history import MEMORY_BUDGET, History
from glide_studio.errors import GlideError
from glide_studio.io.project import schema
from glide_studio.io.project.project_lock import Claim, Lock, Locked, read_about
from glide_studio.io.project.working_store import (
    NONSENSE,
    SUFFIX,
    WorkingStore,
    claim_project,
    remove_store,
    reserve,
    stores_folder,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recoverable:
    """The store of a process that is gone.

    source: the photo it began with; project: where it was saved last. modified: seconds since 1970.
    """

    path: Path
    title: str
    source: Path | None
    project: Path | None
    states: int
    modified: float


def open_project(
    path: Path, *, folder: Path | None = None, budget: int = MEMORY_BUDGET, claims: bool = True
) -> tuple[WorkingStore, History]:
    """Open a `.glide` file into a working store of its own; the file itself is only read.

    The copy is checked before anything in it is believed: the schema must be ours to the letter,
    sizes are checked before anything is decompressed, and a tile that cannot be read costs only
    itself (see `WorkingStore.unreadable`).

    claims: take the file for this window; False only looks, whoever has it open.

    Raises:
        GlideError: if it is missing, foreign, altered, damaged, newer, or open in another window.
    """
    if path.is_dir():
        raise GlideError(f"'{path.name}' is a folder; choose a .glide file.")
    store_path, lock = reserve(folder)
    claim: Claim | None = None
    try:
        _copy(path, store_path)
        if claims:
            claim = claim_project(path, store_path.parent)
        store = _open_checked(store_path, lock, path)
    except BaseException:
        if claim is not None:
            claim.release()
        remove_store(store_path, lock, None)
        raise
    try:
        if claim is not None:
            store.adopt(path, claim)
        store.describe(path.stem, None)
        return store, store.history(budget=budget)
    except BaseException:
        store.close(discard=True)
        raise


def _open_checked(store_path: Path, lock: Lock, path: Path) -> WorkingStore:
    connection: sqlite3.Connection | None = None
    try:
        connection = schema.connect(store_path)
        schema.check(connection, path.name)
        return WorkingStore(store_path, lock, connection)
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, (sqlite3.Error, *NONSENSE)):
            log.info("%s: %r", path.name, error)
            raise schema.damaged_project_error(path.name) from error
        raise


def recoverable(folder: Path | None = None) -> list[Recoverable]:
    """Stores whose process is gone, the latest first. Those without a state are removed."""
    found = []
    folder = folder or stores_folder()
    for claim in folder.glob("*.open"):
        # What a process that is gone left behind of its claims on project files.
        with contextlib.suppress(Locked, OSError):
            Lock(claim).release()
    for path in folder.glob(f"*{SUFFIX}"):
        about = read_about(path.with_suffix(".lock"))
        try:
            lock = Lock(path.with_suffix(".lock"))
        except (Locked, OSError):
            continue
        states = _count(path)
        if states == 0:
            remove_store(path, lock, None)
            continue
        lock.release(remove=False)
        source, project = about.get("source"), about.get("project")
        log_file = path.with_name(path.name + "-wal")
        newest = max(one.stat().st_mtime for one in (path, log_file) if one.exists())
        found.append(
            Recoverable(
                path,
                str(about.get("title") or path.stem),
                Path(source) if source else None,
                Path(project) if project else None,
                states or 0,
                newest,
            )
        )
    return sorted(found, key=lambda one: one.modified, reverse=True)


def forget(path: Path) -> None:
    """Remove a store that `recoverable` listed and the user does not want.

    Raises:
        GlideError: if it is in use after all.
    """
    lock_path = path.with_suffix(".lock")
    project = read_about(lock_path).get("project")
    try:
        remove_store(path, Lock(lock_path), None)
    except Locked as error:
        raise GlideError("That document is open in another window; close it there.") from error
    if project:
        # Its process could not take away what it left beside the project.
        with contextlib.suppress(Locked, OSError):
            Claim(Path(project), path.parent).release()


def _copy(path: Path, to: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(16)
        if head != b"SQLite format 3\0":
            raise GlideError(f"'{path.name}' is no Glide Studio project; choose a .glide file.")
        shutil.copyfile(path, to)
    except FileNotFoundError as error:
        raise GlideError(f"There is no file '{path.name}' any more; choose another one.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise GlideError(
            f"'{path.name}' cannot be opened ({reason}); check the file and the free disk space."
        ) from error


def _count(path: Path) -> int | None:
    """Number of states in a store; None if it cannot be read."""
    try:
        connection = schema.connect(path)
        try:
            return int(connection.execute("SELECT count(*) FROM state").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        log.warning("The store %s cannot be read: %s", path.name, error)
        # A store without its tables never held a document: its process died while it was made.
        return 0 if "no such table" in str(error) else None
