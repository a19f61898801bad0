"""The noise-aware classifier: the structure of the published one, and a true gradient."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from glide_studio.glide.classifier import (
    AttentionPool,
    Classifier,
    ClassifierGradient,
    classifier_config,
    load,
)
from glide_studio.glide.config import UNetConfig
from glide_studio.glide.weights import WeightsError
from tests.glide.test_networks import TINY, network

# guided-diffusion's 64x64 ImageNet classifier.
PUBLISHED = UNetConfig(
    size=64, channels=128, blocks=4, multipliers=(1, 2, 3, 4), attention=(2, 4, 8)
)


def small() -> Classifier:
    torch.manual_seed(0)
    made = Classifier(TINY, 5)
    for parameter in made.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.1)
    return made.requires_grad_(False).eval()


def test_the_published_classifier_s_keys_and_shapes() -> None:
    with torch.device("meta"):
        state = Classifier(PUBLISHED, 1000).state_dict()
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    assert shapes["out.2.positional_embedding"] == (512, 65)
    assert shapes["out.2.qkv_proj.weight"] == (1536, 512, 1)
    assert shapes["out.2.c_proj.weight"] == (1000, 512, 1)
    assert shapes["out.0.weight"] == (512,)
    assert shapes["input_blocks.0.0.weight"] == (128, 3, 3, 3)
    assert shapes["input_blocks.6.1.qkv.weight"] == (768, 256, 1)
    assert "input_blocks.19.0.in_layers.2.weight" in shapes
    assert "middle_block.1.proj_out.bias" in shapes
    assert not any("encoder_kv" in name for name in shapes)


def test_its_sizes_follow_from_shapes() -> None:
    with torch.device("meta"):
        state = Classifier(PUBLISHED, 1000).state_dict()
    assert classifier_config(state, "x") == (replace(PUBLISHED, dropout=0.0), 1000)


def test_a_classifier_is_loaded_and_another_network_refused(tmp_path: Path) -> None:
    config = replace(TINY, size=64, channels=64, head_width=64)
    torch.manual_seed(0)
    made = Classifier(config, 7).eval()
    torch.save(made.state_dict(), tmp_path / "c.pt")
    x, t = torch.randn(1, 3, 64, 64), torch.tensor([5])
    with torch.no_grad():
        assert torch.equal(load(tmp_path / "c.pt")(x, t), made(x, t))
    torch.save(
        network().state_dict() | {"input_blocks.0.0.weight": torch.zeros(1)}, tmp_path / "u.pt"
    )
    with pytest.raises(WeightsError, match=r"u.pt is not a noise-aware classifier"):
        load(tmp_path / "u.pt")


def test_the_pool_is_attention_from_the_mean() -> None:
    torch.manual_seed(0)
    pool, x = AttentionPool(4, 6, 3, 2), torch.randn(2, 6, 2, 2)
    h = x.flatten(2)
    h = torch.cat([h.mean(2, keepdim=True), h], 2) + pool.positional_embedding
    q, k, v = pool.qkv_proj(h).chunk(3, dim=1)
    heads: list[Tensor] = []
    for channels in (slice(0, 3), slice(3, 6)):
        weights = (q[:, channels, :1].mT @ k[:, channels] / 3**0.5).softmax(-1)
        heads.append((weights @ v[:, channels].mT)[:, 0])
    wanted = pool.c_proj(torch.cat(heads, 1)[..., None])[..., 0]
    torch.testing.assert_close(pool(x), wanted)


def test_the_gradient_is_that_of_the_log_likelihood() -> None:
    made = small()
    x, t = torch.randn(2, 3, 16, 16), torch.tensor([10, 10])
    classes = torch.tensor([1, 4])
    with torch.inference_mode():
        found = ClassifierGradient(made, classes, 2.0)(x.clone(), t)

    def likelihood(y: Tensor) -> Tensor:
        return made(y, t).log_softmax(-1)[[0, 1], [1, 4]].sum()

    direction = torch.randn_like(x)
    slope = (likelihood(x + 1e-2 * direction) - likelihood(x - 1e-2 * direction)) / 2e-2
    torch.testing.assert_close((found * direction).sum(), 2 * slope, rtol=0.02, atol=1e-4)


def test_logits_depend_on_t_and_on_every_part_of_the_picture() -> None:
    made, x = small(), torch.randn(1, 3, 16, 16)
    one = made(x, torch.tensor([10]))
    assert one.shape == (1, 5)
    assert not torch.allclose(one, made(x, torch.tensor([900])))
    other = x.clone()
    other[..., -1, -1] += 1
    assert not torch.allclose(one, made(other, torch.tensor([10])))


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("patch", [1, 2])
def test_alpha_and_patches_are_read_from_the_shapes(alpha: bool, patch: int) -> None:
    config = replace(PUBLISHED, alpha=alpha, patch=patch, attention=(2, 4), multipliers=(1, 2, 3))
    with torch.device("meta"):
        state = Classifier(config, 12).state_dict()
    found, classes = classifier_config(state, "a file")
    assert classes == 12
    assert (found.alpha, found.patch, found.multipliers) == (alpha, patch, (1, 2, 3))
