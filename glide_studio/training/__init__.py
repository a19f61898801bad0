"""Data sets, objectives and the training loop of the GLIDE networks."""
