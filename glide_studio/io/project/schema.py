"""The database schema, its versions, and the check that a stranger's file has it exactly.

content    compressed bytes, each kept once: tiles, profiles, arrays. hash: BLAKE2b-128 of `data`;
           size: bytes once decompressed
tile       which content is a tile's
block      16x16 tile ids, sparse
layer      one layer as JSON, each kept once; children are smaller keys
state      one document of the history as JSON, in the order they were made
thumbnail  small pictures of states
item       whatever the session keeps by kind and key, as JSON: settings, recipe, jobs
picture    arrays that belong to an item: candidates, drafts, paused samplers
"""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from pathlib import Path

from glide_studio.errors import GlideError

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
PAGE = 16_384  # bytes; tiles of photos compress to one to three of these


def version() -> int:
    """The schema's current version."""
    return 1 + len(STEPS)


def connect(path: Path) -> sqlite3.Connection:
    """A connection that trusts nothing in the file; transactions are begun by hand.

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
    """Make the tables in an empty database."""
    connection.execute(f"PRAGMA page_size={PAGE}")
    connection.execute("BEGIN")
    _run(connection, 0, version())
    connection.execute("COMMIT")


def check(connection: sqlite3.Connection, name: str) -> None:
    """Refuse a database that is not ours to the letter, then bring an older one up to date.

    Raises:
        GlideError: if it is foreign, altered, newer or unreadable.
    """
    try:
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
        if mark != APPLICATION_ID or found < 1:
            raise GlideError(f"'{name}' is no Glide Studio project; choose a .glide file.")
        if found > version():
            raise GlideError(
                f"'{name}' was saved by a newer Glide Studio; install the newest version to open it."
            )
        if _read_schema(connection) != _expected_schema(found, STEPS):
            raise GlideError(
                f"'{name}' was altered by another program and is not safe to open;"
                " use a copy saved by Glide Studio."
            )
        if found < version():
            connection.execute("BEGIN")
            _run(connection, found, version())
            connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        raise damaged_project_error(name) from error


def damaged_project_error(name: str) -> GlideError:
    """The sentence for a database that cannot be read."""
    return GlideError(f"'{name}' is damaged and cannot be opened; use an older copy of it.")


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
