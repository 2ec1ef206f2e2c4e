"""lstm_2d: the 2D-LSTM."""
