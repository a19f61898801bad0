"""Schedules, single steps and whole loops agree with the released code."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from glide_studio.glide.diffusion import (
    Denoiser,
    Prediction,
    eps_from_x0,
    p_mean_variance,
    prediction_from_output,
    q_posterior,
    q_sample,
)
from glide_studio.glide.guidance import ClippedDenoiser, KnownPixels, MeanShift, ScoreShift
from glide_studio.glide.samplers import (
    SAMPLERS,
    Noise,
    Sampler,
    SamplerState,
    SamplingRun,
    Step,
    ancestral,
    ddim,
    plms,
    runge_kutta,
    transfer,
)
from glide_studio.glide.schedule import Schedule, named_schedule, space_timesteps
from tests.glide.golden import LOOP, SCHEDULE, SINGLE_STEP, close, files, name, numbers, tensors

pytestmark = pytest.mark.golden


class StandIn:
    """The goldens' closed-form network, eps and v of (x, original t), behind a schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        s = self.original(t) / 1000
        eps = 0.9 * x * torch.cos(s) + 0.2 * torch.sin(2 * x + s)
        v = torch.tanh(0.5 * x - s)
        return prediction_from_output(self.schedule, x, t, torch.cat([eps, v], dim=1))

    def original(self, t: Tensor) -> Tensor:
        steps = np.interp(t.numpy(), np.arange(len(self.schedule)), self.schedule.timesteps)
        return torch.from_numpy(steps).float().reshape(-1, 1, 1, 1)


def schedule_of(case: dict[str, Any]) -> Schedule:
    return named_schedule(case["schedule"], case["steps"]).respace(case["respacing"])


def cases(file: str, field: str = "cases") -> list[tuple[Path, int]]:
    return [
        (path, i)
        for path in files(f"*/diffusion/{file}.json")
        for i in range(len(numbers(path)[field]))
    ]


def case(path: Path, i: int) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """A case's description and its tensors, without the case's key."""
    about = numbers(path)["cases"][i]
    found = tensors(path.with_suffix(".safetensors"))
    prefix = about["key"] + "."
    return about, {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}


ARRAYS = {
    "betas": lambda s: s.betas,
    "alphas_cumprod": lambda s: s.alphas_cumprod,
    "alphas_cumprod_prev": lambda s: s.alphas_cumprod_prev,
    "posterior_variance": lambda s: s.posterior_variance,
    "posterior_log_variance_clipped": lambda s: s.posterior_log_variance_clipped,
    "posterior_mean_coef1": lambda s: s.posterior_mean_x0,
    "posterior_mean_coef2": lambda s: s.posterior_mean_xt,
    "sqrt_recip_alphas_cumprod": lambda s: np.sqrt(1 / s.alphas_cumprod),
    "sqrt_recipm1_alphas_cumprod": lambda s: np.sqrt(1 / s.alphas_cumprod - 1),
}


@pytest.mark.parametrize(("path", "i"), cases("schedules", "schedules"), ids=name)
def test_schedule(path: Path, i: int) -> None:
    about = numbers(path)["schedules"][i]
    if about.get("error") == "IndexError":  # The released code cannot sample in one step; ours can.
        assert len(schedule_of(about)) == 1
        assert np.isfinite(schedule_of(about).posterior_log_variance_clipped).all()
        return
    if "error" in about:
        with pytest.raises(ValueError, match=r"section|stride"):
            schedule_of(about)
        return
    schedule, prefix = schedule_of(about), about["key"] + "."
    assert len(schedule) == about["num_timesteps"]
    assert schedule.timesteps.tolist() == about["timestep_map"] == about["use_timesteps"]
    golden = tensors(path.with_suffix(".safetensors"))
    arrays = {k.removeprefix(prefix): v for k, v in golden.items() if k.startswith(prefix)}
    assert arrays
    for array, values in arrays.items():
        if array == "alphas_cumprod_next":  # of DDIM's way up to the noise, which we do not have
            continue
        found = ARRAYS[array](schedule)
        np.testing.assert_allclose(found, values.numpy(), rtol=SCHEDULE, atol=SCHEDULE)


