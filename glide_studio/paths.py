"""Where the bundled `models` and `resources` lie: in a wheel, an editable install or the checkout.

A wheel carries both folders inside the package; in a checkout they stand beside it.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def find_bundled(name: str) -> Path:
    """Return the folder `models` or `resources` that came with this program.

    Raises:
        FileNotFoundError: if the folder is neither inside the package nor beside it.
    """
    for parent in (PACKAGE, PACKAGE.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"The folder '{name}' is missing from this installation of Glide Studio; install it again."
    )


def models_folder() -> Path:
    """Return the bundled model files."""
    return find_bundled("models")


def resources_folder() -> Path:
    """Return the bundled vocabularies, icons and the demonstration photograph."""
    return find_bundled("resources")
