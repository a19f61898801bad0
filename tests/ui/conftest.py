"""A window of its own for every test, and nothing left behind."""

from tests.ui.fixtures import driver, engine, files, photo_file, studio, tidy

__all__ = ["driver", "engine", "files", "photo_file", "studio", "tidy"]
