"""Pictures in and out: one decoded `Picture` whatever the file format."""
