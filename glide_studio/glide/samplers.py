"""Samplers from noise x_T to a picture x_0: DDPM, DDIM, PNDM, DPM-Solver++ and RePaint.

A sampler is a pure function of one step, `SamplerState -> Step`; `SamplingRun.steps` is the loop
over all of them. A `Step` holds all that is needed to go on, so that

    SamplingRun(sampler, denoiser, schedule, step.x, noise, step.steps_left, step.history)

continues to the bit as the unbroken run would have. Tensors are [N, C, H, W]; `index` counts the
steps of the schedule after respacing, 0 being the one that ends at the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide.diffusion import (
    Denoiser,
    extract,
    p_mean_variance,
    prediction_from_eps,
    q_sample,
    q_step,
)
from glide_studio.glide.schedule import Schedule

Noise = Callable[[int, Tensor], Tensor]
"""(steps left, like) -> standard normal noise of the shape of `like`, the same at each call."""

History = tuple[Tensor, ...]
"""What a multistep method keeps of earlier steps, oldest first; one-step methods keep nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """The state after one step: x with `steps_left` to go, and the predicted x_0."""

    steps_left: int
    x: Tensor
    pred_x0: Tensor
    history: History = ()


@dataclass(frozen=True, slots=True)
class SamplerState:
    """What a sampler takes one step from: x at `index`, and what earlier steps left."""

    denoiser: Denoiser
    schedule: Schedule
    noise: Noise
    index: int
    x: Tensor
    history: History = ()


Sampler = Callable[[SamplerState], Step]
"""One step of a method, from `index` to one below it (`RePaint`: or further)."""


@dataclass(frozen=True, slots=True)
class SamplingRun:
    """A run of a sampler from x [N, C, H, W], ready to start.

    start: steps to go, at whose noise level x is; None for the whole schedule. history: of the step
    that x comes from. ending: steps left, and the sampler that takes them, if it is another one.
    """

    sampler: Sampler
    denoiser: Denoiser
    schedule: Schedule
    x: Tensor
    noise: Noise
    start: int | None = None
    history: History = ()
    ending: tuple[int, Sampler] | None = None

    def steps(self) -> Iterator[Step]:
        """Yield each step down to the picture.

        Raises:
            ValueError: if more steps are to go than the schedule has.
        """
        left = len(self.schedule) if self.start is None else self.start
        if not 0 <= left <= len(self.schedule):
            raise ValueError(f"{left} steps cannot be left of a schedule of {len(self.schedule)}.")
        x, history = self.x, self.history
        last, ending = self.ending or (0, self.sampler)
        while left > 0:
            step = (self.sampler if left > last else ending)(
                SamplerState(self.denoiser, self.schedule, self.noise, left - 1, x, history)
            )
            yield step
            left, x, history = step.steps_left, step.x, step.history

    @torch.inference_mode()
    def run(self) -> Tensor:
        """Return the pictures at the end, [N, C, H, W]; x itself if `start` is 0."""
        x = self.x
        for step in self.steps():
            x = step.x
        return x


def philox(seed: int, sample: int, stream: int, step: int, shape: tuple[int, ...]) -> Tensor:
    """Draw standard normal float32 noise of `shape`, a pure function of its four counters.

    Philox 4x64 (Salmon et al. 2011, doi 10.1145/2063384.2063405) on the CPU, so the device, the
    batch and the order of calls do not matter. seed: 0 .. 2**64 - 1; stream tells the uses within
    one sample apart (base, upsampler, ...).
    """
    bits = np.random.Philox(key=[seed, sample], counter=[0, 0, stream, step])
    return torch.from_numpy(np.random.Generator(bits).standard_normal(shape, dtype=np.float32))


def philox_noise(seed: int, samples: range, stream: int) -> Noise:
    """Return the `Noise` of a batch whose rows are `samples`; rows do not depend on each other."""

    def noise(step: int, like: Tensor) -> Tensor:
        shape = tuple(like.shape[1:])
        rows = [philox(seed, sample, stream, step, shape) for sample in samples]
        return torch.stack(rows).to(like.device, like.dtype)

    return noise


