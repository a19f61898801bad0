"""A plan comes from the model: fewer or more steps of what it was tuned for."""

from dataclasses import replace
from typing import get_args

import pytest

from glide_studio.api.sampling import RELEASED_PLANS, PlanName, Sampling, apply_plan

OBJECTS = Sampling(sampler="ancestral", steps=16, upsample_steps=1, guidance=4.0, guidance_low=0.3)
NAMES: tuple[PlanName, ...] = get_args(PlanName)


@pytest.mark.parametrize("usual", [Sampling(), OBJECTS, replace(OBJECTS, steps=1)])
def test_the_good_plan_is_the_usual_one(usual: Sampling) -> None:
    assert apply_plan("good", usual) == usual


@pytest.mark.parametrize("name", NAMES)
def test_a_released_network_gets_the_plan_that_was_measured_for_it(name: PlanName) -> None:
    usual = Sampling(seed=7, guidance=5.0)
    found = apply_plan(name, usual)
    assert (found.sampler, found.steps, found.upsample_steps) == RELEASED_PLANS[name]
    assert (found.seed, found.guidance) == (7, 5.0)


@pytest.mark.parametrize(("name", "steps"), [("draft", 8), ("best", 24)])
def test_another_model_changes_its_steps_alone(name: PlanName, steps: int) -> None:
    assert apply_plan(name, OBJECTS) == replace(OBJECTS, steps=steps)


@pytest.mark.parametrize("usual", [Sampling(), OBJECTS])
def test_a_better_plan_takes_more_steps(usual: Sampling) -> None:
    draft, good, best = (apply_plan(name, usual) for name in NAMES)
    assert draft.steps < good.steps < best.steps
    assert draft.upsample_steps <= good.upsample_steps <= best.upsample_steps


def test_no_plan_takes_no_steps() -> None:
    assert apply_plan("draft", replace(OBJECTS, steps=1)).steps == 1
