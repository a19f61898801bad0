"""A judge that looks in a millisecond: a real network with random weights."""

from __future__ import annotations

import torch
from torch import nn

from tests.quality.metric_model import MetricModel


def tiny_judge(device: torch.device | str = "cpu") -> MetricModel:
    """[N, 3, 224, 224] to 16 features at 7 x 7, and 1,000 classes of those."""
    torch.manual_seed(1)
    features = nn.Sequential(nn.Conv2d(3, 16, 32, stride=32), nn.ReLU())
    return MetricModel(features, nn.Linear(16, 1000))
