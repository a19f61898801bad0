"""The picture being edited: tiles, layers, masks, edits, history and compositing."""
