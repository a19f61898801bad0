"""The data and protocols that the paint tower and the model tower share."""
