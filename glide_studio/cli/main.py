"""The command line: one verb a command; each imports only what it runs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

from glide_studio.api.presets import OWN, PLANS, planned
from glide_studio.api.request import Context, SamplerName, Sampling, Variance
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.proof import Proof
from glide_studio.inference.models.model_set import ModelSet

BAD_INPUT, INTERRUPTED = 2, 130
WHOLE = (".glide", ".psd", ".ora")  # endings of files that keep layers
DEMO_PROMPT, DEMO_SEED = "a peach", 0
FINER: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "eta": ("fresh noise of the sampler ddim, 0 .. 1", None),
    "variance": ("of the sampler ancestral", get_args(Variance)),
    "guidance_low": ("guide only above this share of the timesteps, 0 .. 1", None),
    "guidance_high": ("guide only below this share of them, 0 .. 1", None),
    "rescale": ("how far guided noise gets back its contrast, 0 .. 1", None),
    "clip_scale": ("how strongly the noise-aware CLIP pushes", None),
    "classifier_scale": ("how strongly the classifier pushes", None),
    "classifier_class": ("its class; -1: the one that the prompt names", None),
    "strength": ("how much is made anew, 0 .. 1; below 1 it starts from what is there", None),
    "context": ("whether the network sees the surroundings", get_args(Context)),
    "resamples": ("how often each stretch is walked if it does not see them", None),
    "jump": ("steps of such a stretch", None),
    "longest": ("pixels up to which a region is made in full detail", None),
}
"""Fields of `Sampling` with options of their own: what they do, and the words they may be."""


def run(arguments: list[str]) -> int:
    """Parse and run; 0 on success, 2 for bad input (one sentence on stderr)."""
    commands = {
        "fill": fill,
        "demo": demo,
        "export": export,
        "info": info,
        "models": models,
        "train": train,
        "evaluate": evaluate,
    }
    try:
        if arguments and arguments[0] in commands:
            return commands[arguments[0]](arguments[1:])
        return edit(arguments, sorted(commands))
    except GlideError as error:
        print(f"glide-studio: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def edit(arguments: list[str], commands: list[str]) -> int:
    """`glide-studio [PHOTO]`: open the editor."""
    parser = argparse.ArgumentParser(
        prog="glide-studio",
        description="Opens the editor. Other commands: " + ", ".join(commands) + ".",
    )
    parser.add_argument("photo", nargs="?", type=Path, help="a picture or a .glide project")
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    options = parser.parse_args(arguments)
    if options.version:
        from glide_studio.version import __version__

        print(f"glide-studio {__version__}")
        return 0
    if options.photo is not None and not options.photo.exists():
        raise GlideError(
            f"There is no file '{options.photo}' and no command of that name; "
            f"commands are {', '.join(commands)}."
        )
    from glide_studio.app import open_editor

    return open_editor(options.photo)


def fill(arguments: list[str]) -> int:
    """`glide-studio fill`: paint what the prompt says where the mask is white."""
    parser = argparse.ArgumentParser(prog="glide-studio fill", description=fill.__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--mask", type=Path, required=True, help="white = will change")
    parser.add_argument(
        "--prompt", required=True, help="what should be there; '' fills with background"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.png")
    parser.add_argument("--negative", default="", help="what should not be there")
    parser.add_argument(
        "--seconds", type=float, help="make large regions only as detailed as that time allows"
    )
    add_sampling(parser)
    options = parser.parse_args(arguments)
    sampling = sampling_of(options)
    writable(options.output)
    from glide_studio.cli import headless
    from glide_studio.cli.progress import job_bar, tell_warning

    with headless.headless() as session:
        session.notice.connect(tell_warning)
        session.open(options.photo)
        session.load_mask(options.mask)
        with job_bar(options.prompt or "background") as watch:
            job = headless.fill(
                session,
                options.prompt,
                sampling,
                options.model,
                watch,
                negative=options.negative,
                seconds=options.seconds,
            )
        start = session.timeline.current.id
        for patch in job.patches:
            target = numbered(options.output, patch.index, len(job.patches))
            proof = session.generation.accept(job.id, patch.index)
            session.save(target)
            session.jump(start)
            print(f"{target}  ({in_words(proof)})")
    return 0


def demo(arguments: list[str]) -> int:
    """`glide-studio demo`: edit the bundled photograph with the bundled model."""
    parser = argparse.ArgumentParser(prog="glide-studio demo", description=demo.__doc__)
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("glide-studio-demo"), metavar="FOLDER"
    )
    parser.add_argument("--prompt", default=DEMO_PROMPT)
    parser.add_argument("--no-editor", action="store_true", help="only write the pictures")
    add_sampling(parser)
    options = parser.parse_args(arguments)
    sampling = sampling_of(options)
    from glide_studio.cli import headless
    from glide_studio.cli.contact_sheet import composed
    from glide_studio.cli.pictures import beside, save_png
    from glide_studio.cli.progress import job_bar
    from glide_studio.paths import resources_folder

    folder: Path = options.output
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GlideError(
            f"'{folder}' cannot be made ({error.strerror}); choose another folder with -o."
        ) from None
    bundled = resources_folder() / "demo"
    with headless.headless() as session:
        session.open(bundled / "coffee.jpg")
        session.load_mask(bundled / "mask.png")
        before = composed(session)
        with job_bar(options.prompt) as watch:
            job = headless.fill(session, options.prompt, sampling, options.model, watch)
        proof = session.generation.accept(job.id, 0)
        after = composed(session)
        save_png(folder / "before.png", before)
        save_png(folder / "after.png", after)
        save_png(folder / "side-by-side.png", beside(before, after))
        session.save(folder / "after.glide")
    print(f"'{options.prompt}' in {job.seconds:.1f} s; {in_words(proof)}:")
    for name in ("before.png", "after.png", "side-by-side.png", "after.glide"):
        print(f"  {(folder / name).resolve()}")
    if not options.no_editor and has_display():
        command = [sys.executable, "-m", "glide_studio", str((folder / "after.glide").resolve())]
        subprocess.Popen(command, start_new_session=True)
        print("The result opens in the editor.")
    return 0


def models(arguments: list[str]) -> int:
    """`glide-studio models`: what there is to paint with."""
    parser = argparse.ArgumentParser(prog="glide-studio models", description=models.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="every model that can be used")
    pull = actions.add_parser(
        "pull", help="download the released GLIDE networks (the only network access)"
    )
    pull.add_argument(
        "--all", action="store_true", help="all six networks, not only those that fill"
    )
    add = actions.add_parser("add", help="copy a weight file, or a folder of them, to your models")
    add.add_argument("source", type=Path)
    add.add_argument("--name", help="of the new model; default: the file's or folder's")
    for action in (pull, add):
        action.add_argument(
            "--half", action="store_true", help="keep the networks in half precision: half the room"
        )
    verify = actions.add_parser("verify", help="check every file of one model, or of all")
    verify.add_argument("name", nargs="?")
    actions.add_parser("remove", help="delete one of your own models").add_argument("name")
    options = parser.parse_args(arguments)
    from glide_studio.inference.models import installed as shelf
    from glide_studio.inference.models.model_set import find_model, find_models, model_folders

    if options.action == "list":
        found = find_models(model_folders())
        for model in found:
            print(f"{model.name:16} {model.size / 1e6:8.1f} MB  {model.licence:16} {model.title}")
        if not found:
            raise GlideError(
                "No model is installed; install Glide Studio again to get the bundled one."
            )
    elif options.action == "pull":
        from glide_studio.cli.progress import download_bar

        with download_bar() as report:
            pulled = shelf.pull(report=report, only="all" if options.all else "fill")
        if options.half:
            halve(pulled)
        print(f"'{pulled.name}' is ready: glide-studio fill ... --model {pulled.name}")
    elif options.action == "add":
        added = shelf.add(options.source, options.name)
        if options.half:
            added = halve(added)
        print(f"'{added.name}' is ready: {', '.join(sorted(added.files))}.")
    elif options.action == "verify":
        folders = model_folders()
        for model in [find_model(options.name, folders)] if options.name else find_models(folders):
            for checked in shelf.verify(model):
                said = "recorded" if checked.first else "in order"
                print(f"{model.name}/{checked.file}  {said}  sha256 {checked.sha256}")
    else:
        shelf.remove(options.name)
        print(f"'{options.name}' is removed.")
    return 0


def halve(model: ModelSet) -> ModelSet:
    """Rewrite a model's diffusion networks as safetensors in half precision.

    Raises:
        GlideError: if a file cannot be used; it stays as it is.
    """
    from glide_studio.glide import weights
    from glide_studio.inference.models.installed import exchange

    for role in ("base", "upsampler", "plain-base", "plain-upsampler"):
        path = model.files.get(role)
        if path is None or path.stem.endswith("-half"):
            continue
        target = path.with_name(f"{path.stem}-half.safetensors")
        try:
            weights.convert(path, target)
        except weights.WeightsError as error:
            raise GlideError(str(error)) from None
        model = exchange(model, role, target)
    return model


def export(arguments: list[str]) -> int:
    """`glide-studio export`: a project or picture as an image; as PSD or OpenRaster with its layers."""
    parser = argparse.ArgumentParser(prog="glide-studio export", description=export.__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--quality", type=int, default=92, help="1 .. 100 for JPEG, WebP and AVIF")
    parser.add_argument("--width", type=int, help="scale to this many pixels across")
    parser.add_argument("--depth", type=int, choices=[8, 16])
    parser.add_argument("--profile", choices=["keep", "srgb", "strip"], default="keep")
    parser.add_argument("--no-metadata", action="store_true", help="no EXIF, XMP and resolution")
    parser.add_argument(
        "--no-prompt", action="store_true", help="do not write prompt, seed and model"
    )
    options = parser.parse_args(arguments)
    writable(options.output)
    from glide_studio.cli.headless import headless
    from glide_studio.cli.progress import tell_warning
    from glide_studio.editor.exporting import Choices, across

    with headless(claims=False) as session:
        session.notice.connect(tell_warning)
        session.open(options.project)
        width, old = options.width, session.document.size
        choices = Choices(
            options.quality,
            None if width is None else across(old, width),
            options.depth,
            options.profile,
            not options.no_metadata,
            not options.no_prompt,
        )
        session.save(options.output, choices)
    print(options.output)
    return 0


def info(arguments: list[str]) -> int:
    """`glide-studio info`: what is in a picture or project."""
    parser = argparse.ArgumentParser(prog="glide-studio info", description=info.__doc__)
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    from glide_studio.cli.headless import headless
    from glide_studio.cli.progress import tell_warning
    from glide_studio.editor.describing import described

    with headless(claims=False) as session:
        session.notice.connect(tell_warning)
        session.open(options.file)
        lines = described(session.document, len(session.timeline))
    print(f"{options.file.name}: {lines[0]}", *lines[1:], sep="\n")
    return 0


def train(arguments: list[str]) -> int:
    """`glide-studio train`: train a network on pictures."""
    from glide_studio.cli import train as command

    parser = argparse.ArgumentParser(prog="glide-studio train", description=train.__doc__)
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def evaluate(arguments: list[str]) -> int:
    """`glide-studio evaluate`: how good a model is, as tables and sheets."""
    from glide_studio.cli.progress import meter
    from tests.quality import __main__ as command

    parser = argparse.ArgumentParser(prog="glide-studio evaluate", description=evaluate.__doc__)
    measures = parser.add_subparsers(dest="what", required=True)
    page = measures.add_parser("sheet", help="every prompt with every seed on one photo")
    page.add_argument("--photo", type=Path, help="default: the bundled one")
    page.add_argument("--mask", type=Path, help="default: the bundled one")
    page.add_argument("--prompts", required=True, help="separated by commas")
    page.add_argument("--seeds", type=int, default=5, help="how many, from 0 on")
    page.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.png")
    add_sampling(page)
    for name, what in command.MEASURES.items():
        command.add_arguments(measures.add_parser(name, help=what))
    options = parser.parse_args(arguments)
    if options.what == "sheet":
        return contact_sheet(options)
    with meter() as progress:
        written = command.run(options.what, options, progress)
    print("\n".join(str(path) for path in written))
    return 0


def contact_sheet(options: argparse.Namespace) -> int:
    """`glide-studio evaluate sheet`: every prompt with every seed on one photo, as one picture."""
    sampling = sampling_of(options)
    writable(options.output)
    from glide_studio.cli.contact_sheet import sheet
    from glide_studio.cli.headless import headless
    from glide_studio.cli.pictures import save_png
    from glide_studio.cli.progress import meter
    from glide_studio.paths import resources_folder

    prompts = [prompt.strip() for prompt in options.prompts.split(",")]
    bundled = resources_folder() / "demo"
    with headless() as session, meter() as progress:
        session.open(options.photo or bundled / "coffee.jpg")
        session.load_mask(options.mask or bundled / "mask.png")
        tick = progress("sheet", len(prompts) * options.seeds)
        page = sheet(
            session, prompts, range(options.seeds), sampling, options.model, done=lambda: tick(1)
        )
        save_png(options.output, page)
    print(options.output)
    return 0


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """The options that say how to draw."""
    default = Sampling()
    parser.add_argument("--seed", type=int, default=DEMO_SEED)
    parser.add_argument("--count", type=int, default=1, help="candidates; each is written")
    parser.add_argument("--guidance", type=float, help="default: the model's, mostly 3")
    parser.add_argument(
        "--temperature", type=float, help="of the noise that drafts start from, 0 .. 1"
    )
    parser.add_argument("--model", default="mini")
    parser.add_argument(
        "--plan",
        choices=list(PLANS),
        help="sampler and steps, in one word; default: the model's own",
    )
    parser.add_argument("--steps", type=int, help="of the base network; default: the plan's")
    parser.add_argument("--upsample-steps", type=int, help="default: the plan's")
    more = parser.add_argument_group("finer settings")
    more.add_argument("--sampler", choices=get_args(SamplerName), help="default: the plan's")
    for name, (what, choices) in FINER.items():
        usual = getattr(default, name)
        more.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(usual),
            default=usual,
            choices=choices,
            help=f"{what} (default: {usual})",
        )


def sampling_of(options: argparse.Namespace) -> Sampling:
    """The options as a `Sampling`.

    Raises:
        GlideError: if a value is out of its range, or there is no such model.
    """
    from glide_studio.inference.models.model_set import find_model, model_folders

    said = {name: getattr(options, name) for name in OWN}
    values = {name: getattr(options, name) for name in ("seed", "count", *FINER)}
    values |= {name: value for name, value in said.items() if value is not None}
    try:
        usual = find_model(options.model, model_folders()).usual
        return replace(planned(options.plan) if options.plan else usual, **values)
    except ValueError as error:
        raise GlideError(str(error)) from None


def writable(path: Path) -> None:
    """Refuse an output that cannot be written, before minutes are spent on it.

    Raises:
        GlideError: if its folder is missing or closed to us, or its format is unknown.
    """
    from glide_studio.io.images.options import format_for

    folder = path.absolute().parent
    if path.suffix.lower() not in WHOLE:
        format_for(path)
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise GlideError(
            f"'{path}' cannot be written: its folder is missing or closed to you; choose another place."
        )


def numbered(path: Path, index: int, count: int) -> Path:
    """OUT.png for one candidate, OUT-1.png, OUT-2.png ... for several."""
    return path if count == 1 else path.with_name(f"{path.stem}-{index + 1}{path.suffix}")


def in_words(proof: Proof) -> str:
    """What the untouched-pixel proof found."""
    if proof.holds:
        return f"all {proof.compared:,} pixels outside the mask are untouched"
    return f"{proof.differing:,} pixels outside the mask changed; please report this"


def has_display() -> bool:
    """True if a window can be shown."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
