"""`glide-studio upscale` and `select` by words, as a user runs them, with tiny real networks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.cli import main as cli
from glide_studio.inference import text_selection
from glide_studio.inference.stages import StageContext


@pytest.fixture(autouse=True)
def here(tmp_path: Path, tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a photo, and an installed model `tiny`."""
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tiny_models))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (31, 50, 4), np.uint8)).save("photo.png", dpi=(300, 300))


@pytest.mark.parametrize("scale", [2, 4])
def test_a_photo_is_enlarged_with_its_alpha_and_metadata(scale: int) -> None:
    options = ["--scale", str(scale), "--model", "tiny", "--steps", "2"]
    assert cli.run(["upscale", "photo.png", *options, "-o", "out.png"]) == 0
    with Image.open("out.png") as image, Image.open("photo.png") as photo:
        assert image.size == (50 * scale, 31 * scale)
        assert image.mode == "RGBA"
        assert round(image.info["dpi"][0]) == 300
        alpha = np.asarray(photo.resize(image.size, Image.Resampling.BICUBIC))[..., 3]
        assert np.abs(np.asarray(image)[..., 3].astype(int) - alpha).mean() < 12


def test_depth_is_kept() -> None:
    import cv2

    deep = np.random.default_rng(1).integers(0, 65536, (20, 20, 3), np.uint16)
    cv2.imwrite("deep.png", deep)
    assert cli.run(["upscale", "deep.png", "--model", "tiny", "--steps", "1", "-o", "out.png"]) == 0
    found = cv2.imread("out.png", cv2.IMREAD_UNCHANGED)
    assert found.dtype == np.uint16
    assert found.shape[:2] == (40, 40)


def test_a_model_without_an_upsampler_cannot_enlarge(
    tmp_path: Path,
    tiny_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(tiny_models / "tiny", tmp_path / "m" / "tiny")
    path = tmp_path / "m" / "tiny" / "model.json"
    values = json.loads(path.read_text("utf-8"))
    del values["upsampler"]
    path.write_text(json.dumps(values), "utf-8")
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tmp_path / "m"))
    arguments = ["upscale", "photo.png", "--model", "tiny", "-o", "out.png"]
    assert cli.run(arguments) == cli.BAD_INPUT
    assert "has no upsampler" in capsys.readouterr().err
    assert not Path("out.png").exists()


def test_words_select_what_the_model_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    photo = rng.normal(60, 5, (90, 150, 3))
    photo[20:60, 30:80] = rng.normal((210, 60, 50), 5, (40, 50, 3))
    Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).save("photo.png")

    def attention(context: StageContext, relevance: np.ndarray) -> Iterator[None]:
        """Stands for a trained network, which looks at the object, if roughly."""
        relevance[25:65, 25:75] += 1
        yield

    monkeypatch.setattr(text_selection, "attention_relevance", attention)
    assert cli.run(["select", "photo.png", "the apple", "--model", "tiny", "-o", "mask.png"]) == 0
    mask = np.asarray(Image.open("mask.png").convert("L"))
    truth = np.zeros((90, 150), bool)
    truth[20:60, 30:80] = True
    assert ((mask > 0) & truth).sum() / ((mask > 0) | truth).sum() > 0.9


def test_words_that_the_model_does_not_know_are_refused_with_those_it_knows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["select", "photo.png", "a zebra", "--model", "tiny", "-o", "mask.png"]
    assert cli.run(arguments) == cli.BAD_INPUT
    said = capsys.readouterr().err
    assert "does not know 'a zebra'; it knows apple" in said
    assert not Path("mask.png").exists()
