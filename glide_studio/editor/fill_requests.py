"""What Generate asks a model for as things are now, and what that would cost."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from glide_studio.api.engine_protocol import Forecast
from glide_studio.api.request import (
    Request,
    clean_prompt,
    counted_things,
    is_unfinished,
)
from glide_studio.api.sampling import PlanName, Sampling, apply_model_defaults, apply_plan
from glide_studio.api.unknown_words import explain_unknown_words
from glide_studio.document.raster import Raster
from glide_studio.editor.crop import CropRegion, crop_around
from glide_studio.editor.fit_queue import CLEARING, CUTOUT, PLAIN, FittingSpeed, PaintedArea
from glide_studio.editor.mask_islands import split_islands
from glide_studio.editor.retouch_actions import SEED_COUNT
from glide_studio.editor.runner import EngineRunner
from glide_studio.editor.state import EditorState
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.removal_rim import rim_width
from glide_studio.translation import translate

DEFAULT_MODEL_SIZE = Size(256, 256)
"""Picture that a model makes, until the engine can say: both GLIDE upsamplers end here."""

LONG_DETAIL_S = 1.0  # of one candidate: from there on drafts are offered first
STAYS_LONG = 0.6  # share of it above which they are offered still, whatever else the machine does
RIM_TAKEN = 0.5  # of a rim's width: how much of it is taken along with most things

FindSampling = Callable[[str], Sampling | None]
"""From a model's name to the sampling that it was tuned for, None if there is no such model."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a run would cost. enlargement: crop side over generated side. forecast: None
    until the engine is there. unknown: one sentence if the prompt names nothing that the model
    was trained on, else "". is_drafts: small drafts come first, which the forecast is for. places:
    how many parts of the mask are filled each on its own. wanted: how many things the prompt asks
    for, if the model draws one in each place; else 1.
    """

    enlargement: float
    forecast: Forecast | None
    unknown: str = ""
    is_drafts: bool = False
    places: int = 1
    wanted: int = 1


class FillRequests:
    """Makes requests out of the painted mask and the settings, for the chosen model.

    speed: of what follows or precedes the model's part.
    """

    def __init__(
        self,
        state: EditorState,
        runner: EngineRunner,
        speed: FittingSpeed,
        find_sampling: FindSampling,
    ) -> None:
        """find_sampling: see `Editor`."""
        self.speed = speed
        self._state = state
        self._runner = runner
        self._find_sampling = cache(find_sampling)
        self._offers_drafts = False
        self._split: tuple[Raster, list[Raster]] | None = None  # a mask and its islands

    @property
    def is_removal(self) -> bool:
        """True if Generate will fill from the photo itself, since there is no prompt."""
        return not clean_prompt(self._state.generation_settings.prompt)

    def use_model(self, name: str) -> None:
        """Choose a model, with the sampling that suits it best."""
        sampling = self._state.generation_settings.sampling
        if (default := self._default_sampling(name)) is not None:
            sampling = apply_model_defaults(sampling, default)
        self._state.set_generation_settings(model=name, sampling=sampling)

    def plan(self, name: PlanName) -> Sampling:
        """Return the present sampling with sampler and steps of a plan of the chosen model."""
        settings = self._state.generation_settings
        planned = apply_plan(name, self._default_sampling(settings.model) or Sampling())
        return replace(
            settings.sampling,
            sampler=planned.sampler,
            steps=planned.steps,
            upsample_steps=planned.upsample_steps,
        )

    def _default_sampling(self, model: str) -> Sampling | None:
        """Return what a model was tuned for; None while that is not known."""
        if self._runner.engine is not None:
            return self._runner.engine.capabilities.default_sampling.get(model, Sampling())
        return self._find_sampling(model)

    def crop(self) -> CropRegion:
        """Return what the model would look at for the mask as it is painted now.

        Raises:
            GlideError: if no picture is open, nothing is painted or the model is unknown.
        """
        document = self._state.document
        bounds = document.selection.content_box()
        if bounds.empty:
            raise GlideError(
                translate(
                    "FillRequests", "Nothing is painted yet; paint over what should change first."
                )
            )
        size = DEFAULT_MODEL_SIZE if self.is_removal else self._model_size()
        return crop_around(bounds, document.size, size)

    def preflight(
        self, sampling: Sampling | None = None, *, drafts_first: bool = False
    ) -> Preflight | None:
        """Return what Generate would cost as things are now; None if it cannot be pressed.

        Parts of the mask that lie far apart are counted each. sampling: instead of that of the
        settings. drafts_first: as `generate` is called with.
        """
        try:
            crop = self.crop()
        except GlideError:
            return None
        settings, document = self._state.generation_settings, self._state.document
        sampling = sampling or settings.sampling
        if self.is_removal:
            taken = PaintedArea.of(document.selection)
            if self._state.tool_settings.takes_rim:
                taken = taken.grow(RIM_TAKEN * rim_width(taken.box, document.size))
            one = self.speed.estimate(taken, CLEARING)
            return Preflight(1.0, Forecast(sampling.count * one, 0, True))
        if self._runner.engine is None:
            return Preflight(crop.enlargement, None)
        parts = [PaintedArea.of(part) for part in self.islands()]
        requests = [
            self.make(part.box, sampling, settings.prompt, drafts_first)[0] for part in parts
        ]
        engine = [self._runner.engine.forecast(request) for request in requests]
        kind, is_drafts = self.fit_kind(settings.model), requests[0].drafts_only
        besides = [CLEARING] * settings.clear_first + [kind] * (not is_drafts)
        forecast = Forecast(
            sum(one.seconds for one in engine)
            + sum(self.speed.estimate(part, one) for part in parts for one in besides),
            max(one.peak_bytes for one in engine),
            all(one.fits for one in engine),
            max(one.enlargement for one in engine),
        )
        unfinished = is_unfinished(settings.prompt, self._known_nouns())
        unknown = "" if unfinished else self.explain_words(settings.prompt)
        wanted = counted_things(clean_prompt(settings.prompt)) if kind == CUTOUT else 1
        return Preflight(forecast.enlargement, forecast, unknown, is_drafts, len(parts), wanted)

    def islands(self) -> list[Raster]:
        """Return the parts of the mask that are filled each on its own."""
        mask = self._state.document.selection
        if self._split is None or self._split[0] is not mask:
            self._split = mask, split_islands(mask)
        return self._split[1]

    def explain_words(self, prompt: str) -> str:
        """Return a sentence if the model knows nothing that the prompt names, else ""."""
        return explain_unknown_words(clean_prompt(prompt), self._known_nouns())

    def _known_nouns(self) -> Sequence[str]:
        """Return the nouns that the chosen model is limited to, none if it is not."""
        model, engine = self._state.generation_settings.model, self._runner.engine
        return () if engine is None else engine.capabilities.nouns.get(model, ())

    def make(
        self, painted: Box, sampling: Sampling, prompt: str, drafts_first: bool
    ) -> tuple[Request, float]:
        """Return the request to fill what is painted in a box, and the enlargement."""
        settings, document = self._state.generation_settings, self._state.document
        crop = crop_around(painted, document.size, self._model_size())
        if self.fit_kind(settings.model) == CUTOUT:
            sampling = replace(sampling, strength=1.0)  # nothing to begin from
        request = Request(
            "fill",
            clean_prompt(prompt),
            crop.box,
            sampling,
            clean_prompt(settings.negative),
            model=settings.model,
            state=self._state.timeline.current.id,
        )
        if drafts_first and settings.drafts_first and self._takes_long_for_detail(request):
            request = replace(request, drafts_only=True)
        return request, crop.enlargement

    def _takes_long_for_detail(self, request: Request) -> bool:
        """Tell whether drafts are there much sooner than what is made of them."""
        count = request.sampling.count
        if self._runner.engine is None or count < 2:
            return False
        whole = self._runner.engine.forecast(request).seconds
        drafts = self._runner.engine.forecast(replace(request, drafts_only=True)).seconds
        limit = LONG_DETAIL_S * (STAYS_LONG if self._offers_drafts else 1)
        self._offers_drafts = (whole - drafts) / count > limit
        return self._offers_drafts

    def fit_kind(self, model: str) -> str:
        """Return how candidates of a model are fitted: as a patch or as an object."""
        engine = self._runner.engine
        return CUTOUT if engine and model in engine.capabilities.alpha else PLAIN

    def next_sampling(self) -> Sampling:
        """Return the sampling of the settings, which get another seed first if that is wanted."""
        settings = self._state.generation_settings
        if settings.new_seed:
            sampling = replace(settings.sampling, seed=secrets.randbelow(SEED_COUNT))
            self._state.set_generation_settings(sampling=sampling)
        return self._state.generation_settings.sampling

    def _model_size(self) -> Size:
        if self._runner.engine is None:
            return DEFAULT_MODEL_SIZE
        models, name = self._runner.engine.capabilities.frame, self._state.generation_settings.model
        if name in models:
            return models[name]
        if not models:
            raise GlideError(
                translate("FillRequests", "No model is installed here; add one first.")
            )
        raise GlideError(
            translate(
                "FillRequests",
                "There is no model '{name}' here; the installed models are: {known}.",
            ).format(name=name, known=", ".join(f"'{one}'" for one in models))
        )
