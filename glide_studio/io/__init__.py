"""Pictures and projects in and out of the file system."""