def add_noise(schedule: Schedule, x0: Tensor, steps_left: int, noise: Noise) -> Tensor:
    """Return x0 at the noise level where `steps_left` are to go; x0 itself for 0.

    A start below the top of the schedule edits a picture: SDEdit, Meng et al. 2022 (arXiv
    2108.01073).
    """
    if steps_left == 0:
        return x0
    return q_sample(schedule, x0, _timesteps(x0, steps_left - 1), noise(steps_left, x0))


def ancestral(state: SamplerState) -> Step:
    """Draw x_{t-1} ~ N(mu(x_t), sigma_t^2) with the learned variance, or beta~ without one.

    DDPM, Ho et al. 2020 (arXiv 2006.11239), algorithm 2; Nichol & Dhariwal 2021 (arXiv 2102.09672),
    section 3.1. The last step returns its mean.
    """
    schedule, index, x = state.schedule, state.index, state.x
    t = _timesteps(x, index)
    pred = state.denoiser(x, t)
    mean, log_variance = p_mean_variance(schedule, x, t, pred)
    x = mean if index == 0 else mean + (0.5 * log_variance).exp() * state.noise(index, x)
    return Step(index, x, pred.x0)


def ddim(state: SamplerState, *, eta: float = 0.0) -> Step:
    """Take a step of DDIM (Song et al. 2020, arXiv 2010.02502, eq. 12, 16); eta 0: no noise."""
    schedule, index, x = state.schedule, state.index, state.x
    t = _timesteps(x, index)
    pred = state.denoiser(x, t)
    # In float32 from here, as the released code: it shows in 1 - abar near the picture.
    abar = extract(schedule.alphas_cumprod, t, x)
    abar_prev = extract(schedule.alphas_cumprod_prev, t, x)
    # Rounding may leave -1 ulp under either root (cosine schedule, few steps, eta = 1).
    sigma = eta * ((1 - abar_prev) / (1 - abar)).sqrt() * (1 - abar / abar_prev).clamp(min=0).sqrt()
    x = abar_prev.sqrt() * pred.x0 + (1 - abar_prev - sigma**2).clamp(min=0).sqrt() * pred.eps
    if eta > 0 and index > 0:
        x = x + sigma * state.noise(index, x)
    return Step(index, x, pred.x0)


# DPM-Solver++ of second order, Lu et al. 2022 (arXiv 2211.01095), algorithm 2 and section 5, as an
# ODE and as an SDE solver. With lambda = log(alpha / sigma), a step from s down to t has h =
# lambda_t - lambda_s. The picture has lambda = infinity: all that is left of the last step is x0.


def dpmpp_2m(state: SamplerState) -> Step:
    """Take a step of DPM-Solver++(2M): x_t = sigma_t / sigma_s x_s - alpha_t (e^-h - 1) D.

    History: the last predicted x0.
    """
    schedule, index, x = state.schedule, state.index, state.x
    x0 = state.denoiser(x, _timesteps(x, index)).x0
    if index == 0:
        return Step(0, x0, x0)
    alpha_t, sigma_t, sigma_s, h = _dpm_coefficients(schedule, index)
    d = _extrapolate(schedule, index, x0, state.history)
    x = float(sigma_t / sigma_s) * x - float(alpha_t * np.expm1(-h)) * d
    return Step(index, x, x0, (x0,))


def dpmpp_2m_sde(state: SamplerState) -> Step:
    """Take a step of SDE-DPM-Solver++(2M), fresh noise z at each step.

    x_t = sigma_t / sigma_s e^-h x_s + alpha_t (1 - e^-2h) D + sigma_t sqrt(1 - e^-2h) z

    History: the last predicted x0.
    """
    schedule, index, x = state.schedule, state.index, state.x
    x0 = state.denoiser(x, _timesteps(x, index)).x0
    if index == 0:
        return Step(0, x0, x0)
    alpha_t, sigma_t, sigma_s, h = _dpm_coefficients(schedule, index)
    d = _extrapolate(schedule, index, x0, state.history)
    decay = np.exp(-h)
    x = (
        float(sigma_t / sigma_s * decay) * x
        + float(alpha_t * (1 - decay**2)) * d
        + float(sigma_t * np.sqrt(1 - decay**2)) * state.noise(index, x)
    )
    return Step(index, x, x0, (x0,))


