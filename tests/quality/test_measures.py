"""Every measure from end to end, on the tiny model, judge and data."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.training.image_folder import read_rgb
from tests.quality import __main__ as command
from tests.quality import upsampling
from tests.quality.background import Hole, background, closed, holes, seated
from tests.quality.batch_inpainter import BatchInpainter, Plan
from tests.quality.fidelity import Trial, chosen
from tests.quality.fidelity_report import fidelity
from tests.quality.fill_cases import Scenes
from tests.quality.guidance_benchmark import diversity, guiding
from tests.quality.guides import Guidance, Guides
from tests.quality.measure_context import MeasureContext, files_of
from tests.quality.results_log import Outcome
from tests.quality.teaching import held_out, teaching

PLAN = Plan(steps=2, guidance=Guidance("classifier-free", 2.0), upsample_steps=1)
TRIAL = Trial("validation", range(2), PLAN)


def rows_of(folder: Path, name: str, table: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((folder / f"{name}.json").read_text())["tables"][table][
        "rows"
    ]
    return rows


def test_fidelity_goes_on_where_it_was_stopped(desk: MeasureContext, tmp_path: Path) -> None:
    fidelity(desk, TRIAL, ["apple"], tmp_path)
    first = (tmp_path / "verdicts.jsonl").read_text()
    fidelity(desk, TRIAL, ["apple", "dog", "ghost"], tmp_path).write(tmp_path)
    assert (tmp_path / "verdicts.jsonl").read_text().startswith(first)
    rows = {row["noun"]: row for row in rows_of(tmp_path, "fidelity", 1)}
    assert [row["judged by"] for row in rows.values()] == ["classes", "prototype", "prototype"]
    for noun in rows:
        assert read_rgb(tmp_path / "nouns" / f"{noun}.png").shape == (2 * 32, 2 * 32, 3)
    together = {row["nouns"]: row for row in rows_of(tmp_path, "fidelity", 0)}
    assert together["all"]["count"] == 3
    assert together["all"]["fills"]["value"] == pytest.approx(
        np.mean([row["fills"]["value"] for row in rows.values()])
    )
    again = tmp_path / "again"
    again.mkdir()
    fidelity(desk, TRIAL, ["apple", "dog", "ghost"], again).write(again)
    assert rows_of(again, "fidelity", 1) == rows_of(tmp_path, "fidelity", 1)


def test_finished_pictures_are_judged_at_their_own_size(
    desk: MeasureContext, tmp_path: Path
) -> None:
    fidelity(desk, replace(TRIAL, finished=True), ["apple"], tmp_path)
    assert read_rgb(tmp_path / "nouns" / "apple.png").shape == (2 * 128, 2 * 128, 3)
    bare = replace(desk, painter=BatchInpainter(desk.painter.base))
    with pytest.raises(GlideError, match="no upsampler"):
        fidelity(bare, replace(TRIAL, finished=True), ["apple"], tmp_path)


def test_a_ranked_list_keeps_its_order(desk: MeasureContext, tmp_path: Path) -> None:
    fidelity(desk, TRIAL, ["ghost", "apple"], tmp_path, ranked=True)
    assert json.loads((tmp_path / "nouns.json").read_text()) == ["ghost", "apple"]


def test_the_best_nouns_are_those_painted_best_among_the_recognised() -> None:
    def outcome(fills: int, real: int) -> Outcome:
        hits = np.zeros((10, 2), np.bool_)
        hits[:fills, 0], hits[:real, 1] = True, True
        return Outcome(None, hits)

    found = chosen(
        {"a": outcome(9, 1), "b": outcome(5, 9), "c": outcome(7, 8), "d": outcome(5, 6)}, 3
    )
    assert found == ["c", "d", "b"]


def test_holes_cover_10_to_40_percent(data: Path) -> None:
    found = holes(Scenes(data, "validation"), range(6), 128)
    shares = [case.mask.mean() for case in found]
    assert len(found) == 12
    assert 0.08 < min(shares) < 0.2
    assert 0.3 < max(shares) < 0.45


def test_a_closed_hole_changes_nothing_else() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], (64, 1, 3))
    mask = np.zeros((64, 64), np.float32)
    mask[20:40, 20:40] = 1
    for method in (0, 1):
        filled = closed(Hole(ramp, mask), method)
        np.testing.assert_array_equal(filled[mask == 0], ramp[mask == 0])
        assert np.abs(filled - ramp)[mask > 0].mean() < 0.05
    patch = 1 - ramp
    laid = seated(Hole(ramp, mask), patch)
    np.testing.assert_array_equal(laid[mask == 0], ramp[mask == 0])


def test_background_compares_all_methods(desk: MeasureContext, tmp_path: Path) -> None:
    background(desk, "validation", range(2), PLAN).write(tmp_path)
    rows = {row["method"]: row for row in rows_of(tmp_path, "background", 0)}
    assert list(rows) == ["model, as accepted", "model", "Telea", "Navier-Stokes", "original"]
    # Scenes of the tiny data are smooth: what diffuses inwards must beat random weights by far.
    assert (
        rows["Telea"]["PSNR in the hole (dB)"]["value"]
        > rows["model"]["PSNR in the hole (dB)"]["value"]
    )
    pairs = rows_of(tmp_path, "background", 1)
    assert (
        sum(row["holes"] for row in pairs if row["method and hole"].startswith("Telea, all")) == 4
    )
    for row in pairs:
        assert 0 <= row["model nearer"] <= 1
    assert read_rgb(tmp_path / "background.png").shape[1] > 6 * 192


def test_upsampler_is_compared_with_what_is_there(
    desk: MeasureContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upsampling, "RIVAL", "there_is_no_such_package")
    report = upsampling.upsampling(desk, "validation", range(2), PLAN)
    report.write(tmp_path)
    rows = {row["method"]: row for row in rows_of(tmp_path, "upsampler", 0)}
    assert list(rows) == ["model", "bicubic", "Lanczos"]
    assert any("Real-ESRGAN is missing" in note for note in report.notes)
    for name in ("bicubic", "Lanczos"):
        assert rows[name]["PSNR (dB)"]["value"] > 25
        assert rows[name]["gradient energy"] < 1.05


def test_reducing_averages_and_rounds() -> None:
    picture = np.random.default_rng(0).random((8, 8, 3), dtype=np.float32)
    small = upsampling.reduced(picture)
    wanted = picture.reshape(2, 4, 2, 4, 3).mean((1, 3))
    np.testing.assert_allclose(small, wanted, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(small * 255, np.rint(small * 255), atol=1e-4)


@pytest.mark.slow
def test_real_esrgan_enlarges_by_four() -> None:
    enlarge = upsampling.real_esrgan()
    if enlarge is None:
        pytest.skip("its wheel is not here")
    ramp = np.tile(np.linspace(0, 1, 32, dtype=np.float32)[None, :, None], (32, 1, 3)) * [1, 0.5, 0]
    large = enlarge(ramp.astype(np.float32))
    assert large.shape == (128, 128, 3)
    np.testing.assert_allclose(large.mean((0, 1)), ramp.mean((0, 1)), atol=0.05)


def test_guidance_shows_every_kind_at_five_scales(
    desk: MeasureContext, guides: Guides, tmp_path: Path
) -> None:
    painter = BatchInpainter(desk.painter.base, None, guides)
    guiding(replace(desk, painter=painter), TRIAL, ["apple", "dog"]).write(tmp_path)
    rows = rows_of(tmp_path, "guidance", 0)
    kinds = [row["guidance"].split()[0] for row in rows]
    assert kinds == ["unguided"] + 5 * ["classifier-free"] + 5 * ["clip"] + 5 * ["classifier"]
    for row in rows:
        assert 0 <= row["fidelity"]["value"] <= 1
        assert row["diversity"]["value"] > 0


def test_guidance_without_networks_says_so(desk: MeasureContext) -> None:
    report = guiding(desk, TRIAL, ["apple"])
    assert len(report.tables[0].rows) == 6
    assert sum("There was no network" in note for note in report.notes) == 2


def test_diversity_is_the_mean_over_pairs(desk: MeasureContext) -> None:
    pictures = np.random.default_rng(0).random((3, 32, 32, 3), dtype=np.float32)
    assert diversity(desk.judge.look(pictures[[0, 0, 0]])) == 0
    pair = diversity(desk.judge.look(pictures[:2]))
    assert diversity(desk.judge.look(pictures[[0, 0, 1]])) == pytest.approx(2 / 3 * pair, rel=1e-3)
    assert diversity(desk.judge.look(pictures[:1])) == 0


def test_teaching_compares_before_and_after(
    desk: MeasureContext, tiny_models: Path, tmp_path: Path
) -> None:
    same = tiny_models / "tiny" / "base.safetensors"
    bench = replace(desk, classes={**desk.classes, "snail": frozenset(range(300))})
    teaching(bench, {"snail": same}, TRIAL, ["apple", "dog"]).write(tmp_path)
    own, average = rows_of(tmp_path, "teach", 0)
    assert own["before"] == own["taught"]
    assert average["noun"] == "mean"
    (other,) = rows_of(tmp_path, "teach", 1)
    assert other["before"] == other["after"]


def test_held_out_labels_name_the_noun(data: Path) -> None:
    assert held_out(data, ["snail"]) == {"snail": ["brown snail"]}
    with pytest.raises(GlideError, match="no pictures of 'teapot'"):
        held_out(data, ["teapot"])


def options(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(list(given))


def test_options_choose_plan_and_nouns(desk: MeasureContext, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    given = options(
        "-o",
        str(out),
        "--data",
        str(data),
        "--seeds",
        "5-6",
        "--steps",
        "2",
        "--nouns",
        "dog,apple",
    )
    sampling = Sampling(steps=2, temperature=0.5, guidance=2.5)
    report = command.measured("fidelity", desk, given, sampling)
    assert report.settings["temperature"] == 0.5
    assert report.settings["seeds"] == "5-6"
    assert report.settings["guidance"] == "classifier-free 2.5"
    assert [row[0] for row in report.tables[1].rows] == ["dog", "apple"]
    chosen_list = tmp_path / "list.json"
    chosen_list.write_text('["ghost"]')
    assert command.nouns_of(str(chosen_list), desk, False) == (["ghost"], True)
    assert command.nouns_of(None, desk, False) == (["apple", "dog", "ghost"], False)
    for wrong in ("yeti", str(tmp_path / "no.json")):
        with pytest.raises(GlideError):
            command.nouns_of(wrong, desk, False)


@pytest.mark.parametrize("text", ["5-3", "x", "-4"])
def test_wrong_seeds_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        command.seeds_of(text)
    assert command.seeds_of("1000-1019") == range(1000, 1020)
    assert command.seeds_of("7") == range(7, 8)


def test_taught_weights_are_named_by_noun(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    file.touch()
    assert command.taught_of([f"snail={file}"]) == {"snail": file}
    for wrong in ([], ["snail"], [f"snail={file}x"]):
        with pytest.raises(GlideError, match="taught"):
            command.taught_of(wrong)


def test_files_of_a_set_can_be_replaced(tiny_models: Path, tmp_path: Path) -> None:
    files = files_of("tiny", folders=[tiny_models])
    assert files.clip is None
    assert files.classifier is None
    other = tmp_path / "other.safetensors"
    other.touch()
    changed = files_of(
        "tiny", base=other, clip=[other, other], classifier=other, folders=[tiny_models]
    )
    assert (changed.base, changed.clip, changed.classifier) == (other, (other, other), other)
    assert changed.upsampler == files.upsampler
    with pytest.raises(GlideError, match="no file"):
        files_of("tiny", base=tmp_path / "gone", folders=[tiny_models])
