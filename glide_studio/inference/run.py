"""One request on its way: walks the stages of its plan, yields updates, and can be taken up again."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from glide_studio.api.checkpoint import Checkpoint
from glide_studio.api.events import (
    Draft,
    Finished,
    Notice,
    Patch,
    Picture,
    Progress,
    Scores,
    Update,
    WordMap,
    Words,
)
from glide_studio.api.request import Request
from glide_studio.errors import GlideError
from glide_studio.glide.samplers import Step
from glide_studio.glide.unet import Between, UNet
from glide_studio.glide.wordmaps import word_maps, words
from glide_studio.inference import cascade, guides
from glide_studio.inference.cascade import Walk
from glide_studio.inference.forecast import Speedometer, Stopwatch, needed
from glide_studio.inference.model_cache import Residents, digest_of, tokenizer
from glide_studio.inference.model_input import Captions, canvas
from glide_studio.inference.models.model_set import ModelSet
from glide_studio.inference.pixels import Floats, resized, to_pictures
from glide_studio.inference.plan import Stage, base_of, plan, sight_of

STAGES = ("Drafting", "Refining", "Adding detail")


@dataclass(slots=True)
class Run:
    """What has come of a request so far.

    drafts, pictures: finished ones by candidate. below: (level, candidate, picture) of the level that
        the candidate under way has last left. partial: where to take up the next stage, once.
    """

    request: Request
    model: ModelSet
    residents: Residents
    speedometer: Speedometer
    between: Between
    frugal: bool = False
    began: float = field(default_factory=time.monotonic)
    drafts: dict[int, Picture] = field(default_factory=dict)
    pictures: dict[int, Picture] = field(default_factory=dict)
    below: tuple[int, int, Picture] | None = None
    partial: Checkpoint | None = None
    captions: Captions = field(default_factory=Captions)
    looked: dict[int, list[tuple[str, Tensor]]] = field(default_factory=dict)
    watch: Stopwatch = field(init=False)

    def __post_init__(self) -> None:
        request, resume = self.request, self.request.resume
        if request.draft is not None:
            self.drafts[request.draft_index] = request.draft
        if resume is not None:
            self.drafts |= resume.drafts
            self.pictures |= resume.pictures
            if resume.below is not None:
                self.below = resume.level - 1, resume.first, resume.below
            self.partial = resume
        self._plan()

    def updates(self) -> Iterator[Update]:
        """All that is still to do, then `Finished`."""
        told = self.request.draft is not None
        for stage in self.watch.plan.stages:
            if self._done(stage):
                continue
            if stage.level > 0 and not told:
                yield from self._tell()
                told = True
            x = yield from self._walked(stage)
            self._finish(stage, x)
        if not told:
            yield from self._tell()
        # All that had a part in it, before a pause too; most are known to the cache by now.
        weights = {
            path.name: digest_of(path, self.between) for path in needed(self.request, self.model)
        }
        seconds = time.monotonic() - self.began
        yield Finished(self.request.id, self._patches(), seconds, tuple(weights.items()))

    def economise(self) -> Notice:
        """Go on with less memory: what is finished stays, the stage under way begins anew."""
        self.frugal = self.residents.alone = True
        self.partial = None
        self.captions.states.clear()
        self.residents.free()
        self._plan()
        return Notice(
            self.request.id,
            "Memory was short, so this goes on with one candidate and one network at a time.",
        )

    def _plan(self) -> None:
        whole = plan(self.request, self.model, self.residents.device, frugal=self.frugal)
        self.residents.room = whole.peak_bytes
        self.watch = Stopwatch(whole, self.speedometer)
        self.watch.done = sum(stage.steps for stage in whole.stages if self._done(stage))
        begun = next((stage for stage in whole.stages if not self._done(stage)), None)
        if begun is None:
            self.partial = None
        elif self.partial is not None:
            self._check_partial(begun, self.partial)
            self.watch.done += begun.steps - self._steps_left(begun, self.partial.left)

    def _check_partial(self, stage: Stage, at: Checkpoint) -> None:
        sampling = self.request.sampling
        most = sampling.steps if stage.level == 0 else sampling.upsample_steps
        shape = (len(stage.samples), 3, stage.size.height, stage.size.width)
        arrays = (at.x, *at.memory)
        if (
            (at.level, at.first) != (stage.level, stage.samples[0])
            or any(array.shape != shape for array in arrays)
            or not 0 <= at.left <= most
        ):
            raise GlideError("This paused run does not fit its request any more; start it anew.")

    def _steps_left(self, stage: Stage, left: int) -> int:
        """How many steps a stage's sampler will yield that has `left` to go."""
        sampling = self.request.sampling
        walked_again = stage.level == 0 and sight_of(self.request, self.model) == "imposed"
        return -(-left // sampling.jump) if walked_again and sampling.resamples > 1 else left

    def _done(self, stage: Stage) -> bool:
        if stage.level == 0:
            return all(sample in self.drafts for sample in stage.samples)
        sample = stage.samples[0]
        if sample in self.pictures:
            return True
        return self.below is not None and self.below[1] == sample and self.below[0] >= stage.level

    def _walked(self, stage: Stage) -> Generator[Progress, None, Tensor]:
        """Walk one stage; the generator's value is its last x."""
        walk = self._walk(stage)
        x, left = walk.x, walk.start
        memory: list[Tensor] = []
        at, self.partial = self.partial, None
        if at is not None:
            device = self.residents.device
            x, *memory = (torch.from_numpy(np.array(a)).to(device) for a in (at.x, *at.memory))
            left = at.left
        self.watch.restart()
        for step in walk.steps(x, left, tuple(memory)):
            yield self._progress(stage, walk, step)
            x = step.x
        return x

    def _walk(self, stage: Stage) -> Walk:
        request, captions, device = self.request, self.captions, self.residents.device
        crop = self.watch.plan.crop
        view = canvas(request, crop, stage.size, device)
        if stage.level == 0:
            n = len(stage.samples)
            return cascade.drafts(
                request,
                stage,
                self._network(base_of(request, self.model)),
                view,
                captions,
                lambda schedule: guides.gradient(
                    request, self.model, self.residents, schedule, n, self.between
                ),
                sight_of(request, self.model),
                self.between,
            )
        assert self.model.upsampler is not None
        network, sample = self._network(self.model.upsampler), stage.samples[0]
        if stage.level == 1:
            draft = self.drafts[sample]
            return cascade.upsampled(request, stage, network, view, captions, draft, self.between)
        assert self.below is not None
        return cascade.tiled(
            request,
            stage,
            network,
            view,
            captions,
            self.below[2],
            self.watch.plan.tile_batch,
            self.between,
        )

    def _network(self, path: Path) -> UNet:
        return self.residents.network(path, self.between)

    def _progress(self, stage: Stage, walk: Walk, step: Step) -> Progress:
        self.watch.step()
        maps = self._word_maps(stage, walk)
        return Progress(
            self.request.id,
            STAGES[min(stage.level, 2)],
            self.watch.done,
            self.watch.plan.steps,
            self.watch.remaining,
            tuple(to_pictures(step.pred_x0)),
            maps,
            self._checkpoint(stage, step),
        )

    def _checkpoint(self, stage: Stage, step: Step) -> Checkpoint:
        x, x0, *memory = (
            frozen(t.float().cpu().numpy()) for t in (step.x, step.pred_x0, *step.history)
        )
        below = self.below if stage.level > 1 else None
        return Checkpoint(
            stage.level,
            stage.samples[0],
            step.steps_left,
            x,
            x0,
            tuple(memory),
            tuple(self.drafts.items()),
            tuple(self.pictures.items()),
            None if below is None else below[2],
        )

    def _word_maps(self, stage: Stage, walk: Walk) -> tuple[WordMap, ...]:
        """Where the last evaluation looked; kept for the mean over all of them."""
        if walk.watched is None or walk.watched.maps is None:
            return ()
        context = walk.watched.denoiser.network.config.text.context
        found = words(tokenizer(), self.request.prompt, context)
        maps = word_maps(walk.watched.maps, found)
        old = self.looked.get(stage.samples[0])
        self.looked[stage.samples[0]] = [
            (word, one if old is None else old[i][1] + one) for i, (word, one) in enumerate(maps)
        ]
        return tuple(told_maps(maps, stage.samples[0]))

    def _finish(self, stage: Stage, x: Tensor) -> None:
        """Keep what a stage has made."""
        made = to_pictures(x)
        if stage.level == 0:
            self.drafts |= zip(stage.samples, made, strict=True)
            return
        sample = stage.samples[0]
        self.below = stage.level, sample, made[0]
        if stage.level == self.watch.plan.stages[-1].level:
            self.pictures[sample] = made[0]
            self.below = None

    def _tell(self) -> Iterator[Update]:
        """All drafts are there."""
        request = self.request
        for index in sorted(self.drafts):
            yield Draft(request.id, index, self.drafts[index])
        if self.looked:
            maps: list[WordMap] = []
            for first, sums in self.looked.items():
                most = max((float(one.max()) for _, one in sums), default=1.0)
                maps += told_maps([(word, one / most) for word, one in sums], first)
            yield Words(request.id, tuple(maps))
        if request.rank:
            pictures = [self.drafts[index] for index in sorted(self.drafts)]
            found = guides.scores(
                pictures, request.prompt, self.model, self.residents, self.between
            )
            yield Scores(request.id, tuple(found))

    def _patches(self) -> tuple[Patch, ...]:
        if self.request.drafts_only:
            return ()
        made = self.pictures if self.model.upsampler is not None else self.drafts
        box, crop = self.request.box.size, self.watch.plan.crop

        def cut(picture: Floats) -> Floats:
            whole = resized(picture, crop)[: box.height, : box.width]
            return frozen(np.ascontiguousarray(whole))

        return tuple(Patch(index, cut(made[index])) for index in sorted(made))


def frozen(array: Floats) -> Floats:
    """The array, read-only."""
    array.setflags(write=False)
    return array


def told_maps(maps: Sequence[tuple[str, Tensor]], first: int) -> Iterator[WordMap]:
    """Maps [N, h, w] a word as messages about the candidates first, first + 1, ..."""
    for word, one in maps:
        for row, values in enumerate(one.float().cpu().numpy()):
            yield WordMap(first + row, word, frozen(np.array(values)))
