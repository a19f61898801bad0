"""The installed models for the window: a `ModelLibrary` over the folders of model sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from glide_studio.api.model_library import ModelInfo, Step
from glide_studio.inference.model_check import check_network
from glide_studio.inference.models import installed
from glide_studio.inference.models.installed import NetworkInfo
from glide_studio.inference.models.model_set import (
    ModelSet,
    Role,
    find_model,
    find_models,
    model_folders,
    user_folder,
)
from glide_studio.inference.models.taught import add_taught
from glide_studio.inference.request_networks import has_alpha


class LocalLibrary:
    """See `api.model_library.ModelLibrary`."""

    def list(self) -> tuple[ModelInfo, ...]:
        return tuple(_describe(model) for model in find_models(model_folders()))

    def add(self, source: Path, step: Step) -> ModelInfo:
        return _describe(installed.add(source, check=_with_step(step)))

    def verify(self, name: str, step: Step) -> int:
        return len(installed.verify(find_model(name, model_folders()), _with_step(step)))

    def keep_taught(self, source: str, base: Path, noun: str, name: str, step: Step) -> ModelInfo:
        model = find_model(source, model_folders())
        return _describe(add_taught(model, base, noun, name, check=_with_step(step)))

    def remove(self, name: str) -> None:
        installed.remove(name)


def _with_step(step: Step) -> Callable[[Path, Role], NetworkInfo | None]:
    """Make the check of a network that says first which file it tries."""

    def check(path: Path, role: Role) -> NetworkInfo | None:
        step(path.name)
        return check_network(path, role)

    return check


def _describe(model: ModelSet) -> ModelInfo:
    return ModelInfo(
        model.name,
        model.title,
        model.licence,
        model.size,
        model.side,
        tuple(sorted(model.files)),
        model.known_nouns,
        model.summary,
        taught=tuple(model.taught),
        is_bundled=model.folder.parent != user_folder(),
        has_alpha=has_alpha(model),
    )
