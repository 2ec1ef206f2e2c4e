"""What only the grader knows, one folder for each assignment; no student's kernel ever sees it."""
