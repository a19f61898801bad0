"""The one mutable object and every verb that a user has."""
