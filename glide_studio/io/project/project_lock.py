"""A lock that ends with its process, and says who holds it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, _PLACE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_PLACE = 1 << 30  # past all content, since Windows also forbids to read what is locked
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # what systems say if another one has it


class Locked(Exception):
    """Another process holds the lock; `holder` is what it wrote."""

    def __init__(self, holder: dict[str, Any]) -> None:
        super().__init__(f"Held by {holder}.")
        self.holder = holder


class Lock:
    """Held from construction to `release` or to the end of the process, however that comes.

    The operating system keeps it, so there is no stale one to be cleared away. The file also
    carries process, host and `about`.

    mode: permissions of the file.

    Raises:
        Locked: if another process, or another object here, holds it.
        OSError: if the file cannot be made, or its file system knows no locks.
    """

    def __init__(
        self, path: Path, about: dict[str, Any] | None = None, *, mode: int = 0o600
    ) -> None:
        self.path = path
        self._mode = mode
        self._handle = self._open()
        while not _still_there(self._handle, path):
            # Its last holder removed the file after it was opened here: that lock binds nobody.
            os.close(self._handle)
            self._handle = self._open()
        if about is not None:
            self.write(about)

    def _open(self) -> int:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, self._mode)
        try:
            _take(handle)
        except OSError as error:
            os.close(handle)
            if error.errno in _TAKEN:
                raise Locked(read_about(self.path)) from error
            raise
        return handle

    def write(self, about: dict[str, Any]) -> None:
        """Say what is held."""
        text = json.dumps({"process": os.getpid(), "host": platform.node(), **about}).encode()
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, text)

    def release(self, remove: bool = True) -> None:
        """Let others have it; the file goes as well if `remove`."""
        if self._handle < 0:
            return
        # Windows removes no open file; elsewhere it goes first, lest a new holder's be removed.
        if remove and os.name == "posix":
            self.path.unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = -1
        if remove and os.name != "posix":
            self.path.unlink(missing_ok=True)


class Claim:
    """A project file taken for one window, by two locks that each say process and host.

    One lies in `folder`, with the working stores: it holds wherever the project lies, on a disk that
    can only be read too. The other lies beside the project, where that is possible: it is seen by other
    users, other computers on a shared disk, and programs with another folder of working stores.

    Raises:
        Locked: if another window has the project.
        OSError: if `folder` cannot be written to.
    """

    def __init__(self, project: Path, folder: Path) -> None:
        place = Path(os.path.realpath(project))
        about = {"project": project.name}
        name = hashlib.blake2b(os.fsencode(place), digest_size=16).hexdigest()
        self._locks = [Lock(folder / f"{name}.open", about)]
        beside = place.with_name(f".{place.name}.lock")
        try:
            with contextlib.suppress(OSError):  # read-only, or a file system without locks
                self._locks.append(Lock(beside, about, mode=0o666))
        except Locked:
            self.release()
            raise

    def release(self) -> None:
        """Let others have it."""
        for lock in self._locks:
            with contextlib.suppress(OSError):
                lock.release()


def _still_there(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def read_about(path: Path) -> dict[str, Any]:
    """What the holder wrote; empty if that cannot be read."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
