"""`glide-studio fill`, as a user runs it, with tiny real networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.sampling import apply_plan
from glide_studio.cli import headless
from glide_studio.cli import main as cli
from glide_studio.errors import GlideError
from glide_studio.inference.models.model_set import find_model, model_folders


@pytest.fixture
def here(tmp_path: Path, tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a photo, a mask and an installed model `tiny`; the current one."""
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(tiny_models))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (200, 300, 3), np.uint8)).save("photo.png")
    mask = np.zeros((200, 300), np.uint8)
    mask[60:140, 90:180] = 255
    Image.fromarray(mask).save("mask.png")
    return tmp_path


def fill(*more: str, photo: str = "photo.png", mask: str = "mask.png", out: str = "out.png") -> int:
    steps = ("--steps", "2", "--upsample-steps", "1", "--model", "tiny")
    return cli.run(
        ["fill", photo, "--mask", mask, "--prompt", "a red apple", "-o", out, *steps, *more]
    )


def pixels(path: str, mode: str = "RGBA") -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert(mode))


def test_only_masked_pixels_change(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill() == 0
    before, after, mask = pixels("photo.png"), pixels("out.png"), pixels("mask.png", "L")
    assert np.array_equal(before[mask == 0], after[mask == 0])
    assert (before[mask > 0] != after[mask > 0]).any(axis=-1).mean() > 0.5
    assert "are untouched" in capsys.readouterr().out


def test_a_soft_mask_and_transparency_are_kept_to(here: Path) -> None:
    rng = np.random.default_rng(1)
    rgba = rng.integers(0, 256, (200, 300, 4), np.uint8)
    rgba[:40, :40, 3] = 0
    Image.fromarray(rgba).save("clear.png")
    y, x = np.mgrid[:200, :300]
    soft = np.clip(300 - 4 * np.hypot(x - 120, y - 90), 0, 255).astype(np.uint8)
    Image.fromarray(soft).save("soft.png")
    assert fill(photo="clear.png", mask="soft.png") == 0
    before, after = pixels("clear.png"), pixels("out.png")
    assert np.array_equal(before[soft == 0], after[soft == 0])
    assert not np.array_equal(before, after)


def test_a_seed_gives_the_same_picture_again(here: Path) -> None:
    assert fill("--seed", "7", out="a.png") == 0
    assert fill("--seed", "7", out="b.png") == 0
    assert fill("--seed", "8", out="c.png") == 0
    assert np.array_equal(pixels("a.png"), pixels("b.png"))
    assert not np.array_equal(pixels("a.png"), pixels("c.png"))


def test_each_candidate_is_written(here: Path) -> None:
    assert fill("--count", "3") == 0
    pictures = [pixels(f"out-{number}.png") for number in (1, 2, 3)]
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"photo": "none.png"}, "none.png"),
        ({"photo": "text.png"}, "text.png"),
        ({"mask": "small.png"}, "10 x 20 pixels and the picture 300 x 200"),
        ({"mask": "empty.png"}, "paint over what should change"),
        ({"out": "nowhere/out.png"}, "nowhere/out.png"),
        ({"out": "out.docx"}, "out.docx"),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else "",
)
def test_bad_input_gets_one_sentence_and_status_2(
    here: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], sentence: str
) -> None:
    Path("text.png").write_text("this is no picture")
    Image.new("L", (10, 20), 255).save("small.png")
    Image.new("L", (300, 200), 0).save("empty.png")
    assert fill(**changes) == cli.BAD_INPUT
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("glide-studio: ")
    assert sentence in said
    assert not Path("out.png").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "giant"], "giant"),
        (["--steps", "0"], "steps must be between 1 and 1000"),
        (["--seed", "-4"], "seed must be between"),
        (["--count", "0"], "at least one candidate"),
        (["--strength", "1.5"], "strength must be between 0 and 1"),
        (["--sampler", "plms", "--eta", "1"], "eta works with the sampler ddim only"),
        (["--context", "plain"], "cannot fill by a text-to-image network"),
    ],
)
def test_options_out_of_range_are_refused(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert fill(*arguments) == cli.BAD_INPUT
    assert sentence in capsys.readouterr().err
    assert not Path("out.png").exists()


def test_finer_settings_and_plans_reach_the_engine(here: Path) -> None:
    assert fill(out="usual.png") == 0
    usual = pixels("usual.png")
    for i, more in enumerate(
        (
            ["--negative", "a blue whale"],
            ["--sampler", "ancestral"],
            ["--sampler", "ddim", "--eta", "0.5"],
            ["--guidance-high", "0.3"],
            ["--strength", "0.5"],
            ["--temperature", "0.5"],
            ["--context", "hidden", "--resamples", "2", "--jump", "1"],
        )
    ):
        assert fill(*more, out=f"{i}.png") == 0
        assert not np.array_equal(pixels(f"{i}.png"), usual), more


def test_a_plan_says_sampler_and_steps(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(headless, "fill", lambda *given, **_: asked.append(given[2]) or stop())

    def stop() -> None:
        raise GlideError("enough")

    most = ["fill", "photo.png", "--mask", "mask.png", "--prompt", "x", "-o", "out.png"]
    cli.run([*most])
    cli.run([*most, "--plan", "best", "--longest", "512"])
    cli.run([*most, "--plan", "draft", "--steps", "9", "--sampler", "plms"])
    cli.run([*most, "--plan", "good"])
    usual = find_model(DEFAULT_MODEL, model_folders()).default_sampling
    assert asked[0] == asked[3] == usual
    assert asked[1] == replace(apply_plan("best", usual), longest=512)
    assert asked[1].steps > usual.steps
    assert asked[2] == replace(usual, steps=9, sampler="plms")


def test_a_large_region_is_only_as_detailed_as_time_allows(here: Path) -> None:
    """Without limit the 300 x 200 photo is made by tiles; in no time at all, by the cascade alone."""
    full = np.full((200, 300), 255, np.uint8)
    Image.fromarray(full).save("all.png")
    for limit in ("0", "1000"):
        assert fill("--seconds", limit, mask="all.png", out=f"{limit}.png") == 0
    assert fill("--longest", "0", mask="all.png", out="plain.png") == 0
    assert fill(mask="all.png", out="tiles.png") == 0
    assert np.array_equal(pixels("0.png"), pixels("plain.png"))
    assert np.array_equal(pixels("1000.png"), pixels("tiles.png"))
    assert not np.array_equal(pixels("0.png"), pixels("tiles.png"))


def test_strange_prompts_do_not_stop_a_fill(here: Path) -> None:
    for prompt in ("", "apple " * 2_000, "\ud800 half an apple \U0001f34e", "\x00\n"):
        assert fill("--prompt", prompt) == 0


def test_what_the_model_does_not_know_is_refused_in_one_sentence(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fill("--prompt", "a zebra " + "x" * 10_000) == cli.BAD_INPUT
    said = capsys.readouterr().err.splitlines()[-1]
    assert "does not know 'a zebra xxxx" in said
    assert "it knows apple" in said
    assert len(said) < 300
    assert not (here / "out.png").exists()


def test_an_old_file_survives_a_failed_fill(here: Path) -> None:
    Path("out.png").write_bytes(b"precious")
    assert fill("--model", "giant") == cli.BAD_INPUT
    assert Path("out.png").read_bytes() == b"precious"


def test_a_photo_that_is_not_there_is_no_command(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["pohto.jpg"]) == cli.BAD_INPUT
    assert "no file 'pohto.jpg'" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_a_24_megapixel_jpeg_is_filled(here: Path, soft: bool) -> None:
    rng = np.random.default_rng(2)
    small = rng.integers(0, 256, (40, 60, 3), np.uint8)
    photo = Image.fromarray(small).resize((6000, 4000), Image.Resampling.BICUBIC)
    photo.save("large.jpg", quality=92)
    y, x = np.mgrid[:4000, :6000].astype(np.float32)
    distance = 700 - np.hypot(x - 3100, y - 1900)
    mask = np.clip(distance if soft else distance * 1000, 0, 255).astype(np.uint8)
    Image.fromarray(mask).save("large-mask.png")
    assert fill(photo="large.jpg", mask="large-mask.png") == 0
    before, after = pixels("large.jpg", "RGB"), pixels("out.png", "RGB")
    assert np.array_equal(before[mask == 0], after[mask == 0])
    assert (before[mask > 0] != after[mask > 0]).any(axis=-1).mean() > 0.5


def test_a_jpeg_that_stays_one_says_what_is_identical_in_the_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.open("photo.png").save("photo.jpg")
    assert fill(photo="photo.jpg", out="out.jpg") == 0
    said = capsys.readouterr().out
    assert "identical" in said
    assert "untouched" not in said
