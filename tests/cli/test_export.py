"""`glide-studio export` and `glide-studio info`, as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from glide_studio.cli import main as cli
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.imaging.geometry import Point
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image
from tests.editor.standin import StandInEngine
from tests.editor.test_editor import fill
from tests.io.images.makers import WIDE, full_picture


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A 16-bit project with a profile, metadata and a fill; its folder is the current one."""
    picture = full_picture(np.uint16, has_alpha=False)
    write_image(tmp_path / "photo.png", picture, ExportOptions())
    editor = Editor(InlineRunner(StandInEngine))
    editor.files.open(tmp_path / "photo.png")
    editor.selection.ellipse(Point(10, 10), Point(30, 25))
    editor.candidates.accept(fill(editor), 0)
    editor.files.save(tmp_path / "work.glide")
    editor.close()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "work.glide"


def export(*arguments: str) -> None:
    assert cli.run(["export", "work.glide", "-o", *arguments]) == 0


def test_everything_is_kept_by_default(project: Path) -> None:
    export("out.png")
    picture = read_image(Path("out.png"))
    whole = full_picture(np.uint16, has_alpha=False)
    assert (picture.depth, picture.icc, picture.dpi) == (16, WIDE, (300.0, 300.0))
    assert picture.exif is not None
    assert b"Maker" in picture.exif
    assert picture.text["Title"] == whole.text["Title"]
    assert "a red apple" in picture.text["parameters"]
    assert picture.xmp is not None
    assert b"a red apple" in picture.xmp
    assert np.array_equal(picture.pixels[30:], whole.pixels[30:])
    assert not np.array_equal(picture.pixels, whole.pixels)


def test_profile_metadata_prompt_depth_and_size_are_chosen(project: Path) -> None:
    export("small.tif", "--width", "20", "--depth", "8", "--profile", "strip", "--no-metadata", "--no-prompt")  # fmt: skip
    picture = read_image(Path("small.tif"))
    assert (picture.size.width, picture.size.height, picture.depth) == (20, 14, 8)
    assert (picture.icc, picture.exif, picture.xmp, picture.dpi) == (None, None, None, None)
    export("srgb.png", "--profile", "srgb", "--no-prompt")
    converted = read_image(Path("srgb.png"))
    assert converted.icc != WIDE
    assert "parameters" not in converted.text
    kept = full_picture(np.uint16, has_alpha=False).pixels
    assert not np.array_equal(converted.pixels[30:], kept[30:])


def test_quality_and_the_word_about_lossy_formats(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export("high.jpg", "--quality", "97")
    export("low.jpg", "--quality", "30")
    assert Path("low.jpg").stat().st_size < Path("high.jpg").stat().st_size
    said = capsys.readouterr()
    assert said.out.split() == ["high.jpg", "low.jpg"]
    assert said.err.count("JPEG keeps pixels only nearly") == 2
    assert said.err.count("16 were rounded") == 2
    export("lossless.webp", "--quality", "100")
    assert "only nearly" not in capsys.readouterr().err


def test_layers_go_into_layered_files(project: Path) -> None:
    export("out.psd")
    assert [layer.name for layer in PSDImage.open("out.psd")] == ["photo", "a red apple"]
    export("out.ora")
    export("copy.glide")
    assert cli.run(["info", "copy.glide"]) == 0


def test_info_says_what_is_in_a_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["info", "work.glide"]) == 0
    said = capsys.readouterr().out
    assert "work.glide: 53 x 37 pixels, 16 bit" in said
    assert f"{len(WIDE):,} bytes of ICC" in said
    assert "history: 3 states" in said
    assert "layer: a red apple  normal 100%  'a red apple', seed" in said
    assert "exif" in said


