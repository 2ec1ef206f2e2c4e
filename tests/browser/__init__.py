"""What a student and an instructor meet, in JupyterLab, in a real browser."""
