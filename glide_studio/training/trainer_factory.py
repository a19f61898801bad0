"""Build a trainer with its dataset and vocabulary from command-line options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from glide_studio.errors import GlideError
from glide_studio.glide.tokenizers import ClipTokenizer, Tokenizer
from glide_studio.glide.weights import read_tensors
from glide_studio.paths import resources_folder
from glide_studio.training.captions import CaptionWriter
from glide_studio.training.classifier_trainer import ClassifierTrainer
from glide_studio.training.clip_trainer import ClipTrainer, image_and_text_files
from glide_studio.training.diffusion_trainer import DiffusionTrainer
from glide_studio.training.guide_dataset import GuideDataset
from glide_studio.training.inpaint_dataset import InpaintDataset, UpsampleDataset
from glide_studio.training.object_dataset import CutOut, ObjectDataset, ObjectUpsampleDataset
from glide_studio.training.own_objects import OwnObjectDataset, draw_replay
from glide_studio.training.trainer import Trainer
from glide_studio.training.training_config import DiffusionTrainingConfig
from glide_studio.training.training_presets import (
    adapt_to_few_pictures,
    classifier_training_config,
    clip_training_config,
    recipe,
)
from glide_studio.training.user_dataset import UserDataset

REPLAYED = 48  # pictures that a network draws before it is taught

DATASETS = {"inpaint": InpaintDataset, "upsample": UpsampleDataset}


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What to train, on which data, and how.

    data: a folder with cutouts, products and scenes, or a user's own pictures (see `user_dataset`).
    rehearse: a folder of the former kind to mix with own pictures. split, only: of own pictures,
    those of this split and, if given, of these labels. init, state: files whose vocabulary is kept.
    batch, noisy, trunk, objective: override the preset's. focus: nouns drawn more often. nouns:
    what the model of `init` knows and must not forget while it learns a user's own pictures.
    device, mixed, workers, compiled: see `Trainer` and `DiffusionTrainer`.
    """

    preset: str
    data: Path
    seed: int = 0
    rehearse: Path | None = None
    split: str = "train"
    init: Path | None = None
    state: Path | None = None
    batch: int | None = None
    noisy: float | None = None
    trunk: float | None = None
    objective: str | None = None
    focus: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    device: str = "cpu"
    mixed: bool = False
    workers: int = 0
    compiled: bool = False


def build(order: TrainOptions) -> Trainer[Any]:
    """Build a trainer; `init` and `state` are loaded later.

    Raises:
        GlideError: if the pictures are not in the expected layout or not for training, or a noun is
            unknown.
    """
    try:
        return _build(order)
    except FileNotFoundError as error:
        raise GlideError(
            "The data folder needs cutouts, products and scenes with a metadata.jsonl each, or"
            f" pictures with their captions: {error}."
        ) from None
    except ValueError as error:
        raise GlideError(str(error)) from None


def _build(order: TrainOptions) -> Trainer[Any]:
    words = resources_folder() / "vocabulary"
    captions = CaptionWriter(words / "nouns.json", words / "nouns-zh.json", order.focus)
    changes: dict[str, Any] = {} if order.batch is None else {"batch": order.batch}
    where = (order.device, order.mixed, order.workers)
    if order.preset == "mini-clip":
        pairs = GuideDataset(order.data, 64, order.seed, by_name=True)
        clip_tokenizer = ClipTokenizer(words / "clip")
        special = clip_tokenizer.encode_padded("", 2)[0].tolist()
        ids = merge_vocabularies(order, token_ids(clip_tokenizer, pairs.texts(), special))
        clip = replace(clip_training_config(len(ids) + 1), **changes)
        return ClipTrainer(clip, pairs, clip_tokenizer, ids, order.seed, *where)
    if order.preset == "mini-classifier":
        labelled = GuideDataset(order.data, 64, order.seed)
        classifier = replace(classifier_training_config(), **changes)
        return ClassifierTrainer(classifier, labelled, order.seed, *where)

    data, is_own = diffusion_data(order, captions)
    tokenizer = Tokenizer(words / "glide")
    ids = merge_vocabularies(order, token_ids(tokenizer, data.texts(), [tokenizer.padding]))
    chosen = recipe(order.preset, len(ids) + 1)
    if is_own and chosen.config.text.rows is not None:
        chosen = adapt_to_few_pictures(chosen)
    if order.noisy is not None:
        changes["noisy"] = order.noisy
    if order.trunk is not None:
        changes["trunk"] = order.trunk
    if order.objective is not None:
        changes["objective"] = order.objective
    chosen = replace(chosen, **changes)
    return DiffusionTrainer(chosen, data, tokenizer, ids, order.seed, *where, order.compiled)


