"""Layered documents of other programs: OpenRaster and PSD, in and out."""
