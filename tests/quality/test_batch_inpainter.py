"""A batch of different fills: each is what the engine would paint, and what it is alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from glide_studio.api.events import Draft, Finished
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.imaging.geometry import Box
from glide_studio.inference.engine import LocalEngine
from tests.quality.batch_inpainter import BatchInpainter, InpaintCase, Plan
from tests.quality.guides import Guidance, Guides, load_classes
from tests.quality.measure_context import MeasureContext

PLAN = Plan(steps=4, guidance=Guidance("classifier-free", 2.0), upsample_steps=2)


@pytest.fixture
def painter(desk: MeasureContext, guides: Guides) -> BatchInpainter:
    return BatchInpainter(desk.painter.base, desk.painter.upsampler, guides, batch=2)


@pytest.fixture
def orders() -> list[InpaintCase]:
    rng = np.random.default_rng(0)
    made = []
    for seed, prompt in enumerate(["apple", "dog", "apple"]):
        mask = np.zeros((32, 32), np.float32)
        mask[4 + seed : 20, 8:28] = 1
        picture = rng.random((32, 32, 3), dtype=np.float32)
        made.append(InpaintCase(picture, mask, prompt, 7 + seed, prompt))
    return made


def test_a_batch_paints_what_each_order_gets_alone(
    painter: BatchInpainter, orders: list[InpaintCase]
) -> None:
    together = painter.drafts(orders, PLAN)
    assert together.shape == (3, 32, 32, 3)
    for order, picture in zip(orders, together, strict=True):
        np.testing.assert_allclose(painter.drafts([order], PLAN)[0], picture, atol=1e-5)


def test_known_pixels_stay(painter: BatchInpainter, orders: list[InpaintCase]) -> None:
    for order, picture in zip(orders, painter.drafts(orders, PLAN), strict=True):
        known = order.mask == 0
        np.testing.assert_allclose(picture[known], order.picture[known], atol=1e-5)


def test_a_fill_is_the_engines(
    painter: BatchInpainter, orders: list[InpaintCase], tiny_models: Path
) -> None:
    order = orders[1]
    request = Request(
        "fill", order.prompt, Box(0, 0, 32, 32),
        Sampling(seed=order.seed, steps=4, guidance=2.0, upsample_steps=2),
        image=order.picture, mask=order.mask, model="tiny", drafts_only=True,
    )  # fmt: skip
    (drawn,) = [
        update.image
        for update in LocalEngine([tiny_models]).run(request, lambda: False)
        if isinstance(update, Draft)
    ]
    np.testing.assert_allclose(painter.drafts([order], PLAN)[0], drawn, atol=1e-5)


def test_finishing_is_the_engines(
    painter: BatchInpainter, orders: list[InpaintCase], tiny_models: Path
) -> None:
    rng = np.random.default_rng(1)
    picture, mask = rng.random((128, 128, 3), dtype=np.float32), np.zeros((128, 128), np.float32)
    mask[30:90, 40:100] = 1
    draft = rng.random((32, 32, 3), dtype=np.float32)
    request = Request(
        "fill", "dog", Box(0, 0, 128, 128), Sampling(seed=5, upsample_steps=2),
        image=picture, mask=mask, draft=draft, model="tiny",
    )  # fmt: skip
    *_, finished = LocalEngine([tiny_models]).run(request, lambda: False)
    assert isinstance(finished, Finished)
    found = painter.upsample([InpaintCase(picture, mask, "dog", 5)], draft[None], PLAN)
    np.testing.assert_allclose(found[0], finished.patches[0].image, atol=1e-5)


def test_progress_counts_every_picture(painter: BatchInpainter, orders: list[InpaintCase]) -> None:
    counted: list[int] = []
    drafts = painter.drafts(orders, PLAN, counted.append)
    painter.upsample(orders, drafts, PLAN, counted.append)
    assert counted == [2, 1, 2, 1]


@pytest.mark.parametrize(
    ("kind", "sampler"), [("clip", "ddim"), ("clip", "ancestral"), ("classifier", "ancestral")]
)
def test_a_gradient_moves_the_fill_and_its_scale_says_how_far(
    painter: BatchInpainter, orders: list[InpaintCase], kind: str, sampler: str
) -> None:
    def fills(scale: float) -> np.ndarray:
        return painter.drafts(
            orders, replace(PLAN, sampler=sampler, guidance=Guidance(kind, scale))
        )

    unguided = painter.drafts(orders, replace(PLAN, sampler=sampler, guidance=Guidance("unguided")))
    np.testing.assert_allclose(fills(0.0), unguided, atol=1e-5)
    little, much = (np.abs(fills(scale) - unguided).mean() for scale in (0.01, 0.1))
    assert 0 < little < much


def test_classifier_free_at_scale_1_is_unguided(
    painter: BatchInpainter, orders: list[InpaintCase]
) -> None:
    one = painter.drafts(orders, replace(PLAN, guidance=Guidance("classifier-free", 1.0)))
    none = painter.drafts(orders, replace(PLAN, guidance=Guidance("unguided")))
    np.testing.assert_array_equal(one, none)


def test_an_empty_prompt_has_nothing_to_be_guided_to(
    painter: BatchInpainter, orders: list[InpaintCase]
) -> None:
    empty = [replace(order, prompt="") for order in orders]
    one, none = (
        painter.drafts(empty, replace(PLAN, guidance=Guidance("classifier-free", scale)))
        for scale in (5.0, 1.0)
    )
    np.testing.assert_array_equal(one, none)


def test_what_guides_depends_on_the_noun(
    painter: BatchInpainter, orders: list[InpaintCase]
) -> None:
    plan = replace(PLAN, guidance=Guidance("classifier", 5.0))
    as_apple = painter.drafts([orders[0]], plan)
    as_dog = painter.drafts([replace(orders[0], noun="dog")], plan)
    assert np.abs(as_apple - as_dog).max() > 1e-4


def test_a_missing_network_or_class_is_named(
    painter: BatchInpainter, orders: list[InpaintCase]
) -> None:
    bare = BatchInpainter(painter.base)
    with pytest.raises(GlideError, match="no network for clip guidance"):
        bare.drafts(orders, replace(PLAN, guidance=Guidance("clip", 1.0)))
    with pytest.raises(GlideError, match="does not know 'ghost'"):
        painter.drafts(
            [replace(orders[0], noun="ghost")],
            replace(PLAN, guidance=Guidance("classifier", 1.0)),
        )
    with pytest.raises(ValueError, match="no upsampler"):
        bare.upsample(orders, np.zeros((3, 32, 32, 3), np.float32), PLAN)


def test_a_classifier_that_names_no_classes_is_refused(guides: Guides, tmp_path: Path) -> None:
    assert guides.classes is not None
    path = tmp_path / "classifier.safetensors"
    weights.write_tensors(guides.classes.network.state_dict(), path, torch.float32, {})
    with pytest.raises(GlideError, match="does not say what its classes are"):
        load_classes(path)
