"""Add the program to the desktop: menu, icon, file type, previews; or take it out again.

Writes into the user's own data folder by the freedesktop.org specifications: Desktop Entry 1.5,
Icon Theme 0.13, Shared MIME-info 0.21. No rights of an administrator are needed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from glide_studio.atomic import atomic_write
from glide_studio.errors import GlideError
from glide_studio.paths import resources_folder

NAME = "glide-studio"
PROJECT_TYPE = "application/x-glide-studio"
IMAGE_TYPES = (
    "image/png",
    "image/jpeg",
    "image/tiff",
    "image/webp",
    "image/avif",
    "image/bmp",
    "image/openraster",
    "image/vnd.adobe.photoshop",
)
ENTRY = """[Desktop Entry]
Type=Application
Version=1.5
Name=Glide Studio
GenericName=Photo Editor
GenericName[zh_CN]=照片编辑器
Comment=Edit photographs by masks and words, on this computer
Comment[zh_CN]=在本机用蒙版和文字编辑照片
Exec={command} %F
Icon=glide-studio
Terminal=false
StartupNotify=true
StartupWMClass=glide-studio
Categories=Graphics;2DGraphics;RasterGraphics;Photography;
Keywords=photo;image;editor;retouch;mask;inpainting;
MimeType={types};
"""
MIME = f"""<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{PROJECT_TYPE}">
    <comment>Glide Studio project</comment>
    <comment xml:lang="zh_CN">Glide Studio 项目</comment>
    <icon name="glide-studio"/>
    <magic priority="60">
      <match type="string" offset="0" value="SQLite format 3">
        <match type="string" offset="68" value="GLID"/>
      </match>
    </magic>
    <glob pattern="*.glide"/>
  </mime-type>
</mime-info>
"""
THUMBNAILER = f"""[Thumbnailer Entry]
Exec={{command}} thumbnail %i %o --size %s
MimeType={PROJECT_TYPE};
"""
RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")  # characters that an Exec argument is quoted for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--remove", action="store_true", help="take it out of the desktop again")


def run(options: argparse.Namespace) -> int:
    """Write or delete the files and tell which.

    Raises:
        GlideError: if this system has no such desktop, or a file cannot be written.
    """
    if sys.platform in ("win32", "darwin"):
        raise GlideError(
            "This is for Linux desktops; here, make a shortcut to the program instead."
        )
    folder = data_folder()
    files = make_files(folder)
    try:
        for path, content in files.items():
            if options.remove:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                with atomic_write(path) as temporary:
                    temporary.write_bytes(content)
            print(f"{'removed' if options.remove else 'wrote'} {path}")
    except OSError as error:
        raise GlideError(
            f"'{error.filename or folder}' cannot be changed: {error.strerror or error};"
            " check who may write to that folder."
        ) from error
    refresh(folder)
    return 0


def data_folder() -> Path:
    """Return the user's data folder (XDG Base Directory)."""
    chosen = os.environ.get("XDG_DATA_HOME", "")
    return Path(chosen) if os.path.isabs(chosen) else Path.home() / ".local" / "share"


def make_files(folder: Path) -> dict[Path, bytes]:
    """Make the files that integration consists of: path -> content."""
    types = ";".join((PROJECT_TYPE, *IMAGE_TYPES))
    entry = ENTRY.format(command=command_line(), types=types)
    previews = THUMBNAILER.format(command=command_line())
    icon = (resources_folder() / "icons" / f"{NAME}.svg").read_bytes()
    return {
        folder / "applications" / f"{NAME}.desktop": entry.encode(),
        folder / "icons" / "hicolor" / "scalable" / "apps" / f"{NAME}.svg": icon,
        folder / "mime" / "packages" / f"{NAME}.xml": MIME.encode(),
        folder / "thumbnailers" / f"{NAME}.thumbnailer": previews.encode(),
    }


def command_line() -> str:
    """Return the command that starts this installation, quoted for a desktop entry."""
    script = Path(sys.executable).with_name(NAME)
    command = [str(script)] if script.exists() else [sys.executable, "-m", "glide_studio"]
    return " ".join(quote(word) for word in command)


def quote(word: str) -> str:
    """Quote one argument of Exec, by "The Exec key" of the Desktop Entry Specification."""
    word = word.replace("%", "%%")
    if not RESERVED & set(word):
        return word
    for character in ("\\", '"', "`", "$"):
        word = word.replace(character, f"\\{character}")
    # The backslashes are escaped once more, as in every value of a desktop entry.
    return '"' + word.replace("\\", "\\\\") + '"'


def refresh(folder: Path) -> None:
    """Tell the desktop at once if its tools are installed; else it notices at the next login."""
    for tool, arguments in (
        ("update-mime-database", [str(folder / "mime")]),
        ("update-desktop-database", [str(folder / "applications")]),
        ("gtk-update-icon-cache", ["-q", "-t", str(folder / "icons" / "hicolor")]),
    ):
        found = shutil.which(tool)
        if found is not None:
            subprocess.run([found, *arguments], capture_output=True, check=False, timeout=60)
