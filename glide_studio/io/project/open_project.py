"""Open `.glide` projects, which may come from anywhere, into working stores."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import struct
from pathlib import Path

from glide_studio.document.history import MEMORY_BUDGET, History
from glide_studio.errors import GlideError
from glide_studio.io.images.picture import FREE_FILE
from glide_studio.io.images.read import regular_file_size
from glide_studio.io.project import schema
from glide_studio.io.project.project_lock import Claim, Lock
from glide_studio.io.project.store_files import claim_project, remove_store, reserve
from glide_studio.io.project.working_store import NONSENSE, WorkingStore
from glide_studio.translation import translate

HEAD = struct.Struct(">16xH10xI")  # of the SQLite file format, 1.3
log = logging.getLogger(__name__)


def open_project(
    path: Path, *, folder: Path | None = None, budget: int = MEMORY_BUDGET, claims: bool = True
) -> tuple[WorkingStore, History]:
    """Open a `.glide` file into a working store of its own; the file itself is only read.

    The copy is checked before it is used: the schema must be exactly ours, all rows must fit into
    the file, sizes are checked before anything is decompressed, and an unreadable tile comes out
    empty (see `WorkingStore.unreadable`).

    claims: take the file for this window; False only looks, whoever has it open.

    Raises:
        GlideError: if it is missing, foreign, altered, damaged, newer, or open in another window.
    """
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
        with schema.time_limit(connection, schema.READ_LIMIT_S):
            schema.check(connection, path.name)
        schema.check_sizes(connection, store_path.stat().st_size, path.name)
        return WorkingStore(store_path, lock, connection)
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, (sqlite3.Error, *NONSENSE)):
            log.info("%s: %r", path.name, error)
            raise schema.damaged_project_error(path.name) from error
        raise


def _described_length(head: bytes) -> int:
    """Return the length of a database by its header: the size of its pages times their number."""
    page, pages = HEAD.unpack(head)
    return (1 << 16 if page == 1 else int(page)) * int(pages)


def _copy(path: Path, to: Path) -> None:
    try:
        length = regular_file_size(path)
        with path.open("rb") as file:
            head = file.read(HEAD.size)
        if not head.startswith(b"SQLite format 3\0"):
            raise GlideError(
                translate(
                    "OpenProject", "'{name}' is not a Glide Studio project; choose a .glide file."
                ).format(name=path.name)
            )
        if length > FREE_FILE and length - FREE_FILE > _described_length(head):
            raise schema.damaged_project_error(path.name)
        shutil.copyfile(path, to)
    except FileNotFoundError as error:
        raise GlideError(
            translate(
                "OpenProject",
                "There is no file '{name}'; it may have been moved or renamed. Choose another one.",
            ).format(name=path.name)
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise GlideError(
            translate(
                "OpenProject",
                "'{name}' cannot be opened ({reason}); check the file and the free disk space.",
            ).format(name=path.name, reason=reason)
        ) from error
