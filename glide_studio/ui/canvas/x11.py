"""The display's profile as X11 keeps it: "ICC Profiles in X" 0.4, freedesktop.org."""

from __future__ import annotations

import ctypes

CARDINAL = 6  # the property's type
LONGEST = 1 << 22  # 32-bit units


def icc_profile(display: str | None = None, screen: int = 0) -> bytes | None:
    """The profile that a color manager has set for a screen, None if there is none.

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
        return _property(x11, connection, atom) if atom else None
    finally:
        x11.XCloseDisplay(connection)


def _property(x11: ctypes.CDLL, connection: ctypes.c_void_p, atom: int) -> bytes | None:
    kind, count, after = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_ulong()
    width, data = ctypes.c_int(), ctypes.c_void_p()
    failed = x11.XGetWindowProperty(
        connection,
        ctypes.c_ulong(x11.XDefaultRootWindow(connection)),
        ctypes.c_ulong(atom),
        ctypes.c_long(0),
        ctypes.c_long(LONGEST),
        False,
        ctypes.c_ulong(CARDINAL),
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
