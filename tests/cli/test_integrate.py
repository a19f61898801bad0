"""The program in the desktop's menu, and out of it again."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from glide_studio.cli import integrate
from glide_studio.cli.main import run
from glide_studio.io.project.schema import APPLICATION_ID


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path / "data"


def written(home: Path) -> list[str]:
    own = (path for path in home.rglob("glide-studio.*") if path.is_file())
    return sorted(str(path.relative_to(home)) for path in own)


def test_entry_icon_and_type_are_written_and_removed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["integrate"]) == 0
    assert written(home) == [
        "applications/glide-studio.desktop",
        "icons/hicolor/scalable/apps/glide-studio.svg",
        "mime/packages/glide-studio.xml",
        "thumbnailers/glide-studio.thumbnailer",
    ]
    assert capsys.readouterr().out.count("wrote ") == 4
    assert run(["integrate"]) == 0, "again does no harm"
    assert run(["integrate", "--remove"]) == 0
    assert written(home) == []
    assert run(["integrate", "--remove"]) == 0


def test_the_entry_starts_this_installation_with_files(home: Path) -> None:
    run(["integrate"])
    path = home / "applications" / "glide-studio.desktop"
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, "utf-8")
    entry = parser["Desktop Entry"]
    assert entry["Exec"].endswith(" %F")
    assert Path(entry["Exec"].split()[0].strip('"')).exists()
    assert "application/x-glide-studio" in entry["MimeType"]
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", str(path)], check=True)


def test_the_type_is_told_by_the_project_file_itself(home: Path) -> None:
    run(["integrate"])
    root = ElementTree.parse(home / "mime" / "packages" / "glide-studio.xml").getroot()
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    (glob,) = root.iter(f"{space}glob")
    assert glob.get("pattern") == "*.glide"
    mark = [match for match in root.iter(f"{space}match") if match.get("offset") == "68"]
    assert mark[0].get("value") == APPLICATION_ID.to_bytes(4, "big").decode()


def test_the_icon_can_be_drawn(home: Path, qapp: object) -> None:
    run(["integrate"])
    icon = home / "icons" / "hicolor" / "scalable" / "apps" / "glide-studio.svg"
    assert not QImage(str(icon)).isNull()


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("/usr/bin/glide-studio", "/usr/bin/glide-studio"),
        ("/home/a b/glide", '"/home/a b/glide"'),
        ("/x/50%/y", "/x/50%%/y"),
        ("/x/$y", '"/x/\\\\$y"'),
    ],
)
def test_paths_are_quoted_as_the_standard_says(word: str, quoted: str) -> None:
    assert integrate.quote(word) == quoted


def test_another_system_and_a_closed_folder_get_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.write_text("a file, not a folder")
    assert run(["integrate"]) == 2
    assert "cannot be changed" in capsys.readouterr().err
    monkeypatch.setattr(sys, "platform", "win32")
    assert run(["integrate"]) == 2
    assert "Linux" in capsys.readouterr().err
