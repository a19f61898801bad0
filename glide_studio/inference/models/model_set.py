"""Model sets: the networks on disk that belong together, and what is known about them.

A set is a folder `<models>/<name>/` with a `model.json` beside its weight files:

    {"name": "objects", "title": "Glide objects", "licence": "CC-BY-SA-4.0",
     "base": "base.safetensors", "upsampler": "upsampler.safetensors", "side": 256,
     "nouns": ["apple", "banana"], "summary": "Trained on ...",
     "taught": {"teapot": "taught-1.safetensors"}}

The bundled sets are in the program's `models`, the user's own in the platform's data folder.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

from glide_studio.api.engine_protocol import EnlargingMeasure
from glide_studio.api.request import QUOTED
from glide_studio.api.sampling import MODEL_DEFAULT_FIELDS, Sampling
from glide_studio.atomic import atomic_write
from glide_studio.errors import GlideError
from glide_studio.paths import models_folder
from glide_studio.translation import translate

log = logging.getLogger(__name__)

Role = Literal[
    "base", "upsampler", "plain-base", "plain-upsampler", "clip-image", "clip-text", "classifier"
]
"""Purpose of a network. base and upsampler may take known pixels; the plain ones do not."""

ROLES: tuple[Role, ...] = get_args(Role)
DESCRIPTION = "model.json"
MAX_DESCRIPTION_BYTES = 1 << 20
PLAIN_NAME = re.compile(r"(?!\.\.?$)[^/\\]+")  # of a file in the same folder
MIN_SIDE, MAX_SIDE = 8, 4096  # pixels


@dataclass(frozen=True, slots=True)
class ModelSet:
    """Networks that work together.

    name: identifier in a Request and on the command line; also the folder's name. title: for
    people. licence: of the weights, an SPDX expression or a short sentence.
    files: role -> weight file; "base" is always there, without "upsampler" there are only drafts.
    side: side in pixels of the square that the whole cascade makes.
    nouns: what the base network was trained on; empty if it is not limited to a list.
    taught: noun -> a base network that was taught it, for prompts that name it and no others.
    summary: one sentence on origin and limits.
    faces_left: its training pictures face left, see `api.facing`.
    default_sampling: the sampling that it was tuned for. enlarging: how well it enlarges
    photographs by 2 and by 4, if that was measured.
    """

    name: str
    title: str
    licence: str
    folder: Path
    files: Mapping[Role, Path]
    side: int = 256
    nouns: tuple[str, ...] = ()
    taught: Mapping[str, Path] = field(default_factory=dict)
    faces_left: bool = False
    summary: str = field(default="", compare=False)
    default_sampling: Sampling = field(default_factory=Sampling)
    enlarging: Mapping[int, EnlargingMeasure] = field(default_factory=dict, compare=False)

    @property
    def base(self) -> Path:
        """Weights of the base network."""
        return self.files["base"]

    @property
    def upsampler(self) -> Path | None:
        """Weights of the upsampler, None if the set has none."""
        return self.files.get("upsampler")

    @property
    def known_nouns(self) -> tuple[str, ...]:
        """All that the model knows, taught or not; empty if it is not limited to a list."""
        return tuple(sorted({*self.nouns, *self.taught})) if self.nouns else ()

    @property
    def weights(self) -> tuple[tuple[Path, Role], ...]:
        """Every weight file with its network's role, sorted; one with two roles comes twice."""
        roles: set[tuple[Path, Role]] = {(path, "base") for path in self.taught.values()}
        return tuple(sorted(roles | {(path, role) for role, path in self.files.items()}))

    @property
    def size(self) -> int:
        """Bytes of all weight files together."""
        return sum(path.stat().st_size for path in {path for path, _ in self.weights})


def user_folder() -> Path:
    """Return the folder of the user's models: GLIDE_STUDIO_MODELS, or the platform's."""
    named = os.environ.get("GLIDE_STUDIO_MODELS")
    return Path(named) if named else platformdirs.user_data_path("glide-studio", False) / "models"


