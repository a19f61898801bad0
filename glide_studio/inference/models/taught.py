"""Make a model of a base network that was taught a noun, else like the one it came from."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from glide_studio.inference.models import installed
from glide_studio.inference.models.installed import NetworkCheck
from glide_studio.inference.models.model_set import ModelSet, Role, write_model


def add_taught(
    model: ModelSet, base: Path, noun: str, name: str, *, check: NetworkCheck
) -> ModelSet:
    """Add a copy of `model` as `name`, with a base network that knows `noun` too.

    Raises:
        GlideError: if the name is taken or impossible, or a network cannot be used.
    """
    with TemporaryDirectory(prefix="glide-taught-") as folder:
        home = Path(folder) / model.name
        home.mkdir()
        files: dict[Role, Path] = {}
        for role, path in {**model.files, "base": base}.items():
            files[role] = home / f"{role}{path.suffix}"
            shutil.copyfile(path, files[role])
        nouns = tuple(sorted({*model.nouns, noun})) if model.nouns else ()
        summary = f"Taught: {noun}. {model.summary}".strip()
        title = f"{model.title}, {noun}"
        write_model(
            replace(model, title=title, folder=home, files=files, nouns=nouns, summary=summary)
        )
        return installed.add(home, name, check=check)
