# %% [markdown]
# # Axes, shapes and stable formulas
#
# Everything in deep learning is an array with some axes. Most mistakes are not in the formula but in the
# shape: a sum over the wrong axis, a column where a row was meant. The worst of them raise no error. In this
# notebook you learn to know the shape of a result before you compute it, and to write probabilities and
# losses that stay right when numbers become large. You need Python and a little NumPy, and no more.
#
# Take about four hours, in two or three sittings. Each exercise says how long it may take and how hard it is:
# ★☆☆ easy, ★★☆ medium, ★★★ hard. The parts:
#
# 1. axes, and what a reduction leaves of them;
# 2. broadcasting: the rule, and a division that goes wrong without any error;
# 3. distances between points;
# 4. probability tables: expectation and variance;
# 5. sigmoid, softmax, and two losses that hold at ±1000.

# %% [markdown]
# ## How this notebook works
#
# **Predict first.** Three exercises ask you to say what will come out before anything is run. Write your
# answer down, then run the check. It never shows the answer: after your first try it says how many are wrong,
# after a second, different one which they are, and after a third why. You may try as often as you like, and a
# wrong first guess costs nothing. But do guess, on paper, before you let the machine answer: being surprised is
# the best way to learn this.
#
# **Then write.** Each exercise is followed by a cell such as `check.softmax(softmax)`. It runs your code on
# one or more small cases and says what is wrong and, where it can, what the mistake looks like. Grading does
# the same with other sizes, some of them much larger, and other numbers, so write code that works for every
# shape the docstring allows.
#
# - Each exercise has parts that are scored on their own; the check lists them. A softmax that is right for
#   matrices keeps those points when it is wrong for three axes.
# - A function never changes its arguments. Return new arrays, in the shape that the table gives. Where that is one
#   number, an array with a single element will do.
# - Each call is independent. A function is called again with other arrays, and then once more with the first ones:
#   keep nothing from one call for the next, and do not write into an array that you have returned.
# - An array may be the transpose of another one, as `A.T` is. Its entries then lie in another order in memory,
#   and `reshape` makes a copy of it where it otherwise gives a view.
# - Where an exercise may use an earlier function of yours, the text says so. At grading it is then also
#   tried with a right version of that function, so that one mistake costs once.
# - All arrays that you are given are NumPy arrays of dtype float64. Your results may be float32 or nested lists, too.
# - A failed check usually ends with a call of `check.case(…)`, which returns the inputs of the case that went wrong.
# - `check.progress()`, near the end of the notebook, shows how many exercises pass so far.

# %% [markdown]
# ## Notation
#
# One way to write things through all six notebooks. Names that an exercise gives stay as they are.
#
# | we write | it means | in code |
# | --- | --- | --- |
# | $L$ | the loss, one number | `loss` |
# | $\partial L/\partial A$ | the gradient at $A$, an array of the shape of $A$ | `grad_A`, or as given `dA`, `dL_dA` |
# | $s$ | scores, also called logits: what softmax or a sigmoid turns into probabilities $p$ | `scores`, `logits` |
# | $z$, $a$ | what goes into an activation, and what comes out | `z`, `a`, `hidden` |
# | $k$ | the right class of an example, counted from 0 | `labels`; a row with a single 1 in `onehot` |
# | $N$, $D$, $H$, $C$, $T$ | examples, inputs, hidden units, classes, time steps | the shapes in docstrings |
# | $a \circ b$ | the product entry by entry | `a * b` |
# | $x^\top$ | the transpose | `x.T` |
#
# Here a score is also an entry of `x`, because `softmax(x)` takes any array.

# %%
from importlib.util import find_spec

if missing := [name for name in ("handgrad", "numpy") if find_spec(name) is None]:
    raise ModuleNotFoundError(f"""{", ".join(missing)}: not installed in the Python of this notebook.
On your computer, type in a terminal, in the folder of the course:  pip install -r requirements.txt
On Colab, put the file handgrad-….whl of that folder under Files, at the left, and run in a cell:  !pip install *.whl
Then restart the kernel, and run this cell again.""")

import numpy as np

from handgrad import checks
from handgrad.assignments.tensor_basics import derivations, figures

check = checks("tensor_basics")

# %% [markdown]
# # 1. Axes
#
# A **shape** is a tuple of lengths, one for each **axis**. The axes are counted from 0. A matrix with 3 rows
# and 4 columns has shape `(3, 4)`: axis 0 runs down the rows, axis 1 runs across the columns. With three
# axes think of sheets of paper: axis 0 counts the sheets. Negative numbers count from the end: axis −1 is
# the last one, however many there are. The number of axes is also called the **rank**, in code `X.ndim`.
#
# | `X.shape` | `X.ndim` | what it is | how Python writes it |
# | --- | --- | --- | --- |
# | `(3, 4)` | 2 | a matrix | two lengths |
# | `(4,)` | 1 | a vector | the comma makes it a tuple; `(4)` is just the number 4 |
# | `()` | 0 | a single number as an array | an empty tuple |
# | `(0, 4)` | 2 | a matrix without rows | allowed: sums over it are 0, nothing breaks |

# %%
figures.show(
    figures.axes_of_arrays(),
    "Left, a matrix of shape (3, 4), each entry labelled with its row and column. An arrow for axis 0 "
    "runs down along the rows, one for axis 1 runs to the right along the columns. Right, an array of "
    "shape (2, 3, 4), drawn as two sheets of 3 by 4 entries, one behind the other. The arrow for axis 0 "
    "leads from the front sheet to the back one, axis 1 runs down, axis 2 to the right.",
)

# %% [markdown]
# ### What a reduction leaves
#
# `sum`, `mean` and `max` reduce: they make one number out of many. `X.sum(axis=0)` runs **along** axis 0 and
# uses that axis up. The other axes are left, in their order. Several axes can be named at once, as a tuple;
# without `axis=` all of them are used up. With `keepdims=True` a used axis stays in the shape as a 1.

# %%
figures.show(
    figures.reductions(),
    "Four small arrays. First X of shape (2, 3): the rows are 1, 2, 3 and 4, 5, 6. Second X.sum(axis=0), "
    "shape (3,): 5, 7, 9. Third X.sum(axis=1), shape (2,): 6, 15, drawn side by side, as it has one axis "
    "only. Fourth X.sum(axis=1, keepdims=True), shape (2, 1): 6 above 15, a column.",
)

