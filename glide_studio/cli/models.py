"""List, download, add, check and remove models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

from glide_studio.atomic import atomic_write
from glide_studio.errors import GlideError
from glide_studio.inference.models import installed
from glide_studio.inference.models.model_set import (
    ModelSet,
    find_model,
    find_models,
    model_folders,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="list every installed model")
    pull = actions.add_parser(
        "pull", help="download the released GLIDE networks (the only network access)"
    )
    pull.add_argument(
        "--all", action="store_true", help="all six networks, not only the two that fill"
    )
    add = actions.add_parser("add", help="copy a weight file, or a folder of them, to your models")
    add.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="a weight file, or a folder with several of them",
    )
    add.add_argument("--name", help="name of the new model; default: the file's or folder's")
    for action in (pull, add):
        action.add_argument(
            "--half",
            action="store_true",
            help="store the networks in half precision: half the size",
        )
    verify = actions.add_parser("verify", help="check every file of one model, or of all")
    verify.add_argument("name", nargs="?", help="of the model; without it, all are checked")
    remove = actions.add_parser("remove", help="delete one of your own models")
    remove.add_argument("name", metavar="NAME", help="of the model, as 'models list' shows it")


def run(options: argparse.Namespace) -> int:
    """Run the chosen action.

    Raises:
        GlideError: if a model or file cannot be used.
    """
    if options.action == "list":
        list_models()
    elif options.action == "pull":
        pull_released(only="all" if options.all else "fill", half=options.half)
    elif options.action == "add":
        from glide_studio.inference.model_check import check_network

        added = installed.add(options.source, options.name, check=check_network)
        if options.half:
            added = convert_to_half(added)
        print(f"'{added.name}' is ready: {', '.join(sorted(added.files))}.")
    elif options.action == "verify":
        verify_models(options.name)
    else:
        installed.remove(options.name)
        print(f"'{options.name}' is removed.")
    return 0


def list_models() -> None:
    """Print name, size, licence and title of every model.

    Raises:
        GlideError: if there is none.
    """
    found = find_models(model_folders())
    for model in found:
        print(f"{model.name:16} {model.size / 1e6:8.1f} MB  {model.licence:16} {model.title}")
    if not found:
        raise GlideError(
            "No model is installed; install Glide Studio again to get the bundled one."
        )


def pull_released(only: Literal["fill", "all"], half: bool) -> None:
    """Download the released networks with a progress bar.

    only: "fill" for the two networks that fill, or "all". half: convert them to half precision.
    """
    from glide_studio.cli.progress import download_bar
    from glide_studio.inference.model_check import check_network
    from glide_studio.inference.models.released import pull

    with download_bar() as report:
        pulled = pull(check_network, report=report, only=only)
    if half:
        convert_to_half(pulled)
    print(f"'{pulled.name}' is ready: glide-studio fill ... --model {pulled.name}")


def verify_models(name: str | None) -> None:
    """Load and try every network of one model, or of all, and compare the recorded SHA-256."""
    from glide_studio.inference.model_check import check_network

    folders = model_folders()
    for model in [find_model(name, folders)] if name else find_models(folders):
        for checked in installed.verify(model, check_network):
            result = "recorded" if checked.first else "in order"
            print(f"{model.name}/{checked.file}  {result}  sha256 {checked.sha256}")


def convert_to_half(model: ModelSet) -> ModelSet:
    """Rewrite a model's diffusion networks as safetensors in half precision.

    Raises:
        GlideError: if a file cannot be used; it stays as it is.
    """
    from glide_studio.glide import weights
    from glide_studio.inference.model_check import check_network

    for role in ("base", "upsampler", "plain-base", "plain-upsampler"):
        path = model.files.get(role)
        if path is None or path.stem.endswith("-half"):
            continue
        target = path.with_name(f"{path.stem}-half.safetensors")
        try:
            with atomic_write(target) as partial:
                weights.convert(path, partial)
        except weights.WeightsError as error:
            raise GlideError(str(error)) from None
        model = installed.replace_file(model, role, target, check_network)
    return model
