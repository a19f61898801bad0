"""How well the noise-aware CLIP and classifier name what x_t shows, at several noise levels.

    python tests/benchmarks/noise_aware.py DATASETS --clip clip.safetensors --classifier classifier.safetensors

Pictures: cut-outs kept back from training on validation scenes, named among all nouns; photographs of the
validation split, named among their own captions. `image_and_text_files` says where clip.safetensors' parts lie.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from glide_studio.glide.classifier import class_names, load
from glide_studio.glide.clip import l2_normalize, load_caption_encoder, load_image_encoder
from glide_studio.glide.diffusion import q_sample
from glide_studio.glide.schedule import named_schedule
from glide_studio.glide.tokenizers import ClipTokenizer
from glide_studio.paths import resources_folder
from glide_studio.training.captions import CaptionWriter, article
from glide_studio.training.clip_trainer import encode, image_and_text_files
from glide_studio.training.labelled_dataset import LabelledDataset

TIMESTEPS = (0, 200, 400, 600, 800, 950)
PROMPTS = ("{}", "{a} {}", "a picture of {a} {}")
Scorer = Callable[[Tensor, Tensor], Tensor]


def clip_scorer(path: Path, names: list[str]) -> Scorer:
    """Pictures and timesteps to cosines with the mean caption of each name."""
    image_file, text_file = image_and_text_files(path)
    images, captions = load_image_encoder(image_file), load_caption_encoder(text_file)
    tokenizer = ClipTokenizer(resources_folder() / "vocabulary" / "clip")
    context = len(captions.token_embedding.w_pos)
    known = [
        l2_normalize(
            encode(captions, tokenizer, [p.format(n, a=article(n)) for p in PROMPTS], context)
        )
        for n in names
    ]
    table = l2_normalize(torch.stack([z.mean(0) for z in known]))
    return lambda x, t: l2_normalize(images(x, t)) @ table.mT


def report(what: str, scorer: Scorer, x0: Tensor, truth: Tensor, count: int) -> None:
    """One line: top-1 and top-5 accuracy at each timestep."""
    schedule = named_schedule("squaredcos_cap_v2")
    noise = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
    cells = []
    for timestep in TIMESTEPS:
        t = torch.full((len(x0),), timestep)
        best = scorer(q_sample(schedule, x0, t, noise), t).topk(5).indices
        hits = best == truth[:, None]
        first, five = hits[:, 0].float().mean(), hits.any(1).float().mean()
        cells.append(f"t {timestep}: {first:.3f} {five:.3f}")
    print(
        f"{what}, {len(x0)} pictures, {count} names (chance {1 / count:.4f} {5 / count:.3f}), top-1 top-5:"
    )
    print("  " + "   ".join(cells))


@torch.no_grad()
def main() -> None:
    """Print a line for each network and kind of picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--classifier", type=Path)
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    words = resources_folder() / "vocabulary"
    captions = CaptionWriter(words / "nouns.json", words / "nouns-zh.json")
    data = LabelledDataset(options.data, captions, 64, seed=7, split="validation")
    rng = np.random.Generator(np.random.Philox(7))

    found = [data.object(rng, True) for _ in range(options.count)]
    objects = [sample for sample in found if sample.noun]
    nouns = list(captions.nouns)
    truth = torch.tensor([nouns.index(sample.noun) for sample in objects])
    x0 = torch.from_numpy(np.stack([s.picture for s in objects])).permute(0, 3, 1, 2)
    if options.clip:
        report("CLIP, unseen cut-outs", clip_scorer(options.clip, nouns), x0, truth, len(nouns))
    if options.classifier:
        classifier = load(options.classifier)
        assert class_names(options.classifier) == tuple(nouns)
        report("classifier, unseen cut-outs", classifier, x0, truth, len(nouns))
    if options.clip:
        names = sorted({entry.label.lower() for entry in data.products})
        shown = data.products[:: max(1, len(data.products) // options.count)]
        places = [data.products.index(entry) for entry in shown]
        small = [data.photos[place] for place in places]
        squares = np.stack([square(photo) for photo in small]).astype(np.float32) / 127.5 - 1
        truth = torch.tensor([names.index(entry.label.lower()) for entry in shown])
        x0 = torch.from_numpy(squares).permute(0, 3, 1, 2)
        scorer = clip_scorer(options.clip, names)
        report("CLIP, unseen photographs", scorer, x0, truth, len(names))


def square(photo: np.ndarray) -> np.ndarray:
    """The middle of a photograph at 64 x 64."""
    import cv2

    side = min(photo.shape[:2])
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    cut = np.ascontiguousarray(photo[top : top + side, left : left + side])
    return cv2.resize(cut, (64, 64), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main()
