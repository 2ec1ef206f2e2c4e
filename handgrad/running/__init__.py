"""A job of cells in, what came of each of them out: sandbox, warm processes, limits, and the workers of a cluster."""
