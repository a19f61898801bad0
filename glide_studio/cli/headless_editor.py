"""An editor without a window, with the engine in the caller's thread."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glide_studio.api.engine_protocol import Engine
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner


@contextmanager
def open_headless_editor(*, claims: bool = True) -> Iterator[Editor]:
    """Yield an editor that is closed with the block; its working store is temporary.

    claims: whether opened projects are locked, as in `Editor`.
    """
    with tempfile.TemporaryDirectory(prefix="glide-studio-") as folder:
        editor = Editor(InlineRunner(build_engine), stores=Path(folder), claims=claims)
        try:
            yield editor
        finally:
            editor.close()


def build_engine() -> Engine:
    """Build the engine once it is needed: torch takes longer to load than a file to export."""
    from glide_studio.inference.engine import LocalEngine

    return LocalEngine()
