"""Add, verify, change and remove the user's own models.

Beside the weights, `hashes.json` keeps the SHA-256 that each file had when it was first verified.
No checksum of the released files was ever published, so later changes are detected by that.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from glide_studio.atomic import atomic_write, replace_durably
from glide_studio.errors import GlideError
from glide_studio.inference.models.detect import NetworkKind, check_crc, check_regular, identify
from glide_studio.inference.models.download import hash_file
from glide_studio.inference.models.model_set import (
    DESCRIPTION,
    ModelSet,
    Role,
    read_model,
    user_folder,
    write_model,
)
from glide_studio.paths import models_folder
from glide_studio.translation import translate

HASHES = "hashes.json"
SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")

KINDS_OF: dict[Role, tuple[NetworkKind, ...]] = {
    "base": ("base-inpaint", "base"),
    "upsampler": ("upsample-inpaint", "upsample"),
    "plain-base": ("base",),
    "plain-upsampler": ("upsample",),
    "clip-image": ("clip-image",),
    "clip-text": ("clip-text",),
    "classifier": ("classifier",),
}
"""The networks that can take each role."""

ROLE_OF: dict[NetworkKind, Role] = {
    "base-inpaint": "base",
    "upsample-inpaint": "upsampler",
    "base": "plain-base",
    "upsample": "plain-upsampler",
    "clip-image": "clip-image",
    "clip-text": "clip-text",
    "classifier": "classifier",
}
"""The role of a network in a folder without a description."""


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """The pictures of a diffusion network: side in pixels, and channels (4 with alpha)."""

    side: int
    channels: int


NetworkCheck = Callable[[Path, Role], NetworkInfo | None]
"""Loads and tries the network of a weight file in its role (see `inference.model_check`): returns
what it makes, None for encoders and classifiers; raises GlideError if it cannot be used."""


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """One file is in order; `first` if its hash was recorded just now."""

    file: str
    sha256: str
    first: bool


def verify(model: ModelSet, check: NetworkCheck) -> list[VerifiedFile]:
    """Check every file of a set: the network loads and works, and the hash is the recorded one.

    Raises:
        GlideError: naming the first file that is damaged, unusable or has changed.
    """
    infos = defaultdict[Role, list[NetworkInfo | None]](list)

    def check_and_keep(path: Path, role: Role) -> NetworkInfo | None:
        infos[role].append(check(path, role))
        return infos[role][-1]

    verified: dict[Path, VerifiedFile] = {}
    for path, role in model.weights:
        one = verify_file(path, role, check_and_keep)
        verified.setdefault(path, one)
    for base, upsampler in product(infos["base"], infos["upsampler"]):
        _check_together(base, upsampler)
    return list(verified.values())


def _check_together(base: NetworkInfo | None, upsampler: NetworkInfo | None) -> None:
    """Check that an upsampler continues what a base network makes.

    Raises:
        GlideError: if it does not.
    """
    if base is None or upsampler is None:
        return
    if base.channels != upsampler.channels:
        raise GlideError(
            translate(
                "Installed",
                "One of base network and upsampler makes transparency and the other does not; add"
                " two that belong together.",
            )
        )
    if upsampler.side <= base.side:
        raise GlideError(
            translate(
                "Installed",
                "The upsampler makes pictures of {side} pixels from the base network's "
                "of {base_side}; add one that enlarges.",
            ).format(side=upsampler.side, base_side=base.side)
        )


def verify_file(path: Path, role: Role, check: NetworkCheck) -> VerifiedFile:
    """Check one file that is to be used in `role`, and record its hash if there is none yet.

    Raises:
        GlideError: if it is damaged, unusable or has changed.
    """
    recorded = _read_hashes(path.parent)
    check_kind(path, role)
    found = hash_file(path)
    known = recorded.get(path.name)
    if known not in (None, found):
        raise GlideError(
            translate(
                "Installed",
                "{name} has changed since it was first verified; remove the model and "
                "add it again.",
            ).format(name=path.name)
        )
    if known is None:
        check_crc(path)
    check(path, role)
    # The bundled folder may be read-only, and is verified by the package.
    first = known is None and models_folder() not in path.parents
    if first:
        _write_hashes(path.parent, recorded | {path.name: found})
    return VerifiedFile(path.name, found, first)


def check_kind(path: Path, role: Role) -> None:
    """Check by the header of a weight file that its network can take a role.

    Raises:
        GlideError: if it cannot.
    """
    kind = identify(path)
    if kind not in KINDS_OF[role]:
        raise GlideError(
            translate(
                "Installed",
                "{name} is a network of kind {kind} and cannot be the {role}; choose another file.",
            ).format(name=path.name, kind=kind, role=role)
        )


def _read_hashes(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / HASHES).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise GlideError(
            translate("Installed", "{path} is damaged; delete it and verify again.").format(
                path=folder / HASHES
            )
        )
    return {str(name): str(digest) for name, digest in found.items()}


def _write_hashes(folder: Path, hashes: dict[str, str]) -> None:
    with atomic_write(folder / HASHES) as temporary:
        temporary.write_text(json.dumps(hashes, indent=2, sort_keys=True) + "\n", "utf-8")


def add(
    source: Path, name: str | None = None, folder: Path | None = None, *, check: NetworkCheck
) -> ModelSet:
    """Copy a user's weight file, or a folder of them, to the user's models as the set `name`.

    A file goes into the set of that name if there is one. The default name is the file's or
    folder's own. Every network is loaded and tried before anything is copied; a failure leaves
    nothing behind.

    Raises:
        GlideError: if the source holds no usable GLIDE network, two for one role, or the name is
            taken.
    """
    name = source.stem if name is None else name
    existing = (user_folder() if folder is None else folder) / name
    _check_source(source, name, existing)
    old = read_model(existing) if existing.exists() else None
    if source.is_dir() and (source / DESCRIPTION).is_file():
        model = replace(read_model(source), name=name)
        files = dict(model.files)
        for role, path in files.items():
            check_kind(path, role)
        for path in model.taught.values():
            check_kind(path, "base")
    else:
        model = old or ModelSet(name, name, "unknown", existing, {})
        files = _assign_roles(sorted(source.iterdir()) if source.is_dir() else [source])
        if not files:
            raise _no_weights_error(source)
    if taken := [role for role in files if old is not None and role in old.files]:
        raise GlideError(
            translate(
                "Installed", "'{name}' already has a network as its {taken}; remove it first."
            ).format(name=name, taken=taken[0])
        )
    if "base" not in model.files and "base" not in files:
        raise GlideError(
            translate("Installed", "{name} holds no base network; add one first.").format(
                name=source.name
            )
        )
    infos: dict[Role, NetworkInfo | None] = {}
    for role, path in files.items():
        check_crc(path)
        infos[role] = check(path, role)
    bases = [infos.get("base")]
    taught = () if old is not None else tuple(model.taught.values())
    if old is not None and "upsampler" in files:
        bases += [check(path, "base") for path in (old.base, *old.taught.values())]
    for path in taught:
        check_crc(path)
        bases.append(check(path, "base"))
    for base in bases:
        _check_together(base, infos.get("upsampler"))
    made = infos.get("upsampler") or (None if "upsampler" in model.files else infos.get("base"))
    copied = {role: existing / path.name for role, path in files.items()}
    added = replace(
        model,
        folder=existing,
        files={**model.files, **copied},
        taught={noun: existing / path.name for noun, path in model.taught.items()},
        side=model.side if made is None else made.side,
    )
    _copy((*files.values(), *taught), added, is_new=old is None)
    verify(added, lambda path, role: None)
    return added


def check_free(name: str) -> None:
    """Check that a new set of the user's may be called `name`.

    Raises:
        GlideError: if the name is impossible or taken.
    """
    _check_name(name)
    if (user_folder() / name).exists():
        raise _taken_error(name)


def _check_name(name: str) -> None:
    if not name or name != Path(name).name or name.startswith("."):
        raise GlideError(
            translate(
                "Installed", "'{name}' cannot be a model's name; choose one without slashes."
            ).format(name=name)
        )


def _taken_error(name: str) -> GlideError:
    return GlideError(
        translate(
            "Installed", "A model called '{name}' is there already; choose another name."
        ).format(name=name)
    )


def _check_source(source: Path, name: str, existing: Path) -> None:
    """Raise GlideError if there is no `source`, or its set may not be called so."""
    _check_name(name)
    if not source.exists():
        raise GlideError(
            translate(
                "Installed", "There is no {source}; choose a weight file or a folder of them."
            ).format(source=source)
        )
    if existing.exists() and (source.is_dir() or not (existing / DESCRIPTION).is_file()):
        raise _taken_error(name)


def _copy(files: Iterable[Path], added: ModelSet, *, is_new: bool) -> None:
    """Copy weight files into the folder of a set that appears, or changes, as a whole."""
    home = added.folder.parent
    staging = home / f".{added.name}.part"
    try:
        home.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        for path in files:
            shutil.copyfile(path, staging / path.name)
        if is_new:
            write_model(replace(added, folder=staging))
            replace_durably(staging, added.folder)
        else:
            for path in files:
                replace_durably(staging / path.name, added.folder / path.name)
            write_model(added)
    except OSError as error:
        raise GlideError(
            translate(
                "Installed", "The model could not be copied: {reason}; make room and try again."
            ).format(reason=error.strerror or error)
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _assign_roles(paths: Iterable[Path]) -> dict[Role, Path]:
    """Return each weight file by its role; without an inpainting network the plain is the base."""
    files: dict[Role, Path] = {}
    for path in paths:
        if path.suffix.lower() not in SUFFIXES:
            continue
        check_regular(path)
        role = ROLE_OF[identify(path)]
        if role in files:
            raise GlideError(
                translate("Installed", "{name} and {other} are both a {role}; keep one.").format(
                    name=files[role].name, other=path.name, role=role
                )
            )
        files[role] = path
    plain_roles: tuple[tuple[Role, Role], ...] = (
        ("plain-base", "base"),
        ("plain-upsampler", "upsampler"),
    )
    for plain, role in plain_roles:
        if plain in files and role not in files:
            files[role] = files.pop(plain)
    return files


def _no_weights_error(source: Path) -> GlideError:
    """Return the sentence for a file or a folder without weights."""
    if source.is_dir():
        text = translate(
            "Installed",
            "The folder '{name}' holds no weight file ({suffixes}); choose another folder.",
        )
    else:
        text = translate(
            "Installed", "'{name}' is no weight file; choose one that ends in {suffixes}."
        )
    return GlideError(text.format(name=source.name, suffixes=", ".join(SUFFIXES)))


def replace_file(model: ModelSet, role: Role, path: Path, check: NetworkCheck) -> ModelSet:
    """Use another file of the folder of the user's own `model` in a role; delete the old one.

    Raises:
        GlideError: if the new file cannot be used.
    """
    verify_file(path, role, check)
    old = model.files[role]
    changed = replace(model, files={**model.files, role: path})
    write_model(changed)
    old.unlink()
    hashes = _read_hashes(model.folder)
    _write_hashes(model.folder, {n: d for n, d in hashes.items() if n != old.name})
    return changed


def remove(name: str, folder: Path | None = None) -> None:
    """Delete one of the user's own sets.

    Raises:
        GlideError: if the user has none of that name (the bundled ones stay).
    """
    home = (user_folder() if folder is None else folder) / name
    if name != Path(name).name or not (home / DESCRIPTION).is_file():
        raise GlideError(
            translate(
                "Installed",
                "You have no model of your own called '{name}'; `models list` shows them.",
            ).format(name=name)
        )
    # Without its description, what an interruption leaves is not a model.
    (home / DESCRIPTION).unlink()
    shutil.rmtree(home)
