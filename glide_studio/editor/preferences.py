"""What the user wants everywhere, whichever document is open; one small file in the state folder."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from glide_studio.atomic import atomic_write
from glide_studio.io.project.working_store import stores_folder

log = logging.getLogger(__name__)

SYSTEM, SRGB = "system", "sRGB"


@dataclass(frozen=True, slots=True)
class Preferences:
    """display: "system" for the profile that the window system names, "sRGB", or the path of an ICC
    file: what colors are shown in.
    """

    display: str = SYSTEM


def load() -> Preferences:
    """Those that were saved; what cannot be read is as if it had never been changed."""
    try:
        found = json.loads(_path().read_text("utf-8"))
        return Preferences(display=str(found["display"]))
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.info("The preferences cannot be read: %r", error)
        return Preferences()


def save(preferences: Preferences) -> None:
    """Keep them for the next start.

    Raises:
        GlideError: if they cannot be written.
    """
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(asdict(preferences), indent=1), "utf-8")


def _path() -> Path:
    return stores_folder().with_name("preferences.json")
