"""The viewport's arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.ui.canvas.viewport import MAX_SCALE, MIN_SCALE, MIN_VISIBLE_PX, Viewport

sizes = st.builds(Size, st.integers(1, 9000), st.integers(1, 9000))
widgets = st.builds(Size, st.integers(100, 3000), st.integers(100, 3000))


@given(widgets, sizes)
def test_fitting_shows_all_of_the_image(widget: Size, image: Size) -> None:
    box = Viewport(widget, image).fit().image_box
    if min(widget.width, widget.height) > 100 and max(image.width, image.height) > 500:
        assert box in widget.box
    assert Viewport(widget, image).fit().scale <= 1


@given(widgets, sizes, st.floats(MIN_SCALE, MAX_SCALE), st.integers(0, 99), st.integers(0, 99))
def test_what_is_under_the_mouse_stays_there_when_zooming(
    widget: Size, image: Size, scale: float, x: int, y: int
) -> None:
    before = Viewport(widget, image).fit()
    after = before.zoom(scale, x, y)
    box = after.image_box
    held = box.x not in (MIN_VISIBLE_PX - box.width, widget.width - MIN_VISIBLE_PX)
    held = held and box.y not in (MIN_VISIBLE_PX - box.height, widget.height - MIN_VISIBLE_PX)
    if held:
        again = after.to_device(before.to_document(x, y))
        assert again == pytest.approx((x, y), abs=0.51)


@given(widgets, sizes, st.integers(-9000, 9000), st.integers(-9000, 9000))
def test_the_image_can_not_be_pushed_out_of_sight(
    widget: Size, image: Size, dx: int, dy: int
) -> None:
    box = Viewport(widget, image).fit().pan(dx, dy).image_box
    assert not box.clamp(widget.box).empty


@pytest.mark.parametrize(
    ("scale", "level"), [(4, 0), (1, 0), (0.6, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.01, 6)]
)
def test_the_level_is_never_coarser_than_the_screen(scale: float, level: int) -> None:
    assert Viewport(Size(800, 600), Size(6000, 4000), scale).level == level


def test_steps_go_through_round_scales_and_back() -> None:
    view = Viewport(Size(800, 600), Size(6000, 4000)).fit()
    seen = []
    for _ in range(4):
        view = view.zoom_step(1, 400, 300)
        seen.append(view.scale)
    assert seen == pytest.approx([1 / 6, 1 / 4, 1 / 3, 1 / 2])
    assert view.zoom_step(-1, 400, 300).scale == pytest.approx(1 / 3)


def test_a_scale_near_100_percent_becomes_100_percent() -> None:
    assert Viewport(Size(800, 600), Size(6000, 4000)).zoom(1.004, 10, 10).scale == 1.0


def test_positions_go_there_and_back() -> None:
    view = Viewport(Size(800, 600), Size(6000, 4000), 0.37, -41, 17)
    assert view.to_device(view.to_document(123, 456)) == pytest.approx((123, 456))
    assert view.device_box(Box(0, 0, 100, 100)) == Box(-42, 16, 39, 39)
    assert view.to_document(-41, 17) == Point(0, 0)
