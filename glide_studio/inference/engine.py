"""`LocalEngine`: runs requests on this machine, each as one generator of events."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from glide_studio.api.engine_protocol import Capabilities, Forecast, IsCancelled
from glide_studio.api.events import Cancelled, Failed, Started, Update
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.errors import GlideError
from glide_studio.glide.weights import WeightsError
from glide_studio.imaging.geometry import Size
from glide_studio.inference.device import best_device, describe_device, lower_priority
from glide_studio.inference.forecast import Speedometer, fit_time_budget, forecast
from glide_studio.inference.model_cache import ModelCache
from glide_studio.inference.models.model_set import find_model, find_models, model_folders
from glide_studio.inference.request_checks import check_request
from glide_studio.inference.request_networks import has_alpha
from glide_studio.inference.run import RequestRun


class CancelledByUser(Exception):
    """Raised between two blocks of a network when the user has cancelled."""


class LocalEngine:
    """The engine over the model sets in `folders` (by default the user's and the bundled ones).

    precision: dtype of the diffusion networks' large matrices, None for the device's default.
    compiled: run the diffusion networks through torch.compile, which makes the first step of each size
    slow; None for the environment's GLIDE_STUDIO_COMPILE (1 is yes).
    background: give the window's thread precedence over the calling one. One thread at a time may use an
    engine; generators of several requests may be advanced in turns.
    """

    def __init__(
        self,
        folders: Sequence[Path] | None = None,
        background: bool = False,
        precision: torch.dtype | None = None,
        compiled: bool | None = None,
    ) -> None:
        if background:
            lower_priority()
        self.folders = list(model_folders() if folders is None else folders)
        self.device = best_device()
        if compiled is None:
            compiled = os.environ.get("GLIDE_STUDIO_COMPILE") == "1"
        self.cache = ModelCache(self.device, precision, compiled)
        self.speedometer = Speedometer(self.device)

    @property
    def capabilities(self) -> Capabilities:
        """See `api.engine_protocol.Engine.capabilities`; read at each access, since models may be added."""
        models = find_models(self.folders)
        return Capabilities(
            models=tuple(model.name for model in models),
            frame={model.name: Size(model.side, model.side) for model in models},
            nouns={model.name: model.nouns for model in models},
            default_sampling={model.name: model.default_sampling for model in models},
            alpha=frozenset(model.name for model in models if has_alpha(model)),
        )

    def forecast(self, request: Request) -> Forecast:
        """See `api.engine_protocol.Engine.forecast`; a broken model costs nothing, since `run` will refuse it."""
        try:
            model = find_model(request.model, self.folders)
            loaded = set(self.cache.networks)
            return forecast(request, model, self.device, self.speedometer, loaded)
        except (GlideError, WeightsError, OSError):
            return Forecast(seconds=0.0, peak_bytes=0, fits=True)

    def fit_time_budget(self, request: Request, seconds: float) -> Sampling:
        """See `api.engine_protocol.Engine.fit_time_budget`; two steps are timed if none was before.

        Raises:
            GlideError, WeightsError: if the model is missing or broken.
        """
        model = find_model(request.model, self.folders)
        if self.speedometer.steps < 2:
            trial = Sampling(steps=2, guidance=1.0)
            blank = Request("generate", "", request.box, trial, drafts_only=True, model=model.name)
            for _ in self.run(blank, lambda: False):
                pass
        return fit_time_budget(request, model, self.device, self.speedometer.speed, seconds)

    def free_memory(self) -> None:
        """Drop all weights."""
        self.cache.clear()

    def run(self, request: Request, is_cancelled: IsCancelled) -> Iterator[Update]:
        """See `api.engine_protocol.Engine.run`."""
        began = time.monotonic()

        def check_cancelled() -> None:
            if is_cancelled():
                raise CancelledByUser

        try:
            check_cancelled()
            model = find_model(request.model, self.folders)
            check_request(request, model)
            yield Started(request.id, describe_device(self.device))
            run = RequestRun(
                request, model, self.cache, self.speedometer, check_cancelled, began=began
            )
            yield from self._with_retry(run)
        except CancelledByUser:
            yield Cancelled(request.id)
        except (GlideError, WeightsError, FileNotFoundError) as error:
            yield Failed(request.id, str(error))
        except (MemoryError, RuntimeError) as error:
            if is_compile_error(error):
                yield Failed(
                    request.id,
                    "torch.compile does not work here, where it needs a C++ compiler, or Triton on CUDA; "
                    "start without GLIDE_STUDIO_COMPILE.",
                )
                return
            if not is_out_of_memory(error):
                raise
            self.free_memory()
            yield Failed(
                request.id,
                "There is not enough memory for this; close other programs, "
                "ask for fewer candidates or choose a smaller model.",
            )
        finally:
            self.cache.exclusive = False

    @staticmethod
    def _with_retry(run: RequestRun) -> Iterator[Update]:
        """Yield the events of a run; if memory is short, go on once with less."""
        try:
            yield from run.updates()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            yield run.retry_low_memory()
            yield from run.updates()


def is_compile_error(error: BaseException) -> bool:
    """Tell whether torch.compile raised an error; its module is only there if it was used."""
    module = sys.modules.get("torch._dynamo.exc")
    return module is not None and isinstance(error, module.TorchDynamoException)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error is one of the several by which torch reports a lack of memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "can't allocate memory" in str(error) or "not enough memory" in str(error)
