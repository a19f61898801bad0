"""GLIDE's headline finding, measured again: which guidance draws what was asked for, and still varies?

    python -m tests.quality.guidance --model models/objects -o OUT [--pictures 200] [--only clip]

GLIDE (arXiv 2112.10741), sections 2.3, 2.4 and 5: classifier-free guidance was preferred to CLIP's; ADM's
classifier guidance (arXiv 2105.05233) is their ancestor. Writes `guidance.md`, `.json`, a sheet, and the
outcome of every point in `guidance.jsonl`, from which a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glide_studio.cli.shared_options import make_folder
from glide_studio.errors import GlideError
from glide_studio.glide import classifier, clip, weights
from glide_studio.glide.guidance import Gradient
from glide_studio.glide.layers import noop
from glide_studio.glide.pipeline import BaseSettings, InpaintInputs, InpaintPipeline
from glide_studio.glide.samplers import philox_noise
from glide_studio.inference.gradients import ResizedGradient, guide_input
from glide_studio.inference.model_cache import clip_tokenizer, tokenizer
from glide_studio.inference.models.download import hash_file
from glide_studio.inference.models.model_set import ModelSet, read_model
from glide_studio.inference.pixels import to_pictures
from glide_studio.paths import resources_folder
from tests.quality.contact_sheet import grid
from tests.quality.counting_bars import counting_bars
from tests.quality.metric_model import Looked, MetricModel, load_judge
from tests.quality.noun_matching import named, read_classes
from tests.quality.objects import mean_distance
from tests.quality.report import Report, Table
from tests.quality.statistics import Interval, wilson

Floats = NDArray[np.float32]
Kind = Literal["", "clip", "classifier"]

STEPS, SAMPLER = 16, "ancestral"
SEED = 2000
BATCH = 40
GRAY = 0.5
ON_SHEET = 8  # nouns
CELL = 96  # pixels
RANKED = 8  # drafts of which one is picked
BAD_INPUT = 2  # exit status

NOTES = [
    "The base network's 64 px objects over gray, drawn from nothing with 16 ancestral steps, from the same "
    "noise for every point. Scale: of the gradient of CLIP's 100 cos, or of the classifier's log p; 1 is "
    "no classifier-free guidance. Clipped: the gradient's norm is limited, picture by picture, to that of "
    "the noise. Late: guided only below 0.7 of the timesteps.",
    "Fidelity: the judge sees the noun among its five likeliest classes. Diversity: mean feature "
    "distance of two objects of one noun.",
]


@dataclass(frozen=True, slots=True)
class Point:
    """One way to guide.

    free: classifier-free scale; interval: only in the timesteps from 0.3 to 0.95 (Kynkäänniemi et
    al. 2024). form: what is done to the gradient.
    """

    free: float = 1.0
    kind: Kind = ""
    scale: float = 0.0
    form: Literal["", "clipped", "late"] = ""
    interval: bool = False

    def __str__(self) -> str:
        free = f"classifier-free {self.free:g}{' in the interval' if self.interval else ''}"
        parts = [free] if self.free != 1 else []
        parts += [f"{self.kind} {self.scale:g} {self.form}".strip()] if self.kind else []
        return " + ".join(parts) or "none"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a point: hits of each judge and how many pictures, diversity, seconds a picture."""

    point: str
    pictures: int
    hits: tuple[int, int]
    diversity: float
    seconds: float


FREE = 4.0  # the bundled model's scale, in the interval
POINTS = (
    Point(),
    *(Point(free) for free in (1.5, 3.0, 5.0)),
    *(Point(free, interval=True) for free in (2.5, FREE, 6.0)),
    *(Point(1.0, "classifier", scale) for scale in (1.0, 3.0, 10.0)),
    Point(1.0, "classifier", 10.0, "late"),
    *(Point(FREE, "classifier", scale, interval=True) for scale in (1.0, 3.0)),
    *(Point(1.0, "clip", scale) for scale in (0.1, 0.3, 1.0)),
    Point(1.0, "clip", 0.3, "late"),
    Point(1.0, "clip", 1.0, "clipped"),
    *(Point(FREE, "clip", scale, interval=True) for scale in (0.1, 0.3)),
)
INTERVAL = 0.3, 0.95


