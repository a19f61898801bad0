"""Datasets, losses and the training loop of the GLIDE networks."""
