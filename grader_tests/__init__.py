"""What only the grader knows: references, hidden cases, known mistakes, the corpus, and the tests of the grader."""
