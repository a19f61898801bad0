"""Another theme while the program runs: colors of style sheets, icons and palettes are replaced."""

from __future__ import annotations

import re

from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from glide_studio.ui import icons, theme
from glide_studio.ui.preferences import Preferences

STYLED = (
    "BACKGROUND",
    "PANEL",
    "SELECTED",
    "RAISED",
    "TEXT",
    "SECONDARY",
    "ACCENT",
    "SUCCESS",
    "WARNING",
    "ERROR",
    "BORDER",
    "CONTROL_BORDER",
)
"""The colors in the style sheets of single widgets. No two of a theme are equal."""

COLOR = re.compile(r"#[0-9a-f]{6}\b")


def use_preferred_theme(application: QApplication, preferences: Preferences) -> None:
    """Show all widgets, those that are there too, in the theme and accent of the preferences."""
    change_theme(application, theme.is_light(preferences.theme), preferences.accent)


def change_theme(application: QApplication, light: bool, accent: str) -> None:
    """Show all widgets, those that are there too, in a theme. accent: a name of `DARK_ACCENTS`."""
    before = {getattr(theme, name): name for name in STYLED}
    theme.use_theme(light, accent)
    if application.styleSheet() == theme.make_style_sheet():
        return  # styling all widgets again would hold up the window
    icons.forget_drawn()
    theme.apply_theme(application)
    for widget in application.allWidgets():
        sheet = widget.styleSheet()
        changed = COLOR.sub(lambda found: _new_color(found.group(), before), sheet)
        if changed != sheet:
            widget.setStyleSheet(changed)
        _recolor_icons(widget)
        if isinstance(widget, QPlainTextEdit):
            palette = widget.palette()
            palette.setColor(palette.ColorRole.PlaceholderText, QColor(theme.HINT))
            widget.setPalette(palette)
        widget.update()


def _new_color(color: str, before: dict[str, str]) -> str:
    return str(getattr(theme, before[color])) if color in before else color


def _recolor_icons(widget: QWidget) -> None:
    """Draw the icons of a widget and of its actions in the new colors."""
    for action in widget.actions():
        _recolor_action(action)
    for action in widget.findChildren(QAction):
        _recolor_action(action)
    if isinstance(widget, QAbstractButton):
        recolored = icons.recolor_icon(widget.icon())
        if recolored is not None:
            widget.setIcon(recolored)
    elif isinstance(widget, QLabel) and not widget.pixmap().isNull():
        picture = icons.recolor_pixmap(widget.pixmap())
        if picture is not None:
            widget.setPixmap(picture)
    elif isinstance(widget, QTabBar):
        for at in range(widget.count()):
            recolored = icons.recolor_icon(widget.tabIcon(at))
            if recolored is not None:
                widget.setTabIcon(at, recolored)


def _recolor_action(action: QAction) -> None:
    recolored = icons.recolor_icon(action.icon())
    if recolored is not None:
        action.setIcon(recolored)
