"""Icons drawn from SVG paths on a 24 x 24 grid, sharp at every scale."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from glide_studio.ui import theme

PATHS = {
    "brush": "M20 4 L11 13 M9 14 c-3 0-3.5 2.5-4 5 c3 .3 6.5-.5 6.5-3.5 M11 13 l2 2 L21 5.5",
    "eraser": "M8.5 19 L4 14.5 L14 4.5 L20 10.5 L11.5 19 Z M9 9.5 L15 15.5 M11.5 19 H20",
    "remove": "M9 4 l5 5 -4.5 4.5 -5 -5 Z M14 9 l2.5 2.5 -4.5 4.5 -2.5 -2.5 M17.5 14.5 v5 M15 17 h5"
    " M4 19.5 h8",
    "heal": "M5.2 13.2 L13.2 5.2 a4 4 0 0 1 5.6 5.6 L10.8 18.8 a4 4 0 0 1 -5.6 -5.6 Z"
    " M9.2 9.2 L14.8 14.8 M12 10.5 h.01 M10.5 12 h.01 M13.5 12 h.01 M12 13.5 h.01",
    "clone": "M10 10.5 c.5-2-1-2.5-1-4.5 a3 3 0 0 1 6 0 c0 2-1.5 2.5-1 4.5 Z"
    " M10 10.5 H7 a2 2 0 0 0 -2 2 V16 H19 V12.5 a2 2 0 0 0 -2 -2 H14 M5 19.5 H19",
    "object": "M4 8 V4 H8 M16 4 H20 V8 M20 16 V20 H16 M8 20 H4 V16 M12 8 a4.2 4.2 0 1 0 .01 0 Z",
    "extend": "M8 8 h8 v8 h-8 Z M12 5.5 V2.5 M10.8 3.7 L12 2.5 L13.2 3.7 M12 18.5 V21.5"
    " M10.8 20.3 L12 21.5 L13.2 20.3 M5.5 12 H2.5 M3.7 10.8 L2.5 12 L3.7 13.2 M18.5 12 H21.5"
    " M20.3 10.8 L21.5 12 L20.3 13.2",
    "transform": "M12 4 V20 M4 12 H20 M12 4 l-2 2 M12 4 l2 2 M12 20 l-2-2 M12 20 l2-2 M4 12 l2-2"
    " M4 12 l2 2 M20 12 l-2-2 M20 12 l-2 2",
    "level": "M3.5 18.5 H20.5 M3.5 18.5 L18.5 6.5 M13.5 18.5 a10 10 0 0 0 -2.2 -6.2",
    "crop": "M7 3 V17 H21 M3 7 H17 V21",
    "paint": "M5 4.5 h12 v4.5 h-12 Z M17 6.5 h3 v5.5 h-8 v3 M10.8 15 h2.4 v5 h-2.4 Z",
    "erase-pixels": "M8.5 19 L4 14.5 L14 4.5 L20 10.5 L11.5 19 Z M9 9.5 L15 15.5 M6.5 15 h.01 M9 15.5"
    " h.01 M9 18 h.01 M15 20 h.01 M18 20 h.01 M21 20 h.01",
    "bucket": "M11 3.5 L19 11.5 L11 19.5 L4 12.5 L11 5.5 M4.5 12.5 H18.5 M20.5 15.5 c1.4 2 1.4 4 0 4"
    " s-1.4-2 0-4 Z",
    "gradient": "M4 6 h16 v12 h-16 Z M7 6 V18 M9.5 6 V18 M13 8 v2 M13 12 v2 M13 16 v1 M16.5 9 h.01"
    " M16.5 13 h.01",
    "shape": "M4 4.5 h10 v5 M4 4.5 v10 h5 M14.8 9.5 a5.2 5.2 0 1 0 .01 0 Z",
    "picker": "M14.5 5.5 L18.5 9.5 M12.5 7.5 L16.5 11.5 M13.5 8.5 L6 16 L4.5 19.5 L8 18 L15.5 10.5"
    " M15.5 4.5 a2.8 2.8 0 0 1 4 4 L17.5 10.5 L13.5 6.5 Z",
    "swap": "M5 9 H18 M15 6 L18 9 L15 12 M19 15 H6 M9 12 L6 15 L9 18",
    "flip-h": "M12 3.5 V20.5 M9 7 V17 H3.5 Z M15 7 V17 H20.5 Z",
    "flip-v": "M3.5 12 H20.5 M7 9 H17 V3.5 Z M7 15 H17 V20.5 Z",
    "adjust": "M12 4 a8 8 0 1 0 .01 0 Z M6.5 17.5 L17.5 6.5 M7.5 9.5 h4 M9.5 7.5 v4 M13 14.8 h3.5",
    "before": "M4 5.5 h16 v13 h-16 Z M12 5.5 V18.5 M7.5 10 L6 12 L7.5 14 M16.5 10 L18 12 L16.5 14",
    "lasso": "M12 4.5 c5 0 8.5 2.3 8.5 5.5 s-3.5 5.5-8.5 5.5 S3.5 13.2 3.5 10 S7 4.5 12 4.5 Z"
    " M7 14.5 c-2 1.5-1 3.5 0 3.5 s2-1 1-3 M7 18 c0 1.5-.5 2-1.5 3",
    "polygon": "M5 8 L13 4 L20 10 L16 19 L6 18 Z M4 7 h2 v2 h-2 Z M12 3 h2 v2 h-2 Z M19 9 h2 v2"
    " h-2 Z M15 18 h2 v2 h-2 Z M5 17 h2 v2 h-2 Z",
    "rectangle": "M4 6 h16 v12 h-16 Z",
    "ellipse": "M12 5.5 a8.5 6.5 0 1 0 .01 0 Z",
    "wand": "M5 19 L14.5 9.5 M16 3.5 v3 M20.5 8 h-3 M19.5 4.5 l-2 2 M12.5 4.5 l1 1 M19.5 11.5 l-1-1",
    "color": "M12 4 a8 8 0 1 0 .01 0 Z M12 9 a3 3 0 1 0 .01 0 Z M12 4 V9 M19.5 14 L14.8 12.8"
    " M4.8 15 L9.2 13",
    "hand": "M7 13 V7.5 a1.5 1.5 0 0 1 3 0 V11 V5.5 a1.5 1.5 0 0 1 3 0 V11 V6.5 a1.5 1.5 0 0 1 3 0"
    " V12 V9 a1.5 1.5 0 0 1 3 0 V14 c0 4-2.5 6.5-6 6.5 c-3.5 0-5-1.5-6.5-4.5 L4 13"
    " c-.8-1.6 1-2.4 2-1.4 L7 13",
    "eye": "M2.5 12 C5 7.5 8.5 5.5 12 5.5 S19 7.5 21.5 12 C19 16.5 15.5 18.5 12 18.5 S5 16.5 2.5 12 Z"
    " M12 9 a3 3 0 1 0 .01 0 Z",
    "eye-off": "M4 5 L20 19 M9 6 C14 4.5 18.5 7 21.5 12 C20.8 13.2 20 14.2 19 15.2"
    " M6 8 C4.7 9 3.5 10.3 2.5 12 C6 18 11 19.8 15.5 17.7",
    "up": "M6 14.5 L12 8.5 L18 14.5",
    "down": "M6 9.5 L12 15.5 L18 9.5",
    "expanded": "M5 8 H19 L12 17 Z",
    "collapsed": "M8 5 V19 L17 12 Z",
    "trash": "M4.5 7 H19.5 M9 7 V4.5 H15 V7 M6.5 7 L7.5 19.5 H16.5 L17.5 7 M10 10.5 V16 M14 10.5 V16",
    "undo": "M8.5 5 L4.5 9 L8.5 13 M4.5 9 H14.5 a5 5 0 0 1 0 10 H9",
    "redo": "M15.5 5 L19.5 9 L15.5 13 M19.5 9 H9.5 a5 5 0 0 0 0 10 H15",
    "pause": "M9 6 V18 M15 6 V18",
    "play": "M8 5.5 L18 12 L8 18.5 Z",
    "close": "M6.5 6.5 L17.5 17.5 M17.5 6.5 L6.5 17.5",
    "check": "M5 12.5 L10 17.5 L19 7",
    "invert": "M12 4 a8 8 0 1 0 .01 0 Z M12 4 V20 M14 7 H16.5 M14 10.5 H19 M14 14 H19 M14 17.5 H16.5",
    "clear": "M4 6 h16 v12 h-16 Z M8.5 9 L15.5 15 M15.5 9 L8.5 15",
    "plus": "M12 5 V19 M5 12 H19",
    "copy": "M8.5 8.5 h11 v11 h-11 Z M15.5 8.5 V4.5 H4.5 V15.5 H8.5",
    "group": "M3.5 6.5 H9.5 L11.5 9 H20.5 V18.5 H3.5 Z",
    "mask": "M4 5.5 h16 v13 h-16 Z M12 8.5 a3.5 3.5 0 1 0 .01 0 Z",
    "lock": "M6 11 h12 v8.5 h-12 Z M8.5 11 V8 a3.5 3.5 0 0 1 7 0 V11",
    "unlock": "M6 11 h12 v8.5 h-12 Z M8.5 11 V7 a3.5 3.5 0 0 1 6.8 -1",
    "checker": "M4.5 4.5 h15 v15 h-15 Z M12 4.5 V19.5 M4.5 12 H19.5 M6.5 10 L10 6.5 M14 17.5 L17.5 14",
    "chain": "M10.5 7.5 L12.5 5.5 a4 4 0 0 1 6 6 L16 14 M13.5 16.5 L11.5 18.5 a4 4 0 0 1 -6 -6 L8 10"
    " M9.5 14.5 L14.5 9.5",
    "clip": "M17 5 V13 H7 M10.5 9.5 L7 13 L10.5 16.5",
    "replace": "M4 4 h8.5 v8.5 h-8.5 Z M6.8 6.8 L9.7 9.7 M9.7 6.8 L6.8 9.7 M16 11.5 a4.3 4.3 0 1 0"
    " .01 0 Z M16 4.5 h2.5 a1 1 0 0 1 1 1 v2.5 M8 20 h-2.5 a1 1 0 0 1 -1 -1 v-2.5",
    "sliders": "M4 7 H13 M17 7 H20 M15 5 v4 M4 17 H7 M11 17 H20 M9 15 v4 M4 12 H16 M20 12 H20.01"
    " M18 10 v4",
    "star": "M12 3.8 L14.5 9.3 L20.4 10 L16 14.1 L17.2 20 L12 17 L6.8 20 L8 14.1 L3.6 10 L9.5 9.3 Z",
    "wipe": "M4 6 h16 v12 h-16 Z M12 3.5 V20.5 M6.5 15.5 L9.5 12.5 M6.5 12 L9 9.5",
    "busy": "M7 4.5 H17 M7 19.5 H17 M8.5 4.5 V8 L12 12 L8.5 16 V19.5 M15.5 4.5 V8 L12 12 L15.5 16"
    " V19.5",
    "grid": "M4 5 h7 v6 h-7 Z M13 5 h7 v6 h-7 Z M4 13 h7 v6 h-7 Z M13 13 h7 v6 h-7 Z",
    "more": "M5.5 10.8 a1.2 1.2 0 1 0 .01 0 Z M12 10.8 a1.2 1.2 0 1 0 .01 0 Z"
    " M18.5 10.8 a1.2 1.2 0 1 0 .01 0 Z",
    "spark": "M11 3.5 L13 9.5 L19 11.5 L13 13.5 L11 19.5 L9 13.5 L3 11.5 L9 9.5 Z M18.5 16 v4.5"
    " M16.2 18.2 h4.6",
}


COLOR_NAMES = ("ON_ACCENT", "ACCENT", "SECONDARY", "TEXT", "WARNING")
"""The colors of the theme that icons are drawn in besides those of every button."""

_drawn: dict[int, tuple[str, str]] = {}  # cache key of an icon -> its name, name of its color
_drawn_pixmaps: dict[int, tuple[str, str, int, float]] = {}  # the same, side, ratio


@cache
def pixmap(name: str, color: str, side: int = 20, ratio: float = 2.0) -> QPixmap:
    """Draw an icon in one color, `side` units square; ratio: device pixels per unit."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{color}"'
        f' stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{PATHS[name]}"/></svg>'
    )
    picture = QPixmap(QSize(side, side) * ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    _drawn_pixmaps[picture.cacheKey()] = name, _color_name(color), side, ratio
    return picture


@cache
def icon(name: str, color: str = "") -> QIcon:
    """Return an icon that is brighter on checked and hovered buttons, gray on disabled ones."""
    result = QIcon(pixmap(name, color or theme.ICON))
    result.addPixmap(pixmap(name, color or theme.ACTIVE_ICON), QIcon.Mode.Normal, QIcon.State.On)
    result.addPixmap(pixmap(name, color or theme.ACTIVE_ICON), QIcon.Mode.Active, QIcon.State.Off)
    result.addPixmap(pixmap(name, theme.DISABLED_ICON), QIcon.Mode.Disabled, QIcon.State.Off)
    _drawn[result.cacheKey()] = name, _color_name(color)
    return result


def forget_drawn() -> None:
    """Drop the drawn icons, so that the next ones have the colors of the present theme."""
    pixmap.cache_clear()
    icon.cache_clear()


def recolor_icon(old: QIcon) -> QIcon | None:
    """Return one of our icons in the colors of the present theme; None for another icon."""
    if old.cacheKey() not in _drawn:
        return None
    name, color = _drawn[old.cacheKey()]
    return icon(name, str(getattr(theme, color)) if color else "")


def recolor_pixmap(old: QPixmap) -> QPixmap | None:
    """Return one of our pictures in the colors of the present theme; None for another picture."""
    if old.cacheKey() not in _drawn_pixmaps:
        return None
    name, color, side, ratio = _drawn_pixmaps[old.cacheKey()]
    return pixmap(name, str(getattr(theme, color)), side, ratio) if color else None


def _color_name(color: str) -> str:
    """Return the name of a color of the theme; "" if icons are not drawn in it."""
    return next((name for name in COLOR_NAMES if getattr(theme, name) == color), "")