@pytest.mark.parametrize("path", files("*/diffusion/schedules.json"), ids=name)
def test_impossible_spacings_and_lists(path: Path) -> None:
    about = numbers(path)
    for spacing in about["error_cases"]:
        with pytest.raises(ValueError, match=r"section|stride"):
            space_timesteps(1000, spacing)
    for entry in about["list_inputs"]:
        assert space_timesteps(entry["num_timesteps"], entry["section_counts"]) == entry["out"]


Wrap = Callable[[Denoiser, Schedule, slice], Denoiser]


def plain(denoiser: Denoiser, schedule: Schedule, row: slice) -> Denoiser:
    return denoiser


def clipped(denoiser: Denoiser, schedule: Schedule, row: slice) -> Denoiser:
    return ClippedDenoiser(denoiser, schedule)


def one_step(path: Path, i: int, sampler: Sampler, make: Wrap = clipped) -> tuple[Tensor, Tensor]:
    """One step of each row from its own t: (x, x0); `make` wraps the stand-in network for a row."""
    about, io = case(path, i)
    schedule = schedule_of(about)
    rows = [
        sampler(
            SamplerState(
                make(StandIn(schedule), schedule, slice(row, row + 1)),
                schedule,
                lambda _i, _x, row=row: io["in.step_noise"][row : row + 1],
                t,
                io["q_sample"][row : row + 1],
            )
        )
        for row, t in enumerate(io["in.t"].tolist())
    ]
    return torch.cat([step.x for step in rows]), torch.cat([step.pred_x0 for step in rows])


STEPS = cases("single_step")


@pytest.mark.parametrize(("path", "i"), STEPS, ids=name)
def test_forward_process_and_posterior(path: Path, i: int) -> None:
    about, io = case(path, i)
    schedule, t, x = schedule_of(about), io["in.t"], io["q_sample"]
    close(q_sample(schedule, io["in.x_start"], t, io["in.noise"]), x, SINGLE_STEP)
    for found, key in zip(
        q_posterior(schedule, io["in.x_start"], x, t),
        ("mean", "variance", "log_variance_clipped"),
        strict=True,
    ):
        close(found, io[f"q_posterior.{key}"], SINGLE_STEP)
    x0 = io["p_mean_variance.clip.pred_xstart"]
    close(eps_from_x0(schedule, x, t, x0), io["predict_eps_from_xstart"], SINGLE_STEP)


@pytest.mark.parametrize("kind", ["noclip", "clip", "denoised_fn"])
@pytest.mark.parametrize(("path", "i"), STEPS, ids=name)
def test_reverse_distribution(path: Path, i: int, kind: str) -> None:
    about, io = case(path, i)
    schedule, t, x = schedule_of(about), io["in.t"], io["q_sample"]
    make = {"noclip": plain, "clip": clipped, "denoised_fn": known(io)}[kind]
    pred = make(StandIn(schedule), schedule, slice(None))(x, t)
    mean, log_variance = p_mean_variance(schedule, x, t, pred)
    close(pred.x0, io[f"p_mean_variance.{kind}.pred_xstart"], SINGLE_STEP)
    close(mean, io[f"p_mean_variance.{kind}.mean"], SINGLE_STEP)
    close(log_variance, io[f"p_mean_variance.{kind}.log_variance"], SINGLE_STEP)
    close(log_variance.exp(), io[f"p_mean_variance.{kind}.variance"], SINGLE_STEP)


def known(io: dict[str, Tensor]) -> Wrap:
    """The goldens' denoised_fn, then the clamp, as the released code orders them."""

    def make(denoiser: Denoiser, schedule: Schedule, row: slice) -> Denoiser:
        inner = KnownPixels(denoiser, schedule, io["in.known"][row], io["in.mask"][row])
        return ClippedDenoiser(inner, schedule)

    return make


