"""Text is readable on every ground that it is shown on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QPixmap

from glide_studio.ui import theme


@pytest.fixture(autouse=True, params=["dark", "light"])
def chosen(request: pytest.FixtureRequest) -> Iterator[None]:
    theme.use_theme(request.param == "light")
    yield
    theme.use_theme(False)


GROUNDS = ("FIELD", "BACKGROUND", "PANEL", "SELECTED", "RAISED")


def luminance(color: str) -> float:
    """Relative luminance of sRGB, WCAG 2.2."""
    channels = QColor(color).getRgbF()[:3]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(text: str, ground: str) -> float:
    low, high = sorted((luminance(text), luminance(ground)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", ["TEXT", "SECONDARY", "HINT"])
def test_text_has_a_contrast_of_4_5_on_every_ground(text: str, ground: str) -> None:
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("text", ["DISABLED", "SUCCESS", "WARNING", "ERROR", "ACCENT"])
@pytest.mark.parametrize("ground", ["PANEL", "RAISED"])
def test_disabled_and_colored_text_is_readable_on_panels(text: str, ground: str) -> None:
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("accent", theme.DARK_ACCENTS)
def test_text_in_and_on_every_accent_is_readable(light: bool, accent: str) -> None:
    theme.use_theme(light, accent)
    for ground in (theme.PANEL, theme.RAISED):
        assert contrast(theme.ACCENT, ground) >= 4.5
    for ground in (theme.ACCENT, theme.ACCENT_HOVER):
        assert contrast(theme.ON_ACCENT, ground) >= 4.5


def test_every_image_of_the_style_sheet_can_be_drawn(qapp: object) -> None:
    paths = set(re.findall(r"url\((.*?)\)", theme.make_style_sheet()))
    assert len(paths) == 8
    assert not [path for path in paths if QPixmap(path).isNull()]
