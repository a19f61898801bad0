"""`glide-studio select`, as a user runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.cli import main as cli


@pytest.fixture(autouse=True)
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A green disc on a sandy ground, and a stroke on it and beside it."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    image = np.clip(rng.normal((190, 170, 130), 8, (120, 160, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:120, :160]
    disc = (x - 80) ** 2 + (y - 60) ** 2 < 30**2
    image[disc] = np.clip(rng.normal((40, 120, 60), 8, (int(disc.sum()), 3)), 0, 255)
    Image.fromarray(image).save("photo.png")
    strokes = np.full((120, 160), 128, np.uint8)
    strokes[58:62, 65:95] = 255
    strokes[5:9, 10:150] = 0
    Image.fromarray(strokes).save("strokes.png")


def overlap(path: str) -> float:
    """Intersection over union with the disc."""
    mask = np.asarray(Image.open(path).convert("L")) > 127
    y, x = np.mgrid[:120, :160]
    disc = (x - 80) ** 2 + (y - 60) ** 2 < 30**2
    return float((mask & disc).sum() / (mask | disc).sum())


def test_a_box_selects_the_object_inside() -> None:
    assert cli.run(["select", "photo.png", "--box", "42,22,76,76", "-o", "mask.png"]) == 0
    assert overlap("mask.png") > 0.95


def test_scribbles_select_the_object_under_them() -> None:
    assert cli.run(["select", "photo.png", "--scribbles", "strokes.png", "-o", "mask.png"]) == 0
    assert overlap("mask.png") > 0.95


def test_the_mask_can_be_grown() -> None:
    cli.run(["select", "photo.png", "--box", "42,22,76,76", "--grow", "5", "-o", "mask.png"])
    mask = np.asarray(Image.open("mask.png").convert("L")) > 127
    assert mask[60, 80 + 33]
    assert not mask[60, 80 + 38]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--box", "1,2,3"], "no box"),
        (["--box", "500,10,20,20"], "outside of the picture"),
        (["--box", "0,0,160,120"], "whole picture"),
        (["--scribbles", "none.png"], "none.png"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["select", "photo.png", *options, "-o", "mask.png"]) == 2
    assert said in capsys.readouterr().err
