"""Model files on disk: find, identify, list and verify; no torch."""
