"""The measures of objects and of guidance from their arguments to their files, on the tiny model."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from glide_studio.inference.models.model_set import read_model, write_model
from glide_studio.training.image_folder import read_rgb
from tests.guide_networks import add_guides
from tests.quality import guidance, objects, selection
from tests.quality.tiny import tiny_judge

NOUNS = ("apple", "van")  # one with a class of ImageNet, one without


@pytest.fixture(scope="session")
def model(alpha_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with alpha that knows `NOUNS`, with tiny guides."""
    tiny = read_model(alpha_models / "clear")
    home = tmp_path_factory.mktemp("guided") / "guided"
    shutil.copytree(tiny.folder, home)
    files = {role: home / path.name for role, path in tiny.files.items()}
    sampling = replace(tiny.default_sampling, steps=2, upsample_steps=1)
    write_model(replace(tiny, name="guided", folder=home, files=files, default_sampling=sampling))
    add_guides(home, NOUNS)
    return home


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)

    def write(folder: str, rows: list[dict[str, str]], pictures: list[np.ndarray]) -> None:
        (root / folder).mkdir()
        for row, picture in zip(rows, pictures, strict=True):
            cv2.imwrite(str(root / folder / row["file_name"]), picture)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (root / folder / "metadata.jsonl").write_text(lines, "utf-8")

    rows = [{"file_name": f"{s}.png", "text": s, "split": s} for s in ("train", "test")]
    # Smooth, since GrabCut takes long over noise.
    few = [rng.integers(0, 256, (6, 6, 3), np.uint8) for _ in rows]
    write("scenes", rows, [cv2.resize(one, (300, 300)) for one in few])
    for folder, noun in (("photo-cutouts", "apple"), ("renders", "van")):
        splits = ("train", "train", "test", "validation")
        rows = [
            {"file_name": f"{i}.png", "text": f"a {noun}", "label": noun, "split": split}
            for i, split in enumerate(splits)
        ]
        cutouts = []
        for _ in rows:
            picture = np.zeros((60, 60, 4), np.uint8)
            cv2.circle(picture, (30, 30), 25, (*rng.integers(0, 256, 3).tolist(), 255), -1)
            cutouts.append(picture)
        write(folder, rows, cutouts)
    return root


@pytest.fixture(autouse=True)
def judges(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (objects, guidance):
        monkeypatch.setattr(module, "load_judge", lambda variant=0: tiny_judge())


def test_objects_are_measured_and_a_stopped_run_goes_on(
    model: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", str(model), "--data", str(data), "-o", str(tmp_path), "--no-sheet"]
    assert objects.main([*arguments, "--nouns", "apple"]) == 0
    first = (tmp_path / "objects.jsonl").read_text()
    assert objects.main(arguments) == 0
    log = (tmp_path / "objects.jsonl").read_text()
    assert log.startswith(first)
    verdicts = [json.loads(line) for line in log.splitlines()]
    assert [verdict["noun"] for verdict in verdicts] == list(NOUNS)
    assert [verdict["prototype"] for verdict in verdicts] == [False, True]
    table = json.loads((tmp_path / "objects.json").read_text())["tables"][0]["rows"]
    assert {row["measure"] for row in table} >= {"halo", "diversity between seeds"}
    assert "fidelity, EfficientNet-Lite2" in capsys.readouterr().out


def test_the_sheet_shows_every_prompt(
    model: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "SHEET_PROMPTS", ("apple", "van", "apple"))
    monkeypatch.setattr(objects, "SHEET_SEEDS", 2)
    page = objects.draw_sheet(objects.Drawer(model), objects.Places(data, "test"))
    assert page.shape[0] > objects.CELL
    assert page.shape[1] > objects.SHEET_SEEDS * objects.CELL * 3


def test_every_guidance_draws_and_is_measured(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = (
        guidance.Point(),
        guidance.Point(3.0),
        guidance.Point(1.0, "clip", 3.0, "clipped"),
        guidance.Point(3.0, "classifier", 3.0, "late"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guidance, "POINTS", points)
        patch.setattr(guidance, "STEPS", 2)
        arguments = ["--model", str(model), "-o", str(tmp_path), "--pictures", "2", "--rank"]
        assert guidance.main(arguments) == 0
        log = (tmp_path / "guidance.jsonl").read_text()
        assert guidance.main(arguments) == 0
    assert (tmp_path / "guidance.jsonl").read_text() == log
    assert [json.loads(line)["point"] for line in log.splitlines()] == list(map(str, points))
    assert "Ranking drafts" in capsys.readouterr().out
    assert read_rgb(tmp_path / "guidance.png").shape[0] > len(points) * guidance.CELL


def test_a_model_without_guides_is_refused(
    alpha_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", str(alpha_models / "clear"), "-o", str(tmp_path)]
    assert guidance.main(arguments) == guidance.BAD_INPUT
    assert "has no classifier" in capsys.readouterr().err


def test_selection_by_words_is_measured_and_a_stopped_run_goes_on(
    model: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", str(model), "--data", str(data), "-o", str(tmp_path)]
    assert selection.main([*arguments, "--cases", "1"]) == 0
    first = (tmp_path / "selection.jsonl").read_text()
    assert selection.main([*arguments, "--cases", "2"]) == 0
    log = (tmp_path / "selection.jsonl").read_text()
    assert log.startswith(first)
    assert [json.loads(line)["case"] for line in log.splitlines()] == [0, 1]
    printed = capsys.readouterr().out
    assert "2 photographs" in printed
    assert "pointing accuracy" in printed
