"""`glide-studio demo` and the small commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio import __main__ as entry
from glide_studio import cli


def test_the_demo_writes_its_pictures_and_says_where(
    tmp_path: Path,
    tiny_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tiny_models))
    steps = ["--steps", "2", "--upsample-steps", "1", "--model", "tiny"]
    assert cli.run(["demo", "-o", str(tmp_path / "out"), "--no-editor", *steps]) == 0

    def pixels(name: str) -> np.ndarray:
        with Image.open(tmp_path / "out" / f"{name}.png") as image:
            return np.asarray(image)

    before, after = pixels("before"), pixels("after")
    assert before.shape == after.shape
    assert not np.array_equal(before, after)
    assert pixels("side-by-side").shape[1] > 2 * before.shape[1]
    said = capsys.readouterr().out
    for name in ("before.png", "after.png", "side-by-side.png", "after.glide"):
        assert str(tmp_path / "out" / name) in said
        assert (tmp_path / "out" / name).is_file()


def test_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["models", "list"]) == 0
    assert "mini" in capsys.readouterr().out


def test_the_version_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["glide-studio", "--version"])
    assert entry.main() == 0
    assert capsys.readouterr().out.startswith("glide-studio ")


def test_a_sheet_has_a_cell_for_each_prompt_and_seed(
    tmp_path: Path, tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tiny_models))
    out = tmp_path / "sheet.png"
    more = ["--steps", "1", "--upsample-steps", "1", "--model", "tiny", "--seeds", "2"]
    assert (
        cli.run(["evaluate", "sheet", "--prompts", "apple, dog, cup", "-o", str(out), *more]) == 0
    )
    with Image.open(out) as page:
        assert page.width > 2 * 240
        assert page.height > 3 * 160
