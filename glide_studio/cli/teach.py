"""Teach a model pictures of one thing: cut-outs, or photographs with a mask beside them."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from glide_studio.api.request import DEFAULT_MODEL, parse_noun
from glide_studio.atomic import atomic_write
from glide_studio.cli.train import load_start, print_now, train_until_done
from glide_studio.errors import GlideError
from glide_studio.inference.model_check import check_network
from glide_studio.inference.models.installed import check_free
from glide_studio.inference.models.model_set import find_model, model_folders
from glide_studio.inference.models.taught import add_taught
from glide_studio.training.image_folder import SUFFIXES, is_mask
from glide_studio.training.metrics_writer import MetricsWriter
from glide_studio.training.trainer_factory import TrainOptions, build

PRESET = "mini-objects"
DECAY = 0.4  # last share of the time, in which the learning rate falls to 0
SHEETS = 5  # sample sheets in a run
MIN_PICTURES = 5
PICTURES, TABLE = "pictures", "metadata.jsonl"  # in the folder of the state
WEIGHTS = "base.safetensors"  # in the folder of the state, once it is done


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    add = parser.add_argument
    add(
        "pictures",
        type=Path,
        help="folder with five or more cut-outs, or photos with NAME-mask.png",
    )
    add("--noun", required=True, help='what they show, such as "teapot"')
    add(
        "--state", required=True, type=Path, help="folder for the state, the sheets and the weights"
    )
    add("--model", default=DEFAULT_MODEL, help="the model to teach")
    add("--minutes", type=float, default=20.0, help="how long to teach; default: 20")
    add("--resume", action="store_true", help="go on where a run was stopped")
    add("--keep", default="", metavar="NAME", help="add the taught model under this name")
    add("--mixed", action="store_true", help="compute in bfloat16, faster on processors with AMX")
    add("--seed", type=int, default=0, help="of the random numbers; default: 0")
    add("--json", action="store_true", help="one JSON object a line on stdout")


def run(options: argparse.Namespace) -> int:
    """Teach for `--minutes`; SIGTERM and Ctrl-C save and exit with status 0, `--resume` goes on."""
    noun = parse_noun(options.noun)
    if options.minutes <= 0:
        raise GlideError("--minutes must be more than 0.")
    if options.keep:
        check_free(options.keep)
    model = find_model(options.model, model_folders())
    start = model.taught.get(noun, model.base)
    state = options.state / f"{PRESET}.state.pt"
    if options.resume and not state.exists():
        raise GlideError(
            f"There is no state to resume from in {options.state}; leave --resume out."
        )
    if not options.resume and state.exists():
        raise GlideError(f"{options.state} holds another run; add --resume or choose a new folder.")
    if options.resume and (begun := read_noun(options.state)) not in ("", noun):
        raise GlideError(
            f"{options.state} was begun for '{begun}', not '{noun}'; give that noun, or choose a"
            " new folder without --resume."
        )
    data = list_pictures(options.pictures, options.state, noun)
    tell(options.json, event="preparing", text="Drawing pictures of what the model knows")
    trainer = build(
        TrainOptions(
            preset=PRESET,
            data=data,
            seed=options.seed,
            init=start,
            state=state,
            nouns=tuple(known for known in model.nouns if known != noun),
            mixed=options.mixed,
        )
    )
    load_start(trainer, state, start)
    options.decay, options.sheets = DECAY, options.minutes / SHEETS
    with MetricsWriter(options.state, PRESET) as journal:
        is_done = train_until_done(trainer, options, state, journal)
    if not is_done:
        tell(options.json, event="paused", text="Stopped; --resume goes on")
        return 0
    weights = options.state / WEIGHTS
    trainer.export(weights)
    if options.keep:
        kept = add_taught(model, weights, noun, options.keep, check=check_network)
        tell(options.json, event="kept", text=f"Added the model '{kept.name}'")
    tell(options.json, event="done", text=f"Done; the weights are {weights}")
    return 0


def list_pictures(folder: Path, state: Path, noun: str) -> Path:
    """Write the table of the pictures, all of them showing `noun`, into a folder of the state.

    Raises:
        GlideError: if there are too few.
    """
    paths = sorted(one for one in folder.glob("*") if one.suffix.lower() in SUFFIXES)
    paths = [one for one in paths if not is_mask(one)]
    if len(paths) < MIN_PICTURES:
        raise GlideError(
            f"{folder} holds {len(paths)} pictures; {MIN_PICTURES} or more of the thing are needed."
        )
    target = state / PICTURES
    target.mkdir(parents=True, exist_ok=True)
    rows = [{"file_name": os.path.abspath(one), "text": noun} for one in paths]
    with atomic_write(target / TABLE) as temporary:
        temporary.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return target


def read_noun(state: Path) -> str:
    """Return the noun that the table in the folder of a state is about, "" if it is not known."""
    try:
        with open(state / PICTURES / TABLE, encoding="utf-8") as table:
            return parse_noun(json.loads(table.readline())["text"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, GlideError):
        return ""


def tell(as_json: bool, *, event: str, text: str) -> None:
    """Print an event as a sentence, or as a JSON object."""
    print_now(json.dumps({"event": event}) if as_json else f"{text}.")
