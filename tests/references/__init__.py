"""The references are right: each is held against a second route."""
