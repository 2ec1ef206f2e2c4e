"""chain_rule: numerical gradients, paths, Jacobians, a function of one's own."""
