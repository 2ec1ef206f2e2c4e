# predicted_shapes_1: shapes are written as text, sets and floats

shape_a = "5"
shape_b = {4}
shape_c = ()
shape_d = (4.0, 1.0)
shape_e = (2, 6)
shape_f = (3,)
