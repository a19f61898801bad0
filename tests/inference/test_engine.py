"""The engine on tiny real networks: what it yields, when it stops, what it refuses."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from glide_studio.api.events import (
    FINAL,
    Cancelled,
    Draft,
    Failed,
    Finished,
    Progress,
    Started,
    Update,
)
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.glide.config import UNetConfig
from glide_studio.imaging.geometry import Box, Size
from glide_studio.inference import forecast, plan
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.forecast import Speedometer
from glide_studio.inference.sizes import count_tiles


def never() -> bool:
    return False


@pytest.fixture
def engine(tiny_models: Path) -> LocalEngine:
    return LocalEngine([tiny_models])


@pytest.fixture
def request_() -> Request:
    rng = np.random.default_rng(1)
    image = rng.random((160, 160, 3), dtype=np.float32)
    mask = np.zeros((160, 160), np.float32)
    mask[50:110, 40:120] = 1
    sampling = Sampling(seed=3, count=2, steps=3, upsample_steps=2)
    return Request(
        "fill", "a red apple", Box(7, 9, 160, 160), sampling, image=image, mask=mask, model="tiny"
    )


def final(updates: Iterator[Update] | list[Update]) -> Update:
    return list(updates)[-1]


def test_updates_come_in_their_order(engine: LocalEngine, request_: Request) -> None:
    updates = list(engine.run(request_, never))
    assert isinstance(updates[0], Started)
    assert [type(u) for u in updates if isinstance(u, FINAL)] == [Finished]
    assert isinstance(updates[-1], Finished)
    progress = [u for u in updates if isinstance(u, Progress)]
    assert [u.done for u in progress] == list(range(1, progress[-1].total + 1))
    assert [u.stage for u in progress] == ["Drafting"] * 3 + ["Refining"] * 4
    shares = [u.share for u in progress]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert shares[2] != pytest.approx(3 / 7), "steps of another network take another share"
    assert [u.index for u in updates if isinstance(u, Draft)] == [0, 1]
    assert all(len(u.previews) == 2 for u in progress[:3])


def test_patches_have_the_crops_size_and_keep_known_pixels(
    engine: LocalEngine, request_: Request
) -> None:
    request_ = replace(
        request_,
        box=Box(0, 0, 128, 128),
        image=request_.image[:128, :128].copy(),
        mask=request_.mask[:128, :128].copy(),
    )
    done = final(engine.run(request_, never))
    assert isinstance(done, Finished)
    for patch in done.patches:
        assert patch.image.shape == (128, 128, 3)
        assert patch.image.dtype == np.float32
        known = request_.mask == 0
        np.testing.assert_allclose(patch.image[known], request_.image[known], atol=2e-6)
    a, b = (patch.image for patch in done.patches)
    assert not np.array_equal(a, b)


def test_a_seed_gives_the_same_candidate_in_any_batch(
    engine: LocalEngine, request_: Request
) -> None:
    both = replace(request_, drafts_only=True)
    one = replace(both, sampling=replace(both.sampling, count=1))
    first = next(u for u in engine.run(both, never) if isinstance(u, Draft))
    alone = next(u for u in engine.run(one, never) if isinstance(u, Draft))
    np.testing.assert_allclose(first.image, alone.image, atol=2e-5)


def test_every_candidate_has_noise_of_its_own_in_batches_of_any_size(
    engine: LocalEngine, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = replace(request_, drafts_only=True, sampling=replace(request_.sampling, count=3))
    found = []
    for batch in (1, 2, 3):
        monkeypatch.setattr(plan, "BASE_BATCH", {"cpu": batch})
        drafts = [u for u in engine.run(three, never) if isinstance(u, Draft)]
        assert [draft.index for draft in drafts] == [0, 1, 2]
        found.append(np.stack([draft.image for draft in drafts]))
    for other in found[:2]:
        np.testing.assert_allclose(other, found[2], atol=2e-5)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(found[0][a] - found[0][b]).max() > 1e-3
    details = [
        final(engine.run(replace(request_, draft=found[0][0], draft_index=index), never))
        for index in (0, 1)
    ]
    first, second = (one.patches[0].image for one in details if isinstance(one, Finished))
    assert np.abs(first - second).max() > 1e-3, "the same draft, finished as another candidate"


def test_a_picked_draft_is_finished_without_the_base_network(
    engine: LocalEngine, request_: Request
) -> None:
    whole = final(engine.run(request_, never))
    drafts = [
        u for u in engine.run(replace(request_, drafts_only=True), never) if isinstance(u, Draft)
    ]
    picked = replace(request_, draft=drafts[1].image, draft_index=1)
    updates = list(engine.run(picked, never))
    assert not any(isinstance(u, Draft) for u in updates)
    assert isinstance(whole, Finished)
    assert isinstance(updates[-1], Finished)
    (patch,) = updates[-1].patches
    assert patch.index == 1
    np.testing.assert_allclose(patch.image, whole.patches[1].image, atol=1e-6)


def test_drafts_only_ends_without_patches(engine: LocalEngine, request_: Request) -> None:
    done = final(engine.run(replace(request_, drafts_only=True), never))
    assert isinstance(done, Finished)
    assert done.patches == ()
    assert [name for name, _ in done.weights] == ["base.safetensors"]


@pytest.mark.parametrize("kind", ["generate", "fill"])
def test_what_the_model_does_not_know_is_refused_before_anything_is_loaded(
    engine: LocalEngine, request_: Request, kind: str
) -> None:
    asked = replace(request_, kind=kind, prompt="an appel on a table")
    failed = final(engine.run(asked, never))
    assert isinstance(failed, Failed)
    assert failed.message.endswith("does not know 'an appel on a table'; it knows apple.")


def test_generation_needs_no_picture(engine: LocalEngine) -> None:
    request = Request(
        "generate",
        "an apple",
        Box(0, 0, 128, 64),
        Sampling(steps=2, upsample_steps=1),
        model="tiny",
    )
    done = final(engine.run(request, never))
    assert isinstance(done, Finished)
    assert done.patches[0].image.shape == (64, 128, 3)


def test_cancel_is_read_between_the_blocks_of_a_network(
    engine: LocalEngine, request_: Request
) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    updates = list(engine.run(request_, stop))
    assert isinstance(updates[-1], Cancelled)
    assert not any(isinstance(u, Progress) for u in updates)  # inside the very first step


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model": "none"}, "no model called 'none'"),
        ({"kind": "upscale", "image": None}, "no picture to enlarge"),
        ({"image": None}, "needs a picture and a mask"),
        ({"mask": np.zeros((160, 160), np.float32)}, "mask is empty"),
    ],
)
def test_bad_requests_fail_with_one_sentence(
    engine: LocalEngine, request_: Request, changes: dict, sentence: str
) -> None:
    updates = list(engine.run(replace(request_, **changes), never))
    assert isinstance(updates[-1], Failed)
    assert sentence in updates[-1].message


def test_a_broken_weight_file_fails_with_one_sentence(
    tiny_models: Path, tmp_path: Path, request_: Request
) -> None:
    broken = tmp_path / "tiny"
    broken.mkdir()
    for file in (tiny_models / "tiny").iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    (broken / "base.safetensors").write_bytes(b"<html>404</html>" * 20)
    (failed,) = [u for u in LocalEngine([tmp_path]).run(request_, never) if isinstance(u, FINAL)]
    assert isinstance(failed, Failed)
    assert "base.safetensors is damaged" in failed.message


def test_a_forecast_is_quick_and_grows_with_the_work(
    engine: LocalEngine, request_: Request
) -> None:
    one = engine.forecast(replace(request_, sampling=replace(request_.sampling, count=1)))
    two = engine.forecast(request_)
    assert 0 < one.seconds < two.seconds
    assert two.fits
    assert two.enlargement == pytest.approx(160 / 128)


def test_a_look_without_a_sampler_is_forecast_too(able: LocalEngine, fill: Request) -> None:
    seen = replace(fill, model="plain", sampling=replace(fill.sampling, steps=30))
    selection, whole = able.forecast(replace(seen, kind="select")), able.forecast(seen)
    assert 0 < selection.seconds < whole.seconds
    assert selection.fits
    assert selection.enlargement == 1.0
    assert able.forecast(replace(fill, kind="select")).seconds > 0


def test_a_forecast_learns_what_a_run_takes_besides_its_steps(engine: LocalEngine) -> None:
    large = Request(
        "generate", "an apple", Box(0, 0, 448, 448), Sampling(steps=1, count=1), model="tiny"
    )
    engine.speedometer.speed = 1e30  # steps take no time
    list(engine.run(large, never))  # loads the networks
    engine.speedometer.speed, engine.speedometer.rest_factor = 1e30, 1000.0
    one = engine.forecast(large).seconds
    assert one > 100
    twice = replace(large, sampling=replace(large.sampling, count=2))
    assert engine.forecast(twice).seconds == pytest.approx(2 * one, rel=0.1)
    list(engine.run(large, never))
    assert 0 < engine.speedometer.rest_factor < 900


def test_objects_of_a_large_picture_are_forecast_with_all_the_tiles_that_they_cover() -> None:
    alpha = UNetConfig(size=256, alpha=True)
    request = Request("fill", "a cup", Box(0, 0, 1024, 1024), Sampling())
    plain = count_tiles(request, Size(1024, 1024), replace(alpha, alpha=False))
    assert count_tiles(request, Size(1024, 1024), alpha) == 25 > 2 * plain


def test_the_speed_of_the_processor_is_measured_before_the_first_step() -> None:
    meter = Speedometer(torch.device("cpu"))
    meter.speed = 0.0
    meter.calibrate()
    assert meter.speed > 1e8
    meter.record(7.0, 1.0, 1.0)
    meter.calibrate()
    assert meter.speed == pytest.approx(7.0)  # a step tells more than a probe
    other = Speedometer(torch.device("cuda"))
    before = other.speed
    other.calibrate()
    assert other.speed == before


@pytest.mark.parametrize("ticks", ["finely", "coarsely"])
def test_of_a_probe_what_waited_for_a_core_does_not_count(
    monkeypatch: pytest.MonkeyPatch, ticks: str
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    meter = Speedometer(torch.device("cpu"))
    probes, now, busy = 0, 0.0, 0.0

    def read_clocks() -> tuple[float, float]:
        nonlocal probes, now, busy
        probes += 1
        waits = probes % 2 == 0
        now += 0.01
        if ticks == "finely":
            busy += 0.02 if waits else 0.001
        elif probes % 10 == 0:
            busy += 0.01
        return now, busy

    monkeypatch.setattr(meter, "read_clocks", read_clocks)
    meter.calibrate()
    one = forecast.PROBE_SHARE * 2 * 64 * 64 * 9 * 4 * 1024  # operations
    assert meter.speed == pytest.approx(one / 0.001, rel=1e-3 if ticks == "finely" else 0.6)


@pytest.mark.parametrize("threads_wait", [False, True])
def test_a_probe_whose_threads_all_waited_for_a_core_tells_no_less_than_one_thread(
    monkeypatch: pytest.MonkeyPatch, threads_wait: bool
) -> None:
    before = torch.get_num_threads()
    meter = Speedometer(torch.device("cpu"))
    now, busy = 0.0, 0.0

    def read_clocks() -> tuple[float, float]:
        nonlocal now, busy
        now += 0.01
        together = 0.02 if threads_wait else 0.0004
        busy += together if torch.get_num_threads() > 1 else 0.001
        return now, busy

    monkeypatch.setattr(meter, "read_clocks", read_clocks)
    torch.set_num_threads(2)
    try:
        meter.calibrate()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    one = forecast.PROBE_SHARE * 2 * 64 * 64 * 9 * 4 * 1024  # operations
    if threads_wait:
        assert one / 0.001 < meter.speed < 2 * one / 0.001
    else:
        assert meter.speed == pytest.approx(one / 0.0004)


def test_other_programs_lengthen_a_forecast_but_not_what_is_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A step tells for a while what they leave; later, and before the first, what the system tells."""
    monkeypatch.setattr(forecast, "estimate_slowdown", lambda threads=1: 4.0)
    meter = Speedometer(torch.device("cpu"))
    meter.calibrate()
    assert meter.slowdown == 4.0, "the first moments of a window are no measure"
    for _ in range(2):
        meter.record(10.0, 3.0, 1.0)
    assert (meter.speed, meter.slowdown) == (pytest.approx(10.0), pytest.approx(3.0))
    later = time.monotonic() + 100
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert meter.slowdown == pytest.approx(math.sqrt(3 * 4))


def test_a_clock_that_ticks_slowly_is_right_on_average() -> None:
    meter = Speedometer(torch.device("cpu"))
    for step in range(100):
        meter.record(100.0, 0.005, 0.015 if step % 3 == 0 else 0.0)
    assert meter.speed == pytest.approx(100 / 0.005, rel=0.5)


def test_free_memory_drops_the_weights(engine: LocalEngine, request_: Request) -> None:
    list(engine.run(request_, never))
    assert engine.cache.networks
    engine.free_memory()
    assert not engine.cache.networks
