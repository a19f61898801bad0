"""The files of working stores: where they lie, which is whose, and whether one has changed."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import sqlite3
from pathlib import Path

import platformdirs

from glide_studio.atomic import register_temporaries
from glide_studio.errors import GlideError
from glide_studio.io.project.project_lock import Claim, Lock, Locked
from glide_studio.translation import translate

SUFFIX = ".work"
FOLDER_VARIABLE = "GLIDE_STUDIO_STATE"


def stores_folder() -> Path:
    """Return where working stores lie: $GLIDE_STUDIO_STATE, or the platform's state folder."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    folder = Path(chosen) if chosen else platformdirs.user_state_path("glide-studio", False)
    return folder / "working"


def reserve(folder: Path | None) -> tuple[Path, Lock]:
    """Choose and lock a path for a new store; nothing is there yet.

    Raises:
        GlideError: if the folder cannot be written to.
    """
    folder = folder or stores_folder()
    register_temporaries(folder)
    path = folder / f"{secrets.token_hex(8)}{SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return path, Lock(path.with_suffix(".lock"), {})
    except OSError as error:
        raise GlideError(
            translate(
                "StoreFiles",
                "The folder for open documents cannot be written to ({strerror}); set "
                "{variable} to another one.",
            ).format(strerror=error.strerror, variable=FOLDER_VARIABLE)
        ) from error


def claim_project(project: Path, folder: Path) -> Claim:
    """Take a project file for this window.

    Raises:
        GlideError: if another window has it open.
    """
    try:
        return Claim(project, folder)
    except Locked as error:
        raise in_use_error(project.name, error) from error


def in_use_error(name: str, error: Locked) -> GlideError:
    """Return the sentence for what another window has open."""
    host = error.holder.get("host", platform.node())
    if host == platform.node():
        text = translate(
            "StoreFiles", "'{name}' is open in another window; go on there or close it."
        )
    else:
        text = translate(
            "StoreFiles", "'{name}' is open on the computer {host}; go on there or close it."
        )
    return GlideError(text.format(name=name, host=host))


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return which file lies at a path, (device, inode); None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def file_length(path: str) -> int:
    """Return the bytes of a file, 0 if there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def file_version(path: Path) -> tuple[int, ...] | None:
    """Return numbers that differ once a file was written by another program; None if it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def same_file(one: Path, other: Path) -> bool:
    """Return True if two paths lead to the same place, whether or not there is a file."""
    return os.path.realpath(one) == os.path.realpath(other)


def remove_store(path: Path, lock: Lock, connection: sqlite3.Connection | None) -> None:
    """Remove a store and all that belongs to it."""
    if connection is not None:
        connection.close()
    for end in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + end).unlink(missing_ok=True)
    lock.release()
