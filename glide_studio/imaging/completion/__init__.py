"""Image completion by exemplars: fill what is removed from the rest of the photograph."""
