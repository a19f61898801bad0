"""What passes by tiles add to a region of 1,000 px, and whether their lines show; prints, never fails.

    python tests/benchmarks/tiles.py [--photos FOLDER] [--most 4] [--model mini] [--prompts a,b] [--out FOLDER]

Each photo is continued by reflection to the region's size, so that it keeps its own grain and sharpness.
Two orders: a fill with a prompt by the model's own plan, and the restoration of the photo from its own draft-size picture, which
shows what the upsampler can do apart from what the base network paints.

Lines: mean CIEDE2000 of neighbouring pixels across the edges of tiles, over that across all other
columns and rows of what was generated (bar: no higher than 1); the same at the same places of the picture
without tiles, or finished as in the editor, tells what is the content's part in it. Energy: mean squared gradient of what was
generated over that in a ring around it (bar: 0.7), as the network made it and finished as in the editor.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from glide_studio.api.events import Finished
from glide_studio.api.request import DEFAULT_MODEL, Request
from glide_studio.editor.fitting import object_weight
from glide_studio.imaging.blending.harmonize import HarmonizeOptions, harmonize
from glide_studio.imaging.ciede2000 import delta_e, rgb_to_lab
from glide_studio.imaging.geometry import Box, Size
from glide_studio.inference.engine import LocalEngine
from glide_studio.inference.models.model_set import find_model, model_folders
from glide_studio.inference.pixels import build_model_input, resize
from glide_studio.inference.request_networks import upsampler_config
from glide_studio.inference.stages import tile_layout
from glide_studio.paths import resources_folder

SIDE = 1000
PROMPTS = "a peach,a cake,a basketball,a giraffe,a watermelon,a doughnut"
RING = 48  # pixels around the mask that it is compared with


def photo(path: Path) -> np.ndarray:
    """[SIDE, SIDE, 3], 0 .. 1: continued by reflection, or its middle."""
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB).astype(np.float32) / 255
    for axis in (0, 1):
        while picture.shape[axis] < SIDE:
            picture = np.concatenate([picture, np.flip(picture, axis)], axis)
    top, left = (picture.shape[0] - SIDE) // 2, (picture.shape[1] - SIDE) // 2
    return np.ascontiguousarray(picture[top : top + SIDE, left : left + SIDE])


def painted() -> np.ndarray:
    """An ellipse of 580 x 500 px in the middle."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    cv2.ellipse(mask, (SIDE // 2, SIDE // 2), (290, 250), 0, 0, 360, 1, -1)
    return mask


