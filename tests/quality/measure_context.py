"""What every measure needs: a painter, the judge, the data, the nouns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from glide_studio.errors import GlideError
from glide_studio.glide import weights
from glide_studio.glide.unet import UNet
from glide_studio.inference.device import best_device
from glide_studio.inference.models.download import hash_file
from glide_studio.inference.models.model_set import find_model, model_folders
from glide_studio.paths import resources_folder
from tests.quality.batch_inpainter import BatchInpainter
from tests.quality.guides import Guides, load_classes, load_clip
from tests.quality.metric_model import MetricModel, load_judge
from tests.quality.noun_matching import read_classes

Meter = Callable[[str, int], Callable[[int], object]]
"""(what is counted, how many there will be) -> what to call with each number done."""


def unwatched(title: str, total: int) -> Callable[[int], object]:
    """Nobody watches."""
    return lambda count: None


@dataclass(frozen=True, slots=True)
class Files:
    """Weight files: a model set's, each of which may be replaced by another."""

    base: Path
    upsampler: Path | None = None
    clip: tuple[Path, Path] | None = None
    classifier: Path | None = None


@dataclass(frozen=True, slots=True)
class MeasureContext:
    """A model under the judge's eyes.

    data: folder with `cutouts` and `scenes`. nouns: noun -> labels of the data that show one. classes:
    noun -> classes of ImageNet. about: which weights are measured.
    """

    painter: BatchInpainter
    judge: MetricModel
    data: Path
    nouns: Mapping[str, Sequence[str]]
    classes: Mapping[str, frozenset[int]]
    about: dict[str, object]
    meter: Meter = unwatched


def files_of(
    model: str,
    base: Path | None = None,
    upsampler: Path | None = None,
    clip: Sequence[Path] | None = None,
    classifier: Path | None = None,
    folders: Sequence[Path] | None = None,
) -> Files:
    """The files of a model set, with those replaced that are named.

    Raises:
        GlideError: if there is no such set or file.
    """
    found = find_model(model, model_folders() if folders is None else folders).files
    for path in (base, upsampler, classifier, *(clip or ())):
        if path is not None and not path.is_file():
            raise GlideError(f"There is no file '{path}'; choose another.")
    pair = tuple(clip or (found[role] for role in ("clip-image", "clip-text") if role in found))
    return Files(
        base or found["base"],
        upsampler or found.get("upsampler"),
        (pair[0], pair[1]) if len(pair) == 2 else None,
        classifier or found.get("classifier"),
    )


def bench(
    files: Files, data: Path, meter: Meter = unwatched, judge: MetricModel | None = None
) -> MeasureContext:
    """Load everything.

    Raises:
        GlideError: if a file cannot be used, or the judge is not installed.
    """
    for folder in ("cutouts", "scenes"):
        if not (data / folder / "metadata.jsonl").is_file():
            raise GlideError(
                f"'{data}' has no {folder}/metadata.jsonl; name the folder of the data with --data."
            )
    base = network(files.base)
    upsampler = None if files.upsampler is None else network(files.upsampler)
    try:
        guides = Guides(
            None if files.clip is None else load_clip(*files.clip, best_device()),
            None if files.classifier is None else load_classes(files.classifier, best_device()),
        )
    except weights.WeightsError as error:
        raise GlideError(str(error)) from None
    about: dict[str, object] = {"base": hash_file(files.base)[:16]}
    if files.upsampler is not None:
        about["upsampler"] = hash_file(files.upsampler)[:16]
    words = resources_folder() / "vocabulary"
    return MeasureContext(
        BatchInpainter(base, upsampler, guides),
        judge or load_judge(best_device()),
        data,
        json.loads((words / "nouns.json").read_text("utf-8")),
        read_classes(words / "imagenet.tsv"),
        about,
        meter,
    )


def network(path: Path) -> UNet:
    """A diffusion network on the best device, in float32.

    Raises:
        GlideError: if the file cannot be used.
    """
    try:
        made = weights.load(path, best_device())
    except weights.WeightsError as error:
        raise GlideError(str(error)) from None
    laid: UNet = made.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return laid
