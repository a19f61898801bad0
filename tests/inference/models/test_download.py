"""Downloads against a real local server that drops connections, lies and serves errors."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from glide_studio.errors import GlideError
from glide_studio.inference.models.download import download

BODY = bytes(range(256)) * 20_000  # 5 MB, several chunks
SHA = hashlib.sha256(BODY).hexdigest()
Serve = Callable[["Handler"], None]
Start = Callable[..., tuple[str, list[str | None]]]


class Handler(BaseHTTPRequestHandler):
    """Plays one script entry for each request; the last one again and again."""

    script: list[Serve]
    ranges: list[str | None]

    def do_GET(self) -> None:
        type(self).ranges.append(self.headers.get("Range"))
        step = self.script[min(len(self.ranges), len(self.script)) - 1]
        step(self)

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def honest(handler: Handler, body: bytes = BODY, tag: str = '"one"') -> None:
    wanted = handler.headers.get("Range")
    if wanted and handler.headers.get("If-Range") == tag:
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(body):
            handler.reply(416, b"")
            return
        span = f"bytes {start}-{len(body) - 1}/{len(body)}"
        handler.reply(206, body[start:], ETag=tag, Content_Range=span)
    else:
        handler.reply(200, body, ETag=tag)


def dropping(after: int) -> Serve:
    """Announces everything, sends `after` bytes of what was asked for, and hangs up."""

    def serve(handler: Handler) -> None:
        wanted = handler.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        handler.send_response(206 if wanted else 200)
        if wanted:
            handler.send_header("Content-Range", f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")
        handler.send_header("ETag", '"one"')
        handler.send_header("Content-Length", str(len(BODY) - start))
        handler.end_headers()
        handler.wfile.write(BODY[start : start + after])
        handler.close_connection = True

    return serve


def status(code: int) -> Serve:
    return lambda handler: handler.reply(code, b"no", Content_Type="text/plain")


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that hang up are part of the play."""


