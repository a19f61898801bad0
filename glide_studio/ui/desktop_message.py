"""Messages of the desktop, which are seen while another window is in front."""

from __future__ import annotations

import shutil

from PySide6.QtCore import QProcess

PROGRAM = "notify-send"  # of libnotify, as Linux desktops have it
ICON = "glide-studio"  # that `glide-studio integrate` installs


def show_desktop_message(title: str, text: str) -> bool:
    """Show a message for some seconds; return False if the desktop has no way to."""
    program = shutil.which(PROGRAM)
    if program is None:
        return False
    arguments = [f"--app-name={title}", f"--icon={ICON}", "--", title, text]
    return bool(QProcess.startDetached(program, arguments)[0])
