"""The two ways of inpainting on a model with alpha: the photo shown to the network, or transparency imposed.

    python tests/benchmarks/inpainting.py --model models/objects --data DATA [--pictures 200] [-o SHEET.jpg]

GLIDE's authors found that imposing known pixels on a text-to-image model leaves artefacts and misses the
context (GLIDE, section 2.4 and figure 3), and fine-tuned instead. Here one network does both. Shown: it sees
the photo around the hole and the hole. Replaced: it sees neither, and outside of the hole x_t is replaced by
noised transparency at each step (Song et al. 2021). Same nouns, holes and noise; prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from glide_studio.cli.headless import save_picture
from glide_studio.glide import weights
from glide_studio.glide.pipeline import BaseSettings, Conditioning, InpaintInputs, InpaintPipeline
from glide_studio.glide.samplers import philox_noise
from glide_studio.inference.model_cache import tokenizer
from glide_studio.inference.models.model_set import read_model
from glide_studio.inference.pixels import to_pictures
from glide_studio.paths import resources_folder
from glide_studio.training import hole_masks
from glide_studio.training.image_folder import entries
from glide_studio.training.inpaint_dataset import Scenes
from tests.quality.contact_sheet import grid
from tests.quality.metric_model import load_judge
from tests.quality.noun_matching import named, read_classes
from tests.quality.statistics import mean, wilson

Floats = NDArray[np.float32]

WAYS: dict[str, Conditioning] = {"shown": "concat", "replaced": "replace"}
STEPS, GUIDANCE, SEED, BATCH = 25, 3.0, 3000, 20
ON_SHEET, CELL = 12, 128


@dataclass(frozen=True, slots=True)
class Hole:
    """A noun, a photograph [S, S, 3] in 0 .. 1, and where the noun should be [S, S], 1 = generate."""

    noun: str
    scene: Floats
    mask: Floats


def make_holes(root: Path, nouns: list[str], count: int, side: int) -> list[Hole]:
    """Return holes in test scenes: boxes and ellipses over a quarter to two thirds of the side."""
    scenes = Scenes(list(entries(root / "scenes", "test")))
    rng = np.random.default_rng(SEED)
    found = []
    for place in range(count):
        cut = int(rng.integers(160, 513))
        crop = scenes.crop(int(rng.integers(len(scenes))), cut, side, rng)
        width, height = rng.uniform(0.4, 0.75, 2) * side
        left, top = rng.uniform(0, side - width), rng.uniform(0, side - height)
        shape = hole_masks.box if rng.random() < 0.5 else hole_masks.ellipse
        mask = shape(side, left, top, left + width, top + height)
        found.append(Hole(nouns[place % len(nouns)], crop.astype(np.float32) / 255, mask))
    return found


def fill(pipeline: InpaintPipeline, holes: list[Hole], way: str, mixed: bool) -> Floats:
    """Return the premultiplied objects [N, S, S, 4] of one way."""
    parts = []
    for first in range(0, len(holes), BATCH):
        some = holes[first : first + BATCH]
        mask = 1 - torch.from_numpy(np.stack([hole.mask for hole in some]))[:, None]
        known = torch.from_numpy(np.stack([hole.scene for hole in some])).permute(0, 3, 1, 2)
        known = known * 2 - 1
        if way == "replaced":
            known = torch.full_like(known[:, :1], -1.0).expand(-1, 4, -1, -1)
        noise = philox_noise(SEED, range(first, first + len(some)), 0)
        inputs = InpaintInputs([hole.noun for hole in some], known, mask, noise)
        settings = BaseSettings(STEPS, "ancestral", guidance=GUIDANCE, conditioning=WAYS[way])
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            parts.append(np.stack(to_pictures(pipeline.base_stage(inputs, settings).run())))
    return np.concatenate(parts)


def over(objects: Floats, holes: list[Hole]) -> Floats:
    """Composite objects into their photographs, [N, S, S, 3]."""
    scenes = np.stack([hole.scene for hole in holes])
    return np.clip(objects[..., :3] + scenes * (1 - objects[..., 3:]), 0, 1).astype(np.float32)


def spilled(picture: Floats, hole: Hole) -> float:
    """Return the share of an object's alpha that lies outside of its hole."""
    alpha = picture[..., 3]
    return float((alpha * (hole.mask < 0.5)).sum() / max(float(alpha.sum()), 1e-6))


def filled(picture: Floats, hole: Hole) -> float:
    """Return how much of a hole's longer side the object inside takes."""
    inside = (picture[..., 3] > 0.5) & (hole.mask > 0.5)
    if not inside.any():
        return 0.0
    _, _, width, height = cv2.boundingRect(inside.astype(np.uint8))
    _, _, across, down = cv2.boundingRect((hole.mask > 0.5).astype(np.uint8))
    return max(width / across, height / down)


def brightness(picture: Floats) -> float:
    """Return the mean brightness of an object's own color; 0.5 if there is none."""
    alpha = picture[..., 3]
    return float(picture[..., :3].mean(-1).sum() / alpha.sum()) if alpha.sum() > 1 else 0.5


def main() -> None:
    """Fill the same holes in both ways and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--mixed", action="store_true", help="compute in bfloat16")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    model = read_model(options.model.resolve())
    classes = read_classes(resources_folder() / "vocabulary" / "imagenet.tsv")
    nouns = [noun for noun in model.nouns if noun in classes]
    base = weights.load(model.base)
    base.to(memory_format=torch.channels_last)
    pipeline = InpaintPipeline(lambda: base, lambda: base, tokenizer())
    holes = make_holes(options.data, nouns, options.pictures, base.config.size)
    judges = [load_judge(variant=variant) for variant in (0, 2)]
    print(f"{len(holes)} holes, {len({hole.noun for hole in holes})} nouns, {STEPS} steps\n")
    print("| way | lite0 | lite2 | outside of the hole | of the hole's side | scene's light |")
    print("|---|---|---|---|---|---|")
    shown: list[list[Floats]] = []
    for way in WAYS:
        objects = fill(pipeline, holes, way, options.mixed)
        composites = over(objects, holes)
        counts = [
            sum(
                bool(named(top[None], classes[hole.noun])[0])
                for top, hole in zip(judge.look(composites).top, holes, strict=True)
            )
            for judge in judges
        ]
        pairs = list(zip(objects, holes, strict=True))
        light = np.corrcoef(
            [brightness(picture) for picture, _ in pairs],
            [float(hole.scene.mean()) for hole in holes],
        )[0, 1]
        cells = [
            *(str(wilson(count, len(holes))) for count in counts),
            str(mean(np.array([spilled(picture, hole) for picture, hole in pairs]))),
            str(mean(np.array([filled(picture, hole) for picture, hole in pairs]))),
            f"{light:.2f}",
        ]
        print(f"| {way} | {' | '.join(cells)} |", flush=True)
        shown.append(list(composites[:ON_SHEET]))
    if options.output is not None:
        marked = [hole.scene * (1 - 0.6 * hole.mask[..., None]) for hole in holes[:ON_SHEET]]
        rows = [list(row) for row in zip(marked, *shown, strict=True)]
        page = grid(rows, [hole.noun for hole in holes[:ON_SHEET]], ["hole", *WAYS], CELL)
        save_picture(options.output, page.astype(np.float32) / 255)


if __name__ == "__main__":
    sys.exit(main())
