"""A small course folder of each version, graded by it."""
