"""Download one file over HTTP: resumed, retried, checked, and renamed only when it is complete.

Ranges and validators as in RFC 9110, sections 13.1.5 and 14.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from glide_studio.atomic import replace_durably
from glide_studio.errors import GlideError

DownloadProgress = Callable[[int, int | None], None]
"""Called with (bytes done, total bytes if known); an exception from it interrupts the download,
which can be resumed."""

CHUNK_BYTES = 1 << 20


class _TransientError(Exception):
    """A fault that may be temporary; its text says what happened."""


def download(
    url: str,
    target: Path,
    *,
    progress: DownloadProgress = lambda done, total: None,
    check: Callable[[Path], object] = lambda path: None,
    sha256: str | None = None,
    attempts: int = 6,
    pause: float = 1.0,
    timeout: float = 30.0,
) -> str:
    """Fetch `url` into `target` and return its sha256.

    The bytes received are kept in `target`.part; after a fault, or in a later call, the download is
    resumed if the server says that its file is still the same. check: called with the complete file
    before it is renamed; raises GlideError to reject it. pause: seconds before the second attempt,
    doubled for each further one. timeout: seconds without an answer.

    Raises:
        GlideError: if the server refuses, keeps failing or sends something else.
    """
    partial = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(attempts):
            try:
                _attempt(url, partial, progress, timeout)
                break
            except _TransientError as fault:
                if attempt == attempts - 1:
                    raise GlideError(
                        f"{target.name} could not be downloaded: {fault}; "
                        "try again later, it will continue where it stopped."
                    ) from None
                time.sleep(pause * 2**attempt)
        found = _finish(partial, target, check, sha256)
    except OSError as error:
        raise GlideError(
            f"{target.name} could not be written: {error.strerror or error}; make room and try"
            " again."
        ) from None
    return found


def _attempt(url: str, partial: Path, progress: DownloadProgress, timeout: float) -> None:
    """Download the rest of `partial`.

    Raises:
        _TransientError: if another attempt may succeed.
        GlideError: if not.
    """
    tag = partial.with_name(partial.name + ".etag")
    request = urllib.request.Request(url, headers={"User-Agent": "glide-studio"})
    here = partial.stat().st_size if partial.exists() and tag.exists() else 0
    if here:
        request.add_header("Range", f"bytes={here}-")
        request.add_header("If-Range", tag.read_text("ascii"))
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            if answer.headers.get_content_type() == "text/html":
                raise GlideError(
                    f"{url} answers with a web page instead of a file; check the address."
                )
            total = _total(answer)
            if answer.status == 206 and _offset(answer) != here:
                _discard(partial, tag)
                raise _TransientError("the server sent another part than was asked for")
            if answer.status != 206:
                here = 0
                validator = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
                tag.unlink(missing_ok=True)
                if validator and not validator.startswith("W/"):
                    tag.write_text(validator, "ascii")
            free = shutil.disk_usage(partial.parent).free
            if total is not None and free < total - here:
                raise GlideError(
                    f"{url} needs {(total - here) / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are"
                    f" free in {partial.parent}; make room and try again."
                )
            with open(partial, "ab" if here else "wb") as file:
                progress(here, total)
                while block := answer.read(CHUNK_BYTES):
                    file.write(block)
                    here += len(block)
                    progress(here, total)
        if total is not None and here != total:
            if here > total:
                _discard(partial, tag)
            raise _TransientError(f"the connection ended after {here} of {total} bytes")
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # The partial file is longer than the server's, which has changed.
            _discard(partial, tag)
            raise _TransientError("the file on the server has changed") from None
        if error.code in (408, 429) or error.code >= 500:
            raise _TransientError(f"the server answers {error.code}") from None
        raise GlideError(f"{url} cannot be downloaded: the server answers {error.code}.") from None
    except urllib.error.URLError as error:
        raise _TransientError(f"the server cannot be reached ({error.reason})") from None
    except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        raise _TransientError(f"the connection broke ({type(error).__name__})") from None


def _total(answer: http.client.HTTPResponse) -> int | None:
    """Return the length of the whole file, if the server says so."""
    if answer.status == 206:
        found = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.headers.get("Content-Range", ""))
        return int(found[1]) if found else None
    return answer.length


def _offset(answer: http.client.HTTPResponse) -> int | None:
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _discard(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _finish(
    partial: Path, target: Path, check: Callable[[Path], object], sha256: str | None
) -> str:
    tag = partial.with_name(partial.name + ".etag")
    found = hash_file(partial)
    try:
        if sha256 is not None and found != sha256:
            raise GlideError(
                f"{target.name} arrived with the wrong checksum and was dropped; try again."
            )
        check(partial)
    except GlideError:
        _discard(partial, tag)
        raise
    replace_durably(partial, target)
    _discard(tag)
    return found


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
