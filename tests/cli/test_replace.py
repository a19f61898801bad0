"""`glide-studio replace` and `select` by words, as a user runs them, with tiny real networks."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.cli import main as cli
from glide_studio.editor.generation import Generation
from glide_studio.inference import noun_search
from tests.guide_networks import add_guides

QUICK = ("--model", "clear", "--steps", "2", "--upsample-steps", "1", "--count", "1")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, alpha_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a photo, and an installed model that knows apples and cups; the current one."""
    models = tmp_path / "models"
    shutil.copytree(alpha_models / "clear", models / "clear")
    add_guides(models / "clear", ("apple", "cup"))
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(models))
    monkeypatch.setattr(noun_search, "FOUND_PROBABILITY", 0.0)  # the weights are random
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    image = np.clip(rng.normal((90, 120, 90), 8, (120, 160, 3)), 0, 255).astype(np.uint8)
    image[40:80, 60:100] = (210, 30, 30)
    Image.fromarray(image).save("photo.png")
    return tmp_path


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_what_is_found_is_replaced_and_its_mask_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["replace", "photo.png", "the apple", "a cup", "--mask-out", "m.png", *QUICK]
    assert cli.run([*arguments, "-o", "out.png"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "out.png"
    mask = np.asarray(Image.open("m.png").convert("L")) > 127
    assert mask.shape == (120, 160)
    assert 0 < mask.mean() < 1
    changed = (pixels("photo.png") != pixels("out.png")).any(axis=-1)
    assert changed[mask].mean() > 0.9


def test_the_other_thing_is_placed_as_the_options_say(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    usual = Generation.generate
    monkeypatch.setattr(
        Generation,
        "generate",
        lambda self, **asked: seen.append(self._state.generation_settings) or usual(self, **asked),
    )
    arguments = ["replace", "photo.png", "the apple", "a cup", *QUICK, "-o", "out.png"]
    assert cli.run([*arguments, "--shadow", "0.2", "--no-grain", "--fit", "cover"]) == 0
    placement = seen[-1].placement
    assert (placement.shadow, placement.grain, placement.fit) == (0.2, False, "cover")
    assert not seen[-1].clear_first


def test_words_alone_select(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["select", "photo.png", "the apple", "--model", "clear", "-o", "m.png"]) == 0
    assert np.asarray(Image.open("m.png").convert("L")).any()


@pytest.mark.parametrize(
    ("old", "new", "threshold", "said"),
    [
        ("the zeppelin", "a cup", 0.0, "does not know 'the zeppelin'"),
        ("the apple", "a zeppelin", 0.0, "does not know 'a zeppelin'"),
        ("the apple", "a cup", 1.1, "Nothing like 'the apple' was found in the picture. Put a box"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    old: str,
    new: str,
    threshold: float,
    said: str,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(noun_search, "FOUND_PROBABILITY", threshold)
    assert cli.run(["replace", "photo.png", old, new, *QUICK, "-o", "out.png"]) == 2
    assert said in capsys.readouterr().err
    assert not (here / "out.png").exists()
