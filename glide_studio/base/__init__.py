"""Geometry, signals and places: what every other package may stand on."""
