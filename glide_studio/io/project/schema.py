"""The database schema, its versions, and the check that a file has exactly this schema.

content    compressed bytes, each kept once: tiles, profiles, arrays. hash: BLAKE2b-128 of `data`;
           size: bytes once decompressed
tile       which content is a tile's
block      16x16 tile ids, sparse
layer      one layer as JSON, each kept once; children are smaller keys
state      one document of the history as JSON, in the order they were made
thumbnail  small pictures of states
item       values that the editor keeps by kind and key, as JSON: settings, jobs
picture    arrays that belong to an item: candidates, drafts, paused samplers
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from glide_studio.errors import GlideError
from glide_studio.translation import translate

APPLICATION_ID = 0x474C4944  # "GLID"

BASE = (
    "CREATE TABLE content (key INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE,"
    " size INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE tile (id INTEGER PRIMARY KEY, channels INTEGER NOT NULL,"
    " depth INTEGER NOT NULL, content INTEGER NOT NULL)",
    "CREATE TABLE block (id INTEGER PRIMARY KEY, tiles BLOB NOT NULL)",
    "CREATE TABLE layer (key INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, json TEXT NOT NULL)",
    "CREATE TABLE state (number INTEGER PRIMARY KEY, json TEXT NOT NULL)",
    "CREATE TABLE thumbnail (number INTEGER PRIMARY KEY, shape TEXT NOT NULL,"
    " content INTEGER NOT NULL)",
    "CREATE TABLE item (kind TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY (kind, key))",
    "CREATE TABLE picture (kind TEXT NOT NULL, key TEXT NOT NULL, shape TEXT NOT NULL,"
    " dtype TEXT NOT NULL, content INTEGER NOT NULL, PRIMARY KEY (kind, key))",
)

STEPS: tuple[tuple[str, ...], ...] = ()
"""STEPS[n] makes version n + 2 of version n + 1. Only ever append."""

MAX_LENGTH = 256 << 20  # bytes of one row
MAX_JSON = 8 << 20  # bytes of one value, which take some thirty times as many once they are read
MAX_ITEMS = 16 << 20  # bytes of all values in `item`, which are kept
READ_LIMIT_S = 5.0  # of processor time
PROGRESS_STEPS = 10_000  # of SQLite's machine, between looks at the clock
SIZES = (
    ("content", "data", 18),
    ("tile", "''", 4),
    ("block", "tiles", 2),
    ("layer", "json", 18),
    ("state", "json", 2),
    ("thumbnail", "shape", 2),
    ("item", "json", 2),
    ("picture", "shape", 4),
)
"""Tables, the column that varies in length, and bytes that each row takes at least besides it."""
PAGE = 16_384  # bytes; tiles of photos compress to one to three of these


def version() -> int:
    """Return the schema's current version."""
    return 1 + len(STEPS)


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection that trusts nothing in the file; transactions are begun by hand.

    Raises:
        sqlite3.Error: if the file cannot be opened.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_LENGTH)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def build(connection: sqlite3.Connection) -> None:
    """Create the tables in an empty database."""
    connection.execute(f"PRAGMA page_size={PAGE}")
    connection.execute("BEGIN")
    _run(connection, 0, version())
    connection.execute("COMMIT")


def check(connection: sqlite3.Connection, name: str) -> None:
    """Refuse a database whose schema is not exactly ours, then bring an older one up to date.

    Raises:
        GlideError: if it is foreign, altered, newer or unreadable.
    """
    try:
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
        if mark != APPLICATION_ID or found < 1:
            raise GlideError(
                translate(
                    "Schema", "'{name}' is not a Glide Studio project; choose a .glide file."
                ).format(name=name)
            )
        if found > version():
            raise GlideError(
                translate(
                    "Schema",
                    "'{name}' was saved by a newer Glide Studio; install the newest version to open"
                    " it.",
                ).format(name=name)
            )
        if _read_schema(connection) != _expected_schema(found, STEPS):
            raise GlideError(
                translate(
                    "Schema",
                    "'{name}' was altered by another program and is not safe to open; use a copy"
                    " saved by Glide Studio.",
                ).format(name=name)
            )
        if found < version():
            connection.execute("BEGIN")
            _run(connection, found, version())
            connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        raise damaged_project_error(name) from error


def check_sizes(connection: sqlite3.Connection, length: int, name: str) -> None:
    """Refuse a database whose rows are more than a file of `length` bytes can hold.

    Pages of a hostile file may be named many times over, so that it never ends.

    Raises:
        GlideError: if there are too many rows or bytes, JSON of more than MAX_JSON or MAX_ITEMS, or
            they cannot be read in READ_LIMIT_S.
    """
    try:
        with time_limit(connection, READ_LIMIT_S):
            remaining = length
            for table, column, fixed in SIZES:
                rows = (
                    f"SELECT length({column}) AS size FROM {table} LIMIT {remaining // fixed + 1}"
                )
                sql = f"SELECT count(*), total(size), max(size) FROM ({rows})"
                count, total, longest = connection.execute(sql).fetchone()
                remaining -= int(total) + fixed * count
                items = total if table == "item" else 0
                longest_json = (longest or 0) if column == "json" else 0
                if remaining < 0 or items > MAX_ITEMS or longest_json > MAX_JSON:
                    raise damaged_project_error(name)
    except (sqlite3.Error, TypeError) as error:
        raise damaged_project_error(name) from error


@contextmanager
def time_limit(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Interrupt queries once this thread has computed for so long; they raise sqlite3.Error."""
    end = time.thread_time() + seconds
    connection.set_progress_handler(lambda: time.thread_time() > end, PROGRESS_STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def damaged_project_error(name: str) -> GlideError:
    """Return the sentence for a database that cannot be read."""
    return GlideError(
        translate(
            "Schema", "'{name}' is damaged and cannot be opened; use an older copy of it."
        ).format(name=name)
    )


def _run(connection: sqlite3.Connection, since: int, until: int) -> None:
    """Execute the steps from version `since` (0: none) to `until`."""
    for statements in (BASE, *STEPS)[since:until]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={until}")


@lru_cache(maxsize=8)
def _expected_schema(
    until: int, steps: tuple[tuple[str, ...], ...]
) -> frozenset[tuple[object, ...]]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statements in (BASE, *steps)[:until]:
            for statement in statements:
                connection.execute(statement)
        return _read_schema(connection)
    finally:
        connection.close()


def _read_schema(connection: sqlite3.Connection) -> frozenset[tuple[object, ...]]:
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT 1000")
    return frozenset(rows.fetchall())