@pytest.mark.parametrize("kind", ["", ".denoised_fn"])
@pytest.mark.parametrize(("path", "i"), STEPS, ids=name)
def test_ancestral_step(path: Path, i: int, kind: str) -> None:
    _, io = case(path, i)
    x, x0 = one_step(path, i, ancestral, known(io) if kind else clipped)
    close(x, io[f"p_sample{kind}.sample"], SINGLE_STEP)
    close(x0, io[f"p_sample{kind}.pred_xstart"], SINGLE_STEP)


@pytest.mark.parametrize("kind", ["eta0.0", "eta0.5", "eta1.0", "eta0.0.denoised_fn"])
@pytest.mark.parametrize(("path", "i"), STEPS, ids=name)
def test_ddim_step(path: Path, i: int, kind: str) -> None:
    _, io = case(path, i)
    make = known(io) if kind.endswith("denoised_fn") else clipped
    x, x0 = one_step(path, i, partial(ddim, eta=float(kind[3:6])), make)
    close(x, io[f"ddim_sample.{kind}.sample"], SINGLE_STEP)
    close(x0, io[f"ddim_sample.{kind}.pred_xstart"], SINGLE_STEP)


def nudge(x: Tensor, timesteps: Tensor) -> Tensor:
    """The goldens' closed-form cond_fn."""
    return 0.3 * x.sin() * (1 + timesteps.reshape(-1, 1, 1, 1) / 1000)


def mean_shifted(denoiser: Denoiser, schedule: Schedule, row: slice) -> Denoiser:
    return MeanShift(ClippedDenoiser(denoiser, schedule), nudge, schedule)


def score_shifted(denoiser: Denoiser, schedule: Schedule, row: slice) -> Denoiser:
    return ScoreShift(ClippedDenoiser(denoiser, schedule), nudge, schedule)


@pytest.mark.parametrize(("path", "i"), STEPS, ids=name)
def test_gradients_shift_the_mean_or_the_score(path: Path, i: int) -> None:
    about, io = case(path, i)
    schedule, t, x = schedule_of(about), io["in.t"], io["q_sample"]
    pred = mean_shifted(StandIn(schedule), schedule, slice(None))(x, t)
    mean, log_variance = p_mean_variance(schedule, x, t, pred)
    close(mean, io["condition_mean"], SINGLE_STEP)
    close(log_variance, io["p_mean_variance.clip.log_variance"], SINGLE_STEP)
    shifted = score_shifted(StandIn(schedule), schedule, slice(None))(x, t)
    scale = max(1.0, io["condition_score.pred_xstart"].abs().max().item())
    close(shifted.x0, io["condition_score.pred_xstart"], SINGLE_STEP * scale)
    x, _ = one_step(path, i, ancestral, mean_shifted)
    close(x, io["p_sample.cond.sample"], SINGLE_STEP)
    x, x0 = one_step(path, i, ddim, score_shifted)
    close(x, io["ddim_sample.eta0.0.cond.sample"], SINGLE_STEP * scale)
    close(x0, io["ddim_sample.eta0.0.cond.pred_xstart"], SINGLE_STEP * scale)


@pytest.mark.parametrize("kind", ["p_sample_loop.cond", "ddim_loop.eta0.cond"])
@pytest.mark.parametrize(("path", "i"), cases("loops"), ids=name)
def test_guided_loop(path: Path, i: int, kind: str) -> None:
    about, io = case(path, i)
    schedule = schedule_of(about)
    sampler, make = {
        "p_sample_loop.cond": (ancestral, mean_shifted),
        "ddim_loop.eta0.cond": (ddim, score_shifted),
    }[kind]
    denoiser = make(StandIn(schedule), schedule, slice(None))
    steps = [*SamplingRun(sampler, denoiser, schedule, io["in.x_T"], drawn(io)).steps()]
    close(torch.stack([step.x for step in steps]), io[f"{kind}.samples"], LOOP)


