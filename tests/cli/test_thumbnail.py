"""`glide-studio thumbnail`, as file managers call it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.cli import main as cli
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from tests.editor.standin import StandInEngine

RED, BLUE = (220, 20, 30), (20, 40, 200)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photo, red at the left and blue at the right, in three kinds of file."""
    pixels = np.zeros((300, 600, 3), np.uint8)
    pixels[:, :300], pixels[:, 300:] = RED, BLUE
    Image.fromarray(pixels).save(tmp_path / "work.png")
    editor = Editor(InlineRunner(StandInEngine))
    editor.files.open(tmp_path / "work.png")
    for ending in ("glide", "ora"):
        editor.files.save(tmp_path / f"work.{ending}")
    editor.close()
    return tmp_path


@pytest.mark.parametrize("ending", ["glide", "ora", "png"])
@pytest.mark.parametrize("size", [32, 256])
def test_every_kind_of_file_has_a_thumbnail(folder: Path, ending: str, size: int) -> None:
    out = folder / "small.png"
    arguments = ["thumbnail", str(folder / f"work.{ending}"), str(out), "--size", str(size)]
    assert cli.run(arguments) == 0
    with Image.open(out) as image:
        assert image.size == (size, size // 2)
        found = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(found[4, 3] - RED).max() <= 2
    assert np.abs(found[4, size - 4] - BLUE).max() <= 2


def test_small_pictures_are_not_enlarged(folder: Path) -> None:
    assert (
        cli.run(["thumbnail", str(folder / "work.png"), str(folder / "a.png"), "--size", "999"])
        == 0
    )
    with Image.open(folder / "a.png") as image:
        assert image.size == (600, 300)


def test_what_is_no_file_of_ours_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.glide").write_text("no project")
    for arguments in (["bad.glide"], ["none.glide"], ["work.png", "--size", "0"]):
        full = [str(folder / arguments[0]), str(folder / "out.png"), *arguments[1:]]
        assert cli.run(["thumbnail", *full]) == 2
        assert "glide-studio: " in capsys.readouterr().err
        assert not (folder / "out.png").exists()
