# %% [markdown]
# # The chain rule
#
# Training a network needs the slope of one number with respect to thousands of others. All of these slopes
# come out of one rule, the chain rule. In this notebook you take it from a single variable to paths in a
# graph, from paths to matrices of derivatives, and from there to a layer of a network. You need derivatives
# of simple functions, matrix products, and a little NumPy. Nothing about networks is assumed.
#
# Take four to five hours, in two or three sittings. Each exercise says how long it may take and how hard it
# is: ★☆☆ easy, ★★☆ medium, ★★★ hard. The parts:
#
# 1. a gradient, and how to measure one without a formula;
# 2. functions inside functions;
# 3. several variables: every path counts;
# 4. Jacobians, and why the way back is cheap;
# 5. a layer with tanh, and the softmax loss;
# 6. a function of your own that breaks in places, its gradient, and a plot.

# %% [markdown]
# ## How the checks work
#
# Each exercise is followed by a cell such as `check.gradient_f(gradient_f)`. It runs your code on a few small
# cases and says what is wrong and, where it can, what the mistake looks like. Run it as often as you like.
# When all is right, it lists what it has tested. Grading does the same with other numbers and other sizes, some of
# them much larger, so write code that works for everything the docstring allows.
#
# Where the check cannot name a likely mistake, it compares your array with the right one as a whole, and says
# whether it has about the right direction and size.
#
# - Each part of an exercise is scored on its own.
# - "By hand" means that you write the formula of a derivative. Do not let a program differentiate for you,
#   and do not approximate a derivative by differences, except where the exercise asks for just that. Grading
#   measures it: a large case, on which differences take far longer than a formula, and in the small exercises the
#   accuracy of a formula, twelve digits.
# - NumPy is the tool. You may import torch, but the checks and the grading hide it: an exercise that uses it fails.
# - A function never changes its arguments. Return new arrays.
# - Each call is independent. A function is called again with other inputs, and then once more with the first ones:
#   keep nothing from one call for the next, and do not write into an array that you have returned.
# - An array may be the transpose of another one, as `A.T` is. Its entries then lie in another order in memory,
#   and `reshape` makes a copy of it where it otherwise gives a view.
# - Three questions ask for words. They are read by a person.
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
# Here gradients are named as in `dL_dy`, because derivatives of other quantities than $L$ occur too, such as
# `dxyz`.

# %%
from importlib.util import find_spec

if missing := [name for name in ("handgrad", "numpy", "sympy") if find_spec(name) is None]:
    raise ModuleNotFoundError(f"""{", ".join(missing)}: not installed in the Python of this notebook.
On your computer, type in a terminal, in the folder of the course:  pip install -r requirements.txt
On Colab, put the file handgrad-….whl of that folder under Files, at the left, and run in a cell:  !pip install *.whl
Then restart the kernel, and run this cell again.""")

import numpy as np
import sympy as sp

from handgrad import checks
from handgrad.assignments.chain_rule import derivations, figures

check = checks("chain_rule")


# %% [markdown]
# ## Conventions
#
# A derivative with a straight $d$, $\frac{dy}{dx}$, belongs to a function of one variable. A curly
# $\frac{\partial u}{\partial x}$ belongs to a function of several: one of them moves, the others are held.
# The **gradient** of a scalar function collects its derivatives in an array of the shape of the variables.
# In code a name such as `dL_dy` holds $\partial L/\partial y$, and has the shape of `y`.
#
# Vectors are arrays with one axis, of shape (n,), unless a docstring says otherwise. Counting starts at 0
# in code and at 1 in formulas: $x_1$ is `x[0]`.

# %% [markdown]
# # 1. A gradient, by formula and by measurement

# %% [markdown]
# ## Exercise 1: `gradient_f`
#
# **Goal:** write the gradient of a function of two variables. About 5 minutes, easy ★☆☆.
#
# $$f(x_1, x_2) = 3\,x_1^2 + 5\,e^{x_2}$$
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `x` = $(x_1, x_2)$ | (2,) | given |
# | gradient $(\partial f/\partial x_1,\ \partial f/\partial x_2)$ | (2,) | asked |
#
# To find $\partial f/\partial x_1$, treat $x_2$ as a constant and differentiate. Then treat $x_1$ as a
# constant. Look closely at where each variable stands: in $x_1^2$ it is the base of a power, in $e^{x_2}$
# it is the exponent.

