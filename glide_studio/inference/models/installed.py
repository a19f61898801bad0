"""The user's own models: pull the released ones, add, verify, remove.

Beside the weights, `hashes.json` keeps the sha256 that each file had when it was first found in order;
nobody publishes one for the released files, so later changes are judged against that.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from glide_studio.errors import GlideError
from glide_studio.inference.models.detect import Kind, check_sums, identify
from glide_studio.inference.models.download import download, hash_file
from glide_studio.inference.models.model_set import (
    DESCRIPTION,
    ModelSet,
    Role,
    read_model,
    user_folder,
    write_model,
)
from glide_studio.inference.models.released import LICENCE, NAME, RELEASED, TITLE, URL, Released
from glide_studio.paths import models_folder

HASHES = "hashes.json"
ROLE_OF: dict[Kind, Role] = {entry.kind: entry.role for entry in RELEASED} | {
    "classifier": "classifier"
}

Report = Callable[[str, int, int | None], None]
"""(file, bytes done, bytes in all if known)."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One file is in order; `first` if its hash was recorded just now."""

    file: str
    sha256: str
    first: bool


def verify(model: ModelSet) -> list[Verified]:
    """Read every file of a set in full: its kind must be known, its hash the one recorded at first.

    When there is none yet, a zipped checkpoint's own sums must be right before it is recorded.

    Raises:
        GlideError: naming the first file that is damaged or has changed.
    """
    return [verify_file(path) for path in sorted(set(model.files.values()))]


def verify_file(path: Path) -> Verified:
    """The same for one file.

    Raises:
        GlideError: if it is damaged or has changed.
    """
    identify(path)
    recorded = _recorded(path.parent)
    found = hash_file(path)
    known = recorded.get(path.name)
    if known is None:
        check_sums(path)
    # The bundled ones are not ours to mark.
    first = known is None and models_folder() not in path.parents
    if first:
        _record(path.parent, recorded | {path.name: found})
    if known not in (None, found):
        raise GlideError(
            f"{path.name} has changed since it was first verified; remove the model and add it again."
        )
    return Verified(path.name, found, first)


def _recorded(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / HASHES).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise GlideError(f"{folder / HASHES} is damaged; delete it and verify again.")
    return {str(name): str(digest) for name, digest in found.items()}


def _record(folder: Path, hashes: dict[str, str]) -> None:
    partial = folder / (HASHES + ".part")
    partial.write_text(json.dumps(hashes, indent=2, sort_keys=True) + "\n", "utf-8")
    os.replace(partial, folder / HASHES)


