"""Layered documents of other programs: OpenRaster and PSD, read and written."""
