"""One module for each assignment: how its exercises are called. No answers live here."""
