"""Write a run's loss curve as CSV, TensorBoard events and sample sheets as PNG."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.training.trainer import TrainStep


class MetricsWriter:
    """Append to `<folder>/<preset>.csv`; with `events`, also to TensorBoard files beside it.

    Raises:
        GlideError: if events are wanted and tensorboardX is not installed.
    """

    def __init__(self, folder: Path, preset: str, events: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.preset = folder, preset
        self.board: Any = None
        if events:
            try:
                writer = importlib.import_module("tensorboardX").SummaryWriter
            except ImportError:
                raise GlideError(
                    "TensorBoard files need the package tensorboardX; install it or leave "
                    "--tensorboard out."
                ) from None
            self.board = writer(str(folder / f"{preset}-events"))
        self.file = open(folder / f"{preset}.csv", "a", newline="")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.file.close()
        if self.board is not None:
            self.board.close()

    def write_step(self, step: TrainStep, pace: float) -> None:
        """Write a row of step, pictures, loss and seconds; the same as TensorBoard scalars."""
        row = [step.step, step.pictures, f"{step.loss:.5f}", f"{step.seconds:.0f}"]
        csv.writer(self.file).writerow(row)
        self.file.flush()
        if self.board is not None:
            for name, value in (("loss", step.loss), ("rate", pace), ("seconds", step.seconds)):
                self.board.add_scalar(name, value, step.pictures)

    def write_sheet(self, step: TrainStep, picture: NDArray[np.uint8]) -> None:
        """Write an RGB sheet [H, W, 3] as `<preset>-<pictures>.png`."""
        path = self.folder / f"{self.preset}-{step.pictures:09}.png"
        _, coded = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
        path.write_bytes(coded.tobytes())
        if self.board is not None:
            self.board.add_image("samples", picture, step.pictures, dataformats="HWC")
