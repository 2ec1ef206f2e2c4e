"""What only the grader knows of ASSIGNMENT."""