# %% [markdown]
# ## Exercise 1: predict the shape of a reduction
#
# **Goal:** say the shape of six results before they are computed. About 5 minutes, easy ★☆☆.
#
# `X` has shape `(4, 5)` and `T` has shape `(2, 3, 6)`.
#
# | name | expression |
# | --- | --- |
# | `shape_a` | `X.sum(axis=0)` |
# | `shape_b` | `X.sum(axis=1)` |
# | `shape_c` | `X.mean()` |
# | `shape_d` | `X.max(axis=1, keepdims=True)` |
# | `shape_e` | `T.sum(axis=1)` |
# | `shape_f` | `T.sum(axis=(0, 2))` |
#
# Replace each `None` by a tuple.

# %% solution="predicted_shapes_1"
shape_a = None  # X.sum(axis=0)
shape_b = None  # X.sum(axis=1)
shape_c = None  # X.mean()
shape_d = None  # X.max(axis=1, keepdims=True)
shape_e = None  # T.sum(axis=1)
shape_f = None  # T.sum(axis=(0, 2))
### BEGIN SOLUTION
shape_a = (5,)
shape_b = (4,)
shape_c = ()
shape_d = (4, 1)
shape_e = (2, 6)
shape_f = (3,)
### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Write down the shape of the array, strike out the axes named in `axis=`, counting from 0, and read what is
# left. With `keepdims=True` write a 1 where you struck out.
#
# </details>

# %% test="predicted_shapes_1" points=3
check.predicted_shapes_1(shape_a, shape_b, shape_c, shape_d, shape_e, shape_f)

# %% [markdown]
# **What you should see:** six shapes right. If one surprised you, make the array and try variations of it in
# the next cell. "Sum over axis 0" means that axis 0 disappears, and not that it is what stays.

# %%
X = np.ones((4, 5))
T = np.ones((2, 3, 6))
X.sum(axis=0).shape  # try others here

# %% [markdown]
# ## Exercise 2: `axis_of_len`
#
# **Goal:** find out which axis `len` looks at. About 5 minutes, easy ★☆☆.
#
# `len(X)` gives one number for an array with any number of axes. Which axis is it always the length of? Try
# it on arrays of different shapes, also on a 0-d array such as `np.array(3.0)`, in the cell below.
#
# | argument or result | form |
# | --- | --- |
# | `X` | an array of any shape, also without rows |
# | returned | the number of the axis, counted from 0; if several axes have this length, the first one |
# | raised | `TypeError` where `X` is a 0-d array, as `len` does |

# %%
# room to try
len(np.ones((2, 7)))


# %% solution="axis_of_len"
def axis_of_len(X):
    """Return the number of the axis whose length is len(X), for an array X of any shape.

    Raises TypeError for a 0-d array, shape ().
    """
    ### BEGIN SOLUTION
    if X.ndim == 0:
        raise TypeError("a 0-d array has no length")
    return 0
    ### END SOLUTION
    raise NotImplementedError("write the number of an axis")


# %% [markdown]
# <details><summary>Hint</summary>
#
# The answer does not depend on the shape. What does `for row in X` loop over? For the error, either look at the
# number of axes, `X.ndim`, or let `len` raise it by itself.
#
# </details>

# %% test="axis_of_len" points=3
check.axis_of_len(axis_of_len)

# %% [markdown]
# **What you should see:** `axis` and `raises TypeError` are right. An array is a sequence of what lies along
# its first axis: `len(X)` counts those parts, `X[0]` is the first of them, and a `for` loop goes through
# them. For a matrix they are rows.

# %% [markdown]
# # 2. Broadcasting
#
# `X + b` adds arrays of different shapes, if these fit. The rule has two steps:
#
# 1. Write the shapes under each other **so that their last axes stand in one column**. Fill the shorter one
#    up with ones on its left.
# 2. Go through the columns. Two lengths fit if they are **equal**, or if one of them is **1**. A length of 1
#    is stretched to the other length, as if its only entry were copied. If two lengths do not fit, NumPy raises
#    a `ValueError`.
#
# ```text
# X         (6, 3, 4)      X         (3, 4)
# b            (3, 1)      b            (3)
# b filled  (1, 3, 1)      b filled  (1, 3)
# result    (6, 3, 4)      4, 3: ValueError
# ```
#
# Only a length of exactly 1 is stretched. A length of 0 fits with 0 and with 1, and the result is 0: there is
# nothing to copy from.

# %%
figures.show(
    figures.broadcast([((3, 1), (4,)), ((3, 4), (4,)), ((3, 4), (3,))]),
    "Three rows of pictures. First row: a of shape (3, 1), a column, is copied to the right into four "
    "columns; b of shape (4,) is copied downwards into three rows; a + b has shape (3, 4). Second row: a "
    "of shape (3, 4) stays as it is; b of shape (4,) is copied downwards into three rows; the sum has "
    "shape (3, 4). Third row: a of shape (3, 4) and b of shape (3,) do not fit, as the last axes have "
    "lengths 4 and 3. Copies are drawn with dashed lines.",
)

# %% [markdown]
# ## Exercise 3: predict the shape of a broadcast
#
# **Goal:** apply the rule in your head. About 10 minutes, easy ★☆☆.
#
# | array | shape |
# | --- | --- |
# | `X` | `(4, 5)` |
# | `r` | `(5,)` |
# | `v` | `(4,)` |
# | `c` | `(4, 1)` |
# | `T` | `(2, 3, 6)` |
# | `w` | `(3, 1)` |
#
# Replace each `None` by a tuple, or by the string `"error"` where NumPy raises a `ValueError`.

# %% solution="predicted_shapes_2"
shape_g = None  # X + r
shape_h = None  # X + v
shape_i = None  # X + c
shape_j = None  # r + c
shape_k = None  # c + v
shape_l = None  # X / X.sum(axis=1)
shape_m = None  # T * w
shape_n = None  # X - X.mean(axis=0)
### BEGIN SOLUTION
shape_g = (4, 5)
shape_h = "error"
shape_i = (4, 5)
shape_j = (4, 5)
shape_k = (4, 4)
shape_l = "error"
shape_m = (2, 3, 6)
shape_n = (4, 5)
### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Write every pair in two lines, the last axes in one column, as in the box above. For `shape_l` and
# `shape_n` find the shape of the sum and of the mean first.
#
# </details>

# %% test="predicted_shapes_2" points=4
check.predicted_shapes_2(shape_g, shape_h, shape_i, shape_j, shape_k, shape_l, shape_m, shape_n)


