"""What only the grader knows of mlp_backprop."""
