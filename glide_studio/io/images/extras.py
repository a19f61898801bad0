"""Formats that need a package which the default install leaves out, and how it is installed."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from glide_studio.errors import GlideError
from glide_studio.io.images.picture import Format
from glide_studio.translation import QT_TRANSLATE_NOOP, translate


class Extra(NamedTuple):
    """A package that reads a format. module: imported. package: installed. name: of the files."""

    module: str
    package: str
    name: str


EXTRAS: Mapping[Format, Extra] = MappingProxyType(
    {
        # The wheels of the first two hold GPL code.
        "heif": Extra("pillow_heif", "pillow-heif", "HEIC"),
        "jxl": Extra("pillow_jxl", "pillow-jxl-plugin", "JPEG XL"),
        "raw": Extra("rawpy", "rawpy", QT_TRANSLATE_NOOP("Extras", "camera RAW")),
    }
)
"""By format; each is an extra of this package under the format's name, too."""


class MissingExtra(GlideError):
    """Raised for a file whose format needs an extra. command: installs it."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


def is_available(form: Format) -> bool:
    """Return True if nothing has to be installed to read the format."""
    return form not in EXTRAS or find_spec(EXTRAS[form].module) is not None


def require_extra(form: Format, path: Path) -> None:
    """Refuse a format whose extra is not installed.

    Raises:
        MissingExtra: with the command that installs it.
    """
    if is_available(form):
        return
    extra = EXTRAS[form]
    command = f"{shlex.quote(sys.executable)} -m pip install {extra.package}"
    raise MissingExtra(
        translate(
            "Extras",
            "'{name}' is a {kind} picture, which needs the package '{package}'; install it with"
            " `{command}` and start again.",
        ).format(
            name=path.name,
            kind=translate("Extras", extra.name),
            package=extra.package,
            command=command,
        ),
        command,
    )


def register_with_pillow() -> None:
    """Let Pillow open HEIC and JPEG XL where their extras are installed."""
    if is_available("heif"):
        import_module("pillow_heif").register_heif_opener()
    if is_available("jxl"):
        import_module("pillow_jxl")  # registers itself
