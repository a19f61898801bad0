"""Qt widgets: they draw the session's state and call its verbs."""
