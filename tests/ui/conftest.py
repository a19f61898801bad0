"""A window of its own for every test, and nothing left behind."""

from tests.ui.fixtures import editor, engine, photo_file, tidy

__all__ = ["editor", "engine", "photo_file", "tidy"]