def model_folders() -> list[Path]:
    """Return every folder of model sets, the user's first, so that it takes precedence."""
    return [user_folder(), models_folder()]


def find_models(folders: Iterable[Path]) -> tuple[ModelSet, ...]:
    """Read the sets in `folders`, sorted by name; of two with one name the first found counts.

    A set that cannot be read is left out, with a warning in the log that says why. What has not
    changed since is not read again, and the same tuple returned: the window asks often.
    """
    folders = tuple(folders)
    return _read_models(folders, tuple(_fingerprint(folder) for folder in folders))


def _fingerprint(folder: Path) -> tuple[object, ...]:
    """Return what is other once a set in `folder` was added, changed or removed."""
    found: list[object] = []
    # Few calls of the system: after each the window would wait for the threads that compute.
    with suppress(OSError), os.scandir(folder) as entries:
        for name in (entry.name for entry in entries if not entry.name.startswith(".")):
            with suppress(OSError):
                status = os.stat(folder / name / DESCRIPTION)
                files = frozenset(os.listdir(folder / name))
                found.append((name, files, status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(found)


@lru_cache(maxsize=4)
def _read_models(
    folders: tuple[Path, ...], fingerprints: tuple[tuple[object, ...], ...]
) -> tuple[ModelSet, ...]:
    found: dict[str, ModelSet] = {}
    for folder in folders:
        for description in sorted(folder.glob(f"[!.]*/{DESCRIPTION}")):
            try:
                model = read_model(description.parent)
            except GlideError as error:
                log.warning("%s", error)
                continue
            found.setdefault(model.name, model)
    return tuple(sorted(found.values(), key=lambda model: model.name))


def find_model(name: str, folders: Iterable[Path]) -> ModelSet:
    """Return the set called `name`.

    Raises:
        GlideError: if it is broken, or there is none; the sentence says why, or which there are.
    """
    folders = tuple(folders)
    models = {model.name: model for model in find_models(folders)}
    if name not in models:
        for folder in folders:
            for description in folder.glob(f"[!.]*/{DESCRIPTION}"):
                if description.parent.name == name:
                    return read_model(description.parent)  # says what is broken
        known = ", ".join(models) or translate("ModelSet", "none at all")
        raise GlideError(
            translate(
                "ModelSet", "There is no model called '{name}'; choose one of these: {known}."
            ).format(name=name, known=known)
        )
    return models[name]


def read_model(folder: Path) -> ModelSet:
    """Read the set that `folder`/model.json describes.

    Raises:
        GlideError: if the description is missing or malformed, or a weight file is not there.
    """
    path = folder / DESCRIPTION
    try:
        model = _parse_description(_read_json(path), folder)
    except (
        OSError,
        LookupError,
        TypeError,
        AttributeError,
        ValueError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise GlideError(
            translate(
                "ModelSet",
                "{path} does not describe a model ({error}); correct it or remove the folder.",
            ).format(path=path, error=error)
        ) from None
    if model.name != folder.name:
        raise GlideError(
            translate(
                "ModelSet", "{path} is about '{name}'; give its folder the same name."
            ).format(path=path, name=model.name)
        )
    if "base" not in model.files:
        raise GlideError(
            translate("ModelSet", "{path} names no base network; a model needs one.").format(
                path=path
            )
        )
    for file, _ in model.weights:
        if not file.is_file():
            raise GlideError(
                translate(
                    "ModelSet",
                    "The model '{name}' lacks its file {file} in {folder}; add it again.",
                ).format(name=model.name, file=file.name, folder=folder)
            )
    return model


def _read_json(path: Path) -> Any:
    if not path.is_file():
        raise ValueError("it is not a file")
    if path.stat().st_size > MAX_DESCRIPTION_BYTES:
        raise ValueError("it is too long")
    return json.loads(path.read_text("utf-8"))


def _parse_description(values: Mapping[str, Any], folder: Path) -> ModelSet:
    side, nouns = int(values.get("side", 256)), values.get("nouns", [])
    if not MIN_SIDE <= side <= MAX_SIDE:
        raise ValueError(f"side must be between {MIN_SIDE} and {MAX_SIDE}, not {side}")
    if not isinstance(nouns, list):
        raise TypeError("nouns must be a list")
    return ModelSet(
        name=str(values["name"]),
        title=str(values.get("title", values["name"])),
        licence=str(values.get("licence", "unknown")),
        folder=folder,
        files={role: _parse_file(values[role], folder, role) for role in ROLES if role in values},
        side=side,
        nouns=tuple(str(noun) for noun in nouns),
        taught=_parse_taught(values.get("taught", {}), folder),
        faces_left=bool(values.get("faces_left", False)),
        summary=str(values.get("summary", "")),
        default_sampling=parse_default_sampling(values.get("sampling", {})),
        enlarging={
            int(scale): EnlargingMeasure(float(one["model"]), float(one["lanczos"]))
            for scale, one in values.get("enlarging", {}).items()
        },
    )


def _parse_taught(values: object, folder: Path) -> dict[str, Path]:
    if not isinstance(values, dict):
        example = '{"teapot": "taught-1.safetensors"}'
        raise ValueError(
            translate(
                "ModelSet", "taught must pair each noun with its file, such as {example}"
            ).format(example=example)
        )
    for noun in values:
        if not noun.isprintable() or not re.search(r"\w", noun):
            raise ValueError(
                translate("ModelSet", "taught must name things in plain words, not {noun}").format(
                    noun=json.dumps(noun)
                )
            )
    return {noun: _parse_file(file, folder, noun) for noun, file in values.items()}


def _parse_file(file: object, folder: Path, key: str) -> Path:
    """Return the path of the weight file that a description names under `key`.

    Raises:
        ValueError: if that is not the plain name of a file.
    """
    if not isinstance(file, str) or not file.isprintable() or not PLAIN_NAME.fullmatch(file):
        raise ValueError(
            translate(
                "ModelSet", "{key} must name a weight file beside it, in quotes, not {file}"
            ).format(key=key, file=json.dumps(file)[:QUOTED])
        )
    return folder / file


def parse_default_sampling(values: Mapping[str, Any]) -> Sampling:
    """Parse the `sampling` of a description; missing fields have the defaults of `Sampling`.

    Raises:
        ValueError: if it names a field that a model cannot define, or a value out of range.
        TypeError, AttributeError: if it is not an object of such values.
    """
    if unknown := [name for name in values if name not in MODEL_DEFAULT_FIELDS]:
        raise ValueError(f"sampling knows {', '.join(MODEL_DEFAULT_FIELDS)}, not {unknown[0]}")
    return Sampling(**values)


def sampling_overrides(sampling: Sampling) -> dict[str, object]:
    """Return the fields of a model's sampling that differ from the defaults of `Sampling`."""
    defaults = Sampling()
    return {
        name: getattr(sampling, name)
        for name in MODEL_DEFAULT_FIELDS
        if getattr(sampling, name) != getattr(defaults, name)
    }


def write_model(model: ModelSet) -> None:
    """Write the description of a model beside its weights, atomically.

    Raises:
        GlideError: if the folder cannot be written to.
    """
    values: dict[str, object] = {
        "name": model.name,
        "title": model.title,
        "licence": model.licence,
        **{role: path.name for role, path in model.files.items()},
        "side": model.side,
        "nouns": list(model.nouns),
        **({"taught": {n: path.name for n, path in model.taught.items()}} if model.taught else {}),
        **({"faces_left": True} if model.faces_left else {}),
        "summary": model.summary,
        "sampling": sampling_overrides(model.default_sampling),
        "enlarging": {str(scale): asdict(one) for scale, one in model.enlarging.items()},
    }
    with atomic_write(model.folder / DESCRIPTION) as temporary:
        temporary.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
