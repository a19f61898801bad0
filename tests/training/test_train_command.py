"""The command, with a tiny network: files it leaves, how it goes on, what it refuses."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from glide_studio.cli.train import add_arguments, run
from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.training import sample_sheet, trainer_factory
from glide_studio.training.metrics_writer import MetricsWriter
from glide_studio.training.training_config import DiffusionTrainingConfig


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(list(words))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch, recipe: DiffusionTrainingConfig) -> None:
    def sized(preset: str, rows: int) -> DiffusionTrainingConfig:
        return replace(
            recipe, config=replace(recipe.config, text=replace(recipe.config.text, rows=rows))
        )

    monkeypatch.setattr(trainer_factory, "recipe", sized)


def test_a_run_leaves_curve_sheet_state_and_weights(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = tmp_path / "state"
    words = ["--preset", "glide-filtered", "--data", str(folder), "--state", str(state)]
    words += ["--minutes", "0.003", "--json", "--sheets", "0.001", "--mixed"]
    monkeypatch.setattr(sample_sheet, "STEPS", 2)
    assert run(options(*words, "--export", str(tmp_path / "base.safetensors"))) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(last) == {"step", "pictures", "loss", "seconds"}
    curve = (state / "glide-filtered.csv").read_text().splitlines()
    assert curve[-1].split(",")[0] == str(last["step"])
    pictures = sorted(state.glob("glide-filtered-*.png"))
    assert cv2.imread(str(pictures[-1])).shape == (3 * 32, 8 * 32, 3)
    assert weights.load(tmp_path / "base.safetensors").config.inpaint

    assert run(options(*words, "--resume")) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert again["step"] > last["step"]


def test_there_must_be_a_state_to_resume(folder: Path, tmp_path: Path) -> None:
    words = ["--preset", "glide-filtered", "--data", str(folder), "--state", str(tmp_path)]
    with pytest.raises(GlideError, match="no state to resume from"):
        run(options(*words, "--resume"))
    with pytest.raises(GlideError, match=r"no file .*x\.safetensors"):
        run(options(*words, "--init", str(tmp_path / "x.safetensors")))
    with pytest.raises(GlideError, match="share of the time"):
        run(options(*words, "--decay", "7"))


def test_tensorboard_files_are_written_where_the_package_is(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    from glide_studio.training.trainer import TrainStep

    with MetricsWriter(tmp_path, "p", events=True) as journal:
        journal.write_step(TrainStep(1, 32, 0.5, 2.0), 1.0)
    (events,) = (tmp_path / "p-events").iterdir()
    assert b"loss" in events.read_bytes()
    assert (tmp_path / "p.csv").read_text().split() == ["1,32,0.50000,2"]


def test_without_the_package_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    with pytest.raises(GlideError, match="need the package tensorboardX"):
        MetricsWriter(tmp_path, "p", events=True)
