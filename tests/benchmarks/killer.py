"""Never lose work: `python tests/benchmarks/killer.py [N] [SEED]`.

N times: a child edits a document (strokes, accepted layers, undo, redo, saves) and is killed at a
random moment. Then its working store must hold the last edit that was finished, or the one that was
being stored; the `.glide` file must hold a whole save, the last finished one or the one under way.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from glide_studio.api.request import Provenance, Request
from glide_studio.api.sampling import Sampling
from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer, change_layer
from glide_studio.document.mask_edits import clear_mask
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box, Size
from glide_studio.io.project.open_project import open_project
from glide_studio.io.project.recovery import recoverable
from glide_studio.io.project.working_store import WorkingStore
from glide_studio.io.provenance import provenance_to_dict

SIZE = Size(700, 500)
LONGEST = 1.5  # seconds until the kill


def fingerprint(history: History) -> str:
    """A digest of the current document's pixels and layers, and of the tree around it."""
    document = history.document
    found = hashlib.sha256()
    for layer in document.iter_layers():
        found.update(repr((layer.id, layer.name, layer.opacity, layer.provenance)).encode())
    for raster in document.rasters():
        found.update(raster.read(raster.box).tobytes())
    tree = [(state.id, state.parent, state.label) for state in history.states]
    found.update(repr((tree, history.current.id)).encode())
    return found.hexdigest()


def edit(history: History, choose: random.Random) -> None:
    """One thing that a user does."""
    document = history.document
    noise = np.random.default_rng(choose.randrange(1 << 30))
    x, y = choose.randrange(SIZE.width - 100), choose.randrange(SIZE.height - 100)
    box = Box(x, y, 100, 100)
    match choose.choice(("stroke", "stroke", "paint", "accept", "undo", "redo", "jump")):
        case "stroke":
            pixels = noise.integers(0, 256, (100, 100, 1), np.uint8)
            painted = document.selection.write(box, pixels)
            history.record("Paint mask", replace(document, selection=painted))
        case "paint":
            base = document.layers[0]
            assert base.raster is not None
            pixels = noise.integers(0, 256, (100, 100, 4), np.uint8)
            painted = base.raster.write(box, pixels)
            history.record("Paint", change_layer(document, base.id, raster=painted))
        case "accept":
            pixels = noise.integers(0, 256, (100, 100, 4), np.uint8)
            request = Request("fill", "a hat", box, Sampling(seed=choose.randrange(1 << 30)))
            raster = Raster.empty(SIZE, 4).write(box, pixels)
            made = provenance_to_dict(Provenance(request, 0, "killer"))
            layer = Layer("Result", raster, provenance=made)
            history.record("Add layer", clear_mask(add_layer(document, layer)))
        case "undo":
            history.undo()
        case "redo":
            history.redo()
        case _:
            history.jump(choose.choice(history.states).id)


def say(*words: str) -> None:
    """Tell the parent, at once."""
    os.write(1, (" ".join(words) + "\n").encode())


def child(folder: Path, seed: int) -> None:
    """Edit without end."""
    choose = random.Random(seed)
    pixels = np.random.default_rng(seed).integers(0, 256, (SIZE.height, SIZE.width, 4), np.uint8)
    layer = Layer("Photo", Raster.from_array(pixels))
    store = WorkingStore.create(None, "killed", folder=folder / "stores")
    # A small budget, so that tiles are spilled and come back meanwhile.
    history = History.begin(Document(SIZE, 8, (layer,), layer.id), budget=4 << 20, store=store)
    store.record(history, durable=True)
    say("done", fingerprint(history))
    say("ready")
    while True:
        if choose.random() < 0.15:
            digest = fingerprint(history)
            say("saving", digest)
            store.write_project(folder / "project.glide")
            say("saved", digest)
        else:
            edit(history, choose)
            digest = fingerprint(history)
            say("doing", digest)
            store.record(history, durable=choose.random() < 0.3)
            say("done", digest)


@dataclass(frozen=True)
class Verdict:
    """edits, saves: finished before the kill. fault: what was lost, empty if nothing."""

    edits: int
    saves: int
    fault: str


def one(seed: int) -> Verdict:
    """Start a child, kill it, look at what is left."""
    choose = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, __file__, "--child", str(folder), str(seed)]
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": root}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            lines = []
            while not lines or lines[-1] != "ready":
                line = process.stdout.readline().decode()
                if not line:
                    return Verdict(0, 0, "the child did not start")
                lines.append(line.strip())
            time.sleep(choose.uniform(0, LONGEST))
            process.kill()
            lines += process.stdout.read().decode().split("\n")
        said = [line.split() for line in lines if " " in line]
        edits = sum(words[0] == "done" for words in said)
        saves = sum(words[0] == "saved" for words in said)
        return Verdict(edits, saves, judge(folder, said))


def judge(folder: Path, said: list[list[str]]) -> str:
    """What is wrong with what the child left; empty if nothing is."""
    found = recoverable(folder / "stores")
    if len(found) != 1:
        return f"{len(found)} stores were found"
    store = WorkingStore.recover(found[0].path)
    kept = fingerprint(store.history())
    unreadable = store.unreadable
    store.close(discard=True)
    if kept not in allowed(said, "doing", "done") or unreadable:
        return "the last finished edit is lost"
    project = folder / "project.glide"
    wanted = allowed(said, "saving", "saved")
    if not project.exists():
        return "the saved file is gone" if any(words[0] == "saved" for words in said) else ""
    opened, history = open_project(project, folder=folder / "stores")
    kept = fingerprint(history)
    unreadable = opened.unreadable
    opened.close(discard=True)
    return "the saved file is not whole" if kept not in wanted or unreadable else ""


def allowed(said: list[list[str]], begun: str, ended: str) -> set[str]:
    """The last digest that was finished, and that of what was under way after it."""
    last: set[str] = set()
    for word, digest in said:
        if word == ended:
            last = {digest}
        elif word == begun:
            last = last | {digest}
    return last


def main() -> int:
    """Run and print; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    arguments = parser.parse_args()
    verdicts = [one(arguments.seed + number) for number in range(arguments.count)]
    for number, verdict in enumerate(verdicts):
        if verdict.fault:
            print(f"seed {arguments.seed + number}: {verdict.fault}")
    faults = sum(bool(verdict.fault) for verdict in verdicts)
    edits, saves = (sum(getattr(one, what) for one in verdicts) for what in ("edits", "saves"))
    print(f"{len(verdicts)} kills, {edits} edits and {saves} saves finished, {faults} losses")
    return int(faults > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), int(sys.argv[3]))
    sys.exit(main())
