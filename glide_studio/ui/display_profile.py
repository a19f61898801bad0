"""The color profile of the canvas: the display's own, sRGB, or a file."""

from __future__ import annotations

import ctypes
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.errors import GlideError
from glide_studio.imaging.display import is_usable_profile, profile_name, read_profile
from glide_studio.translation import translate
from glide_studio.ui import dialogs
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.commands import set_source
from glide_studio.ui.preferences import SRGB_DISPLAY, SYSTEM_DISPLAY, Preferences

X11_CARDINAL = 6  # type of the property
X11_MAX_LENGTH = 1 << 22  # of the property, in 32-bit units


class DisplayProfile(QObject):
    """Show the canvas in the preferred profile, also after the window moves to another screen."""

    def __init__(
        self, window: QWidget, editor: Editor, canvas: Canvas, preferences: Preferences
    ) -> None:
        super().__init__(window)
        self._window, self._editor, self._canvas = window, editor, canvas
        self._preferences = preferences
        group = QActionGroup(self)
        self.system, self.srgb, self.file = (
            set_source(QAction(text, group, checkable=True), text)
            for text in (
                translate("DisplayProfile", "Of the display"),
                "sRGB",
                translate("DisplayProfile", "From a file…"),
            )
        )
        self.system.triggered.connect(lambda: self.choose(SYSTEM_DISPLAY))
        self.srgb.triggered.connect(lambda: self.choose(SRGB_DISPLAY))
        self.file.triggered.connect(self._ask)
        window.installEventFilter(self)
        self._apply()

    def fill(self, menu: QMenu) -> None:
        """Add the choices to a menu."""
        menu.addActions([self.system, self.srgb, self.file])

    def choose(self, display: str) -> None:
        """Apply and remember a choice: "system", "sRGB" or the path of an ICC file."""

        def verb() -> None:
            if display not in (SYSTEM_DISPLAY, SRGB_DISPLAY):
                read_profile(Path(display))
            self._preferences.display = display

        self._editor.attempt(verb)
        self._apply()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.ScreenChangeInternal):
            self._apply()
        return False

    def _ask(self) -> None:
        self._apply()  # the check mark moves once a file is chosen
        chosen = self._preferences.display
        folder = (
            Path(chosen).parent
            if chosen not in (SYSTEM_DISPLAY, SRGB_DISPLAY)
            else Path("/usr/share/color/icc")
        )
        dialogs.ask_profile(self._window, folder, lambda path: self.choose(str(path)))

    def _apply(self) -> None:
        display = self._preferences.display
        profile: bytes | None = None
        if display == SYSTEM_DISPLAY:
            profile = self._system()
        elif display != SRGB_DISPLAY:
            try:
                profile = read_profile(Path(display))
            except GlideError as error:
                self._editor.notify_error(error)
        self._canvas.frame.show_in(profile)
        chosen = {SYSTEM_DISPLAY: self.system, SRGB_DISPLAY: self.srgb}.get(display, self.file)
        chosen.setChecked(True)
        self.system.setText(
            translate("DisplayProfile", "Of the display ({name})").format(
                name=profile_name(self._system())
            )
        )
        text = translate("DisplayProfile", "From a file…")
        name = "" if chosen is not self.file else f" ({profile_name(profile)})"
        self.file.setText(text + name)

    def _system(self) -> bytes | None:
        """Return the profile that X11 has for the screen of the window, None for sRGB."""
        if QGuiApplication.platformName() != "xcb":
            return None
        screens = QGuiApplication.screens()
        here = self._window.screen()
        profile = read_x11_profile(screen=screens.index(here) if here in screens else 0)
        return profile if profile is not None and is_usable_profile(profile) else None


def read_x11_profile(display: str | None = None, screen: int = 0) -> bytes | None:
    """Return the ICC profile that a color manager has set for a screen, None if there is none.

    "ICC Profiles in X" 0.4, freedesktop.org.

    display: X11's name, None for that of the environment. screen: 0 .. for each monitor.
    """
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = x11.XDefaultRootWindow.restype = ctypes.c_ulong
    opened = x11.XOpenDisplay(None if display is None else display.encode())
    if not opened:
        return None
    connection = ctypes.c_void_p(opened)
    try:
        name = "_ICC_PROFILE" if screen == 0 else f"_ICC_PROFILE_{screen}"
        atom = x11.XInternAtom(connection, name.encode(), True)
        return _read_x11_property(x11, connection, atom) if atom else None
    finally:
        x11.XCloseDisplay(connection)


def _read_x11_property(x11: ctypes.CDLL, connection: ctypes.c_void_p, atom: int) -> bytes | None:
    kind, count, after = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_ulong()
    width, data = ctypes.c_int(), ctypes.c_void_p()
    failed = x11.XGetWindowProperty(
        connection,
        ctypes.c_ulong(x11.XDefaultRootWindow(connection)),
        ctypes.c_ulong(atom),
        ctypes.c_long(0),
        ctypes.c_long(X11_MAX_LENGTH),
        False,
        ctypes.c_ulong(X11_CARDINAL),
        ctypes.byref(kind),
        ctypes.byref(width),
        ctypes.byref(count),
        ctypes.byref(after),
        ctypes.byref(data),
    )
    if failed or not data:
        return None
    try:
        return ctypes.string_at(data, count.value) if width.value == 8 and count.value else None
    finally:
        x11.XFree(data)
