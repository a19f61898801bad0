"""The working store and the `.glide` project: one SQLite schema for both."""