def _dpm_coefficients(
    schedule: Schedule, index: int
) -> tuple[np.float64, np.float64, np.float64, np.float64]:
    """Return (alpha_t, sigma_t, sigma_s, h) of the step from s = index down to t = index - 1."""
    abar_s, abar_t = schedule.alphas_cumprod[index], schedule.alphas_cumprod[index - 1]
    h = schedule.half_log_snr[index - 1] - schedule.half_log_snr[index]
    return np.sqrt(abar_t), np.sqrt(1 - abar_t), np.sqrt(1 - abar_s), h


def _extrapolate(schedule: Schedule, index: int, x0: Tensor, history: History) -> Tensor:
    """Return D, x0 extrapolated to the middle of the step by the last one, r = h_{i-1} / h_i."""
    if not history:
        return x0
    lam = schedule.half_log_snr
    r = float((lam[index] - lam[index + 1]) / (lam[index - 1] - lam[index]))
    return x0 + (x0 - history[0]) / (2 * r)


# PNDM, Liu et al. 2022 (arXiv 2202.09778), second-order convergent: PRK (Runge-Kutta) and PLMS
# (linear multistep). Half steps lie at fractional indices, where alpha_bar and the network's
# timestep are interpolated linearly. Two steps take the eps of one evaluation as it is: from the
# top of the schedule alpha_bar is all but zero, and an averaged eps would give an x0 off by orders
# of magnitude; the last step ends at the predicted x0, so that pixels imposed on it come out exact.


def prk(state: SamplerState) -> Step:
    """Take a Runge-Kutta step, four evaluations, but a plain one first and last; deterministic."""
    schedule, index, x = state.schedule, state.index, state.x
    if index in (0, len(schedule) - 1):
        pred = state.denoiser(x, _timesteps(x, index))
        return _pndm_step(schedule, x, index, pred.eps, pred.x0)
    eps = runge_kutta(state.denoiser, schedule, x, index)
    return _pndm_step(schedule, x, index, eps, transfer(schedule, x, index, -1, eps))


def plms(state: SamplerState) -> Step:
    """Take three Runge-Kutta steps, then one evaluation each. History: the last eps."""
    schedule, index, x, history = state.schedule, state.index, state.x, state.history
    if 0 < index < len(schedule) - 1 + bool(history) and len(history) < 3:
        eps = runge_kutta(state.denoiser, schedule, x, index)
        x0 = transfer(schedule, x, index, -1, eps)
        return _pndm_step(schedule, x, index, eps, x0, (*history, eps))
    pred = state.denoiser(x, _timesteps(x, index))
    if index == 0 or not history:
        return _pndm_step(schedule, x, index, pred.eps, pred.x0, history)
    eps = adams_bashforth(pred.eps, history)
    return _pndm_step(schedule, x, index, eps, pred.x0, (*history[1:], pred.eps))


def transfer(schedule: Schedule, x: Tensor, index: float, to: float, eps: Tensor) -> Tensor:
    """Return phi(x, eps, t, t'), x_t' if eps is the noise in x_t (PNDM, eq. 11); t' = -1: x_0."""
    x0 = prediction_from_eps(schedule, x, _timesteps(x, index), eps).x0
    if to < 0:
        return x0
    abar = extract(schedule.alphas_cumprod, _timesteps(x, to), x)
    return abar.sqrt() * x0 + (1 - abar).sqrt() * eps


def runge_kutta(denoiser: Denoiser, schedule: Schedule, x: Tensor, index: int) -> Tensor:
    """Return eps averaged over the step from t to t - 1 (PNDM, eq. 13): four evaluations."""

    def eps_at(y: Tensor, position: float) -> Tensor:
        return denoiser(y, _timesteps(y, position)).eps

    e1 = eps_at(x, index)
    e2 = eps_at(transfer(schedule, x, index, index - 0.5, e1), index - 0.5)
    e3 = eps_at(transfer(schedule, x, index, index - 0.5, e2), index - 0.5)
    e4 = eps_at(transfer(schedule, x, index, index - 1, e3), index - 1)
    return (e1 + 2 * e2 + 2 * e3 + e4) / 6


