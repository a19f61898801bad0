"""A headless editor on a small photo."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from tests.editor.standin import StandInEngine


@pytest.fixture
def engine() -> StandInEngine:
    return StandInEngine()


@pytest.fixture
def editor(engine: StandInEngine) -> Iterator[Editor]:
    result = Editor(InlineRunner(lambda: engine))
    yield result
    result.close()


def photo(width: int = 300, height: int = 200, seed: int = 1) -> np.ndarray:
    """[h, w, 3] uint8: a smooth scene with grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    scene = np.stack([x * 200 / width, y * 180 / height, 120 + 40 * np.sin(x / 30)], axis=-1)
    return np.clip(scene + rng.normal(0, 4, scene.shape) + 20, 0, 255).astype(np.uint8)


@cache
def encode_photo(width: int = 300, height: int = 200, seed: int = 1) -> bytes:
    """Encode that scene as PNG."""
    out = BytesIO()
    Image.fromarray(photo(width, height, seed)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def photo_file(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(encode_photo())
    return path
