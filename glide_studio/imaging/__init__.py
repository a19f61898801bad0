"""Geometry, signals, places and plain arrays: what every other package may stand on."""