@pytest.fixture
def serve() -> Iterator[Start]:
    """serve(step, ...) -> (url, the Range of each request so far)."""
    servers = []

    def start(*script: Serve) -> tuple[str, list[str | None]]:
        handler = type("Script", (Handler,), {"script": [*script], "ranges": []})
        server = Server(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/base.pt", handler.ranges  # type: ignore[attr-defined]

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_file_arrives_with_progress(tmp_path: Path, serve: Start) -> None:
    url, _ = serve(honest)
    seen: list[tuple[int, int | None]] = []
    target = tmp_path / "new" / "base.pt"
    assert download(url, target, progress=lambda *p: seen.append(p), sha256=SHA) == SHA
    assert target.read_bytes() == BODY
    assert names(target.parent) == ["base.pt"]
    assert seen[0] == (0, len(BODY))
    assert seen[-1] == (len(BODY), len(BODY))
    assert len(seen) > 3


def test_dropped_connections_are_resumed(tmp_path: Path, serve: Start) -> None:
    url, ranges = serve(dropping(2_000_000), status(503), dropping(1_000_000), honest)
    assert download(url, tmp_path / "base.pt", pause=0.0) == SHA
    assert ranges == [None, "bytes=2000000-", "bytes=2000000-", "bytes=3000000-"]
    assert names(tmp_path) == ["base.pt"]


def test_a_later_call_goes_on_where_the_first_was_stopped(tmp_path: Path, serve: Start) -> None:
    url, ranges = serve(honest)

    def stop(done: int, total: int | None) -> None:
        if done > 2_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(url, tmp_path / "base.pt", progress=stop)
    assert names(tmp_path) == ["base.pt.part", "base.pt.part.etag"]
    kept = (tmp_path / "base.pt.part").stat().st_size
    assert kept > 2_000_000
    assert download(url, tmp_path / "base.pt") == SHA
    assert ranges[-1] == f"bytes={kept}-"


def test_a_file_that_changed_meanwhile_is_begun_anew(tmp_path: Path, serve: Start) -> None:
    other = BODY[::-1]
    url, _ = serve(dropping(2_000_000), lambda handler: honest(handler, other, '"two"'))
    download(url, tmp_path / "base.pt", pause=0.0)
    assert (tmp_path / "base.pt").read_bytes() == other


def test_a_part_longer_than_the_file_is_dropped(tmp_path: Path, serve: Start) -> None:
    (tmp_path / "base.pt.part").write_bytes(BODY + b"more")
    (tmp_path / "base.pt.part.etag").write_text('"one"')
    url, _ = serve(honest)
    assert download(url, tmp_path / "base.pt", pause=0.0) == SHA


def test_a_server_that_announces_more_than_it_sends_is_refused(
    tmp_path: Path, serve: Start
) -> None:
    def lie(handler: Handler) -> None:
        handler.reply(200, BODY, Content_Length=str(len(BODY) + 1000))
        handler.close_connection = True

    url, ranges = serve(lie)
    with pytest.raises(GlideError, match=r"base.pt could not be downloaded: .* of 5121000 bytes"):
        download(url, tmp_path / "base.pt", attempts=3, pause=0.0)
    assert len(ranges) == 3
    assert "base.pt" not in names(tmp_path)


def test_a_server_that_announces_less_than_the_file_is_caught_by_the_check(
    tmp_path: Path, serve: Start
) -> None:
    url, _ = serve(lambda h: h.reply(200, BODY[:1000], Content_Length="1000"))
    with pytest.raises(GlideError, match="wrong checksum"):
        download(url, tmp_path / "base.pt", sha256=SHA)
    assert names(tmp_path) == []


def test_a_server_that_sends_another_part_is_asked_again(tmp_path: Path, serve: Start) -> None:
    def wrong_part(handler: Handler) -> None:
        span = f"bytes 0-9/{len(BODY)}"
        handler.reply(206, BODY[:10], Content_Range=span)

    url, ranges = serve(dropping(1000), wrong_part, honest)
    assert download(url, tmp_path / "base.pt", pause=0.0) == SHA
    assert ranges == [None, "bytes=1000-", None]


def test_an_error_page_is_refused(tmp_path: Path, serve: Start) -> None:
    url, ranges = serve(lambda h: h.reply(200, b"<html>", Content_Type="text/html; charset=utf-8"))
    with pytest.raises(GlideError, match="answers with a web page instead of a file"):
        download(url, tmp_path / "base.pt")
    assert len(ranges) == 1
    assert names(tmp_path) == []


@pytest.mark.parametrize(("code", "requests"), [(404, 1), (403, 1), (500, 3), (429, 3)])
def test_refusals_are_final_and_troubles_are_retried(
    tmp_path: Path, serve: Start, code: int, requests: int
) -> None:
    url, ranges = serve(status(code))
    with pytest.raises(GlideError, match=f"the server answers {code}"):
        download(url, tmp_path / "base.pt", attempts=3, pause=0.0)
    assert len(ranges) == requests
    assert names(tmp_path) == []


def test_no_server_at_all_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(GlideError, match="cannot be reached"):
        download("http://127.0.0.1:1/base.pt", tmp_path / "base.pt", attempts=2, pause=0.0)


def test_a_check_that_fails_leaves_nothing(tmp_path: Path, serve: Start) -> None:
    url, _ = serve(honest)

    def refuse(path: Path) -> None:
        raise GlideError("not a checkpoint")

    with pytest.raises(GlideError, match="not a checkpoint"):
        download(url, tmp_path / "base.pt", check=refuse)
    assert names(tmp_path) == []


def test_too_little_room_is_said_before_anything_is_written(
    tmp_path: Path, serve: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = serve(honest)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(GlideError, match=r"needs 0.0 GB, but only 0.0 GB are free"):
        download(url, tmp_path / "base.pt")
    assert not (tmp_path / "base.pt.part").exists()


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path, serve: Start) -> None:
    url, _ = serve(honest)
    (tmp_path / "file").write_text("")
    with pytest.raises(GlideError, match="could not be written"):
        download(url, tmp_path / "file" / "base.pt")
