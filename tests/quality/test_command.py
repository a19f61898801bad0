"""`python -m tests.quality`, from its arguments to files and exit status."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from glide_studio.training.image_folder import read_rgb
from tests.quality import __main__ as command
from tests.quality import measure_context
from tests.quality.__main__ import main
from tests.quality.tiny import tiny_judge


@pytest.fixture(autouse=True)
def small(tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny model and judge in place of the real ones."""
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tiny_models))
    monkeypatch.setattr(measure_context, "load_judge", tiny_judge)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two scenes for validation, no cut-outs."""
    folder = tmp_path / "data"
    for name in ("scenes", "cutouts"):
        (folder / name).mkdir(parents=True)
        (folder / name / "metadata.jsonl").touch()
    rng = np.random.default_rng(0)
    lines = []
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(folder / "scenes" / name), rng.integers(0, 256, (140, 150, 3), np.uint8))
        lines.append(json.dumps({"file_name": name, "text": name, "split": "validation"}))
    (folder / "scenes" / "metadata.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_a_measure_writes_its_report(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["--model", "tiny", "--data", str(data), "--quick", "--upsample-steps", "1"]
    assert main(["background", "-o", str(out), *arguments, "--steps", "2"]) == 0
    printed = capsys.readouterr().out.split()
    assert printed == [str(out / f"background.{kind}") for kind in ("md", "json", "png")]
    assert json.loads((out / "background.json").read_text())["settings"]["holes"] == 2
    assert read_rgb(out / "background.png").shape[1] > 6 * 192


def test_a_sheet_needs_no_judge_and_no_data(tmp_path: Path) -> None:
    photo, mask = tmp_path / "photo.png", np.zeros((64, 80), np.uint8)
    mask[20:50, 20:60] = 255
    cv2.imwrite(str(photo), np.full((64, 80, 3), 120, np.uint8))
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    page = tmp_path / "page.png"
    given = ["--photo", str(photo), "--mask", str(tmp_path / "mask.png"), "-o", str(page)]
    given += ["--prompts", "apple, dog", "--seeds", "2", "--model", "tiny", "--steps", "2"]
    assert main(["sheet", *given, "--upsample-steps", "1"]) == 0
    assert read_rgb(page).shape[0] > 2 * 192


def test_a_sheet_has_a_cell_for_each_prompt_and_seed(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    more = ["--steps", "1", "--upsample-steps", "1", "--model", "tiny", "--seeds", "2"]
    assert main(["sheet", "--prompts", "apple, dog, cup", "-o", str(out), *more]) == 0
    with Image.open(out) as page:
        assert page.width > 2 * 240
        assert page.height > 3 * 160


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["background", "--data", "nowhere"], "name the folder of the data"),
        (["background", "--model", "yeti"], "no model called 'yeti'"),
        (["background", "--base", "gone.safetensors"], "no file 'gone.safetensors'"),
        (["background", "--split", "test"], "no scenes of the split 'test'"),
        (["background", "--base", "README.md"], "README.md is damaged"),
        (["background", "--steps", "0"], "steps must be between 1 and 1000"),
        (["fidelity", "--nouns", "yeti"], "'yeti' is not one of the"),
        (["fidelity", "--nouns", "metadata.json"], "no list of nouns"),
        (["teach"], "--taught noun=file"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    what, *rest = arguments
    (tmp_path / "README.md").write_text("not weights")
    monkeypatch.chdir(tmp_path)
    given = ["-o", str(tmp_path / "out"), "--data", str(data), "--model", "tiny", *rest]
    assert main([what, *given]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.strip().count("\n") == 0


def test_the_sheet_of_objects_shows_every_prompt_and_seed_over_two_backgrounds(
    alpha_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(alpha_models))
    out = tmp_path / "objects.png"
    steps = ["--steps", "1", "--upsample-steps", "1", "--sampler", "ddim", "--model", "clear"]
    assert main(["objects", "-o", str(out), *steps]) == 0
    page = read_rgb(out)
    assert page.shape[0] > 10 * 96
    assert page.shape[1] > 4 * 5 * 96


def test_the_upsampler_of_objects_is_measured_on_unseen_cutouts(
    alpha_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(alpha_models))
    monkeypatch.setattr(command, "load_judge", tiny_judge)
    for name in ("photo-cutouts", "renders"):
        (tmp_path / name).mkdir()
        picture = np.zeros((100, 90, 4), np.uint8)
        cv2.circle(picture, (45, 50), 40, (30, 60, 200, 255), -1, cv2.LINE_AA)
        cv2.imwrite(str(tmp_path / name / "a.png"), picture)
        line = json.dumps({"file_name": "a.png", "text": "disk", "split": "test"})
        (tmp_path / name / "metadata.jsonl").write_text(line + "\n")
    out = tmp_path / "out"
    given = ["-o", str(out), "--data", str(tmp_path), "--model", "clear", "--steps", "1", "2"]
    assert main(["object-upsampler", *given]) == 0
    report = json.loads((out / "object-upsampler.json").read_text())
    rows = {row["method"]: row for row in report["tables"][0]["rows"]}
    assert set(rows) == {"bicubic", "Lanczos", "model, 1 steps", "model, 2 steps"}
    assert (
        rows["Lanczos"]["PSNR (dB)"]["value"] > 25
    )  # a plain disk is hardly changed by interpolation
    assert main(["object-upsampler", "-o", str(out), "--data", str(out), "--model", "clear"]) == 2
