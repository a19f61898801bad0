"""Make a model that was taught a noun: what was taught acts only where a prompt names the noun.

The network that learned it forgets some of what it knew. So it stands beside the base network, as
an adapter with a trigger word does, and every other prompt is drawn as before.
"""

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
    """Add a copy of `model` as `name`, which draws `noun` by the base network `base`.

    Raises:
        GlideError: if the name is taken or impossible, or a network cannot be used.
    """
    installed.check_free(name)
    with TemporaryDirectory(prefix="glide-taught-") as folder:
        home = Path(folder) / model.name
        home.mkdir()
        files: dict[Role, Path] = {}
        for role, path in model.files.items():
            files[role] = home / f"{role}{path.suffix}"
            shutil.copyfile(path, files[role])
        taught: dict[str, Path] = {}
        for number, (one, path) in enumerate({**model.taught, noun: base}.items(), 1):
            taught[one] = home / f"taught-{number}{path.suffix}"
            shutil.copyfile(path, taught[one])
        title = model.title if noun in model.taught else f"{model.title}, {noun}"
        write_model(replace(model, title=title, folder=home, files=files, taught=taught))
        return installed.add(home, name, check=check)
