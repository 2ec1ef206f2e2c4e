"""vanishing_gradients: backpropagation through time."""
