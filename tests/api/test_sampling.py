"""The named plans fit the sampling that they change."""

import pytest

from glide_studio.api.sampling import PRESETS, Sampling, from_preset


def test_the_good_plan_is_the_usual_one() -> None:
    assert from_preset("good") == Sampling()


@pytest.mark.parametrize("name", PRESETS)
def test_a_plan_changes_sampler_and_steps_alone(name: str) -> None:
    own = Sampling(seed=7, guidance=5.0, sampler="prk", steps=3, upsample_steps=1)
    found = from_preset(name, own)  # type: ignore[arg-type]
    assert (found.sampler, found.steps, found.upsample_steps) == PRESETS[name]  # type: ignore[index]
    assert (found.seed, found.guidance) == (7, 5.0)


def test_a_better_plan_takes_no_fewer_steps() -> None:
    steps = [(plan[1], plan[2]) for plan in PRESETS.values()]
    assert steps == sorted(steps)
