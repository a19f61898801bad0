"""Train the noise-aware classifier of x_t (Dhariwal & Nichol 2021, section 4.1)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.atomic import atomic_write
from glide_studio.glide import schedule as schedules
from glide_studio.glide import weights
from glide_studio.glide.classifier import Classifier, class_header
from glide_studio.glide.diffusion import q_sample
from glide_studio.training.batch_loader import BatchLoader
from glide_studio.training.guide_dataset import GuideDataset
from glide_studio.training.image_folder import check_trainable
from glide_studio.training.trainer import Trainer, draw_guide_timesteps
from glide_studio.training.training_config import ClassifierTrainingConfig


class ClassifierTrainer(Trainer[Classifier]):
    """Train a `Classifier`: its classes are the labels of `data`, and "" for no object."""

    def __init__(
        self,
        recipe: ClassifierTrainingConfig,
        data: GuideDataset,
        seed: int = 0,
        device: torch.device | str = "cpu",
        mixed: bool = False,
        workers: int = 0,
    ) -> None:
        check_trainable(data.entries_used())
        torch.manual_seed(seed)
        self.data, self.classes, self.recipe = data, (*data.labels, ""), recipe
        self.places = {noun: place for place, noun in enumerate(self.classes)}
        network = Classifier(recipe.config, len(self.classes))
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        feed = BatchLoader(data, 0.0, recipe.batch, workers)
        super().__init__(network, recipe, recipe.config.to_json(), feed, seed, device, mixed)
        self.schedule = schedules.named_schedule(recipe.config.schedule)

    def training_loss(self) -> Tensor:
        """Return the cross entropy over the classes."""
        batch, rng = self.batch(), self.random()
        classes = torch.tensor([self.places[noun] for noun in batch.nouns])
        x0 = batch.pictures
        t = draw_guide_timesteps(len(x0), len(self.schedule), self.recipe.low_noise, rng)
        x = q_sample(self.schedule, x0, t, self.noise(rng, *x0.shape))
        with self.autocast():
            logits = self.network(x, t.to(self.device))
        return F.cross_entropy(logits.float(), classes.to(self.device))

    def load_weights(self, path: Path) -> None:
        """Load the weights of a file with the same classes."""
        state = weights.read_tensors(path)[0]
        for network in (self.network, self.ema):
            weights.copy_weights(network, state, path.name)

    def export(self, path: Path) -> None:
        """Write the EMA weights as half-precision safetensors with the names of the classes."""
        state = weights.state_dict(self.ema)
        with atomic_write(path) as partial:
            weights.write_tensors(state, partial, torch.float16, class_header(self.classes))
