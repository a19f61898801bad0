"""`glide-studio generate`, as a user runs it, with tiny real networks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.cli import headless
from glide_studio.cli import main as cli
from tests.guide_networks import add_guides


@pytest.fixture
def here(tmp_path: Path, alpha_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(alpha_models))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def generate(*more: str, prompt: str = "a red apple", model: str = "clear") -> int:
    steps = ("--steps", "2", "--upsample-steps", "1", "--sampler", "ddim", "--model", model)
    return cli.run(["generate", prompt, "-o", "out.png", *steps, *more])


def test_an_object_is_written_with_transparency(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate() == 0
    assert capsys.readouterr().out == "out.png\n"
    with Image.open("out.png") as image:
        assert image.mode == "RGBA"
        assert image.size == (128, 128)
        assert len(np.unique(np.asarray(image)[..., 3])) > 2


def test_a_format_without_transparency_says_what_was_put_behind(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate("-o", "out.jpg") == 0
    printed = capsys.readouterr()
    assert printed.out == "out.jpg\n"
    assert "JPEG has no transparency" in printed.err


def test_several_are_numbered_and_differ(here: Path) -> None:
    assert generate("--count", "2", "--size", "64") == 0
    first, second = (np.asarray(Image.open(f"out-{number}.png")) for number in (1, 2))
    assert first.shape == (64, 64, 4)
    assert not np.array_equal(first, second)
    assert not Path("out.png").exists()


def test_a_model_without_alpha_draws_a_whole_picture(here: Path) -> None:
    assert generate(model="tiny") == 0
    with Image.open("out.png") as image:
        assert image.mode == "RGB"


def test_a_noun_it_does_not_know_is_refused_before_anything_is_drawn(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(prompt="an appel") == 2
    error = capsys.readouterr().err
    assert "does not know 'an appel'; it knows apple" in error
    assert not Path("out.png").exists()


def test_nothing_asked_for_draws_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(prompt="  ") == 2
    assert "Say what to draw" in capsys.readouterr().err
    assert not Path("out.png").exists()


def test_a_size_out_of_range_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate("--size", "0") == 2
    assert "--size" in capsys.readouterr().err


def test_the_best_of_several_drafts_is_finished(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "judged"
    shutil.copytree(os.environ["GLIDE_STUDIO_MODELS"], models)
    add_guides(models / "clear", ("apple", "cup"))
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(models))
    assert generate("--count", "4") == 0
    all_of_them = [np.asarray(Image.open(f"out-{number}.png")) for number in range(1, 5)]
    monkeypatch.setattr(
        headless, "clip_scores", lambda pictures, *_: [0.0, 1.0, 5.0, 2.0][: len(pictures)]
    )
    assert generate("--best-of", "4") == 0
    best = np.asarray(Image.open("out.png")).astype(int)
    distances = [np.abs(best - other).mean() for other in all_of_them]
    assert int(np.argmin(distances)) == 2


def test_best_of_needs_a_clip_and_two_drafts(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate("--best-of", "2") == 2
    assert "no CLIP to judge drafts by" in capsys.readouterr().err
    assert generate("--best-of", "1") == 2
    assert "2 or more" in capsys.readouterr().err


def test_a_picture_is_varied(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate() == 0
    Path("out.png").rename("like.png")
    assert generate("--like", "like.png", "--strength", "0.3", "--seed", "9") == 0
    varied = np.asarray(Image.open("out.png"))
    assert generate("--like", "like.png", "--strength", "0.3", "--seed", "9") == 0
    assert np.array_equal(np.asarray(Image.open("out.png")), varied)
    assert varied.shape == (128, 128, 4)
    assert generate("--like", "nowhere.png") == cli.BAD_INPUT
    assert generate("--strength", "0.3") == cli.BAD_INPUT
    assert "name a picture with --like" in capsys.readouterr().err


def test_an_opaque_picture_cannot_become_an_object(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, 30), "red").save("photo.png")
    assert generate("--like", "photo.png") == cli.BAD_INPUT
    assert "choose a PNG with transparency" in capsys.readouterr().err
