"""Weight files are told from names and shapes, and nothing in them is executed."""

import contextlib
import os
import pickle
import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from glide_studio.errors import GlideError
from glide_studio.inference.models.detect import NetworkKind, identify, read_shapes
from tests.inference.models.weight_files import arrays, shapes, write, write_ours

KINDS: tuple[NetworkKind, ...] = get_args(NetworkKind)


def tensors(kind: NetworkKind) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in arrays(kind).items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_container_is_read(tmp_path: Path, kind: NetworkKind) -> None:
    write(tmp_path / "a.safetensors", kind)
    torch.save(tensors(kind), tmp_path / "a.pt")
    torch.save(tensors(kind), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    half = {name: torch.nn.Parameter(tensor.half()) for name, tensor in tensors(kind).items()}
    torch.save(
        {"model": {"_orig_mod." + n: t for n, t in half.items()}, "step": 3}, tmp_path / "b.pt"
    )
    torch.save({f"ema.{n}": t for n, t in half.items()}, tmp_path / "c.pt")
    for name in ("a.safetensors", "a.pt", "old.pt", "b.pt", "c.pt"):
        assert identify(tmp_path / name) == kind
    assert read_shapes(tmp_path / "a.pt") == (shapes(kind), None)
    assert read_shapes(tmp_path / "a.safetensors") == (shapes(kind), None)
    assert read_shapes(tmp_path / "old.pt") == (shapes(kind), None)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"inpaint": True, "super_res": False}, "base-inpaint"),
        ({"inpaint": True, "super_res": True}, "upsample-inpaint"),
        ({"inpaint": False, "super_res": True}, "upsample"),
    ],
)
def test_our_own_files_say_what_they_are(
    tmp_path: Path, config: dict[str, bool], kind: NetworkKind
) -> None:
    assert identify(write_ours(tmp_path / "a.safetensors", **config)) == kind


def test_other_networks_are_refused(tmp_path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(3)}, tmp_path / "a.pt")
    save_file({"input_blocks.0.0.weight": np.zeros((4, 4, 3, 3), np.float32)}, tmp_path / "sd.pt")
    for name in ("a.pt", "sd.pt"):
        with pytest.raises(GlideError, match=f"{name} holds no network of GLIDE"):
            identify(tmp_path / name)
    with pytest.raises(GlideError, match="There is no file"):
        identify(tmp_path / "gone.pt")


class Payload:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, (self.command,))


def test_payloads_are_refused_and_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "owned"
    bad = {**tensors("base"), "x": Payload(f"touch {trap}")}
    torch.save(bad, tmp_path / "a.pt")
    torch.save(bad, tmp_path / "b.pt", _use_new_zipfile_serialization=False)
    (tmp_path / "c.pt").write_bytes(pickle.dumps(Payload(f"touch {trap}")))
    for name in ("a.pt", "b.pt", "c.pt"):
        with pytest.raises(GlideError, match="holds other things than tensors"):
            identify(tmp_path / name)
    assert not trap.exists()


def test_web_pages_and_rubbish_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    for contents, message in (
        (b"<html>404</html>", "is a web page"),
        (b"  <!DOCTYPE html><title>gone</title>", "is a web page"),
        (b"", "is damaged"),
        (b"PK\x05\x06" + bytes(18), "is damaged"),
        (struct.pack("<Q", 1 << 60) + b"{}", "is damaged"),
        (struct.pack("<Q", 2) + b"{}" + b"more", "is damaged"),
    ):
        path.write_bytes(contents)
        with pytest.raises(GlideError, match=message):
            identify(path)


def mutants(tmp_path: Path, count: int) -> int:
    """Damage files of every container at random; how many were refused. Anything else would raise."""
    draw = random.Random(2021)
    write(tmp_path / "a.safetensors", "base")
    torch.save(tensors("base"), tmp_path / "a.pt")
    torch.save(tensors("base"), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    wholes = [(tmp_path / n).read_bytes() for n in ("a.safetensors", "a.pt", "old.pt")]
    refused = 0
    for i in range(count):
        data = bytearray(wholes[i % 3])
        if i % 2:
            del data[draw.randrange(len(data)) :]
        else:
            for _ in range(8):
                data[draw.randrange(len(data))] = draw.randrange(256)
        (tmp_path / "m.pt").write_bytes(data)
        with contextlib.suppress(GlideError):
            identify(tmp_path / "m.pt")
            continue
        refused += 1
    return refused


def test_damaged_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    # Of the mutants with a few wrong bytes, those are accepted whose wrong bytes lie in the numbers.
    assert mutants(tmp_path, 200) > 120


@pytest.mark.slow
def test_two_thousand_damaged_files(tmp_path: Path) -> None:
    assert mutants(tmp_path, 2000) > 1200


def test_a_zip_with_a_huge_pickle_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(40 << 20))
    with pytest.raises(GlideError, match="is damaged"):
        identify(tmp_path / "a.pt")


def test_no_torch_is_needed(tmp_path: Path) -> None:
    torch.save(tensors("base"), tmp_path / "a.pt")
    code = (
        "import sys, pathlib\n"
        "from glide_studio.inference.models.detect import identify\n"
        "print(identify(pathlib.Path(sys.argv[1])), 'torch' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.pt"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert run.stdout.split() == ["base", "False"]
