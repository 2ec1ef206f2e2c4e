"""Tests of grading, through the real nbgrader, kernels and gradebook."""
