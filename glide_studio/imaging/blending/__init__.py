"""Blending a patch into a photo: color, sharpness, seam, texture, grain, feathered edges."""
