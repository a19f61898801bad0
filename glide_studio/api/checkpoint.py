"""Where a run stands after one of its steps, as a value: kept, written to disk, taken up or forked."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """All that a run has done so far; a `Request` with it as `resume` goes on from here.

    level: 0 the base network, 1 the upsampler, 2 and above its passes by tiles.
    first: number of the first candidate in x; its rows are first, first + 1, ...
    left: steps still to go in this level. x: [N, 3, H, W], the sample at that noise level, -1 .. 1.
    memory: what a multistep sampler keeps, as x. x0: the belief of the last step, as x.
    drafts: index -> finished draft [m, m, 3], 0 .. 1. pictures: index -> finished picture of the whole
        cascade, likewise. below: what the level below has made of candidate `first`, for level 2 and up.
    """

    level: int
    first: int
    left: int
    x: Floats
    x0: Floats
    memory: tuple[Floats, ...] = ()
    drafts: tuple[tuple[int, Floats], ...] = ()
    pictures: tuple[tuple[int, Floats], ...] = ()
    below: Floats | None = None

    def to_bytes(self) -> bytes:
        """All of it exactly, as an .npz archive (numpy's format, without any pickle)."""
        arrays = {"x": self.x, "x0": self.x0}
        arrays |= {f"memory{i}": array for i, array in enumerate(self.memory)}
        arrays |= {f"draft{i}": array for i, (_, array) in enumerate(self.drafts)}
        arrays |= {f"picture{i}": array for i, (_, array) in enumerate(self.pictures)}
        if self.below is not None:
            arrays["below"] = self.below
        values = {
            "level": self.level,
            "first": self.first,
            "left": self.left,
            "memory": len(self.memory),
            "drafts": [index for index, _ in self.drafts],
            "pictures": [index for index, _ in self.pictures],
        }
        text = np.frombuffer(json.dumps(values).encode(), np.uint8)
        file = io.BytesIO()
        np.savez(file, values=text, **arrays)  # type: ignore[arg-type]
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` wrote.

        Raises:
            ValueError: if it is not that, or damaged.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                values = json.loads(file["values"].tobytes())
                arrays = {name: file[name] for name in file.files if name != "values"}
            made = cls(
                int(values["level"]),
                int(values["first"]),
                int(values["left"]),
                arrays["x"],
                arrays["x0"],
                tuple(arrays[f"memory{i}"] for i in range(int(values["memory"]))),
                tuple((int(n), arrays[f"draft{i}"]) for i, n in enumerate(values["drafts"])),
                tuple((int(n), arrays[f"picture{i}"]) for i, n in enumerate(values["pictures"])),
                arrays.get("below"),
            )
        except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise ValueError(f"This paused run is damaged ({error}); start it anew.") from None
        if any(array.dtype != np.float32 for array in arrays.values()) or made.x.ndim != 4:
            raise ValueError("This paused run is damaged (other numbers); start it anew.")
        return made
