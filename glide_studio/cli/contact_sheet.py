"""A contact sheet: one row a prompt, one column a seed, nothing picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from glide_studio.api.request import Sampling
from glide_studio.cli.headless import fill
from glide_studio.document.compositing import composite
from glide_studio.editor.session import Session

MARGIN, LABEL = 8, 150  # pixels


def composed(session: Session) -> NDArray[np.uint8]:
    """What is seen, [h, w, 3] uint8."""
    document = session.document
    pixels = composite(document, document.size.box)[..., :3] / np.float32(document.top)
    return np.rint(pixels * 255).astype(np.uint8)


def sheet(
    session: Session,
    prompts: Sequence[str],
    seeds: Sequence[int],
    sampling: Sampling,
    model: str,
    width: int = 240,
    done: Callable[[], object] = lambda: None,
) -> Image.Image:
    """Fill the session's mask with every prompt and seed; each cell is the accepted picture, `width` wide.

    The session's document is left as it was. `done` is called after each cell.

    Raises:
        GlideError: if a fill is refused or fails.
    """
    size = session.document.size
    height = round(size.height * width / size.width)
    shape = (
        LABEL + len(seeds) * (width + MARGIN) + MARGIN,
        len(prompts) * (height + MARGIN) + MARGIN,
    )
    page = Image.new("RGB", shape, "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(16)
    start = session.timeline.current.id
    for row, prompt in enumerate(prompts):
        top = MARGIN + row * (height + MARGIN)
        draw.text((MARGIN, top + height // 2), prompt, fill="black", font=font, anchor="lm")
        for column, seed in enumerate(seeds):
            job = fill(session, prompt, replace(sampling, seed=seed, count=1), model)
            session.generation.accept(job.id, 0)
            cell = Image.fromarray(composed(session)).resize((width, height), Image.Resampling.BOX)
            page.paste(cell, (LABEL + column * (width + MARGIN), top))
            session.jump(start)
            done()
    return page
