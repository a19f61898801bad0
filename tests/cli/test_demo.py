"""`glide-studio demo` and the small commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio import __main__ as entry
from glide_studio.cli import main as cli


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
    assert cli.run(["models", "remove", "mini"]) == cli.BAD_INPUT


def test_a_project_is_described_and_exported(
    tmp_path: Path,
    tiny_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tiny_models))
    steps = ["--steps", "2", "--upsample-steps", "1", "--model", "tiny"]
    assert cli.run(["demo", "-o", str(tmp_path), "--no-editor", *steps]) == 0
    project = str(tmp_path / "after.glide")
    capsys.readouterr()
    assert cli.run(["info", project]) == 0
    said = capsys.readouterr().out
    assert "600 x 400 pixels, 8 bit" in said
    assert "'a peach', seed 0, tiny" in said
    assert cli.run(["export", project, "-o", str(tmp_path / "whole.png")]) == 0
    with Image.open(tmp_path / "whole.png") as whole, Image.open(tmp_path / "after.png") as after:
        assert np.array_equal(np.asarray(whole.convert("RGB")), np.asarray(after.convert("RGB")))
        assert "a peach" in whole.text["parameters"]
    small = tmp_path / "small.jpg"
    assert cli.run(["export", project, "-o", str(small), "--width", "150", "--no-prompt"]) == 0
    with Image.open(small) as image:
        assert image.size == (150, 100)
    assert cli.run(["export", project, "-o", str(small), "--quality", "0"]) == cli.BAD_INPUT
    assert cli.run(["info", str(tmp_path / "none.glide")]) == cli.BAD_INPUT
