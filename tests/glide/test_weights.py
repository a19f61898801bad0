"""Weight files are loaded with proof, whatever wrapped them, and malformed ones are refused."""

import json
import os
import pickle
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from glide_studio.glide.config import OFFICIAL
from glide_studio.glide.unet import UNet
from glide_studio.glide.weights import (
    HEADER,
    WeightsError,
    convert,
    copy_weights,
    detect_config,
    load,
    read,
    read_tensors,
    save,
    state_dict,
    write,
)
from tests.glide.test_networks import TINY, inputs, network


def state() -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in state_dict(network()).items()}


def same(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_a_saved_network_comes_back(tmp_path: Path, dtype: torch.dtype) -> None:
    made = network(replace(TINY, patch=2, head=8, predicts="x0", norm_groups=8))
    path = tmp_path / "tiny.safetensors"
    save(made, path, dtype)
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.safetensors"]
    back = load(path)
    assert back.config == replace(made.config, dropout=0.0)
    assert not back.training
    assert not any(parameter.requires_grad for parameter in back.parameters())
    x, t, condition = inputs(made)
    tolerance = 0.0 if dtype == torch.float32 else 0.01
    torch.testing.assert_close(
        back(x, t, condition), made(x, t, condition), atol=tolerance, rtol=tolerance
    )


def test_a_reduced_table_keeps_its_ids(tmp_path: Path) -> None:
    made = network(replace(TINY, text=replace(TINY.text, rows=4)))
    made.text.set_vocabulary(torch.tensor([2, 30, 41]))
    save(made, tmp_path / "a.safetensors")
    assert load(tmp_path / "a.safetensors").text.token_ids.tolist() == [2, 30, 41]


def test_weights_can_be_loaded_in_half_precision(tmp_path: Path) -> None:
    save(network(), tmp_path / "a.safetensors")
    half = load(tmp_path / "a.safetensors", dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16
    assert half.out[0].weight.dtype == torch.float32


def test_conversion_keeps_names_and_config(tmp_path: Path) -> None:
    save(network(), tmp_path / "a.safetensors", torch.float32)
    convert(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    found, config = read(tmp_path / "b.safetensors")
    assert config == TINY
    same(found, {name: tensor.half() for name, tensor in state().items()})


def test_conversion_names_what_is_wrong_in_the_source_and_what_in_the_copy(tmp_path: Path) -> None:
    wrong, large = state(), state()
    name = next(iter(wrong))
    wrong[name] = torch.full_like(wrong[name], torch.nan)
    large[name] = torch.full_like(large[name], 1e6)  # more than 16 bits hold
    for tensors, where in (
        (wrong, r"^a\.safetensors\b(?! as)"),
        (large, r"a\.safetensors as float16"),
    ):
        write(tensors, TINY, tmp_path / "a.safetensors", torch.float32)
        with pytest.raises(WeightsError, match=where):
            convert(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
        assert not (tmp_path / "b.safetensors").exists()


@pytest.mark.parametrize("prefix", ["", "_orig_mod.", "module.", "ema.", "module._orig_mod.model."])
def test_prefixes_are_taken_off(tmp_path: Path, prefix: str) -> None:
    torch.save({prefix + name: tensor for name, tensor in state().items()}, tmp_path / "a.pt")
    found, config = read_tensors(tmp_path / "a.pt")
    assert config is None
    same(found, state())


def test_the_average_is_preferred(tmp_path: Path) -> None:
    average = {name: tensor + 1 for name, tensor in state().items()}
    both = state() | {f"model_ema.{name}": tensor for name, tensor in average.items()}
    torch.save(both, tmp_path / "flat.pt")
    same(read_tensors(tmp_path / "flat.pt")[0], average)
    nested = {"model": state(), "ema": average, "optimizer": {"lr": 1.0}, "step": 3}
    torch.save(nested, tmp_path / "nested.pt")
    same(read_tensors(tmp_path / "nested.pt")[0], average)
    torch.save({"state_dict": state(), "epoch": 3}, tmp_path / "plain.pt")
    same(read_tensors(tmp_path / "plain.pt")[0], state())
    averaged = {f"module.{name}": tensor for name, tensor in average.items()}
    torch.save(averaged | {"n_averaged": torch.tensor(3)}, tmp_path / "averaged.pt")
    same(read_tensors(tmp_path / "averaged.pt")[0], average)


def test_old_containers_and_safetensors_without_header_are_read(tmp_path: Path) -> None:
    torch.save(state(), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    same(read_tensors(tmp_path / "old.pt")[0], state())
    safetensors.torch.save_file(state(), tmp_path / "named.pt")  # The name says nothing.
    same(read_tensors(tmp_path / "named.pt")[0], state())


def test_the_released_networks_are_told_from_shapes() -> None:
    for config in OFFICIAL.values():
        with torch.device("meta"):
            tensors = state_dict(UNet(config))
        assert detect_config(tensors, "x") == config
    with pytest.raises(WeightsError, match="none of the GLIDE diffusion networks"):
        detect_config(state(), "tiny.pt")


def test_a_released_network_with_a_tensor_missing_says_which(tmp_path: Path) -> None:
    with torch.device("meta"):
        names = [name for name in state_dict(UNet(OFFICIAL["base"])) if name != "out.2.bias"]
    stem = torch.zeros(192, 3, 3, 3)
    table = {name: stem if name == "input_blocks.0.0.weight" else torch.zeros(1) for name in names}
    torch.save(table, tmp_path / "base.pt")
    found, config = read(tmp_path / "base.pt")
    with torch.device("meta"), pytest.raises(WeightsError, match=r"out.2.bias is missing"):
        copy_weights(UNet(config), found, "base.pt")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("out.2.bias"), "out.2.bias is missing"),
        (lambda s: s.update(cook=torch.zeros(1)), "cook is unknown"),
        (
            lambda s: s.update({"out.2.bias": torch.zeros(7)}),
            r"out.2.bias is \(7,\) instead of \(6,\)",
        ),
        (
            lambda s: s.update({"out.2.bias": torch.zeros(6, dtype=torch.int64)}),
            "out.2.bias holds torch.int64",
        ),
        (
            lambda s: s.update({"out.2.bias": torch.full((6,), torch.nan)}),
            "out.2.bias is not finite",
        ),
        (lambda s: s.clear(), r"is missing; .* is missing; .* is missing and \d+ more;"),
        (
            lambda s: s.update({f"cook{n}": torch.zeros(1) for n in range(5)}),
            r"cook0 is unknown; cook1 is unknown; cook2 is unknown and 2 more;",
        ),
    ],
)
def test_the_first_wrong_tensors_are_named(change: object, message: str) -> None:
    wrong = state()
    change(wrong)  # type: ignore[operator]
    made = network()
    before = state_dict(made)
    with pytest.raises(WeightsError, match=message):
        copy_weights(made, wrong, "a.pt")
    same(state_dict(made), before)


class Payload:
    """Unpickled by the letter, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path, zipped: bool) -> None:
    trap = tmp_path / "owned"
    torch.save(
        {**state(), "x": Payload(trap)}, tmp_path / "a.pt", _use_new_zipfile_serialization=zipped
    )
    with pytest.raises(WeightsError, match="holds other things than tensors"):
        read(tmp_path / "a.pt")
    (tmp_path / "b.pt").write_bytes(pickle.dumps(Payload(trap), protocol=2))
    with pytest.raises(WeightsError):
        read(tmp_path / "b.pt")
    assert not trap.exists()


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "is damaged"),
        (b"\n<!DOCTYPE html><title>404</title>", "is a web page and not a checkpoint"),
        (b"PK\x03\x04 and nothing else", "is damaged"),
        (b"\xff" * 200, "is damaged"),
        (b"\x10\0\0\0\0\0\0\0{'not': json!!!}", "is a damaged safetensors file"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path: Path, contents: bytes, message: str) -> None:
    (tmp_path / "a.pt").write_bytes(contents)
    with pytest.raises(WeightsError, match=message):
        load(tmp_path / "a.pt")


def test_tables_of_other_things_are_refused(tmp_path: Path) -> None:
    for table in ({"a": torch.zeros(3)}, {}, [torch.zeros(3)], state() | {"x": "text"}):
        torch.save(table, tmp_path / "a.pt")
        with pytest.raises(WeightsError, match="does not hold the tensors of a GLIDE network"):
            read(tmp_path / "a.pt")


def test_a_hostile_header_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    def refused(header: str, message: str) -> None:
        safetensors.torch.save_file(state(), tmp_path / "a.safetensors", {HEADER: header})
        with pytest.raises(WeightsError, match=message):
            load(tmp_path / "a.safetensors")

    refused('{"cook": 1}', "cannot be used")
    refused("{", "cannot be used")
    for field, value in (
        ("blocks", 10**9),
        ("channels", -32),
        ("channels", 32.0),
        ("inpaint", "yes"),
        ("predicts", "luck"),
        ("multipliers", ["a"]),
        ("dropout", None),
        ("text", {"width": "wide"}),
    ):
        refused(changed(field, value), "cannot be used")
    vast = {**json.loads(TINY.to_json())["text"], "vocabulary": 10**12}
    refused(
        changed("text", vast), r"token_embedding.weight is \(50, 16\) instead of \(10{12}, 16\)"
    )


def changed(field: str, value: object) -> str:
    """The header of a tiny network with one field changed."""
    return json.dumps({**json.loads(TINY.to_json()), field: value})


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    save(network(), tmp_path / "a.safetensors")
    torch.save(state(), tmp_path / "a.pt")
    for name in ("a.safetensors", "a.pt"):
        whole = (tmp_path / name).read_bytes()
        for keep in [*range(0, len(whole), len(whole) // 40), len(whole) - 1]:
            (tmp_path / name).write_bytes(whole[:keep])
            with pytest.raises(WeightsError):
                read_tensors(tmp_path / name)


def mutants(tmp_path: Path, count: int) -> int:
    """Damage files of every container at random and count refusals; a crash would end the run."""
    draw = random.Random(2021)
    small = {name: state()[name] for name in ("input_blocks.0.0.weight", "out.2.bias")}
    safetensors.torch.save_file(small, tmp_path / "a.safetensors")
    torch.save(small, tmp_path / "a.pt")
    torch.save(small, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    wholes = [(tmp_path / name).read_bytes() for name in ("a.safetensors", "a.pt", "old.pt")]
    refused = 0
    for i in range(count):
        data = bytearray(wholes[i % 3])
        if i % 2:
            del data[draw.randrange(len(data)) :]
        else:
            for _ in range(40):
                data[draw.randrange(len(data))] = draw.randrange(256)
        path = tmp_path / f"{i}.pt"
        path.write_bytes(data)
        try:
            found, _ = read_tensors(path)
        except WeightsError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017
            refused += 1
        else:
            for tensor in found.values():
                tensor.clone()  # Whatever was accepted can be read to its end.
        path.unlink()
    return refused


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_damaged_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    assert mutants(tmp_path, 200) > 120


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_two_thousand_damaged_files(tmp_path: Path) -> None:
    assert mutants(tmp_path, 2000) > 1200


def test_an_absent_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "gone.pt")


def test_loading_draws_no_random_numbers_and_imports_nothing(tmp_path: Path) -> None:
    """Normal numbers on the meta device make torch import hundreds of modules, sympy among them."""
    save(network(), tmp_path / "a.safetensors")
    code = (
        "import sys, pathlib, glide_studio.glide.weights as weights\n"
        "before = set(sys.modules)\n"
        "weights.load(pathlib.Path(sys.argv[1]))\n"
        "assert len(set(sys.modules) - before) < 20, len(set(sys.modules) - before)"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, tmp_path / "a.safetensors"], check=True, env=env)