@pytest.mark.parametrize("kind", ["p_sample_loop", "ddim_loop.eta0", "ddim_loop.eta1.0"])
@pytest.mark.parametrize(("path", "i"), cases("loops"), ids=name)
def test_loop(path: Path, i: int, kind: str) -> None:
    about, io = case(path, i)
    schedule = schedule_of(about)
    sampler = {
        "p_sample_loop": ancestral,
        "ddim_loop.eta0": ddim,
        "ddim_loop.eta1.0": partial(ddim, eta=1.0),
    }[kind]
    denoiser, x, start = ClippedDenoiser(StandIn(schedule), schedule), io["in.x_T"], len(schedule)
    samples, starts = io[f"{kind}.samples"], io[f"{kind}.pred_xstart"]
    if kind == "ddim_loop.eta1.0" and schedule.alphas_cumprod[-1] < 2**-24:
        # 1 - prev - sigma^2 is a rounding error here, one unit in the last place of 1 or none, by
        # the processor; its root is the weight of eps. So the run is compared from behind that
        # step.
        (first, *_) = SamplingRun(sampler, denoiser, schedule, x, drawn(io)).steps()
        close(first.pred_x0, starts[0], LOOP)
        close(first.x, samples[0], 4 * 2**-12)
        x, start, samples, starts = samples[0], start - 1, samples[1:], starts[1:]
    steps = [*SamplingRun(sampler, denoiser, schedule, x, drawn(io), start).steps()]
    close(torch.stack([step.x for step in steps]), samples, LOOP)
    close(torch.stack([step.pred_x0 for step in steps]), starts, LOOP)


def drawn(io: dict[str, Tensor]) -> Noise:
    """The recorded noise, first entry for the first step."""
    noises = io["in.step_noise"]
    return lambda steps_left, _x: noises[len(noises) - 1 - steps_left]


@pytest.mark.parametrize("kind", ["prk", "plms", "plms.cond"])
@pytest.mark.parametrize(("path", "i"), STEPS, ids=name)
def test_pseudo_numerical_step(path: Path, i: int, kind: str) -> None:
    about, io = case(path, i)
    schedule = schedule_of(about)
    above = [(row, t) for row, t in enumerate(io["in.t"].tolist()) if t >= 1]
    for entry, (row, t) in enumerate(above):
        x = io["q_sample"][row : row + 1]
        method, _, guided = kind.partition(".")
        history = tuple(io["in.plms_old_eps"][:, entry : entry + 1]) if method == "plms" else ()
        denoiser: Denoiser = StandIn(schedule)
        if guided:
            denoiser = ScoreShift(denoiser, nudge, schedule)
        if method == "prk":  # Our own sampler takes a simpler step from the top of the schedule.
            eps = runge_kutta(denoiser, schedule, x, t)
            step = Step(t, *(transfer(schedule, x, t, to, eps) for to in (t - 1, -1)))
        else:
            step = plms(SamplerState(denoiser, schedule, drawn(io), t, x, history))
        # The stand-in's x0 leaves -1 .. 1 by orders of magnitude, and so do the sample's digits.
        scale = max(1.0, io[f"{kind}.sample"][entry].abs().max().item())
        close(step.x[0], io[f"{kind}.sample"][entry], SINGLE_STEP * scale)
        close(step.pred_x0[0].clamp(-1, 1), io[f"{kind}.pred_xstart"][entry], SINGLE_STEP * 10)
        if method == "plms":
            close(step.history[-1][0], io[f"{kind}.eps"][entry], SINGLE_STEP)


@pytest.mark.parametrize("kind", ["prk", "plms"])
@pytest.mark.parametrize(("path", "i"), cases("loops"), ids=name)
def test_pseudo_numerical_loop(path: Path, i: int, kind: str) -> None:
    about, io = case(path, i)
    schedule = schedule_of(about)
    start = about["plms_loop_t"][0] + 1
    run = SamplingRun(
        SAMPLERS[kind], StandIn(schedule), schedule, io["in.x_T"], drawn(io), start
    ).steps()
    # The recorded run leaves out the last index; ours goes on to the picture.
    steps = [*run][:-1]
    assert len(steps) == len(about["plms_loop_t"])
    close(torch.stack([step.x for step in steps]), io[f"{kind}_loop.samples"], LOOP)
    found = torch.stack([step.pred_x0 for step in steps]).clamp(-1, 1)
    close(found, io[f"{kind}_loop.pred_xstart"], LOOP)