class Guided:
    """A model with its guides, on batches of captions."""

    def __init__(self, model: ModelSet, mixed: bool) -> None:
        self.mixed = mixed
        base = weights.load(model.base)
        base.to(memory_format=torch.channels_last)
        self.side, self.channels = base.config.size, base.config.picture_channels
        self.pipeline = InpaintPipeline(lambda: base, lambda: base, tokenizer())
        self.classifier = classifier.load(model.files["classifier"])
        self.classes = classifier.class_names(model.files["classifier"])
        self.has_clip = {"clip-image", "clip-text"} <= model.files.keys()
        if self.has_clip:
            self.images = clip.load_image_encoder(model.files["clip-image"])
            self.captions = clip.load_caption_encoder(model.files["clip-text"])

    def draw(self, nouns: Sequence[str], seeds: range, point: Point) -> Floats:
        """Return one object for each noun, premultiplied, [N, S, S, 4]."""
        nothing = torch.zeros(1, 1, self.side, self.side)
        inputs = InpaintInputs(
            nouns, nothing.expand(-1, 3, -1, -1), nothing, philox_noise(SEED, seeds, 0)
        )
        settings = BaseSettings(
            STEPS,
            SAMPLER,
            guidance=point.free,
            guidance_range=INTERVAL if point.interval else (0.0, 1.0),
            conditioning="none",
        )
        with torch.autocast("cpu", torch.bfloat16, enabled=self.mixed):
            stage = self.pipeline.base_stage(inputs, settings, self.gradient(nouns, point))
            return np.stack(to_pictures(stage.run()))

    def gradient(self, nouns: Sequence[str], point: Point) -> Gradient | None:
        """Return the gradient of a point, None without a guide."""
        if point.kind == "classifier":
            classes = torch.tensor([self.classes.index(noun) for noun in nouns])
            by_class = classifier.ClassifierGradient(self.classifier, classes, point.scale)
            side, channels = self.classifier.config.size, self.classifier.config.picture_channels
            return shape_gradient(
                ResizedGradient(by_class, self.classifier, side, channels, noop), point.form
            )
        if point.kind == "clip":
            by_clip = clip.ClipGradient(self.images, self.encode(nouns), point.scale)
            side, channels = self.images.size, self.images.channels
            return shape_gradient(
                ResizedGradient(by_clip, self.images, side, channels, noop), point.form
            )
        return None

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> Tensor:
        """Return CLIP's embeddings of captions, [N, E]."""
        context = len(self.captions.token_embedding.w_pos)
        pairs = [clip_tokenizer().encode_padded(text, context) for text in texts]
        tokens = torch.from_numpy(np.stack([ids for ids, _ in pairs]))
        found: Tensor = self.captions(tokens, torch.tensor([length for _, length in pairs]))
        return found

    @torch.inference_mode()
    def similarities(self, pictures: Floats, nouns: Sequence[str]) -> Floats:
        """Return CLIP's cosine [N] of finished pictures [N, S, S, 4] and their nouns."""
        x = see(pictures, self.images.size, self.images.channels)
        z = clip.l2_normalize(self.images(x, torch.zeros(len(x), dtype=torch.int64)))
        return (z * clip.l2_normalize(self.encode(nouns))).sum(-1).numpy()

    @torch.inference_mode()
    def probabilities(self, pictures: Floats, nouns: Sequence[str]) -> Floats:
        """Return the classifier's probability [N] of the nouns of finished pictures [N, S, S, 4]."""
        config = self.classifier.config
        x = see(pictures, config.size, config.picture_channels)
        found = self.classifier(x, torch.zeros(len(x), dtype=torch.int64)).softmax(-1)
        classes = torch.tensor([self.classes.index(noun) for noun in nouns])
        return found.gather(1, classes[:, None])[:, 0].numpy()


