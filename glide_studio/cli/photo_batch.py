"""Photos named on the command line: files, folders and globs, each with the file it becomes."""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glide_studio.cli.progress import share_bar
from glide_studio.cli.shared_options import check_output, make_folder
from glide_studio.editor.mask_files import read_mask
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.result_checks import UnchangedReport
from glide_studio.io.images.export_options import ExportOptions, format_for
from glide_studio.io.images.picture import SUFFIXES, Picture, Samples
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import write_image

Mask = NDArray[np.bool_]
Edit = Callable[[Path, Path, Callable[[float], None]], None]

DEFAULT_QUALITY = 95  # of JPEG, WebP and AVIF
SOME_FAILED = 2  # exit status, that of bad input


def find_photos(names: Sequence[str]) -> list[Path]:
    """Return every image that is named, in that order; a folder or glob sorted by name.

    Raises:
        GlideError: if a name stands for no image.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES)
        elif path.exists() or not glob.has_magic(name):
            inside = [path]
        else:
            inside = [Path(p) for p in sorted(glob.glob(name, recursive=True))]
        if not inside:
            raise GlideError(f"There is no image in '{name}'; name a photo or a folder of photos.")
        found += [p for p in inside if p not in found]
    return found


def is_batch(names: Sequence[str]) -> bool:
    """Tell whether the names may stand for several photos, so that the output is a folder."""
    return len(names) > 1 or any(
        Path(name).is_dir() or (glob.has_magic(name) and not Path(name).exists()) for name in names
    )


def output_paths(photos: Sequence[Path], output: Path, batch: bool) -> list[Path]:
    """Return where each photo is written: `output`, or a file of the photo's name inside of it.

    Raises:
        GlideError: if two photos have one name, a photo would be overwritten, or `output` cannot be
            a folder or an image.
    """
    if not batch:
        check_output(output)
        format_for(output)
        return [output]
    if output.exists() and not output.is_dir():
        raise GlideError(f"'{output}' is a file; several photos are written to a folder.")
    paths = [output / photo.name for photo in photos]
    doubles = {path for path in paths if paths.count(path) > 1}
    if doubles:
        raise GlideError(
            f"Two of the photos are called '{min(doubles).name}'; write them one after the other."
        )
    for photo, path in zip(photos, paths, strict=True):
        format_for(path)
        if path.resolve() == photo.resolve():
            raise GlideError(
                f"'{photo}' would be overwritten; choose another folder for the output."
            )
    make_folder(output)
    return paths


def mask_for(mask: Path, photo: Path) -> Path:
    """Return the mask of a photo: the file itself, or in a folder the image of the photo's name.

    Raises:
        GlideError: if the folder has none.
    """
    if not mask.is_dir():
        return mask
    for path in sorted(mask.iterdir()):
        if path.stem == photo.stem and path.suffix.lower() in SUFFIXES:
            return path
    raise GlideError(f"There is no mask for '{photo.name}' in '{mask}'; give it the photo's name.")


def read_mask_for(mask: Path, photo: Path, picture: Picture) -> Mask:
    """Return bool [h, w]: where the mask of `photo` is not black.

    Raises:
        GlideError: if it is no image, or not of the picture's size.
    """
    return np.asarray(read_mask(mask_for(mask, photo), picture.size) > 0)


def read_source_masks(
    source: Path | None, avoid: Path | None, photo: Path, picture: Picture
) -> tuple[Mask | None, Mask | None]:
    """Return where completion may take from and where it may not, bool [h, w]; None: not limited.

    Raises:
        GlideError: if one of them is no image, or not of the picture's size.
    """
    masks = [
        None if path is None else read_mask_for(path, photo, picture) for path in (source, avoid)
    ]
    return masks[0], masks[1]


def read_photo(path: Path) -> tuple[Picture, Samples]:
    """Return a photo, and its pixels [h, w, 3], or [h, w, 4] where some are transparent.

    What there is to say about the file, such as a missing part, goes to stderr.
    """
    picture = read_image(path)
    for note in picture.notes:
        print(f"glide-studio: {path.name}: {note}", file=sys.stderr)
    pixels = picture.pixels if picture.has_alpha else picture.pixels[..., :3]
    return picture, np.ascontiguousarray(pixels)


def write_photo(path: Path, like: Picture, pixels: Samples, quality: int | None) -> tuple[str, ...]:
    """Write pixels [h, w, 3 or 4] with the profile and metadata of `like`.

    quality: None keeps the blocks of a JPEG where they were not edited, all else is encoded at
    DEFAULT_QUALITY. Returns sentences for the user.
    """
    if pixels.shape[2] == 3:
        opaque = np.full((*pixels.shape[:2], 1), np.iinfo(pixels.dtype).max, pixels.dtype)
        pixels = np.concatenate([pixels, opaque], -1)
    picture = replace(like, pixels=pixels, notes=())
    options = ExportOptions(
        format_for(path),
        DEFAULT_QUALITY if quality is None else quality,
        keep_blocks=quality is None,
    )
    written = write_image(path, picture, options)
    return (written.proof, *written.notes) if written.proof else written.notes


def edit_photos(names: Sequence[str], output: Path, edit: Edit) -> int:
    """Call edit(photo, file it becomes, report) for every photo that is named, under a bar.

    Of several photos, one that cannot be edited is told on stderr, and the others are still done.
    Returns the exit status: 0, or SOME_FAILED.

    Raises:
        GlideError: if the names or the output cannot be used, or a photo that was named alone.
    """
    photos, batch = find_photos(names), is_batch(names)
    paths = output_paths(photos, output, batch)
    failed = 0
    with share_bar(len(photos)) as begin:
        for photo, target in zip(photos, paths, strict=True):
            try:
                edit(photo, target, begin(photo.name))
            except GlideError as error:
                if not batch:
                    raise
                failed += 1
                print(f"glide-studio: {photo.name}: {error}", file=sys.stderr)
    if failed:
        print(f"glide-studio: {failed} of {len(photos)} photos were left out.", file=sys.stderr)
    return SOME_FAILED if failed else 0


def describe_proof(proof: UnchangedReport) -> str:
    """Return what the check of the pixels outside the mask found, in words."""
    if proof.ok:
        untouched = f"all {proof.compared:,} pixels outside the mask are untouched"
        if proof.rim:
            return f"{untouched} but {proof.rim:,} of its rim or shadow"
        return f"{untouched} but {proof.shaded:,} in the shadow" if proof.shaded else untouched
    return f"{proof.differing:,} pixels outside the mask changed; please report this"
