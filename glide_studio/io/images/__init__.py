"""Image files of all formats, read to one `Picture` and written from it."""
