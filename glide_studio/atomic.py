"""Files are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glide_studio.errors import GlideError


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` to write to; on leaving, it takes the place of `path`.

    The new file is flushed to the disk before it is renamed, so that at every moment `path` is the
    old file or the new one, whole. If anything fails the temporary file is removed and the old one
    stays. A symbolic link stays a link: its target is replaced. Permissions of an old file are kept.

    Raises:
        GlideError: if the folder cannot be written to or the disk is full.
    """
    target = Path(os.path.realpath(path))
    if os.path.isdir(target):  # Path.is_dir raises for names that are too long
        raise GlideError(f"'{path.name}' is a folder; choose another file name.")
    temporary = target.parent / f".glide-{secrets.token_hex(8)}.tmp"
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
    """Flush `source` to the disk and rename it to `target`, in the same folder.

    Raises:
        OSError: if that fails.
    """
    with source.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(source, target)
    fsync_folder(target.parent)


def fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` last through a power cut, where the platform lets one."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            # Some network file systems know no fsync of a folder; the rename itself has happened.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(handle)


def write_error(path: Path, error: OSError) -> GlideError:
    """The sentence for a file that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return GlideError(
            f"'{path.name}' was not written because the disk is full; free some space and try again."
        )
    if error.errno == errno.ENAMETOOLONG:
        return GlideError(
            f"'{path.name[:40]}...' is too long for a file name; choose a shorter one."
        )
    if error.errno == errno.ENOENT:
        return GlideError(
            f"'{path.name}' was not written because its folder is gone; choose another."
        )
    return GlideError(
        f"'{path.name}' cannot be written there ({error.strerror or error}); choose another folder."
    )
