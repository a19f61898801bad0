"""Wrong changes that once no test noticed, each with the tests that must: `mutate --known` tries them."""

from __future__ import annotations

from typing import NamedTuple


class KnownMutant(NamedTuple):
    """`old` in the module at `path` becomes `new`; `tests` are the files that notice."""

    path: str
    old: str
    new: str
    tests: str


GUIDANCE, REPAINT = "tests/glide/test_guidance.py", "tests/glide/test_repaint.py"
TRAINER, STAGES = "tests/training/test_trainer.py", "tests/inference/test_stages.py"

KNOWN = (
    KnownMutant(
        "glide/guidance.py",
        "return Prediction(eps, x0, guided.log_variance)",
        "return Prediction(eps, x0, null.log_variance)",
        GUIDANCE,
    ),
    KnownMutant(
        "glide/guidance.py",
        "log_variance.exp() * self.gradient(x, original_timesteps(self.schedule, t))",
        "log_variance.exp() * self.gradient(x, t)",
        GUIDANCE,
    ),
    KnownMutant(
        "glide/guidance.py", "x, original_timesteps(self.schedule, t)\n", "x, t\n", GUIDANCE
    ),
    KnownMutant(
        "glide/guidance.py",
        "+ self.known * self.mask",
        "+ self.known",
        GUIDANCE,
    ),
    KnownMutant(
        "glide/samplers.py",
        "add_noise(state.schedule, known, below.steps_left, fresh)",
        "add_noise(state.schedule, known, below.steps_left + 1, fresh)",
        REPAINT,
    ),
    KnownMutant(
        "glide/samplers.py",
        "for index in range(step.steps_left, top + 1):",
        "for index in range(step.steps_left, top):",
        REPAINT,
    ),
    KnownMutant(
        "training/losses.py",
        "Prediction(pred.eps.detach(), pred.x0.detach(), pred.log_variance)",
        "Prediction(pred.eps.detach(), pred.x0, pred.log_variance)",
        "tests/training/test_losses.py",
    ),
    KnownMutant(
        "training/trainer.py",
        "list(self.network.parameters()), 1 - decay)",
        "list(self.network.parameters()), decay)",
        TRAINER,
    ),
    KnownMutant(
        "training/trainer.py",
        "decay = min(self.optimisation.ema, (1 + self.step) / (10 + self.step))",
        "decay = 0.0",
        TRAINER,
    ),
    KnownMutant(
        "training/diffusion_trainer.py",
        "known, 1 - mask, low_res)",
        "known, mask, low_res)",
        "tests/training/test_diffusion_trainer.py",
    ),
    KnownMutant(
        "inference/pixels.py",
        "painted = pad_to((request.mask > 0)",
        "painted = pad_to((request.mask > 0.5)",
        STAGES,
    ),
    KnownMutant(
        "inference/stages.py",
        "start=self.start,\n            temperature=sampling.temperature,",
        "start=self.start,\n            temperature=0.9,",
        STAGES,
    ),
    KnownMutant(
        "inference/stages.py",
        "low_res = sharpen_low_res(F.avg_pool2d(picture, UPSAMPLE_FACTOR), view)",
        "low_res = F.avg_pool2d(picture, UPSAMPLE_FACTOR)",
        STAGES,
    ),
    KnownMutant(
        "inference/stages.py",
        "philox_noise(seed, self.samples, self.level)",
        "philox_noise(seed, range(len(self.samples)), self.level)",
        "tests/inference/test_engine.py tests/inference/test_methods.py",
    ),
    KnownMutant(
        "inference/engine.py",
        "            if is_cancelled():\n",
        "            if False:\n",
        "tests/inference/test_engine.py",
    ),
    KnownMutant(
        "glide/tiling.py",
        "top, left = (side // factor for side in origin)",
        "left, top = (side // factor for side in origin)",
        "tests/glide/test_tiling.py",
    ),
    KnownMutant(
        "io/project/working_store.py",
        "'FULL' if durable else 'NORMAL'",
        "'NORMAL'",
        "tests/io/project/test_store.py",
    ),
    KnownMutant(
        "imaging/blending/poisson.py",
        "step = np.clip(photo[region] - patch[region], -limit, limit)",
        "step = photo[region] - patch[region]",
        "tests/imaging/blending/test_poisson.py",
    ),
    KnownMutant(
        "ui/canvas/canvas.py",
        "            alt = bool(keys & Qt.KeyboardModifier.AltModifier)\n            if turned",
        "            alt = False\n            if turned",
        "tests/ui/test_canvas.py",
    ),
    KnownMutant(
        "io/project/recovery.py",
        "if path.is_file() else 0",
        "if path.is_file() else 1",
        "tests/io/project/test_nothing_lost.py",
    ),
    KnownMutant(
        "io/images/prepare_export.py",
        "* (top // 255)",
        "* (top // 256)",
        "tests/io/images/test_round_trip.py",
    ),
    KnownMutant(
        "document/document_thumbnail.py",
        "if longer >> level >= side), 0)",
        "if longer >> level >= side), 1)",
        "tests/document/test_thumbnail.py",
    ),
    KnownMutant(
        "io/images/sniff.py",
        "case _:\n            return False",
        "case _:\n            return True",
        "tests/io/images/test_faulty_files.py",
    ),
    KnownMutant(
        "document/morphology.py",
        "(blurred - 127.5) * gain",
        "(blurred - 191.25) * gain",
        "tests/document/test_masks.py",
    ),
    KnownMutant(
        "imaging/icc_matrix.py",
        'b"A2B0" in tags or',
        'b"A2B0" in tags and',
        "tests/imaging/test_icc.py",
    ),
    KnownMutant(
        "imaging/icc.py",
        'if space == "RGB " and pixels.dtype == np.uint16:',
        'if space != "RGB " and pixels.dtype == np.uint16:',
        "tests/imaging/test_icc.py",
    ),
    KnownMutant(
        "imaging/completion/seams.py",
        "y + dy, x + dx, sy + dy, sx + dx)",
        "y + dy, x + dx, sy + dy, sx - dx)",
        "tests/imaging/completion/test_seams.py",
    ),
    KnownMutant(
        "glide/pipeline.py",
        "low * last, high * last",
        "low * last, high / last",
        "tests/glide/test_pipeline.py",
    ),
    KnownMutant(
        "editor/exporting.py",
        "if path.suffix.lower() in LAYERED:",
        "if path.suffix.lower() not in LAYERED:",
        "tests/editor/test_exports.py",
    ),
)
