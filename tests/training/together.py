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
from glide_studio.training.training_config import DiffusionTrainingConfig
from tests.training.conftest import patched_config


def main(folder: Path, target: Path, how: str) -> None:
    world = join()
    tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")
    data = InpaintDataset(folder, CaptionWriter(), 64)
    ids = token_ids(tokenizer, data.texts(), [tokenizer.padding])
    config = replace(patched_config(len(ids) + 1), learned_variance=True)
    chosen = DiffusionTrainingConfig(config, "inpaint", side=64, batch=4, warm_up=2)
    chosen = replace(chosen, sharded=how == "sharded")
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
