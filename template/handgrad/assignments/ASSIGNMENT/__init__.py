"""ASSIGNMENT: the cosine of the angle between vectors."""
