# predicted_quotient: gives the row shares that were meant instead of the numbers that the line gives

quotient = [[1 / 4, 2 / 4, 1 / 4], [3 / 8, 3 / 8, 2 / 8], [5 / 16, 1 / 16, 10 / 16]]
