"""`glide-studio train`: trains a preset on a folder of pictures, with progress and exact resume."""

from __future__ import annotations

import argparse
import csv
import json
import signal
import sys
import time
from collections.abc import Collection
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import torch

from glide_studio.base.errors import GlideError
from glide_studio.base.places import resources_folder
from glide_studio.contract.engine import TrainStep
from glide_studio.glide.clip_tokenizer import ClipTokenizer
from glide_studio.glide.tokenizer import Tokenizer
from glide_studio.train.captions import Captions
from glide_studio.train.classify import ClassifierTrainer
from glide_studio.train.contrastive import ClipTrainer
from glide_studio.train.data import GenerateData, InpaintData, UpsampleData
from glide_studio.train.denoiser import DiffusionTrainer
from glide_studio.train.labelled import LabelledData
from glide_studio.train.loop import NetworkTrainer
from glide_studio.train.presets import PRESETS, classifier_recipe, clip_recipe, recipe

DATA = {"generate": GenerateData, "inpaint": InpaintData, "upsample": UpsampleData}
SAVE_EVERY = 300.0  # seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--preset", required=True, choices=PRESETS)
    parser.add_argument(
        "--data", required=True, type=Path, help="folder with cutouts, products, scenes"
    )
    parser.add_argument(
        "--state", required=True, type=Path, help="folder for the state and the log"
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument(
        "--decay",
        type=float,
        default=0.0,
        help="last share of the time in which the rate falls to 0",
    )
    parser.add_argument(
        "--init", type=Path, help="begin from these weights if there is no state yet"
    )
    parser.add_argument("--export", type=Path, help="write the averaged weights here at the end")
    parser.add_argument("--batch", type=int, help="pictures a step; default: the preset's")
    parser.add_argument("--noisy", type=float, help="share of timesteps from the noisiest tenth")
    parser.add_argument("--focus", default="", help="nouns to show more often, separated by commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def token_ids(
    tokenizer: Tokenizer | ClipTokenizer, texts: set[str], special: list[int]
) -> torch.Tensor:
    """The ids that occur in the captions, and the special ones, increasing, as int32."""
    found = {token for text in texts for token in tokenizer.encode(text)}
    return torch.tensor(sorted(found | set(special)), dtype=torch.int32)


def build(
    preset: str,
    root: Path,
    seed: int,
    batch: int | None = None,
    noisy: float | None = None,
    focus: Collection[str] = (),
) -> NetworkTrainer[Any]:
    """A fresh trainer of a preset over the training split of `root`.

    Raises:
        GlideError: if the folder has no pictures in the expected layout, or a noun is unknown.
    """
    words = resources_folder() / "vocabulary"
    try:
        captions = Captions(words / "nouns.json", words / "nouns-zh.json", focus)
    except ValueError as error:
        raise GlideError(str(error)) from None
    changes: dict[str, Any] = {} if batch is None else {"batch": batch}
    try:
        if preset == "mini-clip":
            labelled = LabelledData(root, captions, 64, seed)
            clip_tokenizer = ClipTokenizer(words / "clip")
            special = clip_tokenizer.padded("", 2)[0].tolist()
            ids = token_ids(clip_tokenizer, labelled.texts(), special)
            clip = replace(clip_recipe(len(ids) + 1), **changes)
            return ClipTrainer(clip, labelled, clip_tokenizer, ids, seed)
        if preset == "mini-classifier":
            labelled = LabelledData(root, captions, 64, seed, objects_only=True)
            return ClassifierTrainer(replace(classifier_recipe(), **changes), labelled, seed)
        chosen = recipe(preset, rows=2)
        data = DATA[chosen.task](root, captions, chosen.side, seed)
    except FileNotFoundError as error:
        raise GlideError(
            f"The data folder needs cutouts, products and scenes with a metadata.jsonl each: {error}."
        ) from None
    tokenizer = Tokenizer(words / "glide")
    ids = token_ids(tokenizer, data.texts(), [tokenizer.padding])
    if noisy is not None:
        changes["noisy"] = noisy
    return DiffusionTrainer(
        replace(recipe(preset, len(ids) + 1), **changes), data, tokenizer, ids, seed
    )


def run(options: argparse.Namespace) -> int:
    """Train for `--minutes`; SIGTERM and Ctrl-C save and leave with status 0."""
    state = options.state / f"{options.preset}.state.pt"
    cv2.setNumThreads(1)
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    focus = [noun.strip() for noun in options.focus.split(",") if noun.strip()]
    trainer = build(options.preset, options.data, options.seed, options.batch, options.noisy, focus)
    options.state.mkdir(parents=True, exist_ok=True)
    if state.exists():
        trainer.restore(state)
    elif options.init is not None:
        trainer.adopt(options.init)
    if options.minutes == 0 and options.export is not None:
        trainer.export(options.export)
        return 0
    began = saved = reported = time.monotonic()
    seconds, start = options.minutes * 60, trainer.step
    with open(options.state / f"{options.preset}.csv", "a", newline="") as log:
        rows = csv.writer(log)
        for step in trainer.steps():
            now = time.monotonic()
            spent = now - began
            if options.decay and trainer.finish is None and spent > seconds * (1 - options.decay):
                speed = (step.step - start) / spent
                trainer.finish = (step.step, step.step + round((seconds - spent) * speed))
            ended = spent > seconds if trainer.finish is None else step.step >= trainer.finish[1]
            over = stopped or ended
            if now - reported > 10 or over:
                reported = now
                rows.writerow([step.step, step.pictures, f"{step.loss:.5f}", f"{spent:.0f}"])
                log.flush()
                report(step, spent, options.json)
            if now - saved > SAVE_EVERY or over:
                saved = now
                trainer.save(state)
            if over:
                break
    if options.export is not None:
        trainer.export(options.export)
    return 0


def report(step: TrainStep, spent: float, as_json: bool) -> None:
    """One line of progress on stdout."""
    if as_json:
        line = json.dumps(asdict(step))
    else:
        line = f"step {step.step}  pictures {step.pictures}  loss {step.loss:.4f}  {spent / 60:.1f} min"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
