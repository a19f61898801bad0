"""A window of its own for every test, and nothing left behind."""

from tests.ui.fixtures import driver, engine, photo_file, tidy

__all__ = ["driver", "engine", "photo_file", "tidy"]
