"""How well the noise-aware CLIP and classifier name what x_t shows, at several noise levels.

    python tests/benchmarks/noise_aware.py DATA --clip clip.safetensors --classifier classifier.safetensors

Pictures: renders and photographs of the test split, each alone with its alpha and on a test scene.
`image_and_text_files` says where the parts of clip.safetensors lie.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
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
from glide_studio.training.captions import article
from glide_studio.training.clip_trainer import encode, image_and_text_files
from glide_studio.training.guide_dataset import FOLDERS, GuideDataset
from glide_studio.training.image_folder import entries
from glide_studio.training.inpaint_dataset import Sample

TIMESTEPS = (0, 100, 200, 300, 400, 500, 600, 700, 800, 900)
PROMPTS = ("{}", "{a} {}", "a picture of {a} {}")
Scorer = Callable[[Tensor, Tensor], Tensor]


def clip_scorer(path: Path, names: Sequence[str]) -> Scorer:
    """Return the cosines of pictures at timesteps with the mean caption of each name."""
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


def report(what: str, scorer: Scorer, samples: Sequence[Sample], names: Sequence[str]) -> None:
    """Print top-1 and top-5 accuracy at each timestep."""
    schedule = named_schedule("squaredcos_cap_v2")
    truth = torch.tensor([names.index(sample.noun) for sample in samples])
    x0 = torch.from_numpy(np.stack([s.picture for s in samples])).permute(0, 3, 1, 2)
    noise = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
    cells = []
    for timestep in TIMESTEPS:
        t = torch.full((len(x0),), timestep)
        best = scorer(q_sample(schedule, x0, t, noise), t).topk(5).indices
        hits = best == truth[:, None]
        first, five = hits[:, 0].float().mean(), hits.any(1).float().mean()
        cells.append(f"t {timestep}: {first:.3f} {five:.3f}")
    chance = f"chance {1 / len(names):.3f} {5 / len(names):.3f}"
    print(f"{what}, {len(x0)} pictures, {len(names)} names ({chance}), top-1 top-5:")
    print("  " + "   ".join(cells))


@torch.no_grad()
def main() -> None:
    """Print two lines for each network: objects alone, and in photographs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--classifier", type=Path)
    parser.add_argument("--count", type=int, default=800)
    options = parser.parse_args()
    data = GuideDataset(options.data, 64, seed=7, split="test")
    known = {entry.label.lower() for folder in FOLDERS for entry in entries(options.data / folder)}
    found = [data.sample(position, 0.0) for position in range(options.count)]
    objects = [sample for sample in found if sample.noun]
    alone = [sample for sample in objects if (sample.picture[..., 3] < -0.99).any()]
    in_scene = [sample for sample in objects if (sample.picture[..., 3] == 1).all()]
    for what, samples in (("alone", alone), ("in photographs", in_scene)):
        if options.clip:
            names: Sequence[str] = sorted(known)
            report(f"CLIP, {what}", clip_scorer(options.clip, names), samples, names)
        if options.classifier:
            names = class_names(options.classifier)
            report(f"classifier, {what}", load(options.classifier), samples, names)


if __name__ == "__main__":
    main()