# %% solution="gradient_f"
def gradient_f(x):
    """Return the gradient of f(x) = 3 x1² + 5 exp(x2), shape (2,).

    x : (2,)
    """
    ### BEGIN SOLUTION
    return np.array([6 * x[0], 5 * np.exp(x[1])])
    ### END SOLUTION
    raise NotImplementedError("write the gradient, shape (2,)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Two rules are needed, one for each term: the derivative of $t^n$ is $n\,t^{n-1}$, where $n$ is a fixed
# number; and the function $e^t$ is its own derivative. `np.array([first, second])` makes the array.
#
# </details>

# %% test="gradient_f" points=2
check.gradient_f(gradient_f)

# %% [markdown]
# **What you should see:** the check reports that `gradient` is right. Each component needed only the term
# in which its variable occurs, as the other term is constant for it.

# %% [markdown]
# ## Exercise 2: `central_difference`
#
# **Goal:** measure a gradient without knowing its formula. About 20 minutes, medium ★★☆.
#
# The slope of a curve at $x$ is nearly the slope of a line through two points of the curve close to $x$.
# Which two? The picture compares the two usual choices for a long step $h$. Run the cell, and a slider makes it
# shorter.

# %%
figures.slide(
    lambda h: figures.secants(lambda t: np.exp(t) - 0.4 * t, 0.3, h),
    "A curve that bends upwards, and three straight lines. The dotted one is its tangent at x, of slope 0.95. The "
    "dashed line goes through the points of the curve at x and x + h and is much steeper, 1.79. The dash-dotted "
    "line goes through the points at x − h and x + h and is nearly parallel to the tangent, 1.14.",
    "h",
    [0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05],
    start=0.9,
)


# %% [markdown]
# The line through the points at $x - h$ and $x + h$ is nearly parallel to the tangent, because what the
# bend of the curve adds on one side it takes away on the other. Its slope is the **central difference**.
# For a function of many variables we do this for one entry of $x$ at a time and hold all others:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h}$$
#
# Here $e_i$ is an array of the shape of $x$ with a 1 at place $i$ and 0 elsewhere.
#
# | argument or result | form |
# | --- | --- |
# | `f` | a function: it takes an array of the shape of `x` and returns one number |
# | `x` | an array of any shape, also `()` (a single number in an array); its dtype may be integer |
# | `h` | the step, a number; 1e-5 where it is not given |
# | returned | an array of floats of the shape of `x` |
#
# Two things are easily overlooked. `x` must be the same after the call as before it. And an array of
# integers cannot hold a half: assigning 2.5 to an entry of it stores 2, without any warning.

# %% solution="central_difference"
def central_difference(f, x, h=1e-5):
    """Return the numerical gradient of a scalar function f at x, in the shape of x.

    f : takes an array of the shape of x, returns a number
    x : an array of any shape, floats or integers; unchanged afterwards
    h : the step to either side
    """
    ### BEGIN SOLUTION
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        gradient[index] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient
    ### END SOLUTION
    raise NotImplementedError("write the numerical gradient, in the shape of x")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `for index in np.ndindex(x.shape):` runs through the places of an array of any shape, and `a[index]` reads
# or writes that place. Make a fresh array of zeros with `np.zeros(x.shape)`, put `h` at one place of it,
# and add it to `x`, or subtract it: both make new arrays.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Two arrays are made before the loop or in it: one of zeros that takes the results, and a fresh one for each step.
# Both come from `np.zeros(x.shape)`, so they hold floats even if `x` holds integers.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `gradient = np.zeros(x.shape)`.
# 2. For each `index`: a new array of zeros, with `h` at this place.
# 3. Store at `gradient[index]` the difference of `f` at `x` plus and at `x` minus this array, divided by `2 * h`.
#
# </details>

# %% test="central_difference" points=4
check.central_difference(central_difference)


# %% [markdown]
# **What you should see:** both parts are right, on floats and on integers. In this check the step is large
# on purpose, so that a one-sided quotient is far off. You now own a tool that tests any gradient you will
# ever derive. Its price: two evaluations of `f` for each entry of `x`. A network with a million weights
# would need two million.

# %% [markdown]
# ## Exercise 3: `relative_error`
#
# **Goal:** put into one number how well two gradients agree. About 10 minutes, easy ★☆☆.
#
# A difference of 0.001 is nothing between 1000 and 1000.001, and everything between 0.001 and 0.002. So each
# difference is divided by the size of the numbers, element by element, and the worst element counts:
#
# $$\max_i\ \frac{|a_i - b_i|}{\max\bigl(|a_i|,\ |b_i|,\ 10^{-12}\bigr)}$$
#
# The last number in the divisor is there for elements that are 0 in both arrays: 0/0 has no value, and this
# makes it 0.
#
# | argument or result | shape |
# | --- | --- |
# | `a`, `b` | one axis or many, the same for both |
# | returned | a number |

# %% solution="relative_error"
def relative_error(a, b):
    """Return the largest |a − b| / max(|a|, |b|, 1e-12) over the elements.

    a, b : arrays of one shape
    """
    ### BEGIN SOLUTION
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)
    return np.max(np.abs(a - b) / scale)
    ### END SOLUTION
    raise NotImplementedError("write the relative error, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.maximum(p, q)` takes the larger of two arrays element by element, and `q` may be a number. It takes two
# arrays, not three, so use it twice. `np.max(p)` takes the largest element of one array.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Write the divisor first, as an array: the larger of `np.abs(a)` and `np.abs(b)`, and then the larger of that and
# 1e-12. The numerator needs an absolute value, too.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# `scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)`. Divide the absolute difference by it, element by
# element, and return the largest quotient.
#
# </details>

# %% test="relative_error" points=3
check.relative_error(relative_error)


# %% [markdown]
# **What you should see:** `error` is right, also where both arrays hold a 0. As a rule of thumb, a right
# gradient agrees with its central difference to about $10^{-7}$ or better, and a wrong one differs by
# $10^{-3}$ or more. The rule does not hold for entries near 0, such as the slope of a tanh far from 0: of these
# the quotient knows only rounding, some $10^{-11}$, so that even a right gradient may get an error of 1. Look at
# the two numbers there.
#
# ### How small should the step be?
#
# The next cell uses your three functions. It measures the gradient of $f$ with many steps and compares it
# with your formula.

# %%
def f(x):
    """Return 3 x1² + 5 exp(x2)."""
    return 3 * x[0] ** 2 + 5 * np.exp(x[1])


def one_sided(f, x, h):
    """Return the quotient from x to x + h, for comparison."""
    return np.array([(f(x + h * e) - f(x)) / h for e in np.eye(len(x))])


here = np.array([0.7, 1.2])
steps = 10.0 ** np.arange(-12, 0)
central_errors = np.array([relative_error(central_difference(f, here, h), gradient_f(here)) for h in steps])
one_sided_errors = np.array([relative_error(one_sided(f, here, h), gradient_f(here)) for h in steps])

for name, errors in {"central": central_errors, "one-sided": one_sided_errors}.items():
    print(f"{name:9}  smallest error {errors.min():.0e}, at h = {steps[errors.argmin()]:.0e}")

figures.show(
    figures.step_sizes(steps, {"central": central_errors, "one-sided": one_sided_errors}),
    "The relative error of two difference quotients against the step, on logarithmic axes. Both curves fall "
    "as the step shrinks from 0.1, reach a lowest point, and rise again. The central difference falls twice "
    "as steeply and is lowest near h = 1e-5, below 1e-10. The one-sided one is lowest near 1e-8, at about "
    "1e-8.",
)

# %% [markdown]
# **What you should see:** two valleys. On the right the step is too large: the error of the central
# difference falls like $h^2$, that of the one-sided like $h$. On the left it is too small: `f` is known to
# about 16 digits, the two values agree in nearly all of them, and dividing the rest by a tiny $2h$ makes
# the rounding large. The lines above the picture give the lowest point of each valley: that of the central
# difference is some hundred times lower, and lies near $h = 10^{-5}$. That is why this is the default.

# %% [markdown]
# # 2. Functions inside functions

# %% [markdown]
# ## Exercise 4: `nested_slopes`
#
# **Goal:** take a nested function apart, and multiply the slopes of its links. About 10 minutes, easy ★☆☆.
#
# $$y = e^{\sin(x^2 + 1)}$$
#
# It has three links:
#
# $$u = x^2 + 1, \qquad v = \sin u, \qquad y = e^v$$
#
# If $x$ moves by a little, $u$ moves $\frac{du}{dx}$ times as much. Then $v$ moves $\frac{dv}{du}$ times as
# much as $u$, and $y$ moves $\frac{dy}{dv}$ times as much as $v$. Like gear ratios, the slopes multiply:
#
# $$\frac{dy}{dx} = \frac{dy}{dv}\cdot\frac{dv}{du}\cdot\frac{du}{dx}$$
#
# | slope | taken at |
# | --- | --- |
# | `du_dx` | $x$ |
# | `dv_du` | $u$ |
# | `dy_dv` | $v$ |
#
# The right column is where most mistakes happen. Each slope is taken at the input of its own link: what goes into
# the sine is $u$, not $x$.

# %%
figures.show(
    figures.graph(
        {"x": (0, 0), "u": (1.5, 0), "v": (3, 0), "y": (4.5, 0)},
        {("x", "u"): "du/dx", ("u", "v"): "dv/du", ("v", "y"): "dy/dv"},
    ),
    "A chain of four nodes x, u, v and y from left to right. The arrow from x to u carries du/dx, the arrow "
    "from u to v carries dv/du, the arrow from v to y carries dy/dv.",
)


# %% solution="nested_slopes"
def nested_slopes(x):
    """Return (du_dx, dv_du, dy_dv, dy_dx), four numbers.

    x : a number; u = x² + 1, v = sin u, y = exp v
    """
    ### BEGIN SOLUTION
    u = x**2 + 1
    v = np.sin(u)
    du_dx = 2 * x
    dv_du = np.cos(u)
    dy_dv = np.exp(v)
    dy_dx = dy_dv * dv_du * du_dx
    return du_dx, dv_du, dy_dv, dy_dx
    ### END SOLUTION
    raise NotImplementedError("write du_dx, dv_du, dy_dv and dy_dx, four numbers")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Compute `u` and `v` first, as on the way forward; the slopes need them. The derivative of the sine is the
# cosine. The last of the four is a product of the other three.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Ask of each link: what is its input called? The square has the input $x$, the sine has the input $u$, the
# exponential has the input $v$. Its slope is a function of that input alone.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `u = x**2 + 1` and `v = np.sin(u)`.
# 2. `du_dx` is twice `x`, `dv_du` is the cosine of `u`, and `dy_dv` is the exponential of `v`.
# 3. `dy_dx` is their product. Return the four in the order of the docstring.
#
# </details>

# %% test="nested_slopes" points=4
check.nested_slopes(nested_slopes)

# %% [markdown]
# **What you should see:** four slopes, each right. To compute them you went forward first, and kept `u` and
# `v`, because the slopes need them. Every network does the same on its way forward. That is why training
# takes more memory than using a network.

# %% [markdown]
# # 3. Several variables: every path counts

# %% [markdown]
# ## Two variables, three paths
#
# Now $u$ is a function of three quantities, $u = f(x, y, z)$, and each of them depends on the same two
# variables, $a$ and $b$. When $a$ moves, it moves $x$, $y$ and $z$ at the same time, and each of them moves
# $u$.

# %%
figures.show(
    figures.graph(
        {"a": (0, 1), "b": (0, -1), "x": (2, 1.5), "y": (2, 0), "z": (2, -1.5), "u": (4, 0)},
        {
            ("a", "x"): "∂x/∂a",
            ("a", "y"): "∂y/∂a",
            ("a", "z"): "∂z/∂a",
            ("b", "x"): "∂x/∂b",
            ("b", "y"): "∂y/∂b",
            ("b", "z"): "∂z/∂b",
            ("x", "u"): "∂u/∂x",
            ("y", "u"): "∂u/∂y",
            ("z", "u"): "∂u/∂z",
        },
        ["a", "x", "u"],
    ),
    "A graph with three columns of nodes. Left a and b, in the middle x, y and z, right u. Arrows lead from "
    "a to each of x, y and z, from b to each of x, y and z, and from each of these to u. Each arrow carries "
    "its derivative. The path from a through x to u is drawn thick; two more paths lead from a to u, through "
    "y and through z.",
)


# %% [markdown]
# To first order, small changes add up. If $x$ moves by $\Delta x$, $y$ by $\Delta y$ and $z$ by $\Delta z$,
# then $u$ moves by about
#
# $$\Delta u \approx \frac{\partial u}{\partial x}\,\Delta x + \frac{\partial u}{\partial y}\,\Delta y +
# \frac{\partial u}{\partial z}\,\Delta z$$
#
# Each of these three changes is caused by the change of $a$. So there are two rules:
#
# - **along a path, slopes are multiplied;**
# - **over all paths, the products are added.**

# %% [markdown] task="formulas" points=4
# ### Question 1: write the chain rule out
#
# About 10 minutes, easy ★☆☆. Answer in the cell below this one. LaTeX between dollar signs is fine, and so
# is plain text such as `du/da = du/dx * dx/da + …`.
#
# 1. Write the formulas for $\partial u/\partial a$ and for $\partial u/\partial b$ in full, for
#    $u = f(x, y, z)$ with $x$, $y$ and $z$ functions of $a$ and $b$.
# 2. How many terms would $\partial u/\partial a$ have if $u$ depended on 100 quantities, each of which
#    depends on $a$? And if $z$ did not depend on $a$, what would become of its term?
# 3. At which values of the variables is each factor of your formula taken? Say it for
#    $\partial u/\partial x$ and for $\partial x/\partial a$.
#
# ### BEGIN MARK SCHEME
# 4 points.
#
# - **Formulas (2 points, one for each).** ∂u/∂a = ∂u/∂x·∂x/∂a + ∂u/∂y·∂y/∂a + ∂u/∂z·∂z/∂a, and the same
#   with b. No point for a formula in which a path is missing or a product is a sum. Straight d's in place of
#   curly ones cost nothing.
# - **Number of terms (1 point).** 100 terms, one for each path. A quantity that does not depend on a has the
#   slope 0, so its term is 0. Half a point for one of the two.
# - **Where the slopes are taken (1 point).** ∂u/∂x at the values of x, y and z which belong to the given a
#   and b; ∂x/∂a at a and b. Half a point for one of the two.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# ## Exercise 5: `chain_rule`
#
# **Goal:** turn the two formulas into code. About 10 minutes, easy ★☆☆.
#
# | array | shape | holds |
# | --- | --- | --- |
# | `du` | (3,) | $\partial u/\partial x,\ \partial u/\partial y,\ \partial u/\partial z$ |
# | `dxyz` | (3, 2) | row 0: $\partial x/\partial a,\ \partial x/\partial b$; row 1 the same for $y$; row 2 for $z$ |
# | returned | (2,) | $\partial u/\partial a,\ \partial u/\partial b$ |
#
# So `dxyz` has a row for each of $x$, $y$, $z$ and a column for each of $a$, $b$. Which of the two does the
# sum over paths run over?

# %% solution="chain_rule"
def chain_rule(du, dxyz):
    """Return (∂u/∂a, ∂u/∂b), shape (2,).

    du : (3,), the derivatives of u with respect to x, y, z
    dxyz : (3, 2), the derivatives of x, y, z (rows) with respect to a, b (columns)
    """
    ### BEGIN SOLUTION
    return dxyz.T @ du
    ### END SOLUTION
    raise NotImplementedError("write the two derivatives, shape (2,)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Write it with two loops or with sums first, if you like. Then look for one matrix product: the sum in a
# matrix product runs over the last axis of the first factor and the first axis of the second. Beware of
# `reshape`: it does not exchange rows and columns.
#
# </details>

# %% test="chain_rule" points=4
check.chain_rule(chain_rule)

# %% [markdown]
# **What you should see:** `gradient` is right. One matrix product holds both formulas: matrix products are
# made of products along paths, added over paths.

# %% [markdown]
# ## Exercise 6: `du_da` and `du_db`
#
# **Goal:** apply the rule to a given function, and enter the result as a formula. About 20 minutes, medium
# ★★☆.
#
# $$u = x^2\,y + e^z$$
#
# where
#
# $$x = a + 2b, \qquad y = a\,b, \qquad z = a - b^2$$
#
# Work out on paper the nine slopes on the arrows of the graph at the beginning of part 3, then the two sums.
# Enter the two sums as expressions of SymPy, a library that computes with formulas. This is how it works:

# %%
t = sp.Symbol("t")  # a symbol, which stands for any number
example = t**2 * sp.sin(t) + sp.exp(3 * t)  # an expression; functions come from sp, not from np
print(example)
print("its value at t = 0.5:", example.subs(t, 0.5))

# %% [markdown]
# In the next cell `a` and `b` are symbols, and `x`, `y`, `z` are short names for their formulas. So you may
# write `x` in your answer, and SymPy puts `a + 2*b` in its place. Any form of the right answer counts:
# expanded, factored, or as it falls out of the rule. Only `a` and `b` may be left in it. As everywhere in
# Python, powers are written `**` and products `*`.

# %% solution="symbolic_chain_rule"
import sympy as sp

a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2

du_da = None  # an expression in a and b (x, y and z may be used)
du_db = None  # an expression in a and b
### BEGIN SOLUTION
du_da = 2 * x * y + x**2 * b + sp.exp(z)
du_db = 4 * x * y + x**2 * a - 2 * b * sp.exp(z)
### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# The three slopes of $u$: hold two of $x$, $y$, $z$ and differentiate with respect to the third. The six
# slopes of $x$, $y$, $z$ are short; in two of them a factor 2 or a minus sign is easily lost. Write the
# exponential as `sp.exp(z)`, as `np.exp(z)` stops with an error. To look at a result, end a cell with
# `du_da`, or `sp.expand(du_da)`.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The slopes of $u$ are $2xy$, $x^2$ and $e^z$. With respect to $a$, the quantities $x$, $y$, $z$ have the slopes
# $1$, $b$ and $1$. Which are their slopes with respect to $b$?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# $\frac{\partial u}{\partial a} = 2xy\cdot 1 + x^2\cdot b + e^z\cdot 1$. In `du_db` the three factors on the right are
# $2$, $a$ and $-2b$.
#
# </details>

# %% test="symbolic_chain_rule" points=4
check.symbolic_chain_rule(du_da, du_db)

# %% [markdown]
# **What you should see:** `du_da` and `du_db` are right. The check put many pairs of numbers into your
# formulas and compared the values, so it does not care how you wrote them. You can now ask SymPy itself,
# which puts $x$, $y$ and $z$ in and differentiates the result as a whole, without our rule. Both
# differences from your formulas should be 0. From here on `a`, `b`, `x`, `y` and `z` are SymPy expressions outside
# your functions; inside a function its own arguments count.

# %% tags=["demonstration"]
whole_u = x**2 * y + sp.exp(z)
print("difference in du_da:", sp.simplify(sp.diff(whole_u, a) - du_da))
print("difference in du_db:", sp.simplify(sp.diff(whole_u, b) - du_db))

# %% [markdown]
# ## Exercise 7: `path_sum`
#
# **Goal:** let the rule run over any graph. About 25 minutes, hard ★★★.
#
# A graph has nodes, the circles of the picture, and arrows between them. Graphs of real computations have more
# than one layer in the middle, and arrows that skip steps. The rule stays the same: multiply along each path, add
# over all paths.
#
# $$\frac{\partial\,\mathrm{end}}{\partial\,\mathrm{start}} =
# \sum_{\text{paths from start to end}}\ \ \prod_{\text{arrows of the path}} \text{slope}$$
#
# The graph comes as a dict. Its keys are the arrows, pairs of names `(tail, head)`, and its values are the
# slopes. The graph of the picture below is
#
# ```python
# {
#     ("s", "m"): 2.0,
#     ("m", "n"): -1.0,
#     ("n", "t"): 3.0,
#     ("s", "n"): 0.5,
#     ("s", "t"): 4.0,
# }
# ```
#
# | argument or result | form |
# | --- | --- |
# | `slopes` | a dict from `(tail, head)` to a number, of any size and in any order; the graph has no cycle |
# | `start`, `end` | names |
# | returned | a number; 0 where no path leads from start to end, 1 where start is end |

# %%
figures.show(
    figures.graph(
        {"s": (0, 0), "m": (1.6, 1), "n": (3.2, 0.6), "t": (4.8, 0)},
        {("s", "m"): "2", ("m", "n"): "−1", ("n", "t"): "3", ("s", "n"): "0.5", ("s", "t"): "4"},
    ),
    "A graph of four nodes s, m, n and t. Arrows with their slopes: s to m, 2; m to n, minus 1; n to t, 3; s "
    "to n, 0.5; s to t, 4. So three paths lead from s to t: over m and n, over n alone, and directly.",
)


# %% solution="path_sum"
def path_sum(slopes, start, end):
    """Return the derivative of end with respect to start: the sum over all paths of the product of slopes.

    slopes : dict from (tail, head) to a number, a graph without cycles
    start, end : names; the derivative is 1 where they are the same, 0 where no path leads there
    """
    ### BEGIN SOLUTION
    if start == end:
        return 1.0
    total = 0.0
    for (tail, head), slope in slopes.items():
        if tail == start:
            total += slope * path_sum(slopes, head, end)
    return total
    ### END SOLUTION
    raise NotImplementedError("write the sum over all paths, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Try the picture with a pencil first: the three products are $2\cdot(-1)\cdot 3$, $0.5\cdot 3$ and $4$, and
# their sum is $-0.5$. Now think only of the first arrow of each path. It leads from `start` to some head,
# with a slope. What is left to do from that head on is the same task again, and a function may call itself.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Where `start` is `end`, there is one path, without an arrow, and its product is 1. Else each path begins
# with an arrow that leaves `start`. What is the sum over all paths that begin with this arrow?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# Return 1 where `start` and `end` are the same. Else begin a total with 0, go over all arrows, and for each
# whose tail is `start` add its slope times `path_sum(slopes, head, end)`.
#
# </details>

# %% test="path_sum" points=4
check.path_sum(path_sum)

# %% [markdown]
# **What you should see:** `derivative` is right, on a diamond and on a graph with arrows that skip steps. A
# diamond is a graph in which two paths leave one node and meet again in another: $a \to p \to L$ and
# $a \to q \to L$. Put diamonds in a row, the end of one the start of the next, and the number of paths
# doubles with each: 20 diamonds have $2^{20}$, about a million. Walking each path is hopeless for a network.
# The next part shows how to add up early.

# %% [markdown]
# # 4. Jacobians

# %% [markdown]
# ## A table of all slopes
#
# A function that takes a vector of $n$ numbers to a vector of $m$ numbers has $m \cdot n$ slopes. They are
# kept in a matrix, the **Jacobian**:
#
# $$J_{ij} = \frac{\partial\,\mathrm{output}_i}{\partial\,\mathrm{input}_j}$$
#
# Its shape is $(m, n)$: a row for each output, a column for each input. The array `dxyz` of exercise 5 was one:
# three outputs $x, y, z$ and two inputs $a, b$.

# %% [markdown]
# ## Exercise 8: `polar_jacobian`
#
# **Goal:** write a Jacobian, with rows and columns where they belong. About 10 minutes, easy ★☆☆.
#
# A point of the plane can be given by its distance $r$ from the origin and its angle $\varphi$ in radians:
#
# $$x = r\cos\varphi, \qquad y = r\sin\varphi$$
#
# The inputs are $(r, \varphi)$ in this order, the outputs $(x, y)$ in this order.

# %%
figures.show(
    figures.grid_and_image(),
    "Left, a rectangular grid over r from 0.5 to 2 and φ from 0 to a quarter turn. Right, what polar "
    "coordinates make of it: the solid lines of fixed r become arcs around the origin, the dashed lines of "
    "fixed φ become rays. The cells far from the origin are larger than those near it.",
)


# %% solution="polar_jacobian"
def polar_jacobian(r, phi):
    """Return the Jacobian of (x, y) = (r cos φ, r sin φ) with respect to (r, φ), shape (2, 2).

    r, phi : numbers; row 0 belongs to x, row 1 to y; column 0 to r, column 1 to φ
    """
    ### BEGIN SOLUTION
    return np.array([[np.cos(phi), -r * np.sin(phi)], [np.sin(phi), r * np.cos(phi)]])
    ### END SOLUTION
    raise NotImplementedError("write the Jacobian, shape (2, 2)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Fill in row by row: both slopes of $x$ first, then both slopes of $y$. The derivative of the cosine is
# minus the sine. In the first column $\varphi$ is held, in the second $r$.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Where $\varphi$ is held, $x = r\cos\varphi$ is a constant times $r$, so its slope is that constant. Where $r$ is held,
# it is the constant in front of the cosine, and stays.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# The first row is the cosine, and minus $r$ times the sine. The second row is the sine, and a product with $r$.
# `np.array([[…, …], […, …]])` takes the rows one by one.
#
# </details>

# %% test="polar_jacobian" points=3
check.polar_jacobian(polar_jacobian)


# %% [markdown]
# **What you should see:** `jacobian` is right. Had you exchanged rows and columns, the shape would have been
# the same, (2, 2), and no error would have warned you. Only the numbers tell. The second column of the
# Jacobian explains why the cells of the picture are larger far from the origin: a step in $\varphi$ moves a
# point $r$ times as far.

# %% [markdown]
# ## Exercise 9: `vector_jacobian_product`
#
# **Goal:** carry a gradient back through several functions. About 15 minutes, medium ★★☆.
#
# A vector $x$ goes through a chain of functions, with Jacobians $J_1$ (first), $J_2$, …, $J_k$ (last), and
# comes out as $y$. From $y$ a single number $L$ is made. Suppose that we know $\partial L/\partial y$.
#
# Take one function with Jacobian $J$, from an input $p$ to an output $q$. The input $p_j$ reaches $L$ through
# every output $q_i$. So the rule for paths gives
#
# $$\frac{\partial L}{\partial p_j} = \sum_i \frac{\partial L}{\partial q_i}\,J_{ij}
# \qquad\text{or}\qquad \frac{\partial L}{\partial p} = J^\top\,\frac{\partial L}{\partial q}$$
#
# Do this for each function of the chain, from the last to the first.
#
# | argument or result | form |
# | --- | --- |
# | `jacobians` | a list of at least one array, the first function first: $(n_1, n_0)$, then $(n_2, n_1)$, … |
# | `dL_dy` | ($n_k$,) |
# | returned `dL_dx` | ($n_0$,) |

# %% solution="vector_jacobian_product"
def vector_jacobian_product(jacobians, dL_dy):
    """Return dL_dx, shape (n0,): the gradient at the input of a chain of functions.

    jacobians : list of arrays, in the order of the way forward; shapes (n1, n0), (n2, n1), …, (nk, nk-1)
    dL_dy : (nk,), the gradient at the output of the last function
    """
    ### BEGIN SOLUTION
    gradient = dL_dy
    for J in reversed(jacobians):
        gradient = J.T @ gradient
    return gradient
    ### END SOLUTION
    raise NotImplementedError("write dL_dx, shape (n0,)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Keep one vector, which starts as `dL_dy`. Each step replaces it by the gradient one function earlier.
# `reversed(jacobians)` runs through a list from its end and leaves it as it is; `jacobians.reverse()` and
# `jacobians.pop()` would change the argument.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# A Jacobian has a row for each output of its function. The gradient at the output has one entry for each row, and you
# want one for each column: so which of `J @ g` and `J.T @ g` is it?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `gradient = dL_dy`.
# 2. For each `J` in `reversed(jacobians)`, replace `gradient` by `J.T @ gradient`.
# 3. Return it.
#
# </details>

# %% test="vector_jacobian_product" points=4
check.vector_jacobian_product(vector_jacobian_product)

# %% [markdown]
# **What you should see:** `dL_dx` is right, with sizes all different and with square matrices. With
# different sizes a wrong order or a missing transpose stops with an error. With square ones it runs and
# returns wrong numbers, which is why the check has both. If you multiplied the matrices with each other first, and
# the gradient last, that is right, too, but costs far more; see below.
#
# ### Counting multiplications
#
# A product of an (m, k) matrix with a (k, n) matrix takes $m \cdot k \cdot n$ multiplications. The next cell
# counts them for ten square Jacobians of size 1000, in two orders: multiply all the matrices first and
# apply the result to the gradient, or begin with the gradient.

# %%
size, functions = 1000, 10
matrices_first = (functions - 1) * size**3 + size**2
gradient_first = functions * size**2
print(f"matrices first: {matrices_first:>14,} multiplications")
print(f"gradient first: {gradient_first:>14,} multiplications")
print(f"ratio:          {matrices_first / gradient_first:>14,.0f}")

# %% [markdown] task="order_of_products" points=4
# ### Question 2: why backwards?
#
# About 10 minutes, medium ★★☆. Answer in the cell below this one, in four to eight sentences.
#
# 1. Both orders give the same numbers. Why? And why is "gradient first" so much cheaper?
# 2. The row of 20 diamonds at the end of exercise 7 has about a million paths. Going back through it with
#    Jacobians, one step from each column of nodes to the one before, how many steps are there? And what
#    happens to all the paths?
# 3. Now let $x$ be one number and $y$ a vector of 1000, and suppose you want all the slopes of $y$. In
#    which direction would you multiply, and why?
#
# ### BEGIN MARK SCHEME
# 4 points.
#
# - **Same numbers (1 point).** Matrix multiplication is associative: brackets may be put anywhere. (Or: both
#   add the same products over the same paths.)
# - **Cheaper (1 point).** Beginning with the gradient, there is only ever a matrix times a vector, about n²
#   multiplications per step. Matrices first means matrix times matrix, n³ per step.
# - **The diamonds (1 point).** 40 steps, two for each diamond (or 80 multiplications, one for each arrow).
#   Any count that grows linearly with the number of diamonds earns the point together with the reason: paths
#   that meet at a node are added there, and go on as one number.
# - **The other direction (1 point).** Forwards, beginning at x: there is one column to carry, so that each
#   step is again a matrix times a vector; backwards it would be a matrix with 1000 rows. Cheap is the side
#   with few numbers. A loss is one number, so networks go backwards.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# # 5. A layer of a network

# %% [markdown]
# ## Exercise 10: `tanh_backward`
#
# **Goal:** carry a gradient back through tanh, from its output alone. About 10 minutes, easy ★☆☆.
#
# Between its matrix products a network applies a function that is not a straight line to each number, an
# **activation**. One of the usual ones is tanh; the picture below shows two others for comparison. tanh acts on
# each number by itself, $y_i = \tanh z_i$. So its Jacobian is diagonal: $z_i$ reaches $L$ only through $y_i$, and
# the sum over paths has one term.
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `y`, the output of tanh | one axis or many | given |
# | `dL_dy` | the shape of `y` | given |
# | $\partial L/\partial z$ | the shape of `y` | asked |

# %%
figures.show(
    figures.activations(),
    "Left, three curves over z from −4 to 4: ReLU, 0 up to z = 0 and then rising; tanh, from −1 to 1; sigmoid, "
    "from 0 to 1. Right, their slopes: that of tanh is a bell with height 1 at z = 0, nearly 0 beyond z = 3 on "
    "both sides.",
)


# %% [markdown]
# ### Derive the slope
#
# Nothing in the next cell is graded. With exponentials,
#
# $$y = \tanh z = \frac{e^z - e^{-z}}{e^z + e^{-z}}$$
#
# Use the quotient rule. Then look for $y$ itself in what comes out: no $z$ and no exponential needs to be left. Write
# the slope in place of `...`, as a formula in `y` alone, and run the cell. It is tried at three points, and compared
# with what is measured there.

# %%
def slope_of_tanh(y):
    """Return dy/dz, a number, from y = tanh(z), a number."""
    return ...


derivations.tanh.check(slope_of_tanh)


# %% [markdown]
# <details><summary>Unfold when your formula is right, or when you would rather read on</summary>
#
# $$\frac{dy}{dz} = \frac{(e^z + e^{-z})^2 - (e^z - e^{-z})^2}{(e^z + e^{-z})^2} =
# 1 - \left(\frac{e^z - e^{-z}}{e^z + e^{-z}}\right)^2$$
#
# The fraction in the brackets is $y$ again, so the slope is $1 - y^2$.
#
# </details>

# %% [markdown]
# The way back needs the output $y$ alone: $z$ need not be kept.

# %% solution="tanh_backward"
def tanh_backward(y, dL_dy):
    """Return dL_dz, in the shape of y, for y = tanh(z).

    y : an array with one axis or many, the output of tanh
    dL_dy : the gradient at y, in the same shape
    """
    ### BEGIN SOLUTION
    return dL_dy * (1 - y**2)
    ### END SOLUTION
    raise NotImplementedError("write dL_dz, in the shape of y")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Two factors, element by element: what arrives from above, and the slope of tanh written with `y`.
#
# </details>

# %% test="tanh_backward" points=3
check.tanh_backward(tanh_backward)

# %% [markdown]
# **What you should see:** `dL_dz` is right for arrays of any shape. Where `y` is close to 1 or −1 the slope
# is close to 0, and hardly any gradient gets through. A later notebook, `vanishing_gradients`, is about what
# follows from this.

# %% [markdown]
# ## Exercise 11: `tanh_layer_backward`
#
# **Goal:** carry a gradient back through a whole layer. About 25 minutes, medium ★★☆.
#
# $$z = x\,W^\top + b, \qquad y = \tanh z$$
#
# The weights are in the layout (out, in), as PyTorch's `nn.Linear` keeps them: a row for each output. The
# layer has $m$ inputs and $n$ outputs, and there is one example, kept as a row.
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `x` | (1, m) | given |
# | `W` | (n, m) | given |
# | `b` | (1, n) | given |
# | `dL_dy` | (1, n) | given |
# | `dL_dx` | (1, m) | asked |
# | `dL_dW` | (n, m) | asked |
# | `dL_db` | (1, n) | asked |

# %%
figures.show(
    figures.flow(
        ["what comes\nbefore", "× Wᵀ", "+ b", "tanh", "what comes\nafter"],
        ["", "x\n(1, m)", "q = x Wᵀ\n(1, n)", "z\n(1, n)", "y\n(1, n)", "L"],
        {1: "W", 2: "b"},
    ),
    "A chain of five boxes: what comes before, times W transposed, plus b, tanh, and what comes after, up to "
    "L. Solid arrows carry x, shape (1, m), then q, z and y, all of shape (1, n), and L. Dashed arrows carry "
    "the gradients at y, z, q and x back, and leave the chain at W and at b with their gradients.",
)


# %% [markdown]
# The picture calls the product $q = x\,W^\top$. Adding $b$ has slope 1, so
# $\partial L/\partial q = \partial L/\partial z$. Follow one entry at a time. In numbers,
# $z_i = \sum_j x_j W_{ij} + b_i$.
#
# - $b_i$ occurs in $z_i$ only, with slope 1.
# - $W_{ij}$ occurs in $z_i$ only, multiplied by $x_j$. So
#   $\frac{\partial L}{\partial W_{ij}} = \frac{\partial L}{\partial z_i}\,x_j$.
# - $x_j$ occurs in every $z_i$, multiplied by $W_{ij}$. So
#   $\frac{\partial L}{\partial x_j} = \sum_i \frac{\partial L}{\partial z_i}\,W_{ij}$.
#
# All three start from $\partial L/\partial z$, and you have just written the function that gives it. It is
# up to you to find the matrix form of each line; the shapes in the table will help.

# %% solution="tanh_layer_backward"
def tanh_layer_backward(x, W, b, dL_dy):
    """Return (dL_dx, dL_dW, dL_db) for z = x Wᵀ + b, y = tanh(z).

    x : (1, m), W : (n, m) in the layout (out, in), b : (1, n), dL_dy : (1, n)
    dL_dx : (1, m), dL_dW : (n, m), dL_db : (1, n)
    """
    ### BEGIN SOLUTION
    z = x @ W.T + b
    dL_dz = tanh_backward(np.tanh(z), dL_dy)
    return dL_dz @ W, dL_dz.T @ x, dL_dz
    ### END SOLUTION
    raise NotImplementedError("write dL_dx, shape (1, m), dL_dW, shape (n, m), and dL_db, shape (1, n)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# First go forward to `z` and `y`. Then `dL_dz` has the shape (1, n). For `dL_dW`, shape (n, m), multiply a
# column of n numbers with a row of m numbers. For `dL_dx`, shape (1, m), multiply a row of n numbers with a
# matrix of n rows and m columns.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The bias is added to each $z_i$ with slope 1, so `dL_db` is `dL_dz` itself. The other two are matrix products, of
# which `dL_dz`, or its transpose, is the first factor.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `z = x @ W.T + b`, then `dL_dz` from `tanh_backward`, which wants the output of tanh.
# 2. `dL_dx` is `dL_dz` times `W` as it is, (1, n) times (n, m).
# 3. `dL_dW` is `dL_dz` transposed, (n, 1), times `x`, (1, m). `dL_db` is `dL_dz`.
#
# </details>

# %% test="tanh_layer_backward" points=6
check.tanh_layer_backward(tanh_layer_backward)

# %% [markdown]
# **What you should see:** three gradients, right for different sizes and for a square layer. In the square
# case the table of shapes could not help you, only following single entries could.
#
# The next cell tests your layer with your own tools. It takes $L = \sum_i c_i\,y_i$ with fixed numbers $c$,
# so that $\partial L/\partial y = c$.

# %%
rng = np.random.default_rng(0)
layer_x, layer_W, layer_b = rng.normal(size=(1, 4)), rng.normal(size=(3, 4)), rng.normal(size=(1, 3))
c = rng.normal(size=(1, 3))
by_hand = tanh_layer_backward(layer_x, layer_W, layer_b, c)
measured = (
    central_difference(lambda x: np.sum(c * np.tanh(x @ layer_W.T + layer_b)), layer_x),
    central_difference(lambda W: np.sum(c * np.tanh(layer_x @ W.T + layer_b)), layer_W),
    central_difference(lambda b: np.sum(c * np.tanh(layer_x @ layer_W.T + b)), layer_b),
)
for name, formula, quotient in zip(["dL_dx", "dL_dW", "dL_db"], by_hand, measured, strict=True):
    print(f"{name}: relative error of formula and measurement {relative_error(formula, quotient):.0e}")


# %% [markdown]
# ## Exercise 12: `softmax_cross_entropy_backward`
#
# **Goal:** write the gradient at which the way back of every classifier begins. About 20 minutes, medium
# ★★☆.
#
# A classifier gives each of $N$ examples a row of $C$ numbers, the logits $s$. Softmax turns each row
# into probabilities, and the loss is the mean over the examples of minus the natural logarithm of the probability
# of the right class $k_n$:
#
# $$p_{nc} = \frac{e^{s_{nc}}}{\sum_j e^{s_{nj}}}, \qquad L = -\frac{1}{N}\sum_n \log p_{n,\,k_n}$$
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `logits` $s$ | (N, C) | given |
# | `labels` $k$ | (N,), integers from 0 to C − 1; a class may have no example | given |
# | $\partial L/\partial s$ | (N, C) | asked |
#
# For one example with logits $s_1, \dots, s_C$ and the right class $k$ (in code both count from 0), the logarithm
# turns the quotient into a difference:
#
# $$-\log p_k = \log\sum_j e^{s_j} \;-\; s_k$$
#
# **Derive its gradient.** Differentiate with respect to one logit $s_i$. The first term needs the chain rule; the
# second contains $s_i$ only if $i$ is the right class. The result needs no exponential: it can be written with the
# probabilities $p$. Write it into the next cell. In Python `(i == k)` counts as 1 where it is true, and as 0
# elsewhere. Nothing in this cell is graded.

# %%
def entry_of_dL_ds(p, k, i):
    """Return ∂(−log p_k)/∂s_i, a number, from the probabilities p of one example, shape (C,), and its class k."""
    return ...


derivations.loss.check(entry_of_dL_ds)


# %% [markdown]
# <details><summary>Unfold when your formula is right, or when you would rather read on</summary>
#
# The logarithm has the slope one over the sum, and of the sum only $e^{s_i}$ moves with $s_i$. The bracket is 1 if
# what stands in it is true, and 0 otherwise:
#
# $$\frac{\partial(-\log p_k)}{\partial s_i} = \frac{e^{s_i}}{\sum_j e^{s_j}} - [\,i = k\,] =
# p_i - [\,i = k\,]$$
#
# The mean over $N$ examples adds a $1/N$: $\frac{\partial L}{\partial s} = \frac{1}{N}(p - \mathrm{onehot})$,
# where `onehot`, shape (N, C), has in each row a 1 at the label and 0 elsewhere.
#
# </details>

# %% [markdown]
# One more thing: `np.exp(1000.0)` overflows. Softmax does not change when one number is subtracted from all
# logits of a row, so subtract the largest of the row first.

# %% solution="softmax_cross_entropy_backward"
def softmax_cross_entropy_backward(logits, labels):
    """Return the gradient of the mean cross-entropy of softmax(logits), shape (N, C).

    logits : (N, C), of any size; labels : (N,) integers from 0 to C - 1
    """
    ### BEGIN SOLUTION
    N = len(logits)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    onehot = np.zeros(logits.shape)
    onehot[np.arange(N), labels] = 1
    return (probabilities - onehot) / N
    ### END SOLUTION
    raise NotImplementedError("write the gradient, shape (N, C)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# The classes lie along axis 1, so the largest logit and the sum of the exponentials are taken along axis 1.
# `keepdims=True` keeps a column of shape (N, 1), which is matched with (N, C) row by row. With
# `A[np.arange(N), labels]` you read or write in each row of `A` the entry at its label.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Work in three stages: probabilities of shape (N, C) from the shifted logits; an array of zeros of the same shape,
# with a 1 in each row, at the label; and their difference. How often does 1/N enter?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `exponentials`: `np.exp` of `logits` minus the largest of each row. Divide them by their sum along axis 1.
# 2. `onehot = np.zeros(logits.shape)`, and 1 at `onehot[np.arange(N), labels]`.
# 3. Return the difference, divided by `N`.
#
# </details>

# %% test="softmax_cross_entropy_backward" points=5
check.softmax_cross_entropy_backward(softmax_cross_entropy_backward)

# %% [markdown]
# **What you should see:** `grad_logits` is right, also for logits near 1000. Each row adds up to 0: what one
# class gains, the others lose. After all this work the formula is short, "the probability that was given
# minus the one that should have been". In the next notebook, `mlp_backprop`, every network begins its way
# back with it.

# %% [markdown]
# # 6. Where a derivative breaks

# %% [markdown]
# ## Functions with branches
#
# A program may decide: `if x < 0: … else: …`. So may a function that you differentiate; ReLU, the most used
# activation of all, is one. Inside each branch the usual rules hold. Where one branch ends and another
# begins, two things can go wrong:
#
# - the function **jumps**: its limits from the left and from the right differ;
# - it has a **kink**: it does not jump, but its slopes on the left and on the right differ.
#
# We call both a **break**. At a break there is no derivative. If two branches meet with the same value and
# the same slope, there is no break, though the program has an `if` there.

# %%
figures.show(
    figures.curve_with_breaks(),
    "Above, a function in three pieces: a rising line up to x = −2, then part of a parabola, then a falling "
    "line from x = 1 on. At −2 it jumps; at 1 the pieces meet, with a kink. Below, its slope, also in three "
    "pieces: it jumps at both points. Vertical lines mark the two points.",
)

# %% [markdown]
# ## Exercise 13: `piecewise`, `piecewise_gradient` and `breakpoints`
#
# **Goal:** invent a function with branches, and differentiate it by hand. About 30 minutes, medium ★★☆.
#
# Choose a function of one number of your own. It should have at least two branches and at least one break, a jump
# or a kink, in the interval from −5 to 5. Take something that is fun to differentiate: products, powers, sines,
# exponentials, something nested.
#
# | name | form |
# | --- | --- |
# | `piecewise(x)` | takes a float, returns a float |
# | `piecewise_gradient(x)` | takes a float, returns the slope of `piecewise` there, a float |
# | `breakpoints` | the sorted list of all breaks in [−5, 5], at least 1 and at most 20 numbers |
#
# - Both functions must return a finite number for every `x` from −5 to 5, except that at a break itself
#   anything is allowed.
# - List all breaks, and no other points. A break that lies at a number such as $\sqrt 3$ is best written as
#   `3**0.5`, as it must be right to within 1e-5. A break exactly at −5 or 5 may be listed or left out.
#   A single point with another value, `if x == 1: return 7.0`, is no break, as the limits agree.
# - `abs`, `max`, `min`, `np.floor` and `%` make breaks too, without any `if`, and count as branches. So do the pole
#   of $1/x$ and the cusp of $\sqrt{|x|}$ at 0.
# - Your functions are called with one float at a time, some twenty thousand times, so keep them quick: a call
#   may take two thousandths of a second. Use `np.sin` and the like, or import `math`; SymPy is slow here.
# - The gradient is written by hand, as everywhere: one that is no more accurate than a difference quotient does
#   not count.
#
# There is no one right answer. The check measures the slope of your function in hundreds of places and
# compares it with your gradient. It looks on both sides of each point that you named, to see whether there
# is a break. And it searches the rest of the interval for breaks that you did not name.

# %% solution="piecewise"
breakpoints = None  # a sorted list of numbers
### BEGIN SOLUTION
breakpoints = [-1.0, 2.0]
### END SOLUTION


def piecewise(x):
    """Return the value of your function at x, a float."""
    ### BEGIN SOLUTION
    if x < -1:
        return x**2
    return 2 + x if x < 2 else float(np.sin(3 * x))
    ### END SOLUTION
    raise NotImplementedError("write your own function, with at least two branches")


def piecewise_gradient(x):
    """Return the slope of piecewise at x, a float, by hand."""
    ### BEGIN SOLUTION
    if x < -1:
        return 2 * x
    return 1.0 if x < 2 else float(3 * np.cos(3 * x))
    ### END SOLUTION
    raise NotImplementedError("write the slope of your function")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Write the branches of the gradient with the same conditions as those of the function, and differentiate
# each on its own. To find out whether a point is a break, put it into both neighbouring branches: if the
# values differ, it is a jump. If the values agree, compare the slopes.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# An example of a kink: $x^2$ for $x < 1$, and $2 - x$ from there on. Both branches have the value 1 at $x = 1$, but the
# slopes 2 and −1. An example of a jump: the same with $3 - x$. Choose something of your own, with two or three
# branches.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `breakpoints = [1.0]` names the only break of the example above.
# 2. `piecewise(x)`: `if x < 1:` return the first branch; else return the second one.
# 3. `piecewise_gradient(x)`: the same two lines, each with the derivative of its branch.
#
# </details>

# %% test="piecewise" points=9
check.piecewise(piecewise, piecewise_gradient, breakpoints)

# %% [markdown]
# **What you should see:** the three parts are right. Between breaks, differentiating a program is
# differentiating the branch that runs. Automatic differentiation does just that: it follows the branch that
# was taken, and knows nothing of the others.

# %% [markdown]
# ## Exercise 14: `plot_piecewise`
#
# **Goal:** draw your function and its gradient, with the breaks marked. About 20 minutes, easy ★☆☆.
#
# Write a function that makes the figure with matplotlib and returns it; its axes will do, too. Do
# without `plt.show()`, which closes the figure. What is looked at:
#
# - **labels:** every x axis and y axis has a label, with any words you like; if both curves share one
#   picture, a legend, a title or words beside the curves tell them apart;
# - **function curve** and **gradient curve:** each has at least 40 points and reaches from left of the first
#   break to right of the last one, with no gap wider than a tenth of that; you may draw a curve piece by piece,
#   so that no line crosses a jump;
# - **break marks:** each break point carries a mark at its place, such as a vertical line; the list `breakpoints`
#   stays as it is.
#
# Both curves in one picture, or two pictures in one figure, `plt.subplots(2, 1)`, are equally good. Where
# there are two, marks in one of them are enough; marks in both read best.

# %% solution="plot_piecewise"
import matplotlib.pyplot as plt


def plot_piecewise():
    """Return a matplotlib figure of piecewise and piecewise_gradient, with the break points marked."""
    ### BEGIN SOLUTION
    figure, axes = plt.subplots(figsize=(7, 4))
    edges = [-5.0, *breakpoints, 5.0]
    for number in range(len(edges) - 1):
        x = np.linspace(edges[number], edges[number + 1], 200)[1:-1]
        first = number == 0
        axes.plot(x, [piecewise(float(t)) for t in x], "C0-", label="function" if first else None)
        axes.plot(x, [piecewise_gradient(float(t)) for t in x], "C1--", label="gradient" if first else None)
    for p in breakpoints:
        axes.axvline(p, color="grey", linestyle="dotted")
    axes.set_xlabel("x")
    axes.set_ylabel("value")
    axes.legend()
    return figure
    ### END SOLUTION
    raise NotImplementedError("draw both curves, mark the breaks, and return the figure")


# %% [markdown]
# <details><summary>Hint</summary>
#
# A usual beginning is `figure, axes = plt.subplots()`. For the pieces, make a list of −5, the break points,
# and 5, and go through its neighbouring pairs. `np.linspace(low, high, 200)[1:-1]` gives points between two
# breaks without the breaks themselves. Your functions take one float at a time:
# `[piecewise(float(t)) for t in x]`. Give `label=` and the colour of your choice to the first piece of a
# curve, and the same colour but no label to the others, so that the legend names each curve once. A
# vertical line is `axes.axvline(p)`.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The pieces lie between the numbers of `edges = [-5.0, *breakpoints, 5.0]`: the first between `edges[0]` and
# `edges[1]`, and so on. `zip(edges[:-1], edges[1:])` gives these pairs.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `figure, axes = plt.subplots()` and the list of edges.
# 2. For each pair: the points between them, and two calls of `axes.plot`, one for each function, in two colours.
# 3. `axes.axvline(p)` for each break point; then `axes.set_xlabel`, `axes.set_ylabel` and `axes.legend()`.
# 4. Return the figure.
#
# </details>

# %% test="plot_piecewise" points=4
check.plot_piecewise(plot_piecewise, piecewise, piecewise_gradient, breakpoints)

# %%
# look at it, without a ground of its own and with grey words, so that it can be read on a light page and on a dark one
figures.show_own(plot_piecewise)

# %% [markdown]
# **What you should see:** your function and its slope, with a mark at each break. Go through the marks: at a
# jump the function itself leaps, at a kink only the slope does. Where the function rises, the slope is
# positive; where it is flat, the slope is near 0. A look at such a plot finds most slips in a gradient
# before any test does.

# %% [markdown] task="at_the_break" points=4
# ### Question 3: at the break
#
# About 10 minutes, medium ★★☆. Answer in the cell below this one, in four to eight sentences.
#
# 1. Take ReLU, $\max(0, x)$, at $x = 0$. What does `central_difference` return there, and why? What do the
#    one-sided differences return?
# 2. Libraries let the derivative of ReLU at 0 be 0. Why does this choice hardly ever matter in training?
# 3. A step function is 0 left of its jump and 1 right of it. Its derivative is 0 wherever there is one. Why
#    can a network with step functions as activations not be trained by following the gradient?
#
# ### BEGIN MARK SCHEME
# 4 points.
#
# - **Central difference (1 point).** 1/2 for every h: (h − 0)/(2h), the mean of the two slopes. It is a value
#   that no side has; nothing warns of it.
# - **One-sided (½ point).** To the right 1, to the left 0: they differ, so there is no derivative.
# - **The choice at 0 (1 point).** A computed z is almost never exactly 0; anywhere else the derivative
#   exists. At 0 any value between the slopes of both sides (a subgradient) would do. Half a point for either
#   argument alone.
# - **Step functions (1½ points).** By the chain rule the slope of the step is a factor on every path through
#   such a unit, and it is 0 (1 point). So every gradient before it is 0, and a step of gradient descent
#   changes nothing, though moving a weight far enough would change the loss (½ point).
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
# One rule, in four forms: slopes of links multiplied; products added over paths; Jacobians multiplied, with
# the gradient first; and the three gradients of a layer. You can measure any gradient and compare it with a
# formula in one number, and you know where a function has no gradient at all. In the next notebook,
# `mlp_backprop`, you put layers together into networks and carry gradients back through all of them.

# %% [markdown]
# ## Where it comes from, and what to read next
#
# Gottfried Wilhelm Leibniz used the chain rule as early as 1676. That it can be run backwards through a program, at
# the cost of a few runs of the program itself, was shown by Seppo Linnainmaa in his master's thesis of 1970: he
# wanted to know how rounding errors add up, and did not mention networks. Walter Baur and Volker Strassen proved in
# 1983 that this holds for every function that is computed with + − × ÷, however many variables it has. This is why
# we can afford a million derivatives of one number, the loss.
#
# - A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, *Automatic differentiation in machine learning: a
#   survey*, Journal of Machine Learning Research 18 (2018), 1–43. The place to start.
# - A. Griewank, A. Walther, *Evaluating Derivatives: Principles and Techniques of Algorithmic Differentiation*, 2nd
#   edition, SIAM (2008), doi:10.1137/1.9780898717761. The textbook.
# - W. Baur, V. Strassen, *The complexity of partial derivatives*, Theoretical Computer Science 22 (1983), 317–330,
#   doi:10.1016/0304-3975(83)90110-X. The proof, by induction over the steps of a program.
# - W. Squire, G. Trapp, *Using complex variables to estimate derivatives of real functions*, SIAM Review 40 (1998),
#   110–112, doi:10.1137/S003614459631241X. A difference quotient without the left side of the valley.
