"""The measure of removal: its holes, and that its scores rise with what is wrong."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.quality import removal, removal_cases
from tests.quality.removal import OutOfTime, fill_all, mean_rows
from tests.quality.removal_cases import (
    KINDS,
    TUNED_STEP,
    Case,
    blind_names,
    final_names,
    fresh_names,
    make_hole,
    unseen_names,
)
from tests.quality.removal_metrics import (
    Scores,
    gradient_energy,
    lowpass_error,
    outline_visibility,
    seam_difference,
)


def textured() -> np.ndarray:
    rng = np.random.default_rng(4)
    return rng.integers(90, 150, (96, 128, 3)).astype(np.uint8)


def middle() -> np.ndarray:
    hole = np.zeros((96, 128), np.bool_)
    hole[30:66, 40:88] = True
    return hole


@pytest.mark.parametrize("kind", KINDS)
def test_holes_cover_what_people_paint_and_come_again_with_the_seed(kind: str) -> None:
    for seed in range(20):
        hole, again = (make_hole((512, 768), kind, np.random.default_rng(seed)) for _ in range(2))
        assert np.array_equal(hole, again)
        assert 0.002 < hole.mean() < 0.3
        assert not hole.all()


def test_holes_at_the_border_reach_it() -> None:
    for seed in range(10):
        hole = make_hole((200, 300), "border", np.random.default_rng(seed))
        assert hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any()


def test_the_original_has_no_error() -> None:
    image = textured()
    assert lowpass_error(image, image, middle()) == 0
    assert seam_difference(image, image, middle()) == 0


def test_a_wrong_tone_is_an_error_and_a_seam() -> None:
    image = textured()
    wrong = image.copy()
    wrong[middle()] = np.clip(wrong[middle()].astype(int) + 40, 0, 255)
    assert lowpass_error(wrong, image, middle()) > 5
    assert seam_difference(wrong, image, middle()) > 5
    assert outline_visibility(wrong, middle()) > outline_visibility(image, middle())


def test_a_smudge_has_too_little_gradient_energy() -> None:
    image = textured()
    smudge = image.copy()
    smudge[middle()] = 120
    assert gradient_energy(smudge, middle()) < 0.2 * gradient_energy(image, middle())


def test_wins_are_counted_pair_by_pair() -> None:
    ours = [Scores(1, 0.1, 1, 1, 1), Scores(3, 0.1, 1, 1, 1)]
    theirs = [Scores(2, 0.2, 1, 1, 1), Scores(2, 0.2, 1, 1, 1)]
    rows = mean_rows({"completion": ours, "PyPatchMatch 3": theirs})
    assert rows[0][-3:] == ("100%", "50%", "2 of 2")
    assert rows[1][-3:] == ("", "", "2 of 2")


def test_a_method_that_passed_the_limit_is_compared_on_the_pictures_that_it_filled() -> None:
    ours = [Scores(1, 0.1, 1, 1, 1), Scores(3, 0.5, 1, 1, 1)]
    theirs = [None, Scores(2, 0.2, 1, 1, 1)]
    row = mean_rows({"completion": ours, "xphoto FSR": theirs})[1]
    assert row[1:3] == ("2.000", "0.200")
    assert row[-3:] == ("1 of 2", "0.500", "3.000")


def sleep(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    time.sleep(60)
    return image


def test_what_is_filled_is_kept_and_what_passes_the_limit_is_left_out(tmp_path: Path) -> None:
    cases = [Case(name, "blob", textured(), middle()) for name in ("one", "two")]
    first, _ = fill_all("still", lambda image, hole: image, cases[:1], tmp_path)
    again, _ = fill_all("still", sleep, cases[:1], tmp_path)
    assert np.array_equal(first[0], textured())
    assert np.array_equal(again[0], textured())
    assert fill_all("slow", sleep, cases[:1], tmp_path, limit=0.2)[0] == [None]
    with pytest.raises(OutOfTime, match="1 of 2"):
        fill_all("still", sleep, cases, tmp_path, deadline=0)


def test_the_closed_splits_have_none_that_were_looked_at() -> None:
    train = [f"{number:03}.jpg" for number in range(374)]
    splits = [final_names(train), fresh_names(train), blind_names(train)]
    seen = {*train[::TUNED_STEP], *unseen_names(train)}
    for names in splits:
        assert len(names) == 24
        assert not seen & {*names}
        seen |= {*names}


def test_outlined_things_are_filled_and_shown_without_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenes = tmp_path / "data" / "scenes"
    scenes.mkdir(parents=True)
    cv2.imwrite(str(scenes / "ball.jpg"), textured())
    outlines = tmp_path / "outlines.json"
    outlines.write_text('{"ball": [[25, 25], [75, 25], [75, 50], [25, 50]]}')
    monkeypatch.setattr(removal_cases, "OUTLINES", outlines)
    [case] = removal_cases.read_cases(scenes, "objects")
    rows, columns = np.nonzero(case.hole)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (24, 48, 32, 96)
    output = tmp_path / "out"
    arguments = [str(scenes.parent), "-o", str(output), "--split", "objects"]
    assert removal.main([*arguments, "--methods", "completion"]) == 0
    assert (output / "removal.jpg").exists()
    [filled] = (output / "filled" / "completion").glob("ball.*s.png")
    same = (cv2.imread(str(filled))[..., ::-1] == case.image).all(-1)
    assert same[~case.hole].all()
    assert not same[case.hole].all()
    assert capsys.readouterr().out == ""
