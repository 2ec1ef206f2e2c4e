# %% [markdown]
# # How alike are two directions?
#
# Many models compare vectors by the angle between them and forget how long they are: what matters is the
# direction. In this notebook you write a layer that does so, forward and backward. You need the chain
# rule, the quotient rule and some NumPy.
#
# Take about 30 minutes. After the exercise stands a cell such as `check.cosine(cosine)`. It runs your code
# on small cases and says what is wrong. Run it as often as you like. Each part is scored on its own.
# "By hand" means that you write the formulas of the gradients: no automatic differentiation, no
# differences of the loss.

# %%
from importlib.util import find_spec

if missing := [name for name in ("handgrad", "numpy") if find_spec(name) is None]:
    raise ModuleNotFoundError(f"""{", ".join(missing)}: not installed in the Python of this notebook.
On your computer, type in a terminal, in the folder of the course:  pip install -r requirements.txt
On Colab, put the file handgrad-….whl of that folder under Files, at the left, and run in a cell:  !pip install *.whl
Then restart the kernel, and run this cell again.""")

import numpy as np

from handgrad import checks
from handgrad.assignments import drawing as figures

check = checks("ASSIGNMENT")

# %% [markdown]
# ## Exercise 1: `cosine`
#
# **Goal:** compare each row of `x` with one learned vector `w`, and pass the gradient back. About 20
# minutes, medium ★★☆.
#
# $$s_n = \frac{x_n \cdot w}{|x_n|\,|w|}, \qquad |v| = \sqrt{\textstyle\sum_k v_k^2}$$
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `x` | (N, d) | given; each row is one example |
# | `w` | (d,) | given |
# | `grad_s` $\partial L/\partial s$ | (N,) | given |
# | `s` | (N,) | asked |
# | `grad_x` $\partial L/\partial x$ | (N, d) | asked |
# | `grad_w` $\partial L/\partial w$ | (d,) | asked |
#
# Write $\hat v = v/|v|$ for a vector of length 1 in the direction of $v$. Then $s_n = \hat x_n \cdot \hat w$.
# The picture shows what the division does: rows 0 and 1 point the same way, and nothing else counts.

# %%
some_x = np.array([[3.0, 4.0], [0.6, 0.8], [4.0, -3.0], [-1.0, 0.0]])
figures.show(
    figures.heat_maps({"x": some_x, "each row / its length": some_x / np.sqrt((some_x**2).sum(axis=1))[:, None]}),
    "Two heat maps of 4 by 2 numbers. Left x with the rows 3 and 4, 0.6 and 0.8, 4 and -3, -1 and 0. Right "
    "the same rows divided by their lengths: 0.6 and 0.8 twice, then 0.8 and -0.6, then -1 and 0.",
)


# %% [markdown]
# ### The derivative of a length, and then yours
#
# How fast does $|v|$ grow when one entry $v_k$ grows? The chain rule on the square root gives
#
# $$\frac{\partial |v|}{\partial v_k} = \frac{2 v_k}{2\sqrt{\sum_j v_j^2}} = \hat v_k$$
#
# Now $s_n$ is a quotient, and $w$ occurs in its numerator **and** in its denominator. So the quotient rule
# gives two terms. Which one says that a longer $w$ makes $s_n$ smaller? And as one $w$ is compared with
# every example: what happens to the gradients of the examples?

# %% solution="cosine"
def cosine(x, w, grad_s):
    """Return (s, grad_x, grad_w), shapes (N,), (N, d) and (d,).

    x : (N, d), w : (d,), grad_s : (N,), the gradient of the loss at s
    """
    ### BEGIN SOLUTION
    length_x = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    length_w = np.sqrt(np.sum(w**2))
    unit_x, unit_w = x / length_x, w / length_w
    s = unit_x @ unit_w
    grad_x = grad_s[:, None] * (unit_w - s[:, None] * unit_x) / length_x
    grad_w = grad_s @ (unit_x - s[:, None] * unit_w) / length_w
    return s, grad_x, grad_w
    ### END SOLUTION
    raise NotImplementedError("write s, shape (N,), grad_x, shape (N, d), and grad_w, shape (d,)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Differentiate $s_n$ for a single example first, and write the two terms with $\hat x_n$, $\hat w$ and $s_n$
# alone. $x$ and $w$ play the same part in $s_n$, so one formula gives you the other.
#
# </details>

# %% test="cosine" points=6
check.cosine(cosine)

# %% [markdown]
# **What you should see:** `s`, `grad_x` and `grad_w` are right, and the arguments are unchanged. No step
# along `grad_x` changes the length of a row to first order: that is the subject of the question.

# %% [markdown] task="why_across" points=2
# ### Question: which way does the gradient point?
#
# About 10 minutes. Answer in the cell below this one, in two to four sentences.
#
# 1. Show that each row of `grad_x` is orthogonal to the same row of `x`.
# 2. Why must that be so, even without a formula?
#
# ### BEGIN MARK SCHEME
# 2 points, one for each item.
#
# - **Shown (1 point).** The row is a multiple of ŵ − s x̂. Its product with x̂ is ŵ·x̂ − s x̂·x̂ = s − s = 0.
# - **Why (1 point).** Along x itself only the length changes, and s does not depend on the length. So the
#   derivative in that direction is 0, which is to say that the gradient has no share of it.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*
