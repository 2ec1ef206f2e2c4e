# predicted_shapes_1: takes the mean of all for shape (1,) instead of (), and forgets keepdims in shape_d

shape_a = (5,)
shape_b = (4,)
shape_c = (1,)
shape_d = (4,)
shape_e = (2, 6)
shape_f = (3,)