def add(source: Path, name: str | None = None, folder: Path | None = None) -> ModelSet:
    """Copy a user's weight file, or a folder of them, to the user's models as the set `name`.

    A file goes into the set of that name if there is one. The name is the file's or folder's own if
    none is given. Nothing is left behind if anything is wrong.

    Raises:
        GlideError: if the source holds no GLIDE network, two for one role, or the name is taken.
    """
    home = user_folder() if folder is None else folder
    name = name or source.stem
    if not name or name != Path(name).name or name.startswith("."):
        raise GlideError(f"'{name}' cannot be a model's name; choose one without slashes.")
    if not source.exists():
        raise GlideError(f"There is no {source}; choose a weight file or a folder of them.")
    existing = home / name
    if existing.exists() and (source.is_dir() or not (existing / DESCRIPTION).is_file()):
        raise GlideError(f"A model called '{name}' is there already; choose another name.")
    described = source.is_dir() and (source / DESCRIPTION).is_file()
    old = read_model(existing) if existing.exists() else None
    if described:
        model = replace(read_model(source), name=name)
        files = dict(model.files)
        for path in files.values():
            identify(path)
    else:
        model = old or ModelSet(name, name, "unknown", existing, {})
        files = _roles(sorted(source.iterdir()) if source.is_dir() else [source])
    for path in files.values():
        check_sums(path)
    if taken := [role for role in files if old is not None and role in old.files]:
        raise GlideError(f"'{name}' has a {taken[0]} network already; remove the model first.")

    home.mkdir(parents=True, exist_ok=True)
    staging = home / f".{name}.part"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        for path in files.values():
            shutil.copyfile(path, staging / path.name)
        whole = {
            role: existing / path.name for role, path in (*model.files.items(), *files.items())
        }
        if "base" not in whole:
            raise GlideError(f"{source.name} holds no base network; add one first.")
        added = replace(model, folder=existing, files=whole)
        if old is None:
            write_model(replace(added, folder=staging))
            os.replace(staging, existing)
        else:
            for path in files.values():
                os.replace(staging / path.name, existing / path.name)
            write_model(added)
    except OSError as error:
        raise GlideError(
            f"The model could not be copied: {error.strerror or error}; make room and try again."
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    verify(added)
    return added


def _roles(paths: Iterable[Path]) -> dict[Role, Path]:
    """Each weight file under its role; without an inpainting network the plain one is the base."""
    files: dict[Role, Path] = {}
    for path in paths:
        if path.suffix not in (".pt", ".pth", ".bin", ".safetensors", ".ckpt"):
            continue
        role = ROLE_OF[identify(path)]
        if role in files:
            raise GlideError(f"{files[role].name} and {path.name} are both a {role}; keep one.")
        files[role] = path
    for plain, role in (("plain-base", "base"), ("plain-upsampler", "upsampler")):
        if plain in files and role not in files:
            files[role] = files.pop(plain)
    if not files:
        raise GlideError("No weight file (.pt or .safetensors) is there; choose another folder.")
    return files


def exchange(model: ModelSet, role: Role, path: Path) -> ModelSet:
    """The user's own `model` with another file, already in its folder, in that role; the old one is deleted.

    Raises:
        GlideError: if the new file holds no GLIDE network.
    """
    verify_file(path)
    old = model.files[role]
    changed = replace(model, files={**model.files, role: path})
    write_model(changed)
    old.unlink()
    _record(model.folder, {n: d for n, d in _recorded(model.folder).items() if n != old.name})
    return changed


def remove(name: str, folder: Path | None = None) -> None:
    """Delete a set of the user's own.

    Raises:
        GlideError: if the user has none of that name (the bundled ones stay).
    """
    home = (user_folder() if folder is None else folder) / name
    if name != Path(name).name or not (home / DESCRIPTION).is_file():
        raise GlideError(
            f"You have no model of your own called '{name}'; `models list` shows them."
        )
    # The description goes first: what an interruption leaves is no model any more.
    (home / DESCRIPTION).unlink()
    shutil.rmtree(home)


def pull(
    folder: Path | None = None,
    report: Report = lambda file, done, total: None,
    url: str = URL,
    wanted: Iterable[Released] = RELEASED,
    only: Literal["fill", "all"] = "fill",
    pause: float = 1.0,
) -> ModelSet:
    """Download the released networks as the set `glide`; files that are there already stay.

    only: "fill" for the two inpainting networks (3.1 GB in full precision), "all" for all six.

    Raises:
        GlideError: see `download`; what has arrived is resumed by the next call.
    """
    home = (user_folder() if folder is None else folder) / NAME
    there = read_model(home).files if (home / DESCRIPTION).is_file() else {}
    files: dict[Role, Path] = {}
    for entry in wanted:
        path = there.get(entry.role, home / entry.file)
        if only == "fill" and entry.role not in ("base", "upsampler") and not path.is_file():
            continue
        if not path.is_file():
            download(
                url + entry.file,
                path,
                progress=lambda done, total, file=entry.file: report(file, done, total),  # type: ignore[misc]
                check=lambda path, entry=entry: _is_released(path, entry),  # type: ignore[misc]
                pause=pause,
            )
        verify_file(path)
        files[entry.role] = path
    model = ModelSet(NAME, TITLE, LICENCE, home, files, side=256)
    write_model(model)
    return model


def _is_released(path: Path, entry: Released) -> None:
    size = path.stat().st_size
    if size < entry.least_bytes:
        raise GlideError(
            f"{entry.file} arrived with only {size} bytes and was dropped; try again later."
        )
    if (found := identify(path)) != entry.kind:
        raise GlideError(f"{entry.file} should be {entry.kind} but is {found}; try again later.")
    check_sums(path)
