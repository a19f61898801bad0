"""The data and the protocol that the editor and the model share."""
