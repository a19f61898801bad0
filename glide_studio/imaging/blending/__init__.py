"""What makes a generated patch sit in a photograph."""
