"""Where the layout that a caption calls to mind comes to lie."""

import pytest
import torch
from torch import Tensor

from glide_studio.glide.sketch import Sketch, over, place_in_hole
from glide_studio.training import hole_masks


def hole(left: int, top: int, right: int, bottom: int, side: int = 32) -> Tensor:
    mask = torch.ones(1, 1, side, side)
    mask[..., top:bottom, left:right] = 0
    return mask


def gradient_sketch(side: int = 8) -> Sketch:
    """A sketch whose channels are its own column number plus one, whatever the caption."""
    made = Sketch(16, side).requires_grad_(False)
    columns = torch.arange(1.0, side + 1).expand(4, side, side)
    made.picture.bias.copy_(columns.flatten())
    return made


@pytest.mark.parametrize("box", [(8, 4, 24, 20), (0, 0, 32, 32), (20, 28, 32, 32)])
def test_a_layout_fills_the_box_of_the_hole_and_nothing_else(box: tuple[int, ...]) -> None:
    made = gradient_sketch()
    laid = made(torch.randn(1, 16, 6), hole(*box), 32, 32)[0, 0]
    left, top, right, bottom = box
    inside = laid[top:bottom, left:right]
    # Bilinear sampling lets it fade out over one of its own positions.
    fringe = -(-max(right - left, bottom - top) // made.side)
    outside = laid.clone()
    outside[max(0, top - fringe) : bottom + fringe, max(0, left - fringe) : right + fringe] = 0
    assert torch.count_nonzero(outside) == 0
    # Along the box the columns run from the layout's first to its last.
    middle = inside[len(inside) // 2]
    assert (middle.diff()[:-2] > 0).all()
    half = len(middle) // 2
    torch.testing.assert_close(middle[half - 1 : half + 1].mean(), torch.tensor(4.5))


def test_whoever_circles_a_thing_means_what_is_inside() -> None:
    box = (20, 24, 44, 48)
    circle = torch.from_numpy(1 - hole_masks.ellipse(64, *box))[None, None]
    inside = place_in_hole(hole(*box, side=64), torch.zeros(1))
    around = place_in_hole(circle, torch.zeros(1))
    torch.testing.assert_close(around, inside, rtol=0.15, atol=0.03)


def test_a_thin_diagonal_stroke_still_has_room_for_a_thing() -> None:
    thin = 1 - torch.eye(64)[None, None]
    torch.testing.assert_close(place_in_hole(thin, torch.zeros(1))[0, :, :2], 2 * torch.eye(2))


def test_without_a_hole_it_covers_the_frame() -> None:
    made = gradient_sketch()
    sequence = torch.randn(2, 16, 6)
    everything = made(sequence, torch.zeros(2, 1, 32, 32), 8, 8)
    torch.testing.assert_close(made(sequence, None, 8, 8), everything)
    torch.testing.assert_close(made(sequence, torch.ones(2, 1, 32, 32), 8, 8), everything)
    torch.testing.assert_close(place_in_hole(None, sequence), torch.eye(3)[:2].expand(2, 2, 3))


def test_a_sketch_covers_what_is_behind_by_its_alpha() -> None:
    sketch = torch.zeros(1, 4, 1, 3)
    sketch[0, :, 0, 1] = torch.tensor(
        [0.5, 0.0, -0.5, 0.5]
    )  # half of a color that is twice as strong
    sketch[0, :, 0, 2] = torch.tensor([1.0, 0.0, -1.0, 1.0])
    seen = over(sketch, torch.full((1, 3, 1, 1), 0.2))[0, :, 0]
    expected = torch.tensor([[0.2, 0.2, 0.2], [0.6, 0.1, -0.4], [1.0, 0.0, -1.0]])
    torch.testing.assert_close(seen.T, expected)