def energy(picture: np.ndarray, where: np.ndarray) -> float:
    """Mean squared gradient of the luminance."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return float(
        (np.diff(grey, axis=0)[:, :-1] ** 2 + np.diff(grey, axis=1)[:-1] ** 2)[
            where[:-1, :-1]
        ].mean()
    )


def lines(picture: np.ndarray, inside: np.ndarray, model: str) -> tuple[float, float]:
    """Mean CIEDE2000 of neighbours across the edges of tiles, and across all other places."""
    config = upsampler_config(find_model(model, model_folders()))
    assert config is not None
    size = Size(SIDE, SIDE)
    request = Request("fill", "", Box(0, 0, SIDE, SIDE), image=picture, mask=painted())
    view = build_model_input(request, size, size, torch.device("cpu"))
    plan = tile_layout(view.mask, size, config)
    colors = rgb_to_lab(picture)
    on, off = [], []
    for axis, side, edges in (
        (0, plan.height, {top for top, _ in plan.origins}),
        (1, plan.width, {left for _, left in plan.origins}),
    ):
        first, second = (
            np.take(colors, range(SIDE - 1), axis),
            np.take(colors, range(1, SIDE), axis),
        )
        both = np.take(inside, range(SIDE - 1), axis) & np.take(inside, range(1, SIDE), axis)
        difference = delta_e(first, second)
        cuts = {edge + more - 1 for edge in edges for more in (0, side)}
        cut = np.isin(np.arange(SIDE - 1), list(cuts))
        cut = cut[:, None] if axis == 0 else cut[None]
        on.append(difference[both & cut])
        off.append(difference[both & ~cut])
    return float(np.concatenate(on).mean()), float(np.concatenate(off).mean())


def made(engine: LocalEngine, request: Request) -> np.ndarray:
    done = list(engine.run(request, lambda: False))[-1]
    assert isinstance(done, Finished), done
    return done.patches[0].image


def save(path: Path, *pictures: np.ndarray) -> None:
    row = np.concatenate(pictures, axis=1)
    cv2.imwrite(str(path), cv2.cvtColor((row * 255).round().astype(np.uint8), cv2.COLOR_RGB2BGR))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=Path, default=resources_folder() / "demo")
    parser.add_argument("--most", type=int, default=4, help="photos, evenly chosen")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--prompts", default=PROMPTS, help="by commas, one a photo in turn")
    parser.add_argument("--steps", type=int, help="of the upsampler, in place of the plan's")
    parser.add_argument("--out", type=Path, help="where pictures are written")
    given = parser.parse_args()
    engine, mask = LocalEngine(), painted()
    paths = sorted(given.photos.glob("*.jpg"))
    paths = [paths[i * len(paths) // given.most] for i in range(min(given.most, len(paths)))]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RING + 1, 2 * RING + 1))
    ring = (cv2.dilate(mask, kernel) > 0) & (mask == 0)
    inside = cv2.erode(mask, np.ones((9, 9), np.uint8)) > 0
    sums: dict[str, list[tuple[float, ...]]] = {"fill": [], "restore": []}
    usual = find_model(given.model, model_folders()).default_sampling
    usual = replace(usual, seed=1, upsample_steps=given.steps or usual.upsample_steps)
    steps = usual.upsample_steps
    print(f"load {os.getloadavg()[0]:.1f}, model {given.model}, {steps} upsample steps")
    prompts = given.prompts.split(",")
    for number, path in enumerate(paths):
        image, prompt = photo(path), prompts[number % len(prompts)]
        box = Box(0, 0, SIDE, SIDE)
        fill = Request("fill", prompt, box, usual, image=image, mask=mask, model=given.model)
        draft = resize(image, Size(64, 64))
        orders = {"fill": fill, "restore": replace(fill, draft=draft, prompt="")}
        for what, order in orders.items():
            plain = made(engine, replace(order, sampling=replace(usual, longest=0)))
            began = time.perf_counter()
            tiles = made(engine, order)
            seconds = time.perf_counter() - began
            thing = object_weight(order.prompt, Size(SIDE, SIDE))
            fitted = harmonize(image, tiles, mask, HarmonizeOptions(object_weight=thing)).over(
                image
            )
            on, off = lines(tiles, inside, given.model)
            before, after = (
                cut / rest
                for cut, rest in (lines(it, inside, given.model) for it in (plain, fitted))
            )
            around = energy(image, ring)
            ratios = [energy(picture, inside) / around for picture in (plain, tiles, fitted, image)]
            sums[what].append((on / off, before, after, *ratios))
            print(
                f"{path.stem[:30]:30} {what:8} lines {on:.2f} / {off:.2f} = {on / off:.3f} "
                f"(without tiles {before:.3f}, finished {after:.3f}); energy "
                f"enlarged {ratios[0]:.2f}, tiles {ratios[1]:.2f}, finished {ratios[2]:.2f}, "
                f"the photo itself {ratios[3]:.2f}; {seconds:.1f} s",
                flush=True,
            )
            if given.out:
                given.out.mkdir(parents=True, exist_ok=True)
                save(given.out / f"{path.stem}-{what}.png", plain, tiles, fitted)
    for what, rows in sums.items():
        found = np.median(np.array(rows), axis=0)
        print(
            f"{what}: medians over {len(rows)}: lines {found[0]:.3f} (bar 1), without tiles "
            f"{found[1]:.3f}, finished {found[2]:.3f}; energy enlarged {found[3]:.2f}, "
            f"tiles {found[4]:.2f}, finished {found[5]:.2f} (bar 0.7), the photo itself {found[6]:.2f}"
        )


if __name__ == "__main__":
    main()
