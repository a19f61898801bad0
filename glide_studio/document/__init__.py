"""The image being edited: tiles, layers, masks, edits, history and compositing."""