def test_info_says_what_is_in_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (7, 5), 9).save("grey.tif", dpi=(72, 72))
    assert cli.run(["info", "grey.tif"]) == 0
    assert "grey.tif: 7 x 5 pixels, 8 bit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export", "none.glide", "-o", "out.png"], "none.glide"),
        (["export", "work.glide", "-o", "out.gif"], r".png"),
        (["export", "work.glide", "-o", "none/out.png"], "folder"),
        (["export", "work.glide", "-o", "out.jpg", "--quality", "101"], "1 .. 100"),
        (["export", "work.glide", "-o", "out.png", "--width", "0"], "pixels"),
        (["export", "work.glide", "-o", "out.png", "--width", "9999999"], "too large"),
        (["info", "text.glide"], "not a Glide Studio project"),
        (["info", "none.png"], "none.png"),
    ],
)
def test_refusals_are_one_sentence(
    project: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("text.glide").write_text("no")
    assert cli.run(arguments) == cli.BAD_INPUT
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_a_project_that_a_window_has_open_can_be_looked_at(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window = Editor(InlineRunner(StandInEngine))
    window.files.open(project)
    export("out.png")
    assert cli.run(["info", "work.glide"]) == 0
    assert cli.run(["export", "work.glide", "-o", "work.glide"]) == cli.BAD_INPUT
    assert "open in another window" in capsys.readouterr().err
    window.close()
    export("work.glide")


def test_a_picture_is_exported_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pixels = np.full((6, 8, 4), 200, np.uint8)
    write_image(Path("in.webp"), Picture(pixels, True), ExportOptions("webp", quality=100))
    assert cli.run(["export", "in.webp", "-o", "out.png"]) == 0
    assert np.array_equal(imagecodecs.png_decode(Path("out.png").read_bytes()), pixels)


@pytest.mark.parametrize("name", ["żółw.png", "日本.psd", "a\udcff.glide", "x" * 300 + ".png"])
def test_names_that_a_terminal_cannot_show_are_no_hindrance(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "in.png")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "GLIDE_STUDIO_STATE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "glide_studio", "export", "in.png", "-o", name],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    if len(name) > 255:
        assert done.returncode == 2
        assert b"too long" in done.stderr
    else:
        assert done.returncode == 0
        assert (tmp_path / name).exists()


def test_an_edited_jpeg_keeps_its_blocks_and_verify_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    picture = full_picture(np.uint8, has_alpha=False)
    write_image(tmp_path / "photo.jpg", picture, ExportOptions("jpeg", 70))
    before = read_image(tmp_path / "photo.jpg").pixels
    editor = Editor(InlineRunner(StandInEngine))
    editor.files.open(tmp_path / "photo.jpg")
    editor.selection.ellipse(Point(10, 10), Point(24, 20))
    editor.candidates.accept(fill(editor), 0)
    editor.files.save(tmp_path / "work.glide")
    editor.close()
    (tmp_path / "photo.jpg").unlink()
    capsys.readouterr()
    export("out.jpg", "--verify")
    path, proof, shown = capsys.readouterr().out.splitlines()
    assert path == "out.jpg"
    assert "are identical to the photo's own JPEG" in proof
    assert "pixels in the file are exactly those shown" in shown
    after = read_image(tmp_path / "out.jpg").pixels
    assert np.array_equal(after[36:], before[36:])
    assert not np.array_equal(after, before)
    export("new.jpg", "--quality", "90", "--verify")
    assert "own JPEG" not in capsys.readouterr().out
    assert not np.array_equal(read_image(tmp_path / "new.jpg").pixels[36:], before[36:])


@pytest.mark.parametrize("ending", ["png", "tif", "psd", "ora"])
def test_verify_reads_every_format_again(
    project: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    export(f"out.{ending}", "--verify")
    assert capsys.readouterr().out.endswith("pixels in the file are exactly those shown.\n")


def test_verify_tells_how_far_a_lossy_file_is_off(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export("out.webp", "--verify", "--width", "20")
    told = capsys.readouterr().out
    assert "the others differ by at most" in told
    assert told.endswith(" of 255.\n")
