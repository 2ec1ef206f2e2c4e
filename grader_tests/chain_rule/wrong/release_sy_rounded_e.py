# symbolic_chain_rule: writes e as 2.718, so the exponential is off in the fourth digit

import sympy as sp

a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2
du_da = 2 * x * y + x**2 * b + 2.718**z
du_db = 4 * x * y + x**2 * a - 2 * b * 2.718**z
