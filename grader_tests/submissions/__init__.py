"""Sample submissions, one module for each assignment. Written for the tests; none is a student's work."""
