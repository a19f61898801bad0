"""`glide-studio models pull`, as a user runs it, from a real local server that does not always behave."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from glide_studio.cli import main as cli
from glide_studio.inference import model_check
from glide_studio.inference.models import released
from glide_studio.inference.models.released import RELEASED, ReleasedFile
from tests.inference.models.weight_files import accept, write

TINY = tuple(ReleasedFile(entry.file, entry.kind, entry.role, 50) for entry in RELEASED)


class Moody(BaseHTTPRequestHandler):
    """Hangs up in the middle of the first answer about each file, then serves what is left of it."""

    folder: Path
    mood: str
    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        name, wanted = self.path.removeprefix("/"), self.headers.get("Range")
        first = name not in [file for file, _ in self.asked]
        self.asked.append((name, wanted))
        if self.mood == "page":
            self.answer(200, b"<html>Please sign in</html>", Content_Type="text/html")
            return
        if self.mood == "gone":
            self.answer(404, b"")
            return
        body = (self.folder / name).read_bytes()
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        whole = len(body) + (1000 if self.mood == "liar" else 0)
        head = {"ETag": '"one"', "Content-Length": str(whole - start)}
        if wanted:
            head["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
        sent = body[start : len(body) // 2] if first else body[start:]
        self.answer(206 if wanted else 200, sent, **head)
        self.close_connection = True

    def answer(self, code: int, body: bytes, **head: str) -> None:
        self.send_response(code)
        for key, value in head.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Moody]]:
    """The server's mood and memory; `models pull` asks it instead of the real one, for tiny files."""
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tmp_path / "models"))
    folder = tmp_path / "served"
    folder.mkdir()
    for entry in TINY:
        write(folder / entry.file, entry.kind)
    moody = type("Own", (Moody,), {"folder": folder, "mood": "tired", "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), moody)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    asked = partial(released.pull, url=url, released=TINY, pause=0.0)
    monkeypatch.setattr(released, "pull", asked)
    monkeypatch.setattr(model_check, "check_network", accept)
    yield moody
    server.shutdown()
    thread.join()
    server.server_close()


def models(tmp_path: Path) -> list[str]:
    return sorted(p.name for p in (tmp_path / "models").rglob("*") if p.is_file())


def test_a_set_arrives_over_broken_connections(
    tmp_path: Path, served: type[Moody], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["models", "pull"]) == 0
    assert "'glide' is ready" in capsys.readouterr().out
    files = ["base_inpaint.pt", "upsample_inpaint.pt"]
    assert models(tmp_path) == sorted([*files, "hashes.json", "model.json"])
    assert [file for file, _ in served.asked] == [files[0], files[0], files[1], files[1]]
    assert all((wanted is None) == (i % 2 == 0) for i, (_, wanted) in enumerate(served.asked))
    for file in files:
        arrived = tmp_path / "models" / "glide" / file
        assert arrived.read_bytes() == (served.folder / file).read_bytes()
    assert cli.run(["models", "verify", "glide"]) == 0
    assert capsys.readouterr().out.count("in order") == 2
    assert cli.run(["models", "pull", "--all"]) == 0
    assert len([name for name in models(tmp_path) if name.endswith(".pt")]) == 6


@pytest.mark.parametrize(
    ("mood", "sentence"),
    [
        ("page", "answers with a web page instead of a file"),
        ("gone", "the server answers 404"),
        ("liar", "the connection ended after"),
    ],
)
def test_a_bad_server_leaves_no_file_under_its_name(
    tmp_path: Path,
    served: type[Moody],
    capsys: pytest.CaptureFixture[str],
    mood: str,
    sentence: str,
) -> None:
    served.mood = mood
    assert cli.run(["models", "pull"]) == cli.BAD_INPUT
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("glide-studio: ")
    assert sentence in said
    assert not any(name.endswith((".pt", ".json")) for name in models(tmp_path))
