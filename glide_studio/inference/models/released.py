"""Download the networks that OpenAI released with GLIDE (Nichol et al. 2021, arXiv 2112.10741).

They are from December 2021; the licence is the repository's, MIT. No checksum was published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glide_studio.errors import GlideError
from glide_studio.inference.models.detect import NetworkKind, check_crc, identify
from glide_studio.inference.models.download import download
from glide_studio.inference.models.installed import NetworkCheck, verify_file
from glide_studio.inference.models.model_set import (
    DESCRIPTION,
    ModelSet,
    Role,
    read_model,
    user_folder,
    write_model,
)

NAME = "glide"
TITLE = "GLIDE (filtered), 300 M"
LICENCE = "MIT"
URL = "https://openaipublic.blob.core.windows.net/diffusion/dec-2021/"

ReportBytes = Callable[[str, int, int | None], None]
"""Called with (file, bytes done, total bytes if known)."""


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """One released file: its name, the network in it, its role in the set, its parameter count."""

    file: str
    kind: NetworkKind
    role: Role
    parameters: int

    @property
    def min_bytes(self) -> int:
        """Size of the smallest file that can hold the network: two bytes per parameter."""
        return 2 * self.parameters


RELEASED = (
    ReleasedFile("base_inpaint.pt", "base-inpaint", "base", 385_037_638),
    ReleasedFile("upsample_inpaint.pt", "upsample-inpaint", "upsampler", 398_368_198),
    ReleasedFile("base.pt", "base", "plain-base", 385_030_726),
    ReleasedFile("upsample.pt", "upsample", "plain-upsampler", 398_361_286),
    ReleasedFile("clip_image_enc.pt", "clip-image", "clip-image", 86_443_776),
    ReleasedFile("clip_text_enc.pt", "clip-text", "clip-text", 71_679_488),
)


def pull(
    check: NetworkCheck,
    folder: Path | None = None,
    report: ReportBytes = lambda file, done, total: None,
    url: str = URL,
    released: Iterable[ReleasedFile] = RELEASED,
    only: Literal["fill", "all"] = "fill",
    pause: float = 1.0,
) -> ModelSet:
    """Download the released networks as the set `glide`; files that are there already stay.

    check: see `installed.NetworkCheck`. only: "fill" for the two inpainting networks (3.1 GB in
    full precision), "all" for all six. pause: see `download`.

    Raises:
        GlideError: see `download`; the next call resumes where this one stopped.
    """
    home = (user_folder() if folder is None else folder) / NAME
    present = read_model(home).files if (home / DESCRIPTION).is_file() else {}
    files: dict[Role, Path] = {}
    for entry in released:
        path = present.get(entry.role, home / entry.file)
        if only == "fill" and entry.role not in ("base", "upsampler") and not path.is_file():
            continue
        if not path.is_file():
            download(
                url + entry.file,
                path,
                progress=lambda done, total, file=entry.file: report(file, done, total),  # type: ignore[misc]
                check=lambda path, entry=entry: _check_released(path, entry),  # type: ignore[misc]
                pause=pause,
            )
        verify_file(path, entry.role, check)
        files[entry.role] = path
    model = ModelSet(NAME, TITLE, LICENCE, home, files, side=256)
    write_model(model)
    return model


def _check_released(path: Path, entry: ReleasedFile) -> None:
    size = path.stat().st_size
    if size < entry.min_bytes:
        raise GlideError(
            f"{entry.file} arrived with only {size} bytes and was dropped; try again later."
        )
    if (found := identify(path)) != entry.kind:
        raise GlideError(f"{entry.file} should be {entry.kind} but is {found}; try again later.")
    check_crc(path)