def see(pictures: Floats, side: int, channels: int) -> Tensor:
    """Return finished pictures [N, S, S, 4] as a guide sees them."""
    device = torch.device("cpu")
    return torch.cat([guide_input(picture, side, channels, device) for picture in pictures])


def shape_gradient(gradient: Gradient, form: str) -> Gradient:
    """Limit a gradient's norm to that of noise, or leave the noisiest timesteps alone."""
    if form == "clipped":

        def clipped(x: Tensor, t: Tensor) -> Tensor:
            found = gradient(x, t)
            norm = found.flatten(1).norm(dim=1).clamp(min=1e-9)
            limit = x[0].numel() ** 0.5
            return found * (limit / norm).clamp(max=1.0)[:, None, None, None]

        return clipped
    if form == "late":
        return lambda x, t: gradient(x, t) * (t < 700).to(x)[:, None, None, None]
    return gradient


def over_gray(pictures: Floats) -> Floats:
    """Composite premultiplied objects [N, S, S, 4] over gray."""
    return np.clip(pictures[..., :3] + GRAY * (1 - pictures[..., 3:]), 0, 1).astype(np.float32)


def measure(
    guided: Guided, judges: Sequence[MetricModel], nouns: Sequence[str], each: int, point: Point
) -> tuple[Outcome, Floats]:
    """Draw `each` objects of every noun; return the outcome and the first object of each noun."""
    classes = read_classes(resources_folder() / "vocabulary" / "imagenet.tsv")
    asked = [noun for noun in nouns for _ in range(each)]
    began = time.process_time()
    parts = [range(len(asked))[first : first + BATCH] for first in range(0, len(asked), BATCH)]
    drawn = np.concatenate(
        [guided.draw(asked[part.start : part.stop], part, point) for part in parts]
    )
    seconds = (time.process_time() - began) / len(asked)
    shown = over_gray(drawn)
    seen = [judge.look(shown) for judge in judges]
    counts = [0, 0]
    distances = []
    for place, noun in enumerate(nouns):
        rows = slice(place * each, (place + 1) * each)
        for number, looked in enumerate(seen):
            counts[number] += int(named(looked.top[rows], classes[noun]).sum())
        first = seen[0]
        distances.append(
            mean_distance(Looked(first.maps[rows], first.pooled[rows], first.top[rows]))
        )
    outcome = Outcome(
        str(point), len(asked), (counts[0], counts[1]), float(np.mean(distances)), seconds
    )
    return outcome, shown[::each]


def rank_drafts(
    guided: Guided, judges: Sequence[MetricModel], nouns: Sequence[str], each: int
) -> list[tuple[str, Interval, Interval, Interval]]:
    """Compare the guides' picks of eight drafts with a random one, by each judge, `each` times."""
    classes = read_classes(resources_folder() / "vocabulary" / "imagenet.tsv")
    hits = np.zeros((len(judges), 3), np.int64)  # by CLIP, by the classifier, of all
    asked_nouns = [noun for noun in nouns for _ in range(each)]
    for place, noun in enumerate(asked_nouns):
        first, asked = 100_000 + place * RANKED, [noun] * RANKED
        drawn = guided.draw(asked, range(first, first + RANKED), Point(FREE, interval=True))
        by_clip = int(guided.similarities(drawn, asked).argmax()) if guided.has_clip else 0
        by_class = int(guided.probabilities(drawn, asked).argmax())
        shown = over_gray(drawn)
        for number, judge in enumerate(judges):
            seen = named(judge.look(shown).top, classes[noun])
            hits[number] += [seen[by_clip], seen[by_class], seen.sum()]
    count = len(asked_nouns)
    return [
        (
            f"lite{variant}",
            wilson(int(row[0]), count),
            wilson(int(row[1]), count),
            wilson(int(row[2]), RANKED * count),
        )
        for variant, row in zip((0, 2), hits, strict=True)
    ]


