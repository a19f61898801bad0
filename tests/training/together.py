"""Trains a tiny preset for three steps and saves its state; run by torchrun or alone.

python together.py FOLDER TARGET sharded|wrap_data_parallel
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

from glide_studio.glide.tokenizers import Tokenizer
from glide_studio.paths import resources_folder
from glide_studio.training.captions import CaptionWriter
from glide_studio.training.diffusion_trainer import DiffusionTrainer
from glide_studio.training.distributed import join, leave
from glide_studio.training.inpaint_dataset import InpaintDataset
from glide_studio.training.trainer_factory import token_ids
from glide_studio.training.training_presets import recipe


def main(folder: Path, target: Path, how: str) -> None:
    world = join()
    tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")
    data = InpaintDataset(folder, CaptionWriter(), 64)
    ids = token_ids(tokenizer, data.texts(), [tokenizer.padding])
    chosen = recipe("mini-hybrid", len(ids) + 1)
    text = replace(chosen.config.text, context=8, width=16, layers=1, heads=2)
    config = replace(
        chosen.config, channels=16, multipliers=(1, 2), attention=(2,), head_width=16,
        norm_groups=8, head=4, text=text,
    )  # fmt: skip
    chosen = replace(
        chosen, config=config, batch=4, warm_up=2, sharded=how == "sharded", matrix_rate=0.0
    )
    trainer = DiffusionTrainer(chosen, data, tokenizer, ids)
    trainer.distribute(world)
    if target.exists():
        trainer.restore(target)
    for step in islice(trainer.steps(), 3):
        if world.rank == 0:
            print(step.loss)
    trainer.save(target)
    trainer.export(target.with_suffix(".safetensors"))
    leave(world)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
