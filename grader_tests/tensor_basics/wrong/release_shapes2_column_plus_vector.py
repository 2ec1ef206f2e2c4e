# predicted_shapes_2: believes that a column plus a vector of one length is a column, and that the division by row sums works

shape_g = (4, 5)
shape_h = "error"
shape_i = (4, 5)
shape_j = (4, 5)
shape_k = (4, 1)
shape_l = (4, 5)
shape_m = (2, 3, 6)
shape_n = (4, 5)
