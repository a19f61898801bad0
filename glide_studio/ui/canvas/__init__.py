"""The canvas: from a document and a viewport to painted pixels."""
