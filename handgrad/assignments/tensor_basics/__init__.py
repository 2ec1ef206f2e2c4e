"""tensor_basics: axes, shapes, broadcasting, stable losses."""
