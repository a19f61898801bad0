"""Qt widgets: they draw the editor's state and call its verbs."""
