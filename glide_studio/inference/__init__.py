"""Runs requests: pixels to tensors, weights on devices, the cascade as one generator of updates."""
