"""mlp_training: training with PyTorch."""
