"""The named plans fit the sampling that they change."""

import pytest

from glide_studio.api.presets import PLANS, planned
from glide_studio.api.request import Sampling


def test_the_good_plan_is_the_usual_one() -> None:
    assert planned("good") == Sampling()


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_changes_sampler_and_steps_alone(name: str) -> None:
    own = Sampling(seed=7, guidance=5.0, sampler="prk", steps=3, upsample_steps=1)
    found = planned(name, own)  # type: ignore[arg-type]
    assert (found.sampler, found.steps, found.upsample_steps) == PLANS[name]  # type: ignore[index]
    assert (found.seed, found.guidance) == (7, 5.0)


def test_a_better_plan_takes_no_fewer_steps() -> None:
    steps = [(plan[1], plan[2]) for plan in PLANS.values()]
    assert steps == sorted(steps)