# %% [markdown]
# **What you should see:** eight predictions right. Three of them deserve a second look. `c + v` adds a column
# of 4 and a vector of 4, and gives 16 numbers, without any complaint. If you subtract predictions of shape
# `(N, 1)` from targets of shape `(N,)`, you get an N × N array in just this way, and a loss that means nothing.
# `X - X.mean(axis=0)` works: it subtracts from each column the mean of that column. But `X / X.sum(axis=1)`,
# which looks just the same, failed here. That was lucky; we will come back to it.

# %% [markdown]
# ## Exercise 4: `broadcast_shape`
#
# **Goal:** write the rule down as code. About 20 minutes, medium ★★☆.
#
# | argument or result | form |
# | --- | --- |
# | `a`, `b` | shapes: tuples of integers ≥ 0, of any lengths, also `()` |
# | returned | the shape that the two broadcast to: a tuple of integers, no list and no array |
# | raised | `ValueError` where they do not fit |
#
# Write the rule itself, with tuples and integers, and make no arrays: some of the lengths are so large that no
# memory would hold them. The functions of NumPy and PyTorch that know the rule, such as `np.broadcast_shapes`, are
# switched off while the check runs, and at grading too.

# %% solution="broadcast_shape"
def broadcast_shape(a, b):
    """Return the shape, a tuple, that the shapes a and b broadcast to.

    a, b : tuples of integers >= 0; raises ValueError where they do not fit
    """
    ### BEGIN SOLUTION
    a = (1,) * (len(b) - len(a)) + tuple(a)
    b = (1,) * (len(a) - len(b)) + tuple(b)
    shape = []
    for m, n in zip(a, b, strict=True):
        if m != n and 1 not in (m, n):
            raise ValueError(f"lengths {m} and {n} do not fit")
        shape.append(n if m == 1 else m)
    return tuple(shape)
    ### END SOLUTION
    raise NotImplementedError("write a shape, a tuple of max(len(a), len(b)) integers")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `(1,) * 3` is `(1, 1, 1)`, and `(1,) * 0` and `(1,) * -2` are both `()`. Fill up the shorter shape, then
# walk through both together with `zip`. It is tempting to take the larger of two lengths. Try it on the
# lengths 1 and 0.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Once both shapes are equally long, each pair of lengths is one of three cases: the two are equal; one of them is 1;
# or neither holds. Which length does the result get in each case, and what happens in the third?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Put `(1,) * (len(b) - len(a))` in front of `a`, and the same the other way round in front of `b`.
# 2. Go through `zip(a, b)`. Where the two lengths differ and neither is 1, raise `ValueError`.
# 3. Else append the second length where the first is 1, and the first length elsewhere. Return a tuple.
#
# </details>

# %% test="broadcast_shape" points=6
check.broadcast_shape(broadcast_shape)

# %% [markdown]
# **What you should see:** `shape`, `length-0 axes` and `raises ValueError` are right. Length 0 does occur in
# practice: in a batch from which a filter has removed every example, for instance. Code that follows the rule
# handles it.

# %% [markdown]
# ## Exercise 5: predict a division
#
# **Goal:** work out by hand what one line does to a 3 × 3 matrix. About 10 minutes, medium ★★☆.
#
# Here is a matrix. Each of its rows is to be divided by its own sum, so that the rows become shares that add
# up to 1. Somebody writes this line to do it:
#
# ```python
# quotient = A / A.sum(axis=1)
# ```
#
# $$A = \begin{pmatrix} 1 & 2 & 1 \\ 3 & 3 & 2 \\ 5 & 1 & 10 \end{pmatrix}, \qquad
# \text{sums of the rows: } 4,\; 8,\; 16$$
#
# No error is raised. What are the nine numbers that **this line** gives? Apply the rule of broadcasting, step
# by step, and do not run the line before you have an answer. Replace `None` by a list of three rows;
# fractions such as `3 / 7` are fine.
#
# | array | shape |
# | --- | --- |
# | `A` | (3, 3) |
# | `A.sum(axis=1)` | you know it from Exercise 1 |
# | `quotient` | (3, 3) |

# %% solution="predicted_quotient"
quotient = None  # [[..., ..., ...], [..., ..., ...], [..., ..., ...]]
### BEGIN SOLUTION
quotient = [[1 / 4, 2 / 8, 1 / 16], [3 / 4, 3 / 8, 2 / 16], [5 / 4, 1 / 8, 10 / 16]]
### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Write the three sums down as an array of shape (3,), and fill its shape up to two axes. On which side is the
# 1 added? So does the array become a row or a column, and in which direction is it copied?
#
# </details>

# %% test="predicted_quotient" points=3
check.predicted_quotient(quotient)

# %% [markdown]
# **What you should see:** nine numbers right. Now run the line, and add up the rows of what it gives.

# %%
A = np.array([[1.0, 2.0, 1.0], [3.0, 3.0, 2.0], [5.0, 1.0, 10.0]])
as_written = A / A.sum(axis=1)
print(as_written)
print("sums of its rows:", as_written.sum(axis=1))

# %%
figures.show(
    figures.who_meets_whom((3, 3)),
    "Two pictures of a 3 by 3 matrix, each entry labelled with the sum that it is divided by; s0, s1, s2 "
    "are the sums of rows 0, 1, 2. Left, as written: the sums, of shape (3,), lie above the matrix as a "
    "row, so that column 0 is divided by s0, column 1 by s1, column 2 by s2. Right, with keepdims=True: "
    "the sums, of shape (3, 1), stand beside the matrix as a column, so that row 0 is divided by s0, row "
    "1 by s1, row 2 by s2.",
)


# %% [markdown]
# The rows do not add up to 1; one entry is even larger than 1. Nothing warned you, and the shape is what you
# would expect. On a matrix of shape (4, 3) the same line raises an error, and the mistake is found within a
# minute. On a square one it goes unnoticed.

