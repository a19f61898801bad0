"""`glide-studio models`, as a user runs it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from glide_studio.cli import main as cli
from glide_studio.glide.weights import read, save
from glide_studio.inference.models.model_set import find_model
from tests.glide.test_networks import TINY, network


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of models."""
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


CONFIG = replace(TINY, text=replace(TINY.text, vocabulary=50_257, rows=50))


def source(tmp_path: Path) -> Path:
    save(network(CONFIG), tmp_path / "own.safetensors", torch.float32)
    return tmp_path / "own.safetensors"


def test_a_model_from_file_to_removal(
    tmp_path: Path, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["models", "add", str(source(tmp_path))]) == 0
    assert cli.run(["models", "list"]) == 0
    assert cli.run(["models", "verify", "own"]) == 0
    said = capsys.readouterr().out
    assert "'own' is ready: base." in said
    assert any(line.startswith("own ") for line in said.splitlines())
    assert "own/own.safetensors  in order  sha256 " in said
    assert cli.run(["models", "verify"]) == 0
    said = capsys.readouterr().out
    assert "own/own.safetensors  in order" in said
    assert "objects/base.safetensors  in order  sha256 " in said  # nothing is written beside it
    assert cli.run(["models", "remove", "own"]) == 0
    assert list(shelf.iterdir()) == []
    assert cli.run(["models", "verify", "own"]) == cli.BAD_INPUT
    assert "There is no model called 'own'" in capsys.readouterr().err


def test_half_precision_takes_half_the_room(tmp_path: Path, shelf: Path) -> None:
    whole = source(tmp_path)
    assert cli.run(["models", "add", str(whole), "--half"]) == 0
    model = find_model("own", [shelf])
    assert model.base.name == "own-half.safetensors"
    assert {path.name for path in model.folder.iterdir()} == {
        "own-half.safetensors",
        "model.json",
        "hashes.json",
    }
    assert model.size < 0.6 * whole.stat().st_size
    tensors, config = read(model.base)
    assert config == CONFIG
    kinds = {tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()}
    assert kinds == {torch.float16}
    assert cli.run(["models", "verify", "own"]) == 0


def test_what_does_not_fit_half_precision_stays_as_it_is(
    tmp_path: Path, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = network(CONFIG)
    with torch.no_grad():
        other.time_embed[0].weight[0, 0] = 7e4
    save(other, tmp_path / "own.safetensors", torch.float32)
    assert cli.run(["models", "add", str(tmp_path / "own.safetensors"), "--half"]) == cli.BAD_INPUT
    said = capsys.readouterr().err
    assert "own.safetensors as float16 does not fit the network" in said
    assert "time_embed.0.weight is not finite" in said
    assert find_model("own", [shelf]).base.name == "own.safetensors"
