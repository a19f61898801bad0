"""A lock that ends with its process, and says who holds it."""

from __future__ import annotations

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


class Locked(Exception):
    """Another process holds the lock; `holder` is what it wrote."""

    def __init__(self, holder: dict[str, Any]) -> None:
        super().__init__(f"Held by {holder}.")
        self.holder = holder


class Lock:
    """Held from construction to `release` or to the end of the process, however that comes.

    The operating system keeps it, so there is no stale one to be cleared away. The file also
    carries process, host and `about`.

    Raises:
        Locked: if another process, or another object here, holds it.
        OSError: if the file can not be made.
    """

    def __init__(self, path: Path, about: dict[str, Any] | None = None) -> None:
        self.path = path
        self._handle = self._open()
        while not _still_there(self._handle, path):
            # Its last holder removed the file after it was opened here: that lock binds nobody.
            os.close(self._handle)
            self._handle = self._open()
        if about is not None:
            self.write(about)

    def _open(self) -> int:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(handle)
        except OSError as error:
            os.close(handle)
            raise Locked(read_about(self.path)) from error
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


def _still_there(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def read_about(path: Path) -> dict[str, Any]:
    """What the holder wrote; empty if that can not be read."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
