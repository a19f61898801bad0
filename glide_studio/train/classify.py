"""Training of the noise-aware classifier: which noun x_t shows (Dhariwal & Nichol 2021, section 4.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from glide_studio.glide import schedule as schedules
from glide_studio.glide import weights
from glide_studio.glide.classifier import Classifier, class_header
from glide_studio.glide.diffusion import q_sample
from glide_studio.train.labelled import LabelledData
from glide_studio.train.loop import NetworkTrainer, stratified
from glide_studio.train.pictures import refuse_untrainable
from glide_studio.train.recipes import ClassifierRecipe


class ClassifierTrainer(NetworkTrainer[Classifier]):
    """Trains a `Classifier` whose classes are the nouns of `data`'s captions, in the table's order."""

    def __init__(self, recipe: ClassifierRecipe, data: LabelledData, seed: int = 0) -> None:
        refuse_untrainable(data.used())
        torch.manual_seed(seed)
        self.data, self.classes = data, tuple(data.captions.nouns)
        self.places = {noun: place for place, noun in enumerate(self.classes)}
        network = Classifier(recipe.config, len(self.classes))
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        super().__init__(network, recipe, recipe.config.to_json(), seed)
        self.schedule = schedules.named(recipe.config.schedule)

    def objective(self) -> Tensor:
        """Cross entropy of the nouns, at all noise levels alike."""
        found = [self.data.sample(position, 0.0) for position in self.positions()]
        samples = [sample for sample in found if sample.noun]
        rng = self.random()
        x0 = torch.from_numpy(np.stack([sample.picture for sample in samples])).permute(0, 3, 1, 2)
        t = torch.from_numpy((stratified(len(samples), rng) * len(self.schedule)).astype(np.int64))
        noise = torch.from_numpy(rng.standard_normal(tuple(x0.shape), dtype=np.float32))
        classes = torch.tensor([self.places[sample.noun] for sample in samples])
        logits = self.network(q_sample(self.schedule, x0, t, noise), t)
        return F.cross_entropy(logits, classes)

    def adopt(self, path: Path) -> None:
        """Begin from the weights of a file with the same classes."""
        state = weights.read_tensors(path)[0]
        for network in (self.network, self.average):
            weights.fill(network, state, path.name)

    def export(self, path: Path) -> None:
        """Write the averaged weights as half-precision safetensors with the classes' names."""
        state = weights.state_dict(self.average)
        weights.write_tensors(state, path, torch.float16, class_header(self.classes))
