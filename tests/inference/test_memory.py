"""When memory is short: one network at a time, then one candidate and one tile at a time, then a sentence."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from glide_studio.api.events import Draft, Failed, Finished, Notice, Progress
from glide_studio.api.request import Request
from glide_studio.glide.unet import Condition, UNet
from glide_studio.imaging.geometry import Box
from glide_studio.inference import forecast, model_cache
from glide_studio.inference.device import RESERVE_BYTES
from glide_studio.inference.engine import LocalEngine


def small_memory(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Evaluations of more than `most` pictures fail as torch's allocator does."""
    forward = UNet.forward

    def tight(self: UNet, x: Tensor, t: Tensor, seen: Condition, *rest: object) -> Tensor:
        if len(x) > most:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to ...")
        return forward(self, x, t, seen, *rest)

    monkeypatch.setattr(UNet, "forward", tight)


def test_a_run_goes_on_with_less_when_memory_is_short(
    able: LocalEngine, fill: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(able.run(fill, lambda: False))
    small_memory(monkeypatch, 2)  # one candidate, with and without its caption
    updates = list(able.run(fill, lambda: False))
    assert isinstance(updates[-1], Finished)
    (notice,) = [update for update in updates if isinstance(update, Notice)]
    assert "Memory was short" in notice.message
    for ours, theirs in zip(updates[-1].patches, whole[-1].patches, strict=True):
        np.testing.assert_allclose(ours.image, theirs.image, atol=1e-4)
    assert [u.index for u in updates if isinstance(u, Draft)] == [0, 1]
    steps = [update for update in updates if isinstance(update, Progress)]
    assert steps[-1].done == steps[-1].total
    assert not able.cache.exclusive  # the next request tries it the usual way again


def test_it_falls_back_only_once(
    able: LocalEngine, fill: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_memory(monkeypatch, 0)
    updates = list(able.run(fill, lambda: False))
    assert [type(u) for u in updates if isinstance(u, Notice | Failed)] == [Notice, Failed]
    assert "not enough memory" in updates[-1].message
    assert not able.cache.networks


def test_other_defects_are_no_lack_of_memory(
    able: LocalEngine, fill: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> Tensor:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(UNet, "forward", broken)
    with pytest.raises(RuntimeError, match="mat1"):
        list(able.run(fill, lambda: False))


@pytest.mark.parametrize(
    ("name", "value"),
    [("free_bytes", lambda device: RESERVE_BYTES), ("LARGE_FILE_BYTES", 0)],
    ids=["short", "large"],
)
def test_one_network_at_a_time_where_two_do_not_fit_or_are_large(
    able: LocalEngine, fill: Request, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(model_cache, name, value)
    seen: dict[str, weakref.ref[torch.nn.Module]] = {}
    for update in able.run(fill, lambda: False):
        assert len(able.cache.networks) <= 1
        if isinstance(update, Progress) and update.stage not in seen:
            (network,) = able.cache.networks.values()
            seen[update.stage] = weakref.ref(network)
            del network
            if update.stage == "Refining":
                gc.collect()
                assert seen["Drafting"]() is None  # nobody holds the base network any more
    assert isinstance(update, Finished)
    assert set(seen) >= {"Drafting", "Refining"}


def test_small_networks_stay(able: LocalEngine, fill: Request) -> None:
    list(able.run(fill, lambda: False))
    assert len(able.cache.networks) == 2


def test_a_forecast_fits_with_one_network_at_a_time(
    able: LocalEngine, fill: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = able.forecast(fill)
    monkeypatch.setattr(forecast, "free_bytes", lambda device: RESERVE_BYTES + usual.peak_bytes - 1)
    tight = able.forecast(fill)
    assert tight.fits
    assert tight.peak_bytes < usual.peak_bytes


def test_a_plan_that_needs_more_than_is_free_does_not_fit(
    able: LocalEngine, fill: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(0, 0, 2000, 2000)
    wide = replace(fill, box=box, image=None, mask=None)
    wide = replace(wide, sampling=replace(fill.sampling, longest=2000))
    usual = able.forecast(wide)
    assert usual.enlargement == 1
    monkeypatch.setattr(
        forecast, "free_bytes", lambda device: RESERVE_BYTES + usual.peak_bytes // 2
    )
    tight = able.forecast(wide)
    assert not tight.fits
    less = able.forecast(replace(wide, sampling=replace(wide.sampling, longest=0)))
    assert less.fits
    assert less.enlargement > 1


def test_a_plan_keeps_to_its_time_by_less_detail(able: LocalEngine, fill: Request) -> None:
    wide = replace(fill, box=Box(0, 0, 2000, 2000), image=None, mask=None)
    wide = replace(wide, sampling=replace(fill.sampling, longest=4096))
    guess = able.forecast(wide).seconds
    assert able.fit_time_budget(wide, 1e9).longest == 4096
    whole = able.forecast(wide).seconds
    assert whole != guess  # a few steps were timed before
    able.speedometer.speed = 1e7  # so slow that the steps are nearly all of the time
    whole = able.forecast(wide).seconds
    assert able.fit_time_budget(wide, 2 * whole).longest == 4096
    quick = able.fit_time_budget(wide, 0.4 * whole)
    assert 0 < quick.longest < 2000
    assert able.forecast(replace(wide, sampling=quick)).seconds < 0.5 * whole
    assert able.fit_time_budget(wide, 0.0).longest == 0