# %% [markdown] task="silent_square" points=5
# ### Question: why is there no error?
#
# About 10 minutes, medium ★★☆. Answer in the cell below this one, in four to eight sentences.
#
# 1. Explain with the rule of broadcasting what `A / A.sum(axis=1)` divides by what, when `A` is square.
# 2. Why does the same line raise an error for a matrix of shape (4, 3)? Name the lengths that do not fit.
# 3. Is there a matrix of shape (n, m), n ≠ m, for which it raises no error and is wrong all the same?
# 4. You review a program that holds such a line. Which test would you write, and why would a test that
#    looks at the shape of the result not be enough?
#
# ### BEGIN MARK SCHEME
# 5 points.
#
# - **What is divided (2 points).** The sums have shape (n,). They are filled up on the left to (1, n), a row,
#   and stretched downwards. So entry [i, j] is divided by the sum of row j: every column j is divided by the
#   sum of row j, not row i by the sum of row i. One point for "the sums lie along the columns, or meet the
#   last axis", one for saying which sum divides which entries.
# - **The error (1 point).** (4, 3) against (4,): the last axes have lengths 3 and 4, unequal and neither 1.
# - **Silent without being square (1 point).** Yes: m = 1. (n, 1) against (n,) gives (n, n), without an error.
#   (Also n = 1: (1, m) against (1,) raises none, but is right; naming only this one earns half a point.)
# - **The test (1 point).** A matrix with known or unequal row sums, and the check that each row of the result
#   adds up to 1; or sizes n ≠ m, which makes the line fail. The shape of the wrong result is the right one
#   on a square matrix, so it cannot tell. Half a point without the reason.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# ## Exercise 6: `divide_by_row_sums`
#
# **Goal:** write the division as it was meant. About 5 minutes, easy ★☆☆.
#
# $$\mathrm{result}_{ij} = \frac{A_{ij}}{\sum_k A_{ik}}$$
#
# | array | shape |
# | --- | --- |
# | `A` | (n, m), no row with sum 0; entries may be negative |
# | returned | (n, m) |

