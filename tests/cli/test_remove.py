"""`glide-studio remove` and `glide-studio expand`, as a user runs them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.cli import main as cli
from glide_studio.cli.photo_batch import describe_proof
from glide_studio.imaging.blending.result_checks import UnchangedReport
from tests.imaging import test_removal_shadow as shadow_scene


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two gray photos with a red square in the folder `photos`, the masks of it, a single mask."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "masks").mkdir()
    rng = np.random.default_rng(3)
    for name in ("a", "b"):
        image = rng.integers(110, 130, (48, 64, 3)).astype(np.uint8)
        image[16:28, 20:34] = (255, 0, 0)
        Image.fromarray(image).save(tmp_path / "photos" / f"{name}.png")
        mask = np.zeros((48, 64), np.uint8)
        mask[14:30, 18:36] = 255
        Image.fromarray(mask).save(tmp_path / "masks" / f"{name}.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    Image.fromarray(np.full((20, 20), 255, np.uint8)).save(tmp_path / "small.png")
    return tmp_path


def read(path: str) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def red(image: np.ndarray) -> bool:
    return bool(((image[..., 0] - image[..., 1]) > 60).any())


def test_what_the_mask_covers_is_gone_and_the_rest_as_it_was() -> None:
    assert cli.run(["remove", "photos/a.png", "--mask", "mask.png", "-o", "out.png"]) == 0
    before, after = read("photos/a.png"), read("out.png")
    hole = np.asarray(Image.open("mask.png")) > 0
    assert red(before)
    assert not red(after)
    assert np.array_equal(before[~hole], after[~hole])


def test_a_mask_can_be_grown_over_the_rim_that_it_leaves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tight = np.zeros((48, 64), np.uint8)
    tight[18:26, 22:32] = 255  # two pixels of the square stay
    Image.fromarray(tight).save("tight.png")
    arguments = ["remove", "photos/a.png", "--mask", "tight.png", "-o", "out.png"]
    assert cli.run(arguments) == 0
    assert red(read("out.png"))
    assert cli.run([*arguments, "--grow", "4"]) == 0
    assert not red(read("out.png"))
    assert cli.run([*arguments, "--grow", "-1"]) == 2
    capsys.readouterr()
    assert cli.run([*arguments, "--rim"]) == 0
    assert not red(read("out.png"))
    assert re.search(r"untouched but [1-9]\d* of its rim or shadow\)", capsys.readouterr().out)


def test_the_shadow_of_a_thing_goes_with_its_rim() -> None:
    photo = shadow_scene.render(
        shadow_scene.shade(shadow_scene.texture_ground(), shadow_scene.SHADOW, (0.4, 0.42, 0.46))
    )
    Image.fromarray(photo).save("ball.png")
    Image.fromarray(shadow_scene.BALL_MASK).save("ball-mask.png")
    arguments = ["remove", "ball.png", "--mask", "ball-mask.png", "-o", "out.png"]
    assert cli.run([*arguments, "--rim"]) == 0
    brighter = read("out.png")[shadow_scene.SHADOW].mean()
    assert brighter > read("ball.png")[shadow_scene.SHADOW].mean() + 30
    assert cli.run(arguments) == 0
    assert np.array_equal(read("out.png")[~shadow_scene.BALL_MASK], photo[~shadow_scene.BALL_MASK])


def test_several_results_are_numbered(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["remove", "photos/a.png", "--mask", "mask.png", "--count", "2", "-o", "out.png"]
    assert cli.run(arguments) == 0
    outside = np.count_nonzero(np.asarray(Image.open("mask.png")) == 0)
    proof = f"(all {outside:,} pixels outside the mask are untouched)"
    assert capsys.readouterr().out.splitlines() == [f"out-{n}.png  {proof}" for n in (1, 2)]
    assert not np.array_equal(read("out-1.png"), read("out-2.png"))


def test_a_folder_of_photos_takes_a_folder_of_masks() -> None:
    assert cli.run(["remove", "photos", "--mask", "masks", "-o", "out"]) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.png", "b.png"]
    assert not red(read("out/b.png"))


def test_a_glob_names_photos() -> None:
    assert cli.run(["remove", "photos/*.png", "--mask", "mask.png", "-o", "out"]) == 0
    assert len(list(Path("out").iterdir())) == 2


@pytest.mark.parametrize("verb", [["remove", "--mask", "mask.png"], ["expand", "--left", "4"]])
@pytest.mark.parametrize("names", [["photos"], ["photos/*.png"]])
def test_a_broken_photo_among_others_is_told_and_the_others_are_done(
    verb: list[str], names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("photos/aa.png").write_bytes(b"no picture")
    assert cli.run([verb[0], *names, *verb[1:], "-o", "out"]) == 2
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.png", "b.png"]
    said = capsys.readouterr().err
    assert "aa.png: " in said
    assert "1 of 3 photos were left out" in said


def test_what_is_missing_of_a_damaged_photo_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Image.open("photos/a.png").resize((256, 192)).save("whole.jpg")
    data = Path("whole.jpg").read_bytes()
    Path("cut.jpg").write_bytes(data[: len(data) // 2])
    mask = np.zeros((192, 256), np.uint8)
    mask[8:20, 8:20] = 255
    Image.fromarray(mask).save("m.png")
    assert cli.run(["remove", "cut.jpg", "--mask", "m.png", "-o", "out.png"]) == 0
    assert "cut.jpg: The file is damaged" in capsys.readouterr().err


def test_a_folder_is_no_name_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["remove", "photos/a.png", "--mask", "mask.png", "-o", "masks"]) == cli.BAD_INPUT
    assert "'masks' is a folder" in capsys.readouterr().err


def test_a_mask_over_everything_leaves_nothing_to_take_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Image.fromarray(np.full((48, 64), 255, np.uint8)).save("all.png")
    assert cli.run(["remove", "photos/a.png", "--mask", "all.png", "-o", "out.png"]) == 2
    assert "whole picture is masked" in capsys.readouterr().err
    assert not Path("out.png").exists()


@pytest.mark.parametrize("side", [1, 2, 3, 8])
def test_tiny_photos_are_extended_and_have_nothing_to_select(
    side: int, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.full((side, side, 3), 120, np.uint8)).save("tiny.png")
    assert cli.run(["expand", "tiny.png", "--right", "5", "-o", "out.png"]) == 0
    assert read("out.png").shape == (side, side + 5, 3)
    assert np.abs(read("out.png") - 120).max() <= 1
    capsys.readouterr()
    assert cli.run(["select", "tiny.png", "--box", "0,0,1,1", "-o", "mask.png"]) in (0, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_where_to_take_from_and_what_to_avoid_are_masks() -> None:
    arguments = ["remove", "photos/a.png", "--mask", "mask.png", "-o", "out.png"]
    assert cli.run([*arguments, "--avoid", "mask.png"]) == 0
    assert cli.run([*arguments, "--from", "mask.png"]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["photos/a.png", "--mask", "small.png", "-o", "out.png"], "20 x 20"),
        (["photos/a.png", "--mask", "none.png", "-o", "out.png"], "none.png"),
        (["nothing/*.png", "--mask", "mask.png", "-o", "out"], "no image in"),
        (["photos", "--mask", "mask.png", "-o", "photos"], "would be overwritten"),
        (["photos/a.png", "--mask", "mask.png", "-o", "out.xyz"], "out.xyz"),
        (["photos/a.png", "--mask", "mask.png", "--count", "0", "-o", "out.png"], "--count"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["remove", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_photo_is_extended_by_pixels() -> None:
    arguments = ["expand", "photos/a.png", "--left", "6", "--bottom", "10", "-o", "out.png"]
    assert cli.run(arguments) == 0
    before, after = read("photos/a.png"), read("out.png")
    assert after.shape == (58, 70, 3)
    assert np.array_equal(after[:48, 6:], before)
    assert after[50:, 6:].min() > 60


def test_where_an_extension_takes_from_and_what_it_avoids_are_masks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = np.zeros((48, 64), np.uint8)
    whole[17:27, 21:33] = 255  # within the red square
    Image.fromarray(whole).save("square.png")
    arguments = ["expand", "photos/a.png", "--right", "12", "-o", "out.png"]
    assert cli.run(arguments) == 0
    assert not red(read("out.png")[:, 64:])
    assert cli.run([*arguments, "--from", "square.png"]) == 0
    assert red(read("out.png")[:, 68:])
    assert cli.run([*arguments, "--from", "square.png", "--avoid", "mask.png"]) == 2
    assert "Nothing is left to take from" in capsys.readouterr().err
    assert cli.run([*arguments, "--avoid", "small.png"]) == 2
    assert "20 x 20" in capsys.readouterr().err
    assert cli.run(["expand", "photos", "--right", "12", "--avoid", "masks", "-o", "out"]) == 0
    assert not red(read("out/b.png")[:, 64:])


def test_an_extension_has_several_results() -> None:
    arguments = ["expand", "photos/a.png", "--right", "20", "--count", "3", "-o", "out.png"]
    assert cli.run(arguments) == 0
    found = [read(f"out-{number}.png") for number in (1, 2, 3)]
    assert len({one.tobytes() for one in found}) == 3
    assert all(np.array_equal(one[:, :64], read("photos/a.png")) for one in found)
    assert cli.run(["expand", "photos/a.png", "--right", "20", "-o", "one.png"]) == 0
    assert np.array_equal(read("one.png"), found[0])
    assert cli.run(["expand", "photos/a.png", "--right", "2", "--count", "0", "-o", "b.png"]) == 2


def test_photos_are_extended_to_a_shape() -> None:
    assert cli.run(["expand", "photos", "--aspect", "2:1", "-o", "out"]) == 0
    assert read("out/a.png").shape == (48, 96, 3)
    assert cli.run(["expand", "out/a.png", "--aspect", "2:1", "-o", "again.png"]) == 0
    assert np.array_equal(read("again.png"), read("out/a.png"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Nothing is to be added"),
        (["--left", "-3"], "Nothing is to be added"),
        (["--left", "3000000"], "too large"),
        (["--aspect", "1:100000"], "too large"),
        (["--left", "-300", "--right", "400"], "Nothing is to be added"),
        (["--left", "3", "--aspect", "2:1"], "either --aspect or pixels"),
        (["--aspect", "wide"], "write it as 16:9"),
    ],
)
def test_a_bad_extension_is_refused(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["expand", "photos/a.png", *options, "-o", "out.png"]) == 2
    assert said in capsys.readouterr().err


def test_the_proof_tells_what_else_was_allowed_to_change() -> None:
    assert describe_proof(UnchangedReport(10)) == "all 10 pixels outside the mask are untouched"
    assert describe_proof(UnchangedReport(10, rim=3)).endswith(
        "are untouched but 3 of its rim or shadow"
    )
    assert describe_proof(UnchangedReport(10, shaded=4)).endswith("untouched but 4 in the shadow")
    assert describe_proof(UnchangedReport(10, 2)).startswith("2 pixels outside the mask changed")
