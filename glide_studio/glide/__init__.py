"""The GLIDE core: networks, diffusion, guidance and sampling; knows nothing of the rest."""
