"""How `glide-studio fill` places objects: its options, and layers in files that have them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.cli import main as cli
from glide_studio.editor.generation import Generation


@pytest.fixture
def here(tmp_path: Path, alpha_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a photo, a mask and an installed model `clear`; the current one."""
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(alpha_models))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(90, 150, (200, 300, 3), np.uint8)).save("photo.png")
    mask = np.zeros((200, 300), np.uint8)
    mask[60:140, 90:180] = 255
    Image.fromarray(mask).save("mask.png")
    return tmp_path


def fill(*more: str, out: str = "out.png") -> int:
    steps = ("--steps", "2", "--upsample-steps", "1", "--model", "clear")
    words = ["fill", "photo.png", "--mask", "mask.png", "--prompt", "an apple", "-o", out]
    return cli.run([*words, *steps, *more])


def test_layers_of_shadow_and_removal_are_kept_where_the_format_has_them(here: Path) -> None:
    assert fill("--shadow-layer", "--clear-first", out="out.ora") == 0
    with zipfile.ZipFile("out.ora") as file:
        stack = file.read("stack.xml").decode()
    positions = [
        stack.index(f'name="{name}"') for name in ("an apple", "an apple: shadow", "Remove")
    ]
    assert positions == sorted(positions)


def test_switches_reach_the_placement(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    usual = Generation.generate
    monkeypatch.setattr(
        Generation,
        "generate",
        lambda self: seen.append(self._state.generation_settings.placement) or usual(self),
    )
    assert fill("--fit", "cover", "--align", "center", "--no-grain", "--no-exposure") == 0
    assert fill("--shadow", "0.2", "--shadow-direction", "-1", "--shadow-outside") == 0
    first, second = seen
    assert (first.fit, first.align, first.grain, first.exposure) == (
        "cover",
        "center",
        False,
        False,
    )
    assert first.white_balance
    assert (second.shadow, second.shadow_direction, second.shadow_outside) == (0.2, -1.0, True)


def test_a_shadow_outside_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill("--shadow-outside") == 0
    before, after, mask = (
        np.asarray(Image.open(name).convert(mode))
        for name, mode in (("photo.png", "RGB"), ("out.png", "RGB"), ("mask.png", "L"))
    )
    outside = (before != after).any(axis=2) & (mask == 0)
    assert outside.any() == ("in the shadow" in capsys.readouterr().out)


@pytest.mark.parametrize("wrong", [("--shadow", "2"), ("--shadow-direction", "5")])
def test_a_value_out_of_its_range_is_refused(
    here: Path, wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert fill(*wrong) == cli.BAD_INPUT
    assert "lies in" in capsys.readouterr().err
