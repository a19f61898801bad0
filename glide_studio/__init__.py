"""Glide Studio: a local, text-guided photo editor around our own GLIDE core."""
