"""Image processing on arrays: geometry, filters, noise, color profiles, blending, completion."""
