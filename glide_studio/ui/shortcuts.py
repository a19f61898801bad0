"""Changed shortcuts: presets of other programs, and putting them on the actions of a menu bar."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenuBar

from glide_studio.translation import translate
from glide_studio.ui.commands import Command, list_commands

PORTABLE = QKeySequence.SequenceFormat.PortableText
SEPARATOR = ", "

PRESETS: Mapping[str, Mapping[str, str]] = {
    "Glide Studio": {},
    "Photoshop": {
        "Mask › Tools › Brush": "Q",
        "View › Show mask": "",
        "Layer › Paint › Paint": "B",
        "Layer › Paint › Erase pixels": "E",
        "Mask › Tools › Eraser": "Shift+E",
        "Layer › Paint › Bucket": "Shift+G",
        "Retouch › Heal": "J",
        "Retouch › Remove": "Shift+J",
        "Mask › Tools › Ellipse": "Shift+M",
        "Mask › Tools › Polygon": "Shift+L",
        "Mask › Tools › Object select": "Shift+W",
        "Mask › Invert": "Ctrl+Shift+I",
        "Layer › New adjustment › Levels": "Ctrl+L",
        "Layer › New adjustment › Curves": "Ctrl+M",
        "Layer › New adjustment › Hue and saturation": "Ctrl+U",
        "Generate › Go to the prompt": "Ctrl+Alt+L",
        "Layer › Clip to the layer below": "Ctrl+Alt+G",
    },
    "Krita": {
        "Mask › Tools › Brush": "Shift+B",
        "Layer › Paint › Paint": "B",
        "Layer › Paint › Color picker": "P",
        "Mask › Tools › Polygon": "Shift+P",
        "Mask › Tools › Rectangle": "Ctrl+R",
        "View › Rulers": "Ctrl+Shift+R",
        "Mask › Tools › Ellipse": "J",
        "Retouch › Remove": "Shift+J",
        "Layer › Move and transform": "T, Ctrl+T",
        "Mask › Invert": "Ctrl+Shift+I",
        "Layer › New adjustment › Levels": "Ctrl+L",
        "Layer › New adjustment › Curves": "Ctrl+M",
        "Layer › New adjustment › Hue and saturation": "Ctrl+U",
        "Generate › Go to the prompt": "Ctrl+Alt+L",
        "Mask › Clear": "Ctrl+Shift+A",
        "Layer › New layer": "Ins",
    },
}
"""Name -> id of a command -> its keys, for those that differ from the program's own."""


def apply_shortcuts(bar: QMenuBar, changed: Mapping[str, str]) -> None:
    """Give actions other keys; what is not in `changed` gets its own ones back."""
    for command in list_commands(bar, lasting=True):
        own = command.action.property("own_keys")
        if own is None:
            own = portable(command)
            command.action.setProperty("own_keys", own)
        keys = changed.get(command.id, own)
        if keys == portable(command):
            continue
        before = command.keys
        command.action.setShortcuts([QKeySequence(one) for one in keys.split(SEPARATOR) if one])
        tip = command.action.toolTip()
        if before and f"({before.split(SEPARATOR)[0]})" in tip:
            first = command.keys.split(SEPARATOR)[0] or translate("Shortcuts", "no key")
            command.action.setToolTip(tip.replace(f"({before.split(SEPARATOR)[0]})", f"({first})"))


def portable(command: Command) -> str:
    """Write the shortcuts of a command as they are kept."""
    return SEPARATOR.join(one.toString(PORTABLE) for one in command.action.shortcuts())


def find_conflict(
    commands: list[Command], keys: Mapping[str, str], command_id: str
) -> Command | None:
    """Find another command that has a key of a command; None if there is none.

    keys: id of a command -> its keys.
    """
    wanted = {one for one in keys[command_id].split(SEPARATOR) if one}
    for command in commands:
        other = {one for one in keys[command.id].split(SEPARATOR) if one}
        if command.id != command_id and wanted & other:
            return command
    return None
