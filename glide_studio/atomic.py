"""Write files whole or not at all, and clear away what a killed process left of them."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

from glide_studio.errors import GlideError
from glide_studio.translation import translate

LEFTOVER_ENDS = ("", "-journal", "-wal", "-shm")  # SQLite's files beside a database

_registry: list[Path] = []  # the folder that `register_temporaries` named


def register_temporaries(folder: Path) -> None:
    """Note every temporary file in `folder` while it exists, from now on.

    `remove_leftovers` finds there what a killed process could not remove.
    """
    _registry[:] = [folder]


@contextmanager
def keep_registered(temporary: Path) -> Iterator[None]:
    """Note a temporary file or folder in the registry, if there is one, while this lasts."""
    if not _registry:
        yield
        return
    note = _registry[0] / f"{secrets.token_hex(8)}.pending"
    fields = {
        "path": os.fsencode(temporary).hex(),
        "process": os.getpid(),
        "started": _start_time(os.getpid()),
    }
    with contextlib.suppress(OSError):  # a full disk: the file itself may have room elsewhere
        note.write_text(json.dumps(fields))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)


@cache
def _start_time(process: int) -> float:
    return psutil.Process(process).create_time()


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that processes noted in `folder` and did not live to remove."""
    for note in folder.glob("*.pending"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            fields = json.loads(note.read_text())
            if _is_running(int(fields["process"]), float(fields["started"])):
                continue
            temporary = Path(os.fsdecode(bytes.fromhex(fields["path"])))
            if not temporary.name.startswith(".glide-"):
                continue
            if temporary.is_dir():
                shutil.rmtree(temporary, ignore_errors=True)
            for end in LEFTOVER_ENDS:
                temporary.with_name(temporary.name + end).unlink(missing_ok=True)
            note.unlink(missing_ok=True)


def _is_running(process: int, started: float) -> bool:
    try:
        found = psutil.Process(process)
        same = abs(found.create_time() - started) < 1
        return same and found.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` to write to; on leaving, it takes the place of `path`.

    The new file is flushed to the disk before it is renamed, so that at every moment `path` is the
    old file or the new one, whole. If anything fails the temporary file is removed and the old one
    stays. A symbolic link stays a link: its target is replaced. Permissions of an old file stay.

    Raises:
        GlideError: if the folder cannot be written to, the disk is full, or no file but a folder, a
            device or a pipe has that name.
    """
    target = Path(os.path.realpath(path))
    if os.path.isdir(target):  # Path.is_dir raises for names that are too long
        raise GlideError(
            translate("Atomic", "'{name}' is a folder; choose another file name.").format(
                name=path.name
            )
        )
    if os.path.exists(target) and not os.path.isfile(target):
        raise GlideError(
            translate("Atomic", "'{name}' is a device or a pipe; choose another file name.").format(
                name=path.name
            )
        )
    temporary = target.parent / f".glide-{secrets.token_hex(8)}.tmp"
    with keep_registered(temporary):
        yield from _write_and_replace(path, target, temporary)


def _write_and_replace(path: Path, target: Path, temporary: Path) -> Iterator[Path]:
    try:
        # Both are made to fail before any work: a missing folder, and a name that is too long.
        with contextlib.suppress(FileNotFoundError):
            os.lstat(target)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        replace_durably(temporary, target)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def replace_durably(source: Path, target: Path) -> None:
    """Flush a file, or the files of a folder, to the disk and rename it to `target` beside it.

    Raises:
        OSError: if that fails.
    """
    for path in source.iterdir() if source.is_dir() else (source,):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    os.replace(source, target)
    fsync_folder(target.parent)


def fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` outlive a power cut, where the platform can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            # Some network file systems cannot sync a folder; the rename itself has happened.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(handle)


def write_error(path: Path, error: OSError) -> GlideError:
    """Return the sentence for a file that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return GlideError(
            translate(
                "Atomic",
                "'{name}' was not written because the disk is full; free some space and try again.",
            ).format(name=path.name)
        )
    if error.errno == errno.ENAMETOOLONG:
        return GlideError(
            translate(
                "Atomic", "'{name}...' is too long for a file name; choose a shorter one."
            ).format(name=path.name[:40])
        )
    if error.errno == errno.ENOENT:
        return GlideError(
            translate(
                "Atomic", "'{name}' was not written because its folder is gone; choose another."
            ).format(name=path.name)
        )
    return GlideError(
        translate(
            "Atomic", "'{name}' cannot be written there ({strerror}); choose another folder."
        ).format(name=path.name, strerror=error.strerror or error)
    )