def adams_bashforth(eps: Tensor, history: History) -> Tensor:
    """Return eps averaged over the step, from it and the last three (PNDM, eq. 12)."""
    third, second, last = history
    return (55 * eps - 59 * last + 37 * second - 9 * third) / 24


def _pndm_step(
    schedule: Schedule, x: Tensor, index: int, eps: Tensor, x0: Tensor, history: History = ()
) -> Step:
    x = x0 if index == 0 else transfer(schedule, x, index, index - 1, eps)
    return Step(index, x, x0, history)


# The counter-based noise of a step has 64 bits for its number; a schedule uses the lowest few.
_NOISE_STREAM = 1 << 32


@dataclass(frozen=True, slots=True)
class RePaint:
    """A sampler around another: known pixels are put back into each x_t, for any network.

    Replacement: Song et al. 2021 (arXiv 2011.13456), appendix I.2. Resampling: RePaint, Lugmayr et
    al. 2022 (arXiv 2201.09865), algorithm 1. Fine-tuned networks need it only when they ignore the
    prompt: then the context is hidden from them (`Condition.hidden`) and imposed here (GLIDE,
    appendix E).

    known: [N or 1, C, H, W]. mask: [N or 1, 1, H, W], 1 = known.
    jump, resamples: repeat each stretch of `jump` steps `resamples` times, adding fresh noise in
        between, so that the unknown part comes to agree with the known one. 1, 1: plain
        replacement.

    One step is such a stretch; the last one returns the known pixels themselves.
    """

    sampler: Sampler
    known: Tensor
    mask: Tensor
    jump: int = 1
    resamples: int = 1

    def __call__(self, state: SamplerState) -> Step:
        """Take all steps of a stretch, `resamples` times."""
        index, noise = state.index, state.noise
        bottom = index // self.jump * self.jump
        # No noise leads up from the picture itself: the last stretch is sampled once.
        rounds = self.resamples if bottom > 0 else 1
        step = Step(index + 1, state.x, state.x, state.history)
        for number in range(rounds):
            if number > 0:
                x = self._renoise(state.schedule, step, index, noise_stream(noise, 3 * number - 1))
                step = Step(index + 1, x, x)
            while step.steps_left > bottom:
                step = self._replace(state, step, number)
        return step

    def _replace(self, state: SamplerState, step: Step, number: int) -> Step:
        """Take one step of the inner sampler and put the known pixels back at its noise level."""
        below = self.sampler(
            replace(
                state,
                noise=noise_stream(state.noise, 3 * number),
                index=step.steps_left - 1,
                x=step.x,
                history=step.history,
            )
        )
        known = self.known.expand_as(below.x)
        fresh = noise_stream(state.noise, 3 * number + 1)
        level = add_noise(state.schedule, known, below.steps_left, fresh)
        return replace(below, x=below.x * (1 - self.mask) + level * self.mask)

    @staticmethod
    def _renoise(schedule: Schedule, step: Step, top: int, noise: Noise) -> Tensor:
        """Add the noise of the steps back up to index `top`."""
        x = step.x
        for index in range(step.steps_left, top + 1):
            x = q_step(schedule, x, _timesteps(x, index), noise(index + 1, x))
        return x


def noise_stream(noise: Noise, number: int) -> Noise:
    """Return noise for another use in the same steps; number 0 is `noise` itself."""
    return lambda steps_left, like: noise(steps_left + number * _NOISE_STREAM, like)


def _timesteps(x: Tensor, index: float) -> Tensor:
    """Return [N] filled with `index`."""
    return torch.full((x.shape[0],), index)


SAMPLERS: dict[str, Sampler] = {
    "ddim": ddim,
    "ancestral": ancestral,
    "plms": plms,
    "prk": prk,
    "dpm++2m": dpmpp_2m,
    "dpm++2m-sde": dpmpp_2m_sde,
}
"""The samplers by the names that recipes and the window use."""


def num_evaluations(sampler: str, steps: int) -> int:
    """Count the evaluations of the denoiser in a whole run of `steps` steps of that sampler."""
    on_block = max(0, steps - 2)  # The first and the last step are single ones.
    if sampler == "prk":
        return steps + 3 * on_block
    if sampler == "plms":
        return steps + 3 * min(3, on_block)
    return steps
