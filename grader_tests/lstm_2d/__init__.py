"""What only the grader knows of lstm_2d."""
