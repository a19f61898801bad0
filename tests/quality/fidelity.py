"""Prompt fidelity: how often the judge sees the noun in a fill, beside the real thing at its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import platformdirs
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.training.image_folder import entries
from tests.quality.batch_inpainter import InpaintCase, Plan
from tests.quality.fill_cases import Case, Objects, Scenes, case
from tests.quality.measure_context import MeasureContext
from tests.quality.metric_model import Looked
from tests.quality.noun_matching import Prototypes, named
from tests.quality.results_log import Outcome, ResultsLog

Floats = NDArray[np.float32]

PROTOTYPE_SEEDS = range(1_000_000, 1_000_004)  # of real pictures on training scenes
RECOGNISED = 0.25  # least share of a noun's real pictures that the judge must see, to be chosen


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried.

    split: of the scenes. objects: split of the cut-outs. finished: judge what the upsampler makes of
    the drafts, beside real pictures of its size, instead of the drafts themselves.
    """

    split: str
    seeds: Sequence[int]
    plan: Plan
    objects: str = "train"
    finished: bool = False

    def settings(self) -> dict[str, object]:
        """As a report and a ledger say it."""
        return {
            "scenes": self.split,
            "cut-outs": self.objects,
            "seeds": f"{self.seeds[0]}-{self.seeds[-1]}",
            "steps": self.plan.steps,
            "sampler": self.plan.sampler,
            "temperature": self.plan.temperature,
            "guidance": str(self.plan.guidance),
            "judged": "finished pictures" if self.finished else "drafts",
        }


@dataclass(frozen=True, slots=True)
class Tried:
    """One noun's pictures and outcome. fills, real: [n, S, S, 3], 0 .. 1."""

    noun: str
    fills: Floats
    real: Floats
    outcome: Outcome


def orders_of(noun: str, cases: Sequence[Case], seeds: Sequence[int]) -> list[InpaintCase]:
    """Each case as an order whose prompt is the noun alone."""
    return [
        InpaintCase(case.real, case.mask, noun, seed, noun)
        for case, seed in zip(cases, seeds, strict=True)
    ]


class Fidelity:
    """Tries nouns on a bench. nouns: noun -> labels of the cut-outs that show one.

    Raises:
        GlideError: if there are no scenes of the split, or no upsampler for finished pictures.
    """

    def __init__(
        self,
        bench: MeasureContext,
        trial: Trial,
        nouns: Mapping[str, Sequence[str]],
        prototypes: Prototypes,
    ) -> None:
        self.bench, self.trial, self.prototypes = bench, trial, prototypes
        self.scenes = Scenes(bench.data, trial.split)
        self.objects = Objects(bench.data, nouns, trial.objects)

    def cases(self, noun: str) -> list[Case]:
        """The noun's case for every seed."""
        side = side_of(self.bench, self.trial)
        return [case(noun, seed, self.scenes, self.objects, side) for seed in self.trial.seeds]

    def tried(self, noun: str) -> Tried:
        """Paint and judge one noun."""
        (found,) = self.several([noun])
        return found

    def several(self, nouns: Sequence[str]) -> Iterable[Tried]:
        """Paint some nouns together and judge each."""
        painter, plan, count = self.bench.painter, self.trial.plan, len(self.trial.seeds)
        cases = {noun: self.cases(noun) for noun in nouns}
        orders = [
            order for noun in nouns for order in orders_of(noun, cases[noun], self.trial.seeds)
        ]
        painted = painter.drafts(orders, plan)
        if self.trial.finished:
            painted = painter.upsample(orders, painted, plan)
        for noun, fills in zip(nouns, np.split(painted, len(painted) // count), strict=True):
            real = np.stack([case.real for case in cases[noun]])
            seen = [self.bench.judge.look(pictures) for pictures in (fills, real)]
            yield Tried(noun, fills, real, self.outcome(noun, seen))

    def outcome(self, noun: str, seen: Sequence[Looked]) -> Outcome:
        """The verdicts on sets of pictures, a column a set."""
        classes = self.bench.classes.get(noun)
        near = np.stack([self.prototypes.near(looked.pooled, noun) for looked in seen], axis=1)
        if classes is None:
            return Outcome(None, near)
        return Outcome(np.stack([named(looked.top, classes) for looked in seen], axis=1), near)

    def all(self, nouns: Iterable[str], ledger: ResultsLog) -> Iterable[Tried]:
        """Try every noun that the ledger lacks; each is entered when the next is asked for."""
        missing = [noun for noun in nouns if noun not in ledger.outcomes]
        done = self.bench.meter("fidelity", len(missing))
        together = max(1, self.bench.painter.batch // len(self.trial.seeds))
        for start in range(0, len(missing), together):
            for found in self.several(missing[start : start + together]):
                yield found
                ledger.add(found.noun, found.outcome)
                done(1)


def side_of(bench: MeasureContext, trial: Trial) -> int:
    """Pixels of the side of the pictures that a trial judges.

    Raises:
        GlideError: if they shall be finished and there is no upsampler.
    """
    if not trial.finished:
        return bench.painter.side
    if bench.painter.upsampler is None:
        raise GlideError("This model has no upsampler to finish its drafts; leave --finished out.")
    return bench.painter.upsampler.config.size


def prototypes(bench: MeasureContext, side: int) -> Prototypes:
    """The prototypes of all nouns of a bench, for pictures of a size."""
    return Prototypes(features(bench, bench.nouns, "train", side))


def features(
    bench: MeasureContext, nouns: Mapping[str, Sequence[str]], split: str, side: int
) -> dict[str, Floats]:
    """noun -> the judge's features [n, d] of cut-outs of `split` on training scenes, `side` pixels.

    Kept in the user's cache, since nothing of it depends on a model.
    """
    scenes = [entry.path.name for entry in entries(bench.data / "scenes", "train")]
    setting = repr((sorted(nouns.items()), scenes, split, side, PROTOTYPE_SEEDS))
    key = sha256((bench.data / "cutouts" / "metadata.jsonl").read_bytes() + setting.encode())
    folder = platformdirs.user_cache_path("glide-studio") / "evaluate"
    path = folder / f"features-{key.hexdigest()[:16]}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            return dict(zip(kept["nouns"].tolist(), kept["features"], strict=True))
    places, objects = Scenes(bench.data, "train"), Objects(bench.data, nouns, split)
    done = bench.meter("prototypes", len(objects.paths))
    found: dict[str, Floats] = {}
    for noun in objects.paths:
        real = [case(noun, seed, places, objects, side).real for seed in PROTOTYPE_SEEDS]
        found[noun] = bench.judge.look(np.stack(real)).pooled
        done(1)
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, nouns=np.array(list(found)), features=np.stack(list(found.values())))
    return found


def chosen(outcomes: Mapping[str, Outcome], most: int) -> list[str]:
    """The nouns that a model paints best, best first: those whose real pictures the judge recognises, by
    the share of fills that it recognises; of equals, the one whose real pictures are recognised less."""
    shares = {noun: outcome.counted.mean(0) for noun, outcome in outcomes.items()}
    able = [noun for noun, (_, real) in shares.items() if real >= RECOGNISED]
    return sorted(able, key=lambda noun: (-shares[noun][0], shares[noun][1]))[:most]
