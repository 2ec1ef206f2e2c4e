"""Tests of single modules, without nbgrader."""
