"""The two ways of inpainting on the bundled model: known pixels shown to the network, or imposed on x_t.

    python tests/benchmarks/inpainting.py --data DATA [--pictures 96] [--steps 50] [-o PICTURE.jpg]

GLIDE's authors found that imposing known pixels on a text-to-image model leaves edge artefacts and misses
the context (GLIDE, section 2.4 and figure 3), and fine-tuned instead. Here the same network does both: shown,
it sees the known pixels and they are imposed on x0; replaced, its input is blank, as before the fine-tune,
and the known pixels are imposed on x_t at that step's noise; RePaint walks each stretch several times.
The prompt is empty: what is right is known. Same sampler, noise and holes; prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.glide import weights
from glide_studio.glide.pipeline import BASE_NOISE, BaseSettings, Conditioning, InpaintPipeline
from glide_studio.glide.unet import UNet
from glide_studio.imaging.blending.result_checks import measure_seam
from glide_studio.inference.model_cache import tokenizer
from glide_studio.inference.pixels import to_pictures
from tests.quality.background import Hole, holes
from tests.quality.batch_inpainter import InpaintCase, inputs_of
from tests.quality.contact_sheet import grid
from tests.quality.fill_cases import Scenes
from tests.quality.measure_context import files_of
from tests.quality.statistics import Interval, mean, psnr

Floats = NDArray[np.float32]
BATCH = 8
WAYS: dict[str, tuple[Conditioning, int, int]] = {
    "shown": ("concat", 1, 1),
    "replaced": ("replace", 1, 1),
    "RePaint 5 x 5": ("replace", 5, 5),
}
"""name -> (how the network meets the known pixels, RePaint's jump, and its resamples)."""


def filled(base: UNet, orders: Sequence[InpaintCase], way: str, steps: int) -> list[Floats]:
    """One batch of fills [S, S, 3], 0 .. 1."""
    conditioning, jump, resamples = WAYS[way]
    settings = BaseSettings(
        steps, "ancestral", conditioning=conditioning, jump=jump, resamples=resamples
    )
    pipeline = InpaintPipeline(lambda: base, lambda: base, tokenizer())
    stage = pipeline.base_stage(inputs_of(orders, base, BASE_NOISE), settings)
    return to_pictures(stage.run())


def row(found: Sequence[Floats], wanted: Sequence[Hole]) -> list[Interval]:
    """Seam (median CIEDE2000 across the edge), its size in the original, PSNR in the hole."""
    pairs = list(zip(found, wanted, strict=True))
    ratios = [
        measure_seam(picture, hole.mask).median
        / max(0.1, measure_seam(hole.picture, hole.mask).median)
        for picture, hole in pairs
    ]
    return [
        mean(np.array([measure_seam(picture, hole.mask).median for picture, hole in pairs])),
        mean(np.array(ratios)),
        mean(np.array([psnr(picture, hole.picture, hole.mask > 0) for picture, hole in pairs])),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with scenes")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--split", default="test")
    parser.add_argument("--pictures", type=int, default=96)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("-o", "--output", type=Path, help="a sheet of the first eight")
    given = parser.parse_args()
    base = weights.load(files_of(given.model).base).to_fastest_layout()
    scenes = Scenes(given.data, given.split)
    seeds = range(-(-given.pictures // len(scenes)))
    every = holes(scenes, seeds, base.config.size)
    wanted = every[:: max(1, len(every) // given.pictures)][: given.pictures]
    orders = [InpaintCase(hole.picture, hole.mask, "", seed) for seed, hole in enumerate(wanted)]
    print(f"{len(wanted)} holes, ancestral, {given.steps} steps, 64 px; mean and 95 % interval")
    print(
        "| way | evaluations | seam, dE00 | over the original's | PSNR in the hole, dB | s a fill |"
    )
    print("|---|---|---|---|---|---|")
    sheet: list[list[Floats]] = [
        [hole.picture for hole in wanted[:BATCH]],
        [hole.picture * (1 - hole.mask[..., None]) for hole in wanted[:BATCH]],
    ]
    for way, (_, _, resamples) in WAYS.items():
        began, fills = time.process_time(), []
        for start in range(0, len(orders), BATCH):
            fills += filled(base, orders[start : start + BATCH], way, given.steps)
        seconds = (time.process_time() - began) / len(orders)
        cells = " | ".join(str(cell) for cell in row(fills, wanted))
        print(f"| {way} | {given.steps * resamples} | {cells} | {seconds:.2f} |", flush=True)
        sheet.append(fills[:BATCH])
    if given.output is not None:
        labels = ["original", "hole", *WAYS]
        columns = [f"{hole.mask.mean():.0%}" for hole in wanted[:BATCH]]
        Image.fromarray(grid(sheet, labels, columns)).save(given.output, quality=88)


if __name__ == "__main__":
    main()
