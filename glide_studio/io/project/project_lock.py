"""Locks on working stores and projects, which end with their process and say who holds them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

PLACE = "place"  # of the project, as its bytes in hexadecimal, in what a claim says


class Locked(Exception):
    """Another process holds the lock; `holder` is what it wrote about itself."""

    def __init__(self, holder: dict[str, Any]) -> None:
        super().__init__(f"Held by {holder}.")
        self.holder = holder


class Lock:
    """A lock on a path, held from construction to `release` or to the end of the process.

    The operating system keeps it, so a killed process leaves no stale lock. Process, host and
    `about` are written beside the lock for others to read.

    Raises:
        Locked: if another process, or another `Lock` of this one, holds it.
        OSError: if the file cannot be made, or its file system has no locks.
    """

    def __init__(
        self, path: Path, about: dict[str, Any] | None = None, *, mode: int = 0o600
    ) -> None:
        """Take the lock. mode: permissions of its file."""
        self.path = path
        path.parent.stat()  # FileLock would make a missing folder
        # Without the fallback: a lock by mere existence would outlive a killed process.
        self._lock = FileLock(
            path, timeout=0, mode=mode, thread_local=False, fallback_to_soft=False
        )
        try:
            self._lock.acquire()
        except Timeout as error:
            raise Locked(read_about(path)) from error
        if about is not None:
            try:
                self.write(about)
            except OSError:  # the disk is full
                self.release()
                raise

    def write(self, about: dict[str, Any]) -> None:
        """Say what is held."""
        text = json.dumps({"process": os.getpid(), "host": platform.node(), **about})
        # In place, since Linux flushes a file that was emptied and written again.
        file = os.open(about_path(self.path), os.O_WRONLY | os.O_CREAT, 0o666)
        try:
            os.write(file, text.encode())
            os.ftruncate(file, len(text))
        finally:
            os.close(file)

    def release(self, remove: bool = True) -> None:
        """Free the lock. remove: delete its files too."""
        if not self._lock.is_locked:
            return
        # On POSIX the file goes while it is locked, so that a new holder's file is never deleted;
        # Windows deletes no open file.
        if remove and os.name == "posix":
            self.path.unlink(missing_ok=True)
        self._lock.release()
        if remove and os.name != "posix":
            about_path(self.path).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)


class Claim:
    """A project file taken for one window, by two locks that each say process and host.

    One lies in `folder`, with the working stores: it holds wherever the project lies, also on a
    read-only disk. The other lies beside the project: other users, other computers on a shared disk
    and programs with another folder of working stores see it. A lock that cannot be made, as in a
    read-only folder, is left out: without it a document is saved all the same.

    Raises:
        Locked: if another window has the project.
    """

    def __init__(self, project: Path, folder: Path) -> None:
        """Take both locks, or none."""
        place = Path(os.path.realpath(project))
        about = {"project": project.name}
        name = hashlib.blake2b(os.fsencode(place), digest_size=16).hexdigest()
        # Where it is goes into the first, so that a killed process leaves no second one for ever.
        own = {**about, PLACE: os.fsencode(place).hex()}
        self._locks: list[Lock] = []
        try:
            with contextlib.suppress(OSError):  # read-only, full, or a file system without locks
                self._locks.append(Lock(folder / f"{name}.open", own))
            with contextlib.suppress(OSError):
                self._locks.append(Lock(lock_beside(place), about, mode=0o666))
        except Locked:
            self.release()
            raise

    def release(self) -> None:
        """Free the project for other windows."""
        for lock in self._locks:
            with contextlib.suppress(OSError):
                lock.release()


def lock_beside(project: Path) -> Path:
    """Return the path of the lock that lies beside a project."""
    return project.with_name(f".{project.name}.lock")


def remove_dead_claim(claim: Path) -> None:
    """Remove the two files of a `Claim` whose process is gone; `claim` is that in its folder."""
    about = read_about(claim)
    with contextlib.suppress(Locked, OSError):
        lock = Lock(claim)
        with contextlib.suppress(Locked, OSError, LookupError, ValueError, TypeError):
            beside = lock_beside(Path(os.fsdecode(bytes.fromhex(about[PLACE]))))
            if beside.is_file():
                Lock(beside).release()
        lock.release()


def about_path(path: Path) -> Path:
    """Return where the holder of the lock at `path` writes about itself.

    That is the lock file itself, but on Windows, where a locked file cannot be read.
    """
    return path if os.name == "posix" else path.with_name(f"{path.name}.json")


def read_about(path: Path) -> dict[str, Any]:
    """Return what the holder wrote; empty if that cannot be read."""
    try:
        found = json.loads(about_path(path).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
