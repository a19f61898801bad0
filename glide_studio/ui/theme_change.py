"""Another theme while the program runs: colors of style sheets, icons and palettes are replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

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
    """Show all widgets, those that are there too, in a theme. accent: a name of `DARK_ACCENTS`.

    Icons, and what is out of view like the pages of other tabs, follow with the next events: all at
    once would hold up the window.
    """
    finish_change()
    sheet, before = theme.make_style_sheet(), {getattr(theme, name): name for name in STYLED}
    theme.use_theme(light, accent)
    theme.apply_theme(application)
    if sheet == theme.make_style_sheet():
        return
    icons.forget_drawn()
    styled = [widget for widget in application.allWidgets() if widget.styleSheet() == sheet]
    styled.sort(key=lambda widget: not widget.isVisible())
    for widget in styled:
        if widget.isVisible():
            _style(widget)
        else:
            _waiting.append(partial(_style, widget))
        _waiting.append(partial(_recolor, widget, before))
    _continue_later(application)


_waiting: list[Callable[[], object]] = []  # what is still to be done for the present theme


def finish_change() -> None:
    """Do at once what is still to be done for the present theme."""
    while _waiting:
        _waiting.pop(0)()


def _continue_later(application: QApplication) -> None:
    def work() -> None:
        if _waiting:
            _waiting.pop(0)()
            _continue_later(application)

    if _waiting:
        QTimer.singleShot(0, application, work)


def _style(root: QWidget) -> None:
    """Give a widget the style sheet of the present theme, if it is still there."""
    if isValid(root):
        root.setStyleSheet(theme.make_style_sheet())


def _recolor(root: QWidget, before: Mapping[str, str]) -> None:
    """Show single colors and icons in a widget, if it is still there, in the present theme.

    before: the names of the colors of the theme before.
    """
    if not isValid(root):
        return
    for action in root.findChildren(QAction):
        _recolor_action(action)
    for widget in root.findChildren(QWidget):
        sheet = widget.styleSheet()
        if sheet:
            changed = COLOR.sub(lambda found: _new_color(found.group(), before), sheet)
            if changed != sheet:
                widget.setStyleSheet(changed)
        _recolor_icons(widget)
        if isinstance(widget, QPlainTextEdit):
            palette = widget.palette()
            palette.setColor(palette.ColorRole.PlaceholderText, QColor(theme.HINT))
            widget.setPalette(palette)
        widget.update()


def _new_color(color: str, before: Mapping[str, str]) -> str:
    return str(getattr(theme, before[color])) if color in before else color


def _recolor_icons(widget: QWidget) -> None:
    """Draw the icon of a widget in the new colors."""
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