def diffusion_data(
    order: TrainOptions, captions: CaptionWriter
) -> tuple[InpaintDataset | ObjectDataset, bool]:
    """Return (the dataset of a diffusion preset, whether it holds a user's own pictures)."""
    chosen = recipe(order.preset, rows=2)
    if chosen.task == "objects":
        return diffusion_objects(order, chosen)
    kind = DATASETS[chosen.task]
    if (order.data / "scenes").is_dir():
        given = (order.data, captions, chosen.side, order.seed, order.split)
        return kind(*given), False
    if chosen.task != "inpaint":
        raise ValueError(
            f"{order.preset} does not learn from a folder of one's own; choose mini-objects."
        )
    old = None
    if order.rehearse is not None:
        old = InpaintDataset(order.rehearse, captions, chosen.side, order.seed)
    own = (order.data, chosen.side, order.seed, order.split, old, order.only)
    return UserDataset(*own), True


def diffusion_objects(
    order: TrainOptions, chosen: DiffusionTrainingConfig
) -> tuple[ObjectDataset, bool]:
    """Return (the dataset of a preset with alpha, whether it holds a user's own pictures)."""
    if (order.data / "scenes").is_dir():
        return object_dataset(chosen, order.data, order.seed, order.split), False
    if chosen.config.super_res:
        raise ValueError(
            f"{order.preset} does not learn from a folder of one's own; choose mini-objects."
        )
    old = None if order.rehearse is None else object_dataset(chosen, order.rehearse, order.seed)
    replay: list[CutOut] = []
    if old is None and order.init is not None:
        tokenizer = Tokenizer(resources_folder() / "vocabulary" / "glide")
        replay = draw_replay(order.init, order.nouns, tokenizer, REPLAYED, order.seed)
    own = (order.data, chosen.side, order.seed, order.split, old, order.only, replay)
    return OwnObjectDataset(*own), True


def object_dataset(
    chosen: DiffusionTrainingConfig, root: Path, seed: int = 0, split: str = "train"
) -> ObjectDataset:
    """Return the dataset of a network with alpha, an upsampler or not."""
    table = resources_folder() / "vocabulary" / "objects.json"
    dataset = ObjectUpsampleDataset if chosen.config.super_res else ObjectDataset
    return dataset(root, table, chosen.side, seed, split)


def token_ids(
    tokenizer: Tokenizer | ClipTokenizer, texts: set[str], special: list[int]
) -> torch.Tensor:
    """Return the sorted ids of the captions' tokens and the special ones, as int32."""
    found = {token for text in texts for token in tokenizer.encode(text)}
    return torch.tensor(sorted(found | set(special)), dtype=torch.int32)


def merge_vocabularies(order: TrainOptions, ids: torch.Tensor) -> torch.Tensor:
    """Merge `ids` with those that the initial weights know, so that no word is lost.

    Raises:
        GlideError: if there is no such file.
        WeightsError: if it holds no weights.
    """
    if order.state is not None and order.state.exists():
        network = torch.load(order.state, "cpu", weights_only=True, mmap=True)["network"]
        return find_token_ids(network, ids)
    if order.init is None:
        return ids
    file = image_and_text_files(order.init)[1] if order.preset == "mini-clip" else order.init
    if not file.is_file():
        raise GlideError(f"There is no file {file}; choose another.")
    found = read_tensors(file)[0]
    old = find_token_ids(found, ids)
    return torch.tensor(sorted({*ids.tolist(), *old.tolist()}), dtype=torch.int32)


def find_token_ids(state: Mapping[str, torch.Tensor], otherwise: torch.Tensor) -> torch.Tensor:
    """Return the token ids of a reduced embedding table, or `otherwise`."""
    return next((ids for name, ids in state.items() if name.endswith("token_ids")), otherwise)
