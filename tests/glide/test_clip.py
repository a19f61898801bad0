"""The noise-aware CLIP agrees with the released code, and so does its tokenizer."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from glide_studio.glide.clip import (
    CaptionEncoder,
    ClipAttention,
    ClipGradient,
    ImageEncoder,
    caption_encoder,
    image_encoder,
    l2_normalize,
    load_caption_encoder,
    load_image_encoder,
    similarity,
)
from glide_studio.glide.guidance import ClippedDenoiser, MeanShift, NetworkDenoiser
from glide_studio.glide.samplers import SamplingRun, ancestral
from glide_studio.glide.schedule import named_schedule
from glide_studio.glide.tokenizers import ClipTokenizer
from glide_studio.glide.weights import WeightsError
from glide_studio.paths import resources_folder
from tests.glide.golden import LOOP, NETWORK, close, condition, files, name, numbers, tensors, unet
from tests.glide.test_pipeline_golden import encoded, recorded, u8

TOKENIZER = ClipTokenizer(resources_folder() / "vocabulary" / "clip")


def encoders(path: Path) -> tuple[ImageEncoder, CaptionEncoder]:
    config = numbers(path)["config"]
    images = tensors(path.with_name("clip_image.weights.safetensors"))
    captions = tensors(path.with_name("clip_text.weights.safetensors"))
    return (
        image_encoder(images, "image", config["n_head_state_image"]),
        caption_encoder(captions, "text", config["n_head_state_text"]),
    )


@pytest.mark.golden
@pytest.mark.parametrize("path", files("*/models/clip.json"), ids=name)
def test_embeddings(path: Path) -> None:
    io, (images, captions) = tensors(path.with_name("clip.io.safetensors")), encoders(path)
    found = captions(io["in.tokens"], io["in.text_len"])
    close(found, io["out.text"], NETWORK)
    close(l2_normalize(found), io["out.text_normed"], NETWORK)
    found = images(io["in.x"], io["in.t"])
    close(found, io["out.image"], NETWORK)
    close(l2_normalize(found), io["out.image_normed"], NETWORK)
    cosines = (io["out.image_normed"] * io["out.text_normed"]).sum(-1)
    close(similarity(images, io["in.x"], io["in.t"], io["out.text"]), cosines, NETWORK)


@pytest.mark.golden
@pytest.mark.parametrize("path", files("*/models/clip.json"), ids=name)
def test_every_block(path: Path) -> None:
    io, (images, captions) = tensors(path.with_name("clip.io.safetensors")), encoders(path)
    seen: dict[str, Tensor] = {}

    def record(key: str) -> Callable[[nn.Module, Any, Tensor], None]:
        return lambda _module, _given, out: seen.update({key: out})

    for kind, encoder in (("image", images), ("text", captions)):
        for block, module in encoder.blocks.items():
            module.register_forward_hook(record(f"dbg.{kind}.{block}"))
    captions(io["in.tokens"], io["in.text_len"])
    images(io["in.x"], io["in.t"])
    for key in (key for key in io if key.startswith("dbg.")):
        close(seen[key], io[key], NETWORK)


@pytest.mark.golden
@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("path", files("*/models/clip.json"), ids=name)
def test_gradient(path: Path, inference: bool) -> None:
    io = tensors(path.with_name("clip.io.safetensors"))
    images, captions = encoders(path)
    with torch.inference_mode(inference):
        caption = captions(io["in.tokens"], io["in.text_len"])
        found = ClipGradient(images, caption, 3.0)(io["in.x"].clone(), io["in.t"])
    golden = io["out.cond_grad_scale3"]
    assert (found - golden).abs().max() < 1e-3 * golden.abs().max()


def tokens(entry: dict[str, Any]) -> None:
    golden = entry["clip"]
    assert TOKENIZER.encode(entry["text"]) == golden["ids"]
    ids, length = TOKENIZER.encode_padded(entry["text"])
    assert ids.tolist() == golden["padded_77"]
    assert length == golden["len_77"]
    assert TOKENIZER.decode(golden["ids"]) == golden["decoded"]


@pytest.mark.golden
@pytest.mark.parametrize(
    ("path", "entry"),
    [
        (path, i)
        for path in files("*/tokenizer/tokens.json")
        for i in range(len(numbers(path)["entries"]))
    ],
    ids=name,
)
def test_clip_tokens(path: Path, entry: int) -> None:
    tokens(numbers(path)["entries"][entry])


def test_one_word_of_ten_thousand_letters_costs_little() -> None:
    started = time.process_time()
    _, length = TOKENIZER.encode_padded("aboriginalise" * 769)
    assert time.process_time() - started < 2.0
    assert length == 77


def test_special_tokens_in_a_text_are_known() -> None:
    assert TOKENIZER.size == 49_408
    assert TOKENIZER.encode("a <|EndOfText|> b")[1] == 49_407


@pytest.mark.golden
@pytest.mark.parametrize("path", files("*/pipeline/pipeline.json"), ids=name)
def test_clip_guided_sampling(path: Path) -> None:
    about, io = numbers(path), tensors(path.with_name("io.safetensors"))
    base = unet(path.with_name("base.json"))
    images, captions = encoders(path.with_name("clip.json"))
    ids, length = TOKENIZER.encode_padded(about["prompt"])
    caption = captions(torch.from_numpy(ids)[None], torch.tensor([length]))
    assert torch.equal(torch.from_numpy(ids)[None], io["out.clip.text_tokens"])
    close(l2_normalize(caption), l2_normalize(io["out.clip.text_embedding"]), NETWORK)

    schedule = named_schedule(base.config.schedule).respace(about["base_respacing"])
    seen = condition(encoded(base, about["prompt"], about["batch"]))
    denoiser = ClippedDenoiser(NetworkDenoiser(base, schedule, seen), schedule)
    gradient = ClipGradient(images, caption, about["clip_grad_scale"])
    noise = recorded(io["in.clip.step_noise"], about["batch"])
    guided = MeanShift(denoiser, gradient, schedule)
    run = SamplingRun(ancestral, guided, schedule, io["in.clip.x_T"], noise).steps()
    steps = torch.stack([step.x for step in run])
    close(steps, io["out.clip.base_steps"], LOOP)
    assert u8(steps[-1]).isfinite().all()


@pytest.mark.golden
@pytest.mark.parametrize("path", files("manifests/manifest_clip*.json"), ids=name)
def test_full_size_keys_and_shapes(path: Path) -> None:
    about = numbers(path)
    with torch.device("meta"):
        made: nn.Module = ImageEncoder() if "image" in path.name else CaptionEncoder()
    ours = {key: list(tensor.shape) for key, tensor in made.state_dict().items()}
    assert ours == {key: entry["shape"] for key, entry in about["state_dict"].items()}
    assert sum(p.numel() for p in made.parameters()) == about["n_params"]


@pytest.mark.parametrize("kind", [ImageEncoder, CaptionEncoder])
def test_heads_are_64_wide_at_full_size(kind: type[ImageEncoder] | type[CaptionEncoder]) -> None:
    with torch.device("meta"):
        blocks = [one for one in kind().modules() if isinstance(one, ClipAttention)]
    assert len(blocks) == 12
    assert {next(one.f_q.parameters()).shape[0] / one.heads for one in blocks} == {64.0}


def small_image() -> ImageEncoder:
    torch.manual_seed(0)
    return ImageEncoder(size=8, patch=4, timesteps=50, width=64, layers=1, heads=1, embedding=16)


def small_caption() -> CaptionEncoder:
    torch.manual_seed(0)
    return CaptionEncoder(vocabulary=20, context=9, width=64, layers=1, heads=1, embedding=16)


def test_encoders_are_loaded_from_files_by_their_shapes(tmp_path: Path) -> None:
    torch.save(small_image().state_dict(), tmp_path / "i.pt")
    half = {f"_orig_mod.{k}": v.half() for k, v in small_caption().state_dict().items()}
    torch.save(half, tmp_path / "t.pt")
    x, t = torch.randn(2, 3, 8, 8), torch.tensor([0, 49])
    with torch.no_grad():
        assert torch.equal(load_image_encoder(tmp_path / "i.pt")(x, t), small_image()(x, t))
        tokens, lengths = torch.randint(20, (2, 9)), torch.tensor([3, 9])
        found = load_caption_encoder(tmp_path / "t.pt")(tokens, lengths)
        torch.testing.assert_close(found, small_caption()(tokens, lengths), atol=0.02, rtol=0.02)
    with pytest.raises(WeightsError, match="is not a noise-aware CLIP encoder"):
        load_image_encoder(tmp_path / "t.pt")
    with pytest.raises(WeightsError, match="is not a CLIP text encoder"):
        load_caption_encoder(tmp_path / "i.pt")


def test_what_follows_the_last_token_is_not_seen() -> None:
    captions = small_caption()
    one, two = torch.arange(9)[None], torch.arange(9)[None].clone()
    two[:, 5:] = 19
    assert torch.equal(captions(one, torch.tensor([5])), captions(two, torch.tensor([5])))
    assert not torch.equal(captions(one, torch.tensor([6])), captions(two, torch.tensor([6])))


def test_pictures_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="CLIP takes pictures of 8 x 8"):
        small_image()(torch.zeros(1, 3, 8, 12), torch.tensor([0]))


def test_following_the_gradient_raises_the_similarity() -> None:
    images = small_image().requires_grad_(False)
    caption = torch.randn(1, 16)
    x, t = torch.randn(4, 3, 8, 8), torch.full((4,), 7)
    gradient = ClipGradient(images, caption)
    before = similarity(images, x, t, caption)
    after = similarity(images, x + 0.01 * gradient(x, t), t, caption)
    assert (after > before).all()
    doubled = replace(gradient, scale=6.0)
    torch.testing.assert_close(doubled(x, t), 2 * gradient(x, t))


def test_encoders_have_the_sizes_of_the_released_ones_by_default() -> None:
    """clip_image_enc and clip_text_enc of the released GLIDE: 64 pixels in patches of 4, 77 tokens."""
    with torch.device("meta"):
        encoders = ImageEncoder(), CaptionEncoder()
    assert encoders[0].size == 64
    shapes = [
        {name: tuple(one.shape) for name, one in made.state_dict().items()} for made in encoders
    ]
    image, caption = shapes
    assert image["blocks.input.w_pos"] == (257, 768)
    assert image["blocks.input.w_t"] == (1000, 768)
    assert image["blocks.input.patch_proj"] == (768, 3, 4, 4)
    assert image["blocks.output.f.w"] == (512, 768)
    assert caption["blocks.input.w_voc"] == (65_536, 512)
    assert caption["blocks.input.w_pos"] == (77, 512)
    assert caption["blocks.output.f.w"] == (512, 512)
    for made in shapes:
        assert len({name.split(".")[1] for name in made if "block_" in name}) == 12
