"""Train a network of a preset on a folder of images, with progress and exact resume."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from glide_studio.errors import GlideError
from glide_studio.inference.models.model_set import read_model
from glide_studio.training.diffusion_trainer import DiffusionTrainer
from glide_studio.training.duplicates import report_duplicates
from glide_studio.training.metrics_writer import MetricsWriter
from glide_studio.training.sample_sheet import sheet
from glide_studio.training.trainer import Trainer, TrainStep
from glide_studio.training.trainer_factory import TrainOptions, build
from glide_studio.training.training_presets import PRESETS

SAVE_INTERVAL_S = 300.0
LOG_INTERVAL_S = 10.0
MAX_OVERRUN = 1.25  # of --minutes, if the machine has become slower during the final decay


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    add = parser.add_argument
    add("--preset", required=True, choices=PRESETS, help="the network and how it is trained")
    add(
        "--data", required=True, type=Path,
        help="folder with cutouts, products and scenes, or your own images with captions",
    )  # fmt: skip
    add("--state", required=True, type=Path, help="folder for the state, the log and the sheets")
    add(
        "--rehearse",
        type=Path,
        help="older data to mix with your own images, so that nothing is forgotten",
    )
    add("--split", default="train", help="which split of your own folder; default: train")
    add("--only", default="", help="labels of your own folder to use, separated by commas")
    add("--minutes", type=float, default=60.0, help="how long to train; default: 60")
    add("--decay", type=float, default=0.0,
        help="last share of the time in which the learning rate falls to 0")  # fmt: skip
    add("--init", type=Path, help="start from these weights if there is no state yet")
    add(
        "--resume",
        action="store_true",
        help="resume from the saved state; an error if there is none",
    )
    add("--export", type=Path, help="write the averaged weights here at the end")
    add("--batch", type=int, help="images per step; default: the preset's")
    add(
        "--noisy",
        type=float,
        help="share of timesteps drawn from the noisiest part; default: the preset's",
    )
    add(
        "--trunk",
        type=float,
        help="learning rate of what does not read captions, as a share; below 1 to teach words",
    )
    add(
        "--objective",
        choices=("hybrid", "vlb"),
        help="of a network that learns its variance: the error and the bound's term, or the bound "
        "alone with importance sampling of the timesteps; default: the preset's",
    )
    add("--focus", default="", help="nouns to show more often, separated by commas")
    add("--seed", type=int, default=0, help="of the random numbers; default: 0")
    add("--device", default="cpu", help="cpu, cuda or cuda:N")
    add("--mixed", action="store_true", help="compute in bfloat16 where it costs no accuracy")
    add("--workers", type=int, default=0,
        help="processes that prepare samples ahead; for a GPU")  # fmt: skip
    add("--compile", action="store_true", help="compile a diffusion network; slow to start")
    add("--sheets", type=float, default=0.0, help="minutes between sample sheets; 0: none")
    add("--tensorboard", action="store_true", help="write TensorBoard files too")
    add("--duplicates", type=Path, help="write near-duplicates across splits as CSV here, and stop")
    add("--json", action="store_true", help="one JSON object a line on stdout")


def run(options: argparse.Namespace) -> int:
    """Train for `--minutes`; SIGTERM and Ctrl-C save and exit with status 0."""
    if options.duplicates is not None:
        pairs = report_duplicates(options.data, options.duplicates)
        print_now(f"{pairs} near-duplicates across splits in {options.duplicates}")
        return 0
    if not 0 <= options.decay <= 1:
        raise GlideError(f"--decay is a share of the time, 0 .. 1, not {options.decay}.")
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        raise GlideError(
            f"This machine has no device '{options.device}' that torch can use; choose cpu."
        )
    if options.mixed:
        torch.set_float32_matmul_precision("high")
    state = options.state / f"{options.preset}.state.pt"
    if options.resume and not state.exists():
        raise GlideError(
            f"There is no state to resume from in {options.state}; leave --resume out."
        )
    focus, only = (
        tuple(noun.strip().lower() for noun in named.split(",") if noun.strip())
        for named in (options.focus, options.only)
    )
    trainer = build(
        TrainOptions(
            preset=options.preset,
            data=options.data,
            seed=options.seed,
            rehearse=options.rehearse,
            split=options.split,
            init=options.init,
            state=state,
            batch=options.batch,
            noisy=options.noisy,
            trunk=options.trunk,
            objective=options.objective,
            focus=focus,
            only=only,
            nouns=known_nouns(options.init),
            device=options.device,
            mixed=options.mixed,
            workers=options.workers,
            compiled=options.compile,
        )
    )
    load_start(trainer, state, options.init)
    if options.minutes > 0:
        with ExitStack() as stack:
            opened = MetricsWriter(options.state, options.preset, options.tensorboard)
            journal = stack.enter_context(opened)
            train_until_done(trainer, options, state, journal)
    if options.export is not None:
        trainer.export(options.export)
    return 0


def known_nouns(init: Path | None) -> tuple[str, ...]:
    """Return the nouns of the model set that a file of weights belongs to; none if it is alone."""
    try:
        return () if init is None else read_model(init.parent).nouns
    except GlideError:
        return ()


def load_start(trainer: Trainer[Any], state: Path, init: Path | None) -> None:
    """Load the initial weights, or the state to resume from.

    Raises:
        GlideError: if they do not fit.
    """
    try:
        if init is not None and not state.exists():
            trainer.load_weights(init)
        if state.exists():
            trainer.restore(state)
    except FileNotFoundError as error:
        raise GlideError(f"There is no file {error.filename}; choose another.") from None
    except ValueError as error:
        raise GlideError(str(error)) from None


def train_until_done(
    trainer: Trainer[Any],
    options: argparse.Namespace,
    state: Path,
    journal: MetricsWriter,
) -> bool:
    """Train until the time is up or a signal arrives; saves regularly and at the end.

    Returns False if it was a signal.
    """
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    seconds = options.minutes * 60
    began = saved = noted = shown = time.monotonic()
    recent: deque[tuple[int, float]] = deque(maxlen=3)  # (step, when), to estimate the present rate
    for step in trainer.steps():
        now = time.monotonic()
        spent = now - began
        if not recent:
            recent.append((step.step, now))
        due = now - saved > SAVE_INTERVAL_S
        late = (
            options.decay and trainer.decay_range is None and spent > seconds * (1 - options.decay)
        )
        if late and step.step > recent[0][0]:
            rate = (step.step - recent[0][0]) / (now - recent[0][1])
            left = max(0.0, seconds - spent) * rate
            trainer.decay_range = (step.step, step.step + round(left))
        ended = (
            spent > seconds if trainer.decay_range is None else step.step >= trainer.decay_range[1]
        )
        over = stopped or ended or spent > MAX_OVERRUN * seconds
        if now - noted > LOG_INTERVAL_S or over:
            noted = now
            recent.append((step.step, now))
            journal.write_step(step, trainer.lr_factor())
            print_step(step, options.json)
        wanted = options.sheets and (now - shown > options.sheets * 60 or over)
        if wanted and isinstance(trainer, DiffusionTrainer):
            shown = now
            journal.write_sheet(step, sheet(trainer))
        if due or over:
            saved = time.monotonic()
            trainer.save(state)
        if over:
            break
    return not stopped


def print_step(step: TrainStep, as_json: bool) -> None:
    """Print one line of progress."""
    if as_json:
        print_now(json.dumps(asdict(step)))
    else:
        print_now(
            f"step {step.step}  pictures {step.pictures}  loss {step.loss:.4f}  "
            f"{step.seconds / 60:.1f} min"
        )


def print_now(line: str) -> None:
    """Print a line and flush, for a reader at the other end of a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