def read_outcomes(path: Path, keys: Mapping[str, str]) -> Iterator[Outcome]:
    """Iterate over the outcomes of a stopped run.

    keys: point -> what its weights and pictures are; outcomes of others are left out.
    """
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row.pop("key") == keys.get(row["point"]):
                yield Outcome(**{**row, "hits": tuple(row["hits"])})


def run(options: argparse.Namespace, tick: Callable[[int], object]) -> Report:
    """Measure every point, write the results and return the report.

    Raises:
        GlideError: if the model lacks a guide, or a file cannot be used.
    """
    model = read_model(options.model.resolve())
    if "classifier" not in model.files:
        raise GlideError(f"The model '{model.name}' has no classifier.")
    make_folder(options.output)
    classes = read_classes(resources_folder() / "vocabulary" / "imagenet.tsv")
    nouns = [noun for noun in model.nouns if noun in classes][: options.nouns]
    each = max(2, options.pictures // len(nouns))
    digests = {role: hash_file(path)[:8] for role, path in model.files.items()}

    def key(point: Point) -> str:
        role = {"clip": "clip-image", "classifier": "classifier"}.get(point.kind, "base")
        return f"{digests['base']} {digests.get(role)} {len(nouns)} x {each}"

    log = options.output / "guidance.jsonl"
    keys = {str(point): key(point) for point in POINTS}
    known = {outcome.point: outcome for outcome in read_outcomes(log, keys)}
    guided = Guided(model, options.mixed)
    judges = [load_judge(variant=variant) for variant in (0, 2)]
    points = [
        point
        for point in POINTS
        if re.search(options.only, str(point)) and (guided.has_clip or point.kind != "clip")
    ]
    for point in points:
        if str(point) not in known:
            known[str(point)], first = measure(guided, judges, nouns, each, point)
            np.save(options.output / f"{point}.npy", first[:ON_SHEET].astype(np.float16))
            with open(log, "a", encoding="utf-8") as file:
                file.write(json.dumps({**asdict(known[str(point)]), "key": key(point)}) + "\n")
        tick(1)
    rows = [
        (
            found.point,
            wilson(found.hits[0], found.pictures),
            wilson(found.hits[1], found.pictures),
            found.diversity,
            found.seconds,
        )
        for found in (known[str(point)] for point in points)
    ]
    tables = [
        Table(
            "Kinds and scales",
            ("guidance", "fidelity, lite0", "fidelity, lite2", "diversity", "seconds"),
            list(rows),
        )
    ]
    if options.rank:
        ranked = rank_drafts(guided, judges, nouns, each)
        columns = ("judge", f"CLIP's pick of {RANKED}", "the classifier's", "a random one")
        rows_of_picks = [(row[0], row[1] if guided.has_clip else None, *row[2:]) for row in ranked]
        tables.append(Table("Ranking drafts", columns, list(rows_of_picks)))
    shown = [list(np.load(options.output / f"{point}.npy").astype(np.float32)) for point in points]
    return Report(
        "guidance",
        "Guidance",
        {
            "weights": " ".join(digests.values()),
            "nouns": len(nouns),
            "pictures": f"{each} a noun and point",
        },
        tables,
        list(NOTES),
        {"guidance": grid(shown, [str(point) for point in points], nouns[:ON_SHEET], CELL)},
    )


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns 0, or 2 with one sentence on stderr for bad input."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.guidance", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder with a model.json")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    parser.add_argument("--pictures", type=int, default=200, help="of each point")
    parser.add_argument("--nouns", type=int, default=40, help="how many, those that judges know")
    parser.add_argument("--only", default="", help="points whose name matches")
    parser.add_argument("--rank", action="store_true", help="let CLIP pick drafts too")
    parser.add_argument("--mixed", action="store_true", help="compute in bfloat16")
    options = parser.parse_args(arguments)
    try:
        with counting_bars() as progress:
            report = run(options, progress("guidance", len(POINTS)))
        report.write(options.output)
    except (GlideError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    print("\n".join(table.markdown() for table in report.tables))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
