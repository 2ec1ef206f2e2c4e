"""mlp_backprop: backpropagation by hand."""