# %% solution="divide_by_row_sums"
def divide_by_row_sums(A):
    """Return A, shape (n, m), with each row divided by its own sum."""
    ### BEGIN SOLUTION
    return A / A.sum(axis=1, keepdims=True)
    ### END SOLUTION
    raise NotImplementedError("write an array of shape (n, m)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# The sums must stand in a column, shape (n, 1). You have met an argument of `sum` that leaves this shape.
#
# </details>

# %% test="divide_by_row_sums" points=4
check.divide_by_row_sums(divide_by_row_sums)


# %% [markdown]
# **What you should see:** right for n and m different, and for n = m. Make it a habit to try code on sizes
# that are all different: then most mistakes with axes raise an error. The checks in this course do so, and
# add a square case for those that do not.

# %% [markdown]
# ### Derive: what the way back of a broadcast is
#
# Training asks how fast one number changes with each entry of an array. Take a weighted total
# $T = \sum_{ij} G_{ij}\,Y_{ij}$ with fixed weights $G$, and two arrays $Y$ that broadcasting makes:
#
# - $Y = X + r$, where the row `r` of shape (m,) meets `X` of shape (n, m): $Y_{ij} = X_{ij} + r_j$;
# - $Y = X\,c$, where the column `c` of shape (n, 1) does: $Y_{ij} = X_{ij}\,c_i$.
#
# Raise one entry, $r_j$ or $c_i$, by a tiny amount. Which entries of $Y$ move, how fast does each of them, and with
# which weight does each count in $T$? Add that up, and write the two speeds into the next cell in place of `...`.
# Each formula is tried at three random points; where it is wrong, you are told where and how. Nothing in this cell
# is graded, and nothing in this notebook needs it. Two notebooks on, it is the gradient of every bias.

# %%
def speed_of_row(G, X, j):
    """Return how fast T changes with r[j] in Y = X + r, a number; G and X have shape (n, m)."""
    return ...


def speed_of_column(G, X, i):
    """Return how fast T changes with c[i, 0] in Y = X * c, a number; G and X have shape (n, m)."""
    return ...


derivations.row.check(speed_of_row)
derivations.column.check(speed_of_column)

# %% [markdown]
# <details><summary>Unfold when both formulas are right, or when you would rather read on</summary>
#
# The entry $r_j$ is copied into every row, so it occurs once in each $Y_{ij}$ of column $j$, with the factor 1. The
# entry $c_i$ is copied along its row, and is multiplied by another $X_{ij}$ each time:
#
# $$\frac{\partial T}{\partial r_j} = \sum_i G_{ij}, \qquad \frac{\partial T}{\partial c_i} = \sum_j G_{ij}\,X_{ij}$$
#
# In code `G.sum(axis=0)`, and `(G * X).sum(axis=1, keepdims=True)`. Whatever was copied on the way forward is added
# up on the way back, along the same axis, and the shape of the small array returns.
#
# </details>

# %% [markdown]
# # 3. Distances
#
# How far apart are two points? The straight line is one answer, the Euclidean distance. In a city of square
# blocks nobody can walk it; there the steps along each axis add up. That is the Manhattan distance:
#
# $$d(p, q) = \sum_{k} |p_k - q_k|$$

# %%
figures.show(
    figures.two_ways([1, 1], [5, 4]),
    "Two points of the plane, p at (1, 1) and q at (5, 4). A solid line goes 4 to the right and then 3 up, "
    "along the axes. A dashed line goes straight from p to q.",
)


# %% [markdown]
# ## Exercise 7: `manhattan_distance`
#
# **Goal:** reduce along the last axis. About 5 minutes, easy ★☆☆.
#
# | array | shape |
# | --- | --- |
# | `p`, `q` | both (…, d): one point, or any arrangement of points; the last axis holds the coordinates |
# | returned | (…,), the same without the last axis; for two vectors a single number |

# %% solution="manhattan_distance"
def manhattan_distance(p, q):
    """Return the sum of the absolute differences along the last axis.

    p, q : (..., d), the same shape for both; returned : (...,), a number for two vectors
    """
    ### BEGIN SOLUTION
    return np.abs(p - q).sum(axis=-1)
    ### END SOLUTION
    raise NotImplementedError("write distances, in the shape of p without its last axis")


# %% [markdown]
# <details><summary>Hint</summary>
#
# In which order: difference, absolute value, sum? The last axis has a number that is the same for every rank.
#
# </details>

# %% test="manhattan_distance" points=4
check.manhattan_distance(manhattan_distance)


# %% [markdown]
# **What you should see:** `two vectors` and `last axis` are right. For the points of the picture the distance
# is 4 + 3 = 7, where the straight line has length 5.

# %% [markdown]
# ## Exercise 8: `pairwise_manhattan`
#
# **Goal:** all distances between two sets of points, without a Python loop. About 15 minutes, medium ★★☆.
#
# $$D_{ij} = \sum_{k} |P_{ik} - Q_{jk}|$$
#
# | array | shape |
# | --- | --- |
# | `P` | (n, d), n points |
# | `Q` | (m, d), m points |
# | returned, $D$ | (n, m): entry [i, j] belongs to point i of `P` and point j of `Q` |
#
# Indexing with `None` puts in an axis of length 1: for `P` of shape (n, d), `P[:, None, :]` has shape (n, 1,
# d), and `P[None, :, :]` has shape (1, n, d). No `for`, no `while`, and no comprehension either: the check counts the
# lines that Python runs, and the operations on arrays, and larger arrays must not need more of them. You may use your
# `manhattan_distance`.

# %% solution="pairwise_manhattan"
def pairwise_manhattan(P, Q):
    """Return the distances of every point of P from every point of Q, shape (n, m).

    P : (n, d), Q : (m, d); without a Python loop, as broadcasting allows
    """
    ### BEGIN SOLUTION
    return np.abs(P[:, None, :] - Q[None, :, :]).sum(axis=2)
    ### END SOLUTION
    raise NotImplementedError("write the distances, shape (n, m)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# You want all differences at once, in an array of shape (n, m, d). Write this shape down, and below it a shape
# for `P` and one for `Q` that broadcast to it and hold just their own entries. Which of the three axes has
# length 1 in which array?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The axes are: point of `P`, point of `Q`, coordinate. `P` has one entry for each of its points and each
# coordinate, so its shape is (n, 1, d). That of `Q` is (1, m, d).
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# Subtract `Q[None, :, :]` from `P[:, None, :]`, take the absolute values, and sum over the axis of the coordinates.
#
# </details>

# %% test="pairwise_manhattan" points=4
check.pairwise_manhattan(pairwise_manhattan)

# %% [markdown]
# **What you should see:** `distances` and `no Python loop` are right. The array of differences is made in
# full: for n = m = 1000 and d = 100 it takes 0.8 GB, and its absolute values as much again. Broadcasting trades
# memory for speed. Below, your function is timed against two nested loops: often it is 40 to 400 times as fast,
# because its loops run inside NumPy, in compiled code.

# %% tags=["demonstration"]
from timeit import repeat

rng = np.random.default_rng(0)
P, Q = rng.normal(size=(300, 3)), rng.normal(size=(200, 3))


def two_loops():
    return np.array([[np.abs(p - q).sum() for q in Q] for p in P])


by_loops, by_broadcasting = two_loops(), pairwise_manhattan(P, Q)
loops = min(repeat(two_loops, number=1, repeat=2))
broadcasting = min(repeat(lambda: pairwise_manhattan(P, Q), number=1, repeat=5))

print(f"largest difference of the two: {np.abs(by_loops - by_broadcasting).max():.1e}")
speed_up = loops / broadcasting
print(f"loops {1e3 * loops:.0f} ms, broadcasting {1e3 * broadcasting:.2f} ms: {speed_up:.0f} times as fast")

# %% [markdown]
# # 4. Probability tables
#
# A probability table lists the values that a random quantity may take, and how likely each one is. The
# probabilities are not negative, and they add up to 1. Two numbers say the most about a table. The
# **expectation** is its centre: the mean of the values, each weighted by its probability. The **variance** is
# the expected squared distance from that centre:
#
# $$E[x] = \sum_i x_i\,p_i$$
#
# $$\mathrm{Var}[x] = \sum_i (x_i - E[x])^2\,p_i = E[x^2] - E[x]^2$$
#
# The table that we use is of a coin that shows heads at 40 %. It is tossed 10 times; the value is the number
# of heads.

# %%
heads = np.arange(11.0)
probabilities = np.array([0.006, 0.0403, 0.1209, 0.215, 0.2508, 0.2007, 0.1115, 0.0425, 0.0106, 0.0016, 0.0001])


# %% [markdown]
# ## Exercise 9: `expectation`
#
# **Goal:** a weighted mean that rejects whatever is not a probability table. About 15 minutes, easy ★☆☆.
#
# | argument or result | form |
# | --- | --- |
# | `values` | (n,), in any order |
# | `probabilities` | (n,), the probability of each value |
# | returned | a number |
# | raised | `ValueError` where a probability is negative, or their sum is off from 1 by more than $10^{-6}$ |
#
# The sum may be off to either side. If it is off by less than the limit, that is rounding, and the table
# passes; whether you divide by the sum then makes no difference that counts. The limit is for the sum alone: no
# probability is negative, however little. Write it as it stands here; functions such as `np.isclose` have
# limits of their own, and so has `round`. A probability of 0 is allowed.

# %% solution="expectation"
def expectation(values, probabilities):
    """Return the expectation, a number, of a probability table.

    values, probabilities : (n,); raises ValueError where a probability is negative
    or their sum is off from 1 by more than 1e-6
    """
    ### BEGIN SOLUTION
    if np.any(probabilities < 0) or abs(probabilities.sum() - 1) > 1e-6:
        raise ValueError("these are no probabilities: one is negative, or their sum is not 1")
    return (values * probabilities).sum()
    ### END SOLUTION
    raise NotImplementedError("write the expectation, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Ask two questions about the table before you compute anything: is any entry below 0, and how far is the sum from 1?
# One does not follow from the other: −0.1, 0.6 and 0.5 add up to 1.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# `np.any(condition)` tells whether a condition holds anywhere in an array, and `abs` makes the distance of the sum
# from 1 count on both sides. `raise ValueError("…")` ends the function. What is left is one product and one sum.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. If any probability is below 0, or `abs(probabilities.sum() - 1)` is above `1e-6`, raise `ValueError`.
# 2. Return the sum of `values * probabilities`.
#
# </details>

# %% test="expectation" points=6
check.expectation(expectation)


# %% [markdown]
# **What you should see:** `expectation`, `negative raises ValueError` and `sum off raises ValueError` are
# right. For the ten tosses the expectation is 4.0005, where the exact one is 10 · 0.4 = 4: the probabilities
# in the table are rounded to four decimals.

# %% [markdown]
# ## Exercise 10: `variance`
#
# **Goal:** the spread of a table. About 10 minutes, easy ★☆☆.
#
# | argument or result | form |
# | --- | --- |
# | `values`, `probabilities` | (n,), as before |
# | returned | a number |
# | raised | `ValueError` as in `expectation` |
#
# You may use your `expectation`. Note that this is the variance of a table, not of a sample. A sample is a
# list of measurements, and its variance is often taken with n − 1 to correct for a mean that was estimated
# from the same measurements. In a table nothing is estimated.

# %% solution="variance"
def variance(values, probabilities):
    """Return the variance, a number, of a probability table.

    values, probabilities : (n,); raises ValueError as expectation does
    """
    ### BEGIN SOLUTION
    mean = expectation(values, probabilities)
    return expectation((values - mean) ** 2, probabilities)
    ### END SOLUTION
    raise NotImplementedError("write the variance, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# The variance is itself an expectation. Of which values?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Of the squared distances from the centre. The same probabilities belong to them, and `expectation` checks the table
# already.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# Call your `expectation` twice: first for the centre, and then with `(values - centre) ** 2` in place of the values.
#
# </details>

# %% test="variance" points=4
check.variance(variance)

# %%
mean, spread = expectation(heads, probabilities), np.sqrt(variance(heads, probabilities))
print(f"expectation {mean:.4f}, variance {spread**2:.4f}")
print(f"standard deviation {spread:.4f}")

figures.show(
    figures.table(heads, probabilities, mean, spread),
    "Bars for 0 to 10 heads. They rise to 0.2508 at 4 heads and fall again to 0.0001 at 10. A dashed line "
    "marks the expectation at 4, and a bar above reaches one standard deviation, about 1.55, to each side.",
)

# %% [markdown]
# **What you should see:** a variance of 2.3997. For n tosses at probability p the exact variance is
# n·p·(1 − p) = 10 · 0.4 · 0.6 = 2.4. Your function is right if it gives 2.3997 here: the table is rounded, and
# the small gap comes from that alone. The sample variance of the eleven values would have been 11, which says
# nothing about the coin.
#
# On paper the two forms of the variance are equal. In a computer $E[x^2] - E[x]^2$ loses digits where the values are
# large and close together: for 10⁸, 10⁸ + 1 and 10⁸ + 2 with probabilities ¼, ½ and ¼ it gives 0, and the other form
# gives 0.5, which is right.

# %% [markdown]
# # 5. Probabilities and losses that hold
#
# A network ends in numbers of any size, called **scores** or **logits**, in formulas $s$. Sigmoid and softmax turn
# them into probabilities $p$, and a loss compares these with what is wanted. On paper that is the end of it. In a
# computer there is more to say, as floating-point numbers have limits.

# %%
with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
    print("exp(709)    ", np.exp(709.0))
    print("exp(710)    ", np.exp(710.0), "  overflow: too large for a float64")
    print("exp(-746)   ", np.exp(-746.0), "  too small, and so 0; that is harmless")
    print("inf / inf   ", np.exp(710.0) / np.exp(710.0))
    print("log(0)      ", np.log(0.0))


# %% [markdown]
# The way out is always the same: **rewrite the formula on paper so that `exp` sees only numbers ≤ 0**. Then
# nothing can overflow. In this part your functions are also run on inputs around ±1000, and a warning of NumPy
# counts as a failure there. The warning says that a number was lost; silencing it brings no number back, so a warning
# inside `np.errstate` or `warnings.catch_warnings` counts, too.

# %% [markdown]
# ## Exercise 11: `sigmoid`
#
# **Goal:** the sigmoid, for any input without overflow. About 20 minutes, medium ★★☆.
#
# $$\sigma(s) = \frac{1}{1 + e^{-s}} = \frac{e^{s}}{1 + e^{s}}$$
#
# Both forms are the same number; multiply the first by $e^s/e^s$ to see it. The first one overflows when $s$ is
# very negative, the second when $s$ is very large. Use each where it is safe.
#
# | array | shape |
# | --- | --- |
# | `x`, the scores $s$ | an array of any shape, also () |
# | returned | the shape of `x` |

# %% solution="sigmoid"
def sigmoid(x):
    """Return the sigmoid of each element, in the shape of x (any shape), without overflow."""
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
    ### END SOLUTION
    raise NotImplementedError("write an array in the shape of x")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.where(condition, a, b)` computes `a` and `b` in full and chooses afterwards. So it does not prevent an
# overflow in the one that is not chosen. What does $e^{-|s|}$ stand for when $s \ge 0$, and what when $s < 0$?
# Both forms can be written with it: they have the same denominator then.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Write $e = e^{-|s|}$, which is never larger than 1. For $s \ge 0$ the first form is $1/(1 + e)$. For $s < 0$ the
# second form is $e/(1 + e)$. Only the numerators differ.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# One line makes `e` with `np.exp` and `np.abs`. A second one divides by `1 + e` the array that `np.where` makes: 1
# where `x >= 0`, and `e` elsewhere.
#
# </details>

# %% test="sigmoid" points=4
check.sigmoid(sigmoid)

# %% [markdown]
# **What you should see:** `sigmoid` and `at ±1000` are right. The plain formula gives the right numbers even
# at −1000, as 1/(1 + ∞) is 0. But it warns on the way, and in a program that prints thousands of lines a
# harmless warning hides the one that matters.

# %% [markdown]
# ## Softmax under a shift
#
# Softmax turns a list of C scores into C probabilities:
#
# $$p_c = \frac{e^{s_c}}{\sum_{j} e^{s_j}}$$
#
# Add the same number m to every score. Each exponential is multiplied by $e^{m}$, above and below the line,
# and the factor cancels:
#
# $$\frac{e^{s_c + m}}{\sum_j e^{s_j + m}} = \frac{e^m\,e^{s_c}}{e^m \sum_j e^{s_j}} = p_c$$
#
# So the probabilities depend only on the differences of the scores, and we may shift them as we like.

# %%
figures.slide(
    lambda score: figures.shifted(
        np.array([1.0, score, 0.5]), [0, 2, -max(1.0, score)], lambda s: np.exp(s) / np.exp(s).sum()
    ),
    "Three columns of bar charts. The upper row shows three scores: 1, 2.5 and 0.5 as they are; then 3, "
    "4.5 and 2.5, shifted up by 2; then -1.5, 0 and -2, shifted down by the largest, 2.5. The "
    "lower row shows their softmax, which is the same three times: 0.16, 0.74 and 0.10.",
    "score of class 1",
    [-4, -2, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 6],
    start=2.5,
)


# %% [markdown]
# Run the cell, and a slider moves the middle score. Note that a single score moves all three probabilities: what
# one class gains, the others lose. Where two scores are equal, so are their probabilities. In the third column the
# largest score is subtracted, whichever it is: then no exponential is larger than 1.

# %% [markdown]
# ## Exercise 12: `softmax`
#
# **Goal:** softmax over the last axis, for any rank. About 20 minutes, medium ★★☆.
#
# | array | shape |
# | --- | --- |
# | `x`, the scores $s$ | (…, C), one axis or more; the last axis holds the scores of one example |
# | returned | the shape of `x`; along the last axis it adds up to 1 |

# %% solution="softmax"
def softmax(x):
    """Return the softmax over the last axis, in the shape of x.

    x : (..., C), with one axis or more; right for scores of any size
    """
    ### BEGIN SOLUTION
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
    ### END SOLUTION
    raise NotImplementedError("write probabilities, in the shape of x")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Which shift makes the largest score of each example 0? In one array some examples may lie around 1000 and
# others around −1000; each one needs a shift of its own. You met the trap of the next step in Exercise 5.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Two reductions along the last axis are needed, a maximum and a sum. Each is then combined with the array that it
# was computed from, and every example needs its own value: which argument keeps the axis, with length 1?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `exponentials`: `np.exp` of `x` minus `x.max` along `axis=-1`, with `keepdims=True`.
# 2. Divide them by their sum along the same axis, with `keepdims=True` again.
#
# </details>

# %% test="softmax" points=8
check.softmax(softmax)


# %% [markdown]
# **What you should see:** four parts right: `rank 1`, `rank 2`, `rank 3 and more`, and `at ±1000`. Softmax
# along axis 1 works for every matrix, and fails on the day when a sequence of matrices comes along. "The last
# axis" is what is meant, and `axis=-1` says so.

# %% [markdown]
# ## Exercise 13: `softmax_cross_entropy`
#
# **Goal:** the loss of a classifier, from logits. About 25 minutes, medium ★★☆.
#
# The loss of one example is minus the logarithm of the probability of its right class $k_n$. The loss of a
# batch is the mean over its N examples:
#
# $$L = -\frac{1}{N}\sum_{n} \log p_{n,\,k_n}$$
#
# A score 1000 below the largest one has a probability of $e^{-1000}$, which is 0 in a computer, and its
# logarithm is −∞. The loss itself is a harmless 1000. So take the logarithm on paper, before the quotient.
#
# | array | shape |
# | --- | --- |
# | `logits` $s$ | (N, C), numbers of any size, before softmax |
# | `onehot` | (N, C), a single 1 in each row, at the right class; else 0 |
# | returned $L$ | a number, the mean over the N examples |
#
# You may use your `softmax` and `divide_by_row_sums`; the formula that you derive next needs neither.

# %% [markdown]
# ### Derive the loss of one example
#
# Nothing in the next cell is graded. Take one example, with scores $s_1, \dots, s_C$ and the right class $k$
# (in code both count from 0).
#
# 1. Put softmax into $-\log p_k$, and let the logarithm turn the quotient into a difference of two terms.
# 2. One of the terms still takes exponentials of large scores. Softmax may shift all scores by their largest one,
#    $m$. What does the shift do to this term?
#
# Write the loss in place of `...`, so that it holds for scores around 1000, and run the cell. It is tried with scores
# of ordinary size too, where step 1 is right on its own.

# %%
def loss_of_one(s, k):
    """Return −log p_k, a number, from the scores s of one example, shape (C,), and its right class k."""
    return ...


derivations.loss.check(loss_of_one)


# %% [markdown]
# <details><summary>Unfold when your formula is right, or when you would rather read on</summary>
#
# $$-\log p_{n,k_n} = -\log\frac{e^{s_{n,k_n}}}{\sum_j e^{s_{nj}}} = \log \sum_{j} e^{s_{nj}} \;-\; s_{n,k_n}$$
#
# The first term is called **log-sum-exp**. It has its own way to stay finite: with $m_n$ the largest score
# of the row,
#
# $$\log \sum_{j} e^{s_{nj}} = m_n + \log \sum_{j} e^{s_{nj} - m_n}$$
#
# </details>

# %% solution="softmax_cross_entropy"
def softmax_cross_entropy(logits, onehot):
    """Return the mean over the examples of -log softmax(logits) at the right class, a number.

    logits, onehot : (N, C)
    """
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    return (log_sums - (onehot * shifted).sum(axis=1)).mean()
    ### END SOLUTION
    raise NotImplementedError("write the loss, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Shift the logits first, and use the shifted ones in both terms: the difference of the terms does not change.
# `onehot` picks one entry out of each row when you multiply and sum along axis 1.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Each row needs a shift of its own, a column of shape (N, 1). From the shifted logits come two arrays of shape
# (N,): the logarithm of the sum of their exponentials, and the shifted logit at the label.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `shifted` is `logits` minus the largest of each row, with `keepdims=True`.
# 2. `log_sums` is `np.log` of the sum of `np.exp(shifted)` along axis 1.
# 3. Subtract from it `onehot * shifted`, summed along axis 1, and take the mean.
#
# </details>

# %% test="softmax_cross_entropy" points=6
check.softmax_cross_entropy(softmax_cross_entropy)

# %%
all_equal = np.zeros((3, 4))
one_right = np.eye(4)[[0, 2, 3]]
print(f"four classes, all logits equal:  {softmax_cross_entropy(all_equal, one_right):.4f}, log 4 is {np.log(4):.4f}")
print(f"logits 1000 at the right class:  {softmax_cross_entropy(1000 * one_right, one_right):.4f}")
print(f"logits -1000 at the right class: {softmax_cross_entropy(-1000 * one_right, one_right):.4f}")
print(f"probabilities fed in as logits:  {softmax_cross_entropy(softmax(1000 * one_right), one_right):.4f}")


# %% [markdown]
# **What you should see:** `loss` and `at ±1000` are right, and then four lines. A network that knows nothing
# has a loss of log C: remember this number, as the first loss of every training should be near it. The third line
# is 1000 + log 3, as the three other classes share the probability. The last line feeds probabilities where
# logits belong, and softmax is applied twice. The network is sure and right, its loss should be 0, and it shows
# 0.7437. No error warns you.
#
# One mistake hides here. If you subtract a vector from a column, as in Exercise 3, the mean of the N × N differences is
# the right loss all the same, since the mean of a difference is the difference of the means. It takes N times as long,
# and a squared difference would be wrong. So look at the shape before you take the mean.

# %% [markdown]
# ## Exercise 14: `sigmoid_cross_entropy`
#
# **Goal:** the loss for yes-or-no answers, from logits. About 25 minutes, hard ★★★.
#
# Here each element has a logit $s$ and a target $t$ between 0 and 1, and $\sigma(s)$ is the probability of yes:
#
# $$\ell = -t\,\log\sigma(s) - (1 - t)\,\log\bigl(1 - \sigma(s)\bigr)$$
#
# Written like this in code, it takes the logarithm of 0 as soon as $|s|$ is large. Many add a small epsilon
# inside the logarithm. That keeps infinity away and puts a wrong number in its place: with $10^{-12}$ the loss
# of an element never gets above 27.6, where 1000 may be right, and its gradient vanishes. Once more the formula
# has to be rewritten on paper. Use $1 - \sigma(s) = \sigma(-s)$ and
#
# $$-\log\sigma(s) = \log\bigl(1 + e^{-s}\bigr)$$
#
# and simplify $\ell$ until one exponential is left. It must not overflow for either sign of $s$.
#
# | array | shape |
# | --- | --- |
# | `logits` $s$ | any shape with one axis or more, numbers of any size |
# | `targets` $t$ | the shape of `logits`, numbers from 0 to 1, not only 0 and 1 |
# | returned | a number, the mean of $\ell$ over all elements |
#
# You may use your `sigmoid`, `softmax` and `softmax_cross_entropy`; the simplified formula needs none of them.

# %% solution="sigmoid_cross_entropy"
def sigmoid_cross_entropy(logits, targets):
    """Return the mean over all elements of the cross-entropy of sigmoid(logits), a number.

    logits, targets : the same shape, one axis or more; targets from 0 to 1
    """
    ### BEGIN SOLUTION
    return np.mean(np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits))))
    ### END SOLUTION
    raise NotImplementedError("write the loss, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# First show that $\ell = \log(1 + e^{s}) - t s$; start from $\log(1 + e^{-s}) = \log(1 + e^{s}) - s$. Then
# save the logarithm: for $s \ge 0$ write $\log(1 + e^{s}) = s + \log(1 + e^{-s})$, for $s < 0$ leave it. In both
# cases the exponential that is left is $e^{-|s|}$. `np.log1p(u)` is log(1 + u), and accurate for small u.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# For $s \ge 0$ the loss is $s - t s + \log(1 + e^{-s})$, for $s < 0$ it is $-t s + \log(1 + e^{s})$. The two differ
# in the first term and in the sign within the exponential. Which function of $s$ is $s$ where $s \ge 0$, and 0
# elsewhere?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# Three terms, entry by entry: the larger of $s$ and 0, minus $t$ times $s$, plus `np.log1p` of one exponential,
# whose exponent is never positive. Then the mean.
#
# </details>

# %% test="sigmoid_cross_entropy" points=6
check.sigmoid_cross_entropy(sigmoid_cross_entropy)

# %%
figures.show(
    figures.loss_over_logits(sigmoid_cross_entropy),
    "The loss of one element over its logit from -8 to 8, for three targets. For target 1 it falls from 8 "
    "at -8 to nearly 0 at 8, along a straight line at first and then flattening. For target 0 it is the "
    "mirror image. For target 0.7 it is lowest, at 0.61, where the logit is about 0.85, and rises to both "
    "sides.",
)

# %% [markdown]
# **What you should see:** `loss` and `at ±1000` are right. For a wrong answer the loss grows like $|s|$, a
# straight line without end: so its slope, which will drive the training, stays near 1 however wrong the
# network is. With an epsilon in the logarithm the line would bend and become flat, and the worst mistakes
# would be the ones that teach nothing. For a target of 0.7 the loss is lowest where $\sigma(s) = 0.7$, and it
# is not 0 there.

# %% [markdown] task="why_logits" points=4
# ### Question: why logits?
#
# About 10 minutes, medium ★★☆. Answer in the cell below this one, in four to eight sentences.
#
# 1. A colleague computes probabilities first and hands them to a loss that takes their logarithm. The formula
#    is right. At which logits does the program go wrong, and what comes out? Answer for the sigmoid or for
#    softmax; rough numbers will do.
# 2. The colleague adds $10^{-12}$ inside the logarithm. What is the loss of an element with $s = -1000$ and $t = 1$
#    then, and what should it be? What does the difference mean for training?
# 3. Why may softmax subtract the largest score, and why would subtracting the mean score not be enough?
#
# ### BEGIN MARK SCHEME
# 4 points.
#
# - **Where it goes wrong (1 point).** Where a probability rounds to 0 (or to 1, so that 1 − p is 0): for the
#   sigmoid at s below about −745 in log σ(s), and already from about s = 37 in log(1 − σ(s)), or for softmax
#   where a score lies about 745 below the largest. The logarithm of 0 is −∞, so the loss is infinite, or NaN
#   where it is multiplied by 0. "At large |s|" with the right outcome earns the point.
# - **The epsilon (2 points).** It gives −log(1e−12) = 27.6, and 1000 is right (1 point). Beyond that cap the
#   loss no longer depends on s, so the gradient is 0 there and the worst mistakes are not corrected (1 point).
# - **The shift (1 point).** A shift cancels in the quotient. After subtracting the maximum every exponent is
#   ≤ 0, so nothing overflows, and one is 0, so the sum is at least 1. After subtracting the mean the largest
#   can still be far above 709: for scores 0, 0, 3000 it is 2000. Half a point for either half.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# # Your progress
#
# The next cell counts the exercises whose check passes, in this session. Run it whenever you like; once
# shown, it follows your work. To keep it in sight, click on its output with the right mouse button and take
# *Create New View for Cell Output*. The answers in words are not counted.

# %%
check.progress()

# %% [markdown]
# # What you have now
#
# You can say the shape of a result before it is computed, and you know the two places where shapes are
# silent: the square case, and a column that meets a vector. You have written the rule of broadcasting
# yourself. And you have four functions that give the right number for every input, without an epsilon and
# without a warning. In the next assignment, `chain_rule`, you differentiate such functions; the softmax and
# its loss will be back with a gradient.

# %% [markdown]
# ## Where it comes from, and what to read next
#
# Arrays with a shape, and operations that apply to all of their entries, come from the notation that Kenneth
# Iverson published in 1962, and that became the language APL. Numeric, in the 1990s, and then NumPy brought them
# to Python, with the rule of broadcasting. Softmax is older than computers: Ludwig Boltzmann weighted the states
# of a gas in this way in 1868. John Bridle gave it its name around 1990, when he read the outputs of a network as
# probabilities. The shift by the largest score matters more than ever, because networks are now trained with
# numbers of 16 bits: in half precision the exponential overflows at 11.1 already.
#
# - C. R. Harris and others, *Array programming with NumPy*, Nature 585 (2020), 357–362,
#   doi:10.1038/s41586-020-2649-2. What an array is in memory, and broadcasting, in six pages.
# - J. S. Bridle, *Probabilistic interpretation of feedforward classification network outputs, with relationships
#   to statistical pattern recognition*, in Neurocomputing, NATO ASI Series F 68 (1990), 227–236,
#   doi:10.1007/978-3-642-76153-9_28. One of the two papers that gave softmax its name.
# - P. Blanchard, D. J. Higham, N. J. Higham, *Accurately computing the log-sum-exp and softmax functions*,
#   IMA Journal of Numerical Analysis 41 (2021), 2311–2330, doi:10.1093/imanum/draa038. How many digits the shift
#   costs: hardly any.
