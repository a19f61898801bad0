"""The wrappers do what their equations say, around any denoiser."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from glide_studio.glide.diffusion import Prediction, p_mean_variance, prediction_from_eps
from glide_studio.glide.guidance import (
    ClassifierFreeGuidance,
    ClippedDenoiser,
    Denoiser,
    KnownPixels,
    MeanShift,
    NetworkDenoiser,
    ScoreShift,
    sum_gradients,
)
from glide_studio.glide.schedule import named_schedule
from glide_studio.glide.unet import Condition
from tests.glide.test_networks import TINY, inputs, network, text

SCHEDULE = named_schedule("squaredcos_cap_v2").respace("10")


@dataclass
class Constant:
    """Predicts the same noise everywhere and counts its calls."""

    eps: Tensor
    calls: int = 0

    def __call__(self, x: Tensor, t: Tensor) -> Prediction:
        self.calls += 1
        return prediction_from_eps(SCHEDULE, x, t, self.eps, torch.zeros_like(x))


def pair() -> tuple[Constant, Constant, Tensor]:
    torch.manual_seed(0)
    shape = (2, 3, 4, 4)
    return Constant(torch.randn(shape)), Constant(2 * torch.randn(shape) + 1), torch.randn(shape)


def at(index: int) -> Tensor:
    return torch.full((2,), index)


def test_classifier_free_guidance_is_its_equation() -> None:
    text, null, x = pair()
    found = ClassifierFreeGuidance(text, null, SCHEDULE, 3.0)(x, at(4))
    torch.testing.assert_close(found.eps, null.eps + 3.0 * (text.eps - null.eps))
    torch.testing.assert_close(found.x0, prediction_from_eps(SCHEDULE, x, at(4), found.eps).x0)
    assert (text.calls, null.calls) == (1, 1)


def test_a_scale_of_one_needs_no_null_caption() -> None:
    text, null, x = pair()
    assert torch.equal(ClassifierFreeGuidance(text, null, SCHEDULE, 1.0)(x, at(4)).eps, text.eps)
    assert null.calls == 0


def test_outside_the_interval_the_null_caption_is_not_asked() -> None:
    text, null, x = pair()
    level = math.sqrt(1 / SCHEDULE.alphas_cumprod[4] - 1)
    guided = ClassifierFreeGuidance(
        text, null, SCHEDULE, 3.0, interval=(level / 1.01, level * 1.01)
    )
    assert torch.equal(guided(x, at(3)).eps, text.eps)
    assert torch.equal(guided(x, at(5)).eps, text.eps)
    assert null.calls == 0
    whole = ClassifierFreeGuidance(text, null, SCHEDULE, 3.0)
    assert torch.equal(guided(x, at(4)).eps, whole(x, at(4)).eps)
    mixed = guided(x, torch.tensor([3, 4])).eps
    torch.testing.assert_close(mixed[0], text.eps[0])
    torch.testing.assert_close(mixed[1], whole(x, at(4)).eps[1])


def test_rescaling_gives_back_the_conditional_deviation() -> None:
    text, null, x = pair()
    full = ClassifierFreeGuidance(text, null, SCHEDULE, 7.0, rescale=1.0)(x, at(4)).eps
    torch.testing.assert_close(full.std((1, 2, 3)), text.eps.std((1, 2, 3)))
    plain = ClassifierFreeGuidance(text, null, SCHEDULE, 7.0)(x, at(4)).eps
    half = ClassifierFreeGuidance(text, null, SCHEDULE, 7.0, rescale=0.5)(x, at(4)).eps
    torch.testing.assert_close(half, (full + plain) / 2)


def test_two_conditions_in_one_batch_equal_one_after_the_other() -> None:
    made = network(replace(TINY, inpaint=True, super_res=True))
    x, _, condition = inputs(made)
    other = replace(condition, text=text(made)._replace(vector=condition.text.vector.flip(0)))
    for first, second in (
        (condition, other),
        *[[replace(c, text=made.precompute_keys(c.text)) for c in (condition, other)]],
    ):
        rows = torch.tensor([False, True])
        one = NetworkDenoiser(made, SCHEDULE, first, mirrored=rows)
        two = NetworkDenoiser(made, SCHEDULE, second, mirrored=rows)
        apart = ClassifierFreeGuidance(one, two, SCHEDULE, 4.0)(x, at(4))
        concat = ClassifierFreeGuidance(one, two, SCHEDULE, 4.0, batched=True)(x, at(4))
        torch.testing.assert_close(concat.eps, apart.eps, atol=5e-5, rtol=5e-5)
        torch.testing.assert_close(concat.log_variance, apart.log_variance, atol=5e-5, rtol=5e-5)
    bare = Condition(condition.text, low_res=condition.low_res)
    plain = NetworkDenoiser(made, SCHEDULE, bare)
    same = ClassifierFreeGuidance(plain, plain, SCHEDULE, 4.0, batched=True)(x, at(4))
    torch.testing.assert_close(same.eps, plain(x, at(4)).eps, atol=5e-5, rtol=5e-5)
    with pytest.raises(TypeError, match="conditions of one network"):
        ClassifierFreeGuidance(one, pair()[0], SCHEDULE, 4.0, batched=True)(x, at(4))


def test_prepared_text_changes_nothing() -> None:
    made = network()
    x, t, condition = inputs(made)
    ready = made.precompute_keys(condition.text)
    assert len(ready.keys) == len(made.attention_blocks()) == 4
    assert torch.equal(made(x, t, replace(condition, text=ready)), made(x, t, condition))


def test_gradients_add_up() -> None:
    denoiser, _, x = pair()
    one, two = (lambda x, t: 0.1 * x), (lambda x, t: torch.cos(x))
    for shift in (MeanShift, ScoreShift):
        both = shift(denoiser, sum_gradients(one, two), SCHEDULE)(x, at(4))
        after = shift(shift(denoiser, one, SCHEDULE), two, SCHEDULE)(x, at(4))
        torch.testing.assert_close(both.eps, after.eps)
    none = MeanShift(denoiser, lambda x, t: torch.zeros_like(x), SCHEDULE)(x, at(4))
    torch.testing.assert_close(none.eps, denoiser.eps, atol=1e-5, rtol=1e-5)


def test_a_shift_of_the_mean_is_the_variance_times_the_gradient() -> None:
    denoiser, _, x = pair()
    gradient = torch.randn_like(x)
    plain, log_variance = p_mean_variance(SCHEDULE, x, at(0), denoiser(x, at(0)))
    shifted = MeanShift(denoiser, lambda x, t: gradient, SCHEDULE)(x, at(0))
    mean, _ = p_mean_variance(SCHEDULE, x, at(0), shifted)
    torch.testing.assert_close(mean, plain + log_variance.exp() * gradient)


def test_known_pixels_and_the_clamp_keep_eps_and_x0_together() -> None:
    denoiser, _, x = pair()
    known, mask = torch.randn_like(x), (torch.rand(2, 1, 4, 4) > 0.5).float()
    pred = ClippedDenoiser(KnownPixels(denoiser, SCHEDULE, known, mask), SCHEDULE)(x, at(4))
    torch.testing.assert_close(pred.x0 * mask, known.clamp(-1, 1) * mask)
    torch.testing.assert_close(prediction_from_eps(SCHEDULE, x, at(4), pred.eps).x0, pred.x0)


def test_the_network_is_told_the_original_timestep() -> None:
    made = network()
    x, _, condition = inputs(made)
    pred = NetworkDenoiser(made, SCHEDULE, condition)(x, at(3))
    direct = made(x, torch.full((2,), float(SCHEDULE.timesteps[3])), condition)
    assert torch.equal(pred.eps, direct[:, :3])
    halfway = NetworkDenoiser(made, SCHEDULE, condition)(x, torch.full((2,), 3.5))
    middle = float(np.mean(SCHEDULE.timesteps[3:5]))
    assert torch.equal(halfway.eps, made(x, torch.full((2,), middle), condition)[:, :3])


def test_the_variance_is_that_of_the_caption() -> None:
    text, null, x = pair()

    def with_variance(denoiser: Constant, value: float) -> Denoiser:
        return lambda x, t: replace(denoiser(x, t), log_variance=torch.full_like(x, value))

    first, second = with_variance(text, -1.0), with_variance(null, -5.0)
    for rescale in (0.0, 0.7):
        guided = ClassifierFreeGuidance(first, second, SCHEDULE, 3.0, rescale=rescale)
        found = guided(x, at(4)).log_variance
        assert found is not None
        assert torch.equal(found, torch.full_like(x, -1.0))


@pytest.mark.parametrize("shift", [ScoreShift, MeanShift])
def test_a_guiding_network_is_told_the_original_timestep(shift: type) -> None:
    text, _, x = pair()
    told: list[float] = []

    def gradient(x: Tensor, t: Tensor) -> Tensor:
        told.extend(t.tolist())
        return torch.zeros_like(x)

    shift(text, gradient, SCHEDULE)(x, at(4))
    assert told == [float(SCHEDULE.timesteps[4])] * 2
    assert told[0] > 100


def test_known_pixels_are_put_in_by_their_share_alone() -> None:
    text, _, x = pair()
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., 1], mask[..., 2] = 1.0, 0.25
    known = torch.full((1, 3, 4, 4), 0.8)
    free = text(x, at(4)).x0
    found = KnownPixels(text, SCHEDULE, known, mask)(x, at(4)).x0
    torch.testing.assert_close(found[..., 0], free[..., 0])
    torch.testing.assert_close(found[..., 1], known[..., 1].expand(2, 3, 4))
    torch.testing.assert_close(found[..., 2], 0.75 * free[..., 2] + 0.25 * 0.8)
