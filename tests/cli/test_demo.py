"""`glide-studio demo` and the small commands."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio import __main__ as entry
from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.cli import main as cli
from glide_studio.document.raster import Raster
from glide_studio.editor.image_documents import document_from_picture
from glide_studio.editor.removal_mask import add_rims
from glide_studio.io.images.read import read_image
from glide_studio.paths import resources_folder


@pytest.fixture(scope="module")
def demo(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that the demo wrote, and what it said."""
    folder, said = tmp_path_factory.mktemp("demo"), io.StringIO()
    steps = ["--steps", "2", "--upsample-steps", "1", "--model", "tiny", "--prompt", "a red apple"]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        patch.setenv("GLIDE_STUDIO_STATE", str(tmp_path_factory.mktemp("state")))
        patch.setenv("GLIDE_STUDIO_MODELS", str(tiny_models))
        assert cli.run(["demo", "-o", str(folder / "out"), "--no-editor", *steps]) == 0
    return folder / "out", said.getvalue()


def test_the_demo_writes_its_pictures_and_says_where(demo: tuple[Path, str]) -> None:
    folder, said = demo

    def pixels(name: str) -> np.ndarray:
        with Image.open(folder / f"{name}.png") as image:
            return np.asarray(image)

    for kind in ("removed", "added"):
        before, after = pixels(f"{kind}-before"), pixels(f"{kind}-after")
        assert before.shape == after.shape
        assert not np.array_equal(before, after)
        assert pixels(f"{kind}-side-by-side").shape[1] > 2 * before.shape[1]
        for what in ("before", "after", "side-by-side"):
            assert str(folder / f"{kind}-{what}.png") in said
    assert (folder / "added.glide").is_file()


def test_the_demo_changes_only_what_its_masks_cover(demo: tuple[Path, str]) -> None:
    """And the rim of what is removed."""
    for kind, photo in (("removed", "rocket"), ("added", "coffee")):
        folder = resources_folder() / "demo"
        mask = np.asarray(Image.open(folder / f"{photo}-mask.png").convert("L"))
        masked = mask > 0
        if kind == "removed":
            document = document_from_picture(read_image(folder / f"{photo}.jpg"), photo)
            rims = add_rims(document, Raster.from_array(mask[..., None]))
            masked = rims.read(rims.box)[..., 0] > 0
        before, after = (
            np.asarray(Image.open(demo[0] / f"{kind}-{what}.png").convert("RGB"))
            for what in ("before", "after")
        )
        assert np.array_equal(before[~masked], after[~masked])
        assert not np.array_equal(before[masked], after[masked])


def test_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["models", "list"]) == 0
    assert DEFAULT_MODEL in capsys.readouterr().out


def test_the_version_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["glide-studio", "--version"])
    assert entry.main() == 0
    assert capsys.readouterr().out.startswith("glide-studio ")


def test_a_models_life(
    tmp_path: Path,
    tiny_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tmp_path / "own"))
    assert cli.run(["models", "add", str(tiny_models / "tiny"), "--name", "mine"]) == 0
    assert cli.run(["models", "verify", "mine"]) == 0
    assert cli.run(["models", "list"]) == 0
    assert any(line.startswith("mine ") for line in capsys.readouterr().out.splitlines())
    assert cli.run(["models", "remove", "mine"]) == 0
    assert cli.run(["models", "verify", "mine"]) == cli.BAD_INPUT
    assert cli.run(["models", "remove", DEFAULT_MODEL]) == cli.BAD_INPUT


def test_a_project_is_described_and_exported(
    demo: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(demo[0] / "added.glide")
    assert cli.run(["info", project]) == 0
    said = capsys.readouterr().out
    assert "600 x 400 pixels, 8 bit" in said
    assert "'a red apple', seed 0, tiny" in said
    assert cli.run(["export", project, "-o", str(tmp_path / "whole.png")]) == 0
    with (
        Image.open(tmp_path / "whole.png") as whole,
        Image.open(demo[0] / "added-after.png") as after,
    ):
        assert np.array_equal(np.asarray(whole.convert("RGB")), np.asarray(after.convert("RGB")))
        assert "a red apple" in whole.text["parameters"]
    small = tmp_path / "small.jpg"
    assert cli.run(["export", project, "-o", str(small), "--width", "150", "--no-prompt"]) == 0
    with Image.open(small) as image:
        assert image.size == (150, 100)
    assert cli.run(["export", project, "-o", str(small), "--quality", "0"]) == cli.BAD_INPUT
    assert cli.run(["info", str(tmp_path / "none.glide")]) == cli.BAD_INPUT
