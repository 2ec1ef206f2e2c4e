# %% [markdown]
# # Backpropagation by hand
#
# A neural network is a long formula. To train it we need the derivative of one number, the loss, with
# respect to every weight in it. Backpropagation is the chain rule, applied step by step from the loss back
# to the weights. In this notebook you write it yourself, in NumPy, for networks that grow from a single
# matrix product to any number of layers. You need the chain rule and some NumPy, and no more.
#
# Take about four hours, in two or three sittings. Each exercise says how long it may take and how hard it
# is: ★☆☆ easy, ★★☆ medium, ★★★ hard. The parts:
#
# 1. three building blocks: a matrix product, ReLU, and the softmax loss;
# 2. a network of 2, 2 and 3 units, and a question on a well-known mistake;
# 3. a two-layer network with ReLU and regularisation;
# 4. a network that fits a function, compared with PyTorch's own gradients;
# 5. a network of any depth;
# 6. three broken backward passes, for you to fix;
# 7. training: your gradients teach a network to tell three spiral arms apart.

# %% [markdown]
# ## How the checks work
#
# Each exercise is followed by a cell such as `check.Relu(Relu)`. It runs your code on one or more small
# cases and says what is wrong and, where it can, what the mistake looks like. Run it as often as you like.
# When all is right, it lists what it has tested. Grading does the same with other sizes and other numbers, so
# write code that works for every shape the docstring allows.
#
# - Each gradient is scored on its own. A right `dW2` keeps its points when `dW1` is wrong.
# - Later exercises use your earlier functions. The check in this notebook runs with yours, so fix those
#   first. At grading one mistake costs once: a later exercise is also tried with right versions of the
#   earlier functions.
# - "By hand" means that you write the formula of the gradient. Do not use automatic differentiation, and
#   do not approximate a gradient by differences of the loss. This is measured: a formula costs as much as a few
#   forward passes, differences cost one for each parameter, so that only a formula finishes a large case in time.
#   Small exercises ask for the accuracy of a formula instead, twelve digits.
# - NumPy is the tool. You may import torch, but the checks and the grading hide it: an exercise that uses it fails.
# - A function never changes its arguments, whether arrays, lists or dicts. Return new arrays.
# - A function is called many times, and keeps nothing from one call for the next. Each check calls it with its
#   first inputs once more at the end.
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
# Here gradients are named as in `grad_y`; where a dict or a list holds them, they have the name of their
# parameter.

# %%
from importlib.util import find_spec

if missing := [name for name in ("handgrad", "numpy") if find_spec(name) is None]:
    raise ModuleNotFoundError(f"""{", ".join(missing)}: not installed in the Python of this notebook.
On your computer, type in a terminal, in the folder of the course:  pip install -r requirements.txt
On Colab, put the file handgrad-….whl of that folder under Files, at the left, and run in a cell:  !pip install *.whl
Then restart the kernel, and run this cell again.""")

import numpy as np

from handgrad import checks
from handgrad.assignments.mlp_backprop import circuit, derivations, figures

check = checks("mlp_backprop")

# %% [markdown]
# ## Conventions
#
# | letter | meaning |
# | --- | --- |
# | $N$ | number of examples in a batch; each row of `X` is one example |
# | $D$ | number of inputs of a network |
# | $H$ | number of hidden units |
# | $C$ | number of classes |
# | $d$, $e$ | number of inputs and outputs of a single layer |
#
# **Gradients have the shape of what they belong to.** The loss $L$ is one number. For any array $A$ on the
# way to it, $\partial L/\partial A$ is an array of the same shape as $A$, and its entry $[i, j]$ says how
# fast $L$ changes when $A_{ij}$ alone changes. In code this array is called `grad_A`.
#
# **Two weight layouts.** Both occur in practice, and every docstring says which one it wants.
#
# - (in, out), with `X @ W + b` on the way forward: most hand-written networks, and parts 1, 3, 4, 5 and 6.
# - (out, in), with `X @ W.T + b`: PyTorch's `nn.Linear`, and part 2.
#
# **A loss over a batch is the mean** of the losses of its examples. So a factor $1/N$ enters, once.

# %% [markdown]
# ## The idea in one picture
#
# A network is a chain of small steps. On the way forward each step turns its input into its output. On the
# way back each step receives one array, the gradient of the loss at its **output**, and returns the
# gradient at its **input** and at its own weights. A step needs to know nothing about the rest of the
# network. That is why we can write one step at a time.

# %%
figures.show(
    figures.flow(
        ["× W1", "+ b1", "ReLU", "× W2", "+ b2", "softmax\nloss"],
        [
            *["X\n(N, D)", "U\n(N, H)", "Z\n(N, H)", "hidden\n(N, H)"],
            *["V\n(N, C)", "scores\n(N, C)", "L\na number"],
        ],
        {0: "W1", 1: "b1", 3: "W2", 4: "b2"},
    ),
    "A chain of six boxes, in two rows: times W1, plus b1, ReLU, times W2, plus b2, softmax loss. "
    "Solid arrows lead forward from X, shape (N, D), through the hidden values, shape (N, H), and the "
    "scores, shape (N, C), to the loss L, a number. Dashed arrows lead back from L, starting with 1, "
    "and carry the derivative of L with respect to each value. At W1, b1, W2 and b2 a dashed arrow "
    "leaves the chain with the gradient of that parameter.",
)

# %% [markdown]
# # 1. Three building blocks

# %% [markdown]
# ## Exercise 1: `Matmul`
#
# **Goal:** write a linear map, forward and backward. About 15 minutes, easy ★☆☆.
#
# $$y = x\,W, \qquad y_{nj} = \sum_{k} x_{nk}\,W_{kj}$$
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `x` | (N, d) | given to `forward` |
# | `W` | (d, e) | given to `forward` |
# | `y` | (N, e) | asked of `forward` |
# | `grad_y` | (N, e) | given to `backward` |
# | `grad_x` | (N, d) | asked of `backward` |
# | `grad_W` | (d, e) | asked of `backward` |

# %% [markdown]
# ### Where the gradient comes from: follow one entry
#
# Take one entry $W_{kj}$. Where does it occur in $y$? Only in column $j$, once in each row $n$, and there
# it is multiplied by $x_{nk}$. So when $W_{kj}$ grows by a little, each $y_{nj}$ grows $x_{nk}$ times as
# much. The chain rule adds what arrives over all these paths:
#
# $$\frac{\partial L}{\partial W_{kj}} = \sum_{n} x_{nk}\,\frac{\partial L}{\partial y_{nj}}$$
#
# This is column $k$ of $x$ times column $j$ of $\partial L/\partial y$, summed over the examples. A
# product of matrices that sums over rows of both needs the first one transposed. In matrix form, with
# shapes:
#
# $$\underbrace{\frac{\partial L}{\partial W}}_{(d,\,e)} = \underbrace{x^\top}_{(d,\,N)}\;
# \underbrace{\frac{\partial L}{\partial y}}_{(N,\,e)}$$
#
# The picture follows the entry $W_{13}$ in its upper row, and the entry $x_{21}$ in its lower one.

# %%
figures.show(
    figures.one_entry(),
    "Two rows of three matrices x (4 by 3), W (3 by 5) and y (4 by 5). In the upper row the entry [1, "
    "3] of W is marked with a star; column 1 of x is striped, as it multiplies that entry, and column 3 "
    "of y is dotted, as the entry occurs there. In the lower row the entry [2, 1] of x is marked with a "
    "star; row 1 of W is striped and row 2 of y is dotted.",
)


# %% [markdown]
# ### Your turn: one entry of x
#
# Ask the same two questions of an entry $x_{nk}$: where does it occur in $y$, and what multiplies it there? The
# answer is a formula for $\partial L/\partial x_{nk}$. Write it into the next cell in place of `...`, and run the
# cell; `sum(… for j in range(W.shape[1]))` is a sum over $j$. It is tried at three random points, and where it
# is wrong, you are told where and how. Nothing in this cell is graded.

# %%
def entry_of_grad_x(grad_y, W, n, k):
    """Return the entry [n, k] of the gradient at x, a number, from grad_y, shape (N, e), and W, shape (d, e)."""
    return ...


derivations.product.check(entry_of_grad_x)


# %% [markdown]
# <details><summary>Unfold when your formula is right, or when you would rather read on</summary>
#
# The entry $x_{nk}$ occurs only in row $n$ of $y$, once in each column $j$, multiplied by $W_{kj}$:
#
# $$\frac{\partial L}{\partial x_{nk}} = \sum_{j} \frac{\partial L}{\partial y_{nj}}\,W_{kj}, \qquad
# \underbrace{\frac{\partial L}{\partial x}}_{(N,\,d)} =
# \underbrace{\frac{\partial L}{\partial y}}_{(N,\,e)}\;\underbrace{W^\top}_{(e,\,d)}$$
#
# </details>
#
# For the whole matrix, look for a product that sums over the same index. The shapes are a good check, as only one
# order fits. But they are silent when all sizes are equal. Then only the argument through one entry tells you
# where the transpose belongs.

# %% [markdown]
# ### The shape of the class
#
# `forward` computes `y` and keeps on `self` what `backward` will need. `backward` is called later with
# `grad_y`. A network uses several such layers, and calls each of them many times: two objects
# must not share what they keep, and `backward` always belongs to the latest `forward` of its object.

# %% solution="Matmul"
class Matmul:
    """A linear map y = x W.

    x : (N, d), W : (d, e), y : (N, e)
    """

    def forward(self, x, W):
        """Return y, shape (N, e); keep on self what backward needs."""
        ### BEGIN SOLUTION
        self.x, self.W = x, W
        return x @ W
        ### END SOLUTION
        raise NotImplementedError("write y, shape (N, e)")

    def backward(self, grad_y):
        """Return (grad_x, grad_W), shapes (N, d) and (d, e), from grad_y, shape (N, e)."""
        ### BEGIN SOLUTION
        return grad_y @ self.W.T, self.x.T @ grad_y
        ### END SOLUTION
        raise NotImplementedError("write grad_x, shape (N, d), and grad_W, shape (d, e)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Which two arrays appear on the right-hand sides of the two matrix formulas, apart from `grad_y`?
# `forward` sees both of them; store them as attributes of `self`.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# `backward` has two matrix products, and `grad_y` is a factor of both. For `grad_W`, shape (d, e), the sum runs
# over the examples, so (d, N) meets (N, e). For `grad_x`, shape (N, d), it runs over the outputs, so (N, e)
# meets (e, d).
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `forward`: keep `x` and `W` under names on `self`, and return `x @ W`.
# 2. `backward`: `grad_x` is `grad_y` times W transposed, and `grad_W` is x transposed times `grad_y`. Return
#    them in this order.
#
# </details>

# %% test="Matmul" points=6
check.Matmul(Matmul)

# %% [markdown]
# **What you should see:** the check reports `y`, `grad_x` and `grad_W`, on a case with all sizes different
# and on one with all sizes equal. In the second, a forgotten transpose raises no error; only the numbers
# are wrong. Nearly all the arithmetic of a network is in these two products. The way back costs about
# twice the way forward, as it has two products where the forward has one.

# %% [markdown]
# ## Exercise 2: `Relu`
#
# **Goal:** write the activation ReLU, forward and backward. About 10 minutes, easy ★☆☆.
#
# $$y = \max(0, x), \qquad \frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i}\cdot
# \begin{cases} 1 & \text{if } x_i > 0 \\ 0 & \text{if } x_i \le 0 \end{cases}$$
#
# | array | shape |
# | --- | --- |
# | `x`, `y` | any, the same for both |
# | `grad_y`, `grad_x` | the shape of `x` |
#
# An array may have one axis or many, hold numbers of any size, and be a view of another array, such as a
# transposed one. As with `Matmul`, a network has several such objects and calls each many times.
#
# Each entry of $y$ depends on the one entry of $x$ at the same place. Where $x_i > 0$ we have $y_i = x_i$,
# with slope 1. Where $x_i < 0$ the output stays 0, with slope 0. So on the way back ReLU is a gate: it
# lets a gradient through unchanged, or stops it. Whether the gate is open was decided on the way forward,
# by the sign of $x$. The sign of the gradient has no say in it.
#
# At $x_i = 0$ the curve has a kink and no slope. We take 0 there, as is usual.

# %% [markdown]
# An example: left the input $x$, right the gradient that arrives. It goes on as it is, or stops where it is barred.

# %%
gate_x = np.array([[1.5, -0.5, 2.0, 0.0], [-1.0, -2.0, 0.5, 1.0]])
gate_grad = np.array([[0.3, -1.0, -0.7, 0.6], [0.8, 0.4, -0.2, 0.9]])

figures.show(
    figures.heat_maps({"x": gate_x, "grad_y, barred where\nthe gate is shut": gate_grad}, barred=gate_x <= 0, digits=1),
    "Two heat maps of 2 by 4 numbers. Left x: 1.5, -0.5, 2.0, 0.0 and -1.0, -2.0, 0.5, 1.0. Right "
    "grad_y: 0.3, -1.0, -0.7, 0.6 and 0.8, 0.4, -0.2, 0.9. The cells of grad_y where x is negative or "
    "zero are crossed out: in the first row the second and the fourth, in the second row the first two. "
    "Among the crossed out cells are gradients of both signs.",
)


# %% solution="Relu"
class Relu:
    """The activation y = max(0, x), element by element, for arrays of any shape."""

    def forward(self, x):
        """Return y, in the shape of x; keep on self what backward needs."""
        ### BEGIN SOLUTION
        self.mask = x > 0
        return x * self.mask
        ### END SOLUTION
        raise NotImplementedError("write y, in the shape of x")

    def backward(self, grad_y):
        """Return grad_x, in the shape of x, from grad_y."""
        ### BEGIN SOLUTION
        return grad_y * self.mask
        ### END SOLUTION
        raise NotImplementedError("write grad_x, in the shape of x")


# %% [markdown]
# <details><summary>Hint</summary>
#
# A comparison such as `x < 3` gives an array of True and False in the shape of `x`. In a product True
# counts as 1 and False as 0. Keep the comparison that you need on the way forward. On the way back make a
# new array, and leave `grad_y` as it is: it still belongs to the layer above.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The comparison that you want is that of `x` with 0, and at 0 the gate is shut: `x > 0`. Keep it on `self`. The
# forward pass can use it, too.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `forward`: keep `x > 0` on `self`, and return `x` times it.
# 2. `backward`: return `grad_y` times what was kept.
#
# </details>

# %% test="Relu" points=4
check.Relu(Relu)


# %% [markdown]
# **What you should see:** `y` and `grad_x` are right, and the arguments are unchanged. A unit whose gate
# is shut for every example receives no gradient at all, and its weights stand still. Such a unit is called
# dead. You can now see why: zeros are all that reaches it.

# %% [markdown]
# ## Exercise 3: `softmax_loss`
#
# **Goal:** write the loss of a classifier, and its gradient at the scores. About 25 minutes, medium ★★☆.
#
# The last layer gives each example a row of $C$ scores, one for each class. Softmax makes probabilities of
# them, and the loss is minus the logarithm of the probability of the right class, averaged over the batch:
#
# $$p_{nc} = \frac{e^{s_{nc}}}{\sum_{j} e^{s_{nj}}}, \qquad
# L = \frac{1}{N}\sum_{n} L_n, \qquad L_n = -\log p_{n,\,k_n}$$
#
# Here $k_n$, an integer from 0 to $C - 1$, is the label of example $n$. Scores before softmax are also called logits.
#
# | array | in formulas | shape | role |
# | --- | --- | --- | --- |
# | `scores` | $s$ | (N, C) | given |
# | `labels` | $k$ | (N,), integers | given |
# | `loss` | $L$ | a number | asked |
# | `grad_scores` | $\partial L/\partial s$ | (N, C) | asked |

# %% [markdown]
# ### The gradient, for you to derive
#
# Look at one example, with scores $s_1, \dots, s_C$ and label $k$. Moving a single score $s_j$ moves all the
# probabilities, because they share a denominator. Two steps lead to the gradient:
#
# 1. **All slopes of softmax, $\partial p_i/\partial s_j$.** The score $s_j$ always occurs in the sum below the
#    line. Above the line it occurs only if $i = j$. Use the quotient rule for both cases, and write the result with
#    probabilities alone; all exponentials can be removed.
# 2. **The gradient at the scores, $\partial L_n/\partial s_j$.** The scores reach $L_n = -\log p_k$ through $p_k$
#    alone. Multiply two slopes, and see what cancels.
#
# If you have derived the second one in `chain_rule`, Exercise 12, take it from there, with the letter $j$ in place of
# $i$. Write the formulas into the next cell, and run it. In Python `(i == j)` counts as 1 where it is true, and as 0
# elsewhere, like the bracket $[\,i = j\,]$ on paper. Again nothing is graded; if a formula is wrong, you are told
# where and how.

# %%
def entry_of_dp_ds(p, i, j):
    """Return ∂p_i/∂s_j, a number, from the probabilities p of one example, shape (C,)."""
    return ...


def entry_of_dL_ds(p, k, j):
    """Return ∂L_n/∂s_j, a number, from the probabilities p of one example, shape (C,), and its label k."""
    return ...


derivations.softmax.check(entry_of_dp_ds)
derivations.loss.check(entry_of_dL_ds)

# %% [markdown]
# <details><summary>Unfold when both formulas are right, or when you would rather read on</summary>
#
# Write $S = \sum_m e^{s_m}$. What comes through the sum is $-e^{s_i}\,e^{s_j}/S^2 = -p_i\,p_j$, for all $i$ and
# $j$. If $i = j$, the numerator adds $e^{s_i}/S = p_i$:
#
# $$\frac{\partial p_i}{\partial s_j} = p_i\,\bigl([\,i = j\,] - p_j\bigr)$$
#
# The loss $-\log p_k$ has the slope $-1/p_k$ with respect to $p_k$, which cancels the factor $p_k$:
#
# $$\frac{\partial L_n}{\partial s_j} = -\frac{1}{p_k}\cdot p_k\,\bigl([\,k = j\,] - p_j\bigr) = p_j - [\,j = k\,]$$
#
# In words: the probability that the network gave, minus the one it should have given. Write the labels as a
# matrix with a single 1 in each row (one-hot), and the whole batch is
#
# $$\underbrace{\frac{\partial L}{\partial s}}_{(N,\,C)} =
# \frac{1}{N}\,\bigl(\underbrace{p}_{(N,\,C)} - \underbrace{\mathrm{onehot}}_{(N,\,C)}\bigr)$$
#
# </details>

# %% [markdown]
# ### Why 1/N occurs once
#
# The mean is taken here, in the loss, and so $1/N$ enters here. Every further step on the way back
# multiplies by weights, shuts gates, or sums over examples. All of these are linear in the gradient that
# arrives, so the factor travels along by itself. If you divide by $N$ once more at a weight or a bias, you get
# $1/N^2$.

# %% [markdown]
# Three examples with their probabilities, their labels, and the difference, which is $N$ times the gradient:

# %%
batch_p = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.1, 0.8, 0.1]])
batch_onehot = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])

figures.show(
    figures.heat_maps(
        {"p": batch_p, "onehot": batch_onehot, "p − onehot\n= N · grad_scores": batch_p - batch_onehot},
        rows=["example 0", "example 1", "example 2"],
        columns=["class 0", "class 1", "class 2"],
        digits=1,
    ),
    "Three heat maps of 3 examples by 3 classes. Left the probabilities p: 0.7, 0.2, 0.1; then 0.3, "
    "0.3, 0.4; then 0.1, 0.8, 0.1. Middle the one-hot labels: class 0, class 1, class 2. Right the "
    "difference: -0.3, 0.2, 0.1; then 0.3, -0.7, 0.4; then 0.1, 0.8, -0.9. Each row of the difference "
    "adds up to 0, and its only negative entry is at the label.",
)


# %% [markdown]
# ### Large scores
#
# `np.exp(1000.0)` is too large for a float64 and becomes infinite. Softmax does not change when the same
# number $m$ is subtracted from all scores of a row, because $e^{-m}$ cancels in the quotient. With $m$ the
# largest score of the row, the largest exponential is $e^0 = 1$, and nothing overflows. The loss, too, can be
# computed from the shifted scores:
#
# $$L_n = \log\sum_j e^{s_j - m} \;-\; (s_k - m)$$
#
# Use this form. It never takes the logarithm of a probability that has become 0. The networks of the later exercises
# may have scores as large as these.

# %% solution="softmax_loss"
def softmax_loss(scores, labels):
    """Return (loss, grad_scores): the mean cross-entropy and its gradient.

    scores : (N, C); labels : (N,) integers from 0 to C - 1
    loss : a number; grad_scores : (N, C)
    """
    ### BEGIN SOLUTION
    N = len(scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = -(shifted[np.arange(N), labels] - np.log(exponentials.sum(axis=1))).mean()
    onehot = np.zeros(scores.shape)
    onehot[np.arange(N), labels] = 1
    grad_scores = (probabilities - onehot) / N
    return loss, grad_scores
    ### END SOLUTION
    raise NotImplementedError("write loss, a number, and grad_scores, shape (N, C)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `keepdims=True` in `max` and `sum` keeps a column of shape (N, 1), which broadcasts against (N, C). To
# pick from each row the entry at its label, index with two integer arrays at once: the row numbers 0 to N
# − 1, and the labels. The same pair of indices serves to put the 1s into an array of zeros.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Shift the scores once, and go on with the shifted ones alone. Their exponentials serve twice: their sum along axis 1
# occurs in the loss, under a logarithm, and in the denominator of the probabilities.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `shifted`: `scores` minus the largest of each row. `exponentials = np.exp(shifted)`.
# 2. The loss of each example is the logarithm of the sum of its exponentials, minus its shifted score at the label.
#    Take the mean.
# 3. The probabilities are the exponentials, divided by their sum along axis 1.
# 4. Subtract 1 in each row at the label, in a copy, and divide by `N`.
#
# </details>

# %% test="softmax_loss" points=6
check.softmax_loss(softmax_loss)

# %% [markdown]
# **What you should see:** both parts are right, also for scores near 1000, without a warning. Two facts
# help you to find mistakes later. Each row of `grad_scores` adds up to 0. And a network that knows
# nothing, with equal scores for all classes, has the loss $\log C$. The gradient has no fraction and no
# exponential left beyond $p$ itself: softmax and the logarithm simplify each other, so one always takes
# the two together.

# %% [markdown]
# # 2. A network of 2, 2 and 3 units

# %% [markdown]
# ## A worked example
#
# This network is small enough to follow every number. It has 2 inputs, 2 hidden units with a sigmoid, and
# 3 scores. Its weights are kept as PyTorch keeps them, in the layout (out, in), and under PyTorch's names.
#
# The batch has 8 examples. It came from PyTorch's random generator:
#
# ```python
# torch.manual_seed(4321)
# X = torch.rand(8, 2)
# labels = torch.randint(0, 3, (8,))
# ```
#
# So that you need no PyTorch here, the cell below holds the same numbers.

# %%
worked_X = np.array(
    [
        [0.1255376935005188, 0.5376683473587036],
        [0.6563868522644043, 0.03651010990142822],
        [0.5836713314056396, 0.7017909288406372],
        [0.30675286054611206, 0.9500036835670471],
        [0.4321429133415222, 0.29460376501083374],
        [0.6015250086784363, 0.17615348100662231],
        [0.9945493340492249, 0.31765472888946533],
        [0.9885742664337158, 0.3911069631576538],
    ]
)
worked_labels = np.array([0, 2, 2, 0, 2, 2, 0, 1])
worked_params = {
    "layer1.weight": np.array([[0.48, -0.51], [-0.43, -0.48]]),
    "layer1.bias": np.array([0.23, 0.05]),
    "layer2.weight": np.array([[-0.99, -0.66], [0.36, 0.34], [-0.75, 0.66]]),
    "layer2.bias": np.array([0.32, -0.44, 0.7]),
}

# %% [markdown]
# The picture shows the network. On each edge stands its weight, and in each circle the bias of that unit.

# %%
figures.show(
    figures.neurons(
        [worked_params["layer1.weight"], worked_params["layer2.weight"]],
        [worked_params["layer1.bias"], worked_params["layer2.bias"]],
        [["x₀", "x₁"], ["a₀", "a₁"], ["s₀", "s₁", "s₂"]],
        ["input", "hidden, sigmoid", "scores"],
    ),
    "The network as three columns of circles: inputs x0 and x1, hidden units a0 and a1 with biases 0.23 "
    "and 0.05, scores s0, s1 and s2 with biases 0.32, -0.44 and 0.70. Every edge carries its weight; "
    "edges of negative weights are dashed. Into a0: 0.48 from x0 and -0.51 from x1. Into a1: -0.43 and "
    "-0.48. Into s0: -0.99 from a0 and -0.66 from a1. Into s1: 0.36 and 0.34. Into s2: -0.75 and 0.66.",
)

# %% [markdown]
# ## Exercise 4: `small_network_gradients`
#
# **Goal:** compute the loss of the 2-2-3 network and the gradients of its four parameters. About 30
# minutes, medium ★★☆.
#
# Forward, with the weights $W_1$, $W_2$ in the layout (out, in):
#
# $$Z = X\,W_1^\top + b_1, \qquad A = \sigma(Z)$$
#
# $$S = A\,W_2^\top + b_2, \qquad L = \mathrm{softmax\ loss}(S, \mathrm{labels})$$
#
# with the sigmoid $\sigma(z) = 1/(1 + e^{-z})$, applied to each entry.
#
# | symbol | in the code | shape |
# | --- | --- | --- |
# | $X$ | `X` | (8, 2) |
# | $W_1$ and its gradient | `"layer1.weight"` | (2, 2) |
# | $b_1$ and its gradient | `"layer1.bias"` | (2,) |
# | $Z$, $A$ and their gradients | yours to name | (8, 2) |
# | $W_2$ and its gradient | `"layer2.weight"` | (3, 2) |
# | $b_2$ and its gradient | `"layer2.bias"` | (3,) |
# | $S$ and its gradient | yours to name | (8, 3) |

# %% [markdown]
# ### Two new pieces: the bias and the sigmoid
#
# **The bias is added to every example.** In $s_{nj} = \dots + b_j$ the same $b_j$ occurs once in each row
# $n$, with the factor 1. The chain rule adds over the rows:
#
# $$\frac{\partial L}{\partial b_j} = \sum_n \frac{\partial L}{\partial s_{nj}}, \qquad
# \text{so the sum over axis 0, of shape } (C,)$$
#
# It is a sum and not a mean. The $1/N$ is in $\partial L/\partial S$ already.
#
# **The sigmoid has a slope that its output knows.** Write $a = \sigma(z) = (1 + e^{-z})^{-1}$. The chain
# rule gives
#
# $$\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2} = \frac{1}{1 + e^{-z}}\cdot\frac{e^{-z}}{1 + e^{-z}} =
# a\,(1 - a)$$
#
# So no second exponential is needed on the way back: keep the output $a$. As with ReLU, each entry depends on one
# entry alone, and the gradient is multiplied entry by entry.

# %% [markdown]
# ### The other layout
#
# With (out, in) a layer reads $s_{nj} = \sum_k a_{nk} W_{jk} + b_j$. The argument of Exercise 1 holds
# again: ask where the entry $W_{jk}$ occurs and what multiplies it, then where $a_{nk}$ occurs and what
# multiplies that. The transposes come out in other places than in Exercise 1. `layer1.weight` is square,
# so no error will warn you if they don't.

# %% [markdown]
# ### Numbers on the graph
#
# Here is example 6 of the batch on its way through this network, alone, so that there is no $1/N$. A solid frame
# holds the value of a circle or a weight, and a dashed frame the derivative of the loss with respect to it. At the
# right the way back starts with 1. Check some of the numbers with a pencil:
#
# - The gradients at the scores: which probabilities can you read off them, and why do they add up to 0?
# - The gradient at $a_0$ has three summands, one for each arrow that leaves it. Which?
# - The gradient of a weight is that at the end of its edge, times the value at its start.
# - From $a_0$ to $z_0$ the gradient shrinks. By which factor, and what is the most that it can be?

# %%
figures.show(
    circuit.circuit(worked_params, worked_X[6], worked_labels[6]),
    "The network as a graph, with two numbers at every circle and on every edge: the value, and below it the "
    "derivative of the loss. Inputs x0 = 0.995 and x1 = 0.318; z0 = 0.545 and z1 = -0.530; a0 = 0.633 and a1 = 0.370; "
    "scores -0.551, -0.086 and 0.470. The loss is 1.680. The derivatives at the scores are -0.814, +0.297 and +0.517; "
    "at a0 +0.525 and at a1 +0.979; at z0 +0.122 and at z1 +0.228.",
)

# %% [markdown]
# Now move one weight, that from $x_0$ to $z_0$. Run the cell, and a slider appears. Below the graph is the loss over
# this weight: the gradient on its edge is the slope of the tangent. Where the sigmoid is saturated, on both
# sides, the curve is flat, and hardly any gradient is left for the weight to learn from.

# %%
figures.slide(
    lambda w: circuit.slope(worked_params, worked_X[6], worked_labels[6], w),
    "The same graph, and below it the loss over the weight from x0 to z0, an S-shaped curve that rises. A dashed "
    "tangent touches it where the weight is 0.48; its slope, +0.1212, is the number in the dashed frame at this edge.",
    "w",
    [-8, -6, -4, -3, -2, -1, 0, 0.48, 1, 2, 3, 4, 6, 8],
    start=0.48,
)


# %% solution="small_network_gradients"
def small_network_gradients(params, X, labels):
    """Return (loss, grads) of the 2-2-3 network.

    params : dict with "layer1.weight" (2, 2), "layer1.bias" (2,), "layer2.weight" (3, 2)
        and "layer2.bias" (3,), weights in PyTorch's layout (out, in)
    X : (8, 2); labels : (8,)
    grads : dict with the keys and shapes of params
    """
    ### BEGIN SOLUTION
    z = X @ params["layer1.weight"].T + params["layer1.bias"]
    hidden = 1 / (1 + np.exp(-z))
    scores = hidden @ params["layer2.weight"].T + params["layer2.bias"]
    loss, grad_scores = softmax_loss(scores, labels)
    grad_z = grad_scores @ params["layer2.weight"] * hidden * (1 - hidden)
    grads = {
        "layer1.weight": grad_z.T @ X,
        "layer1.bias": grad_z.sum(axis=0),
        "layer2.weight": grad_scores.T @ hidden,
        "layer2.bias": grad_scores.sum(axis=0),
    }
    return loss, grads
    ### END SOLUTION
    raise NotImplementedError("write loss, and grads with the keys and shapes of params")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Work from the right to the left: `softmax_loss` hands you the loss and the gradient at $S$. From that one
# array you get three things: the gradient of `layer2.weight`, of `layer2.bias`, and at $A$. Pass the third
# through the sigmoid and you hold the gradient at $Z$. Then do the same once more for layer 1. Each
# gradient of a weight is a product of an (out, N) and an (N, in) array.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Layer 2 first. Entry $W_{jk}$ of `layer2.weight` leads from $a_k$ to $s_j$, so its gradient has row $j$ from
# the scores and column $k$ from the hidden units: `grad_scores.T @ hidden`, of shape (3, 2). The gradient at
# $A$ must have the shape (8, 2): which product of `grad_scores` (8, 3) and the weights (3, 2) has it?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `z`, `hidden` and `scores`, as in the formulas, with `.T` at both weights.
# 2. `loss, grad_scores = softmax_loss(scores, labels)`.
# 3. For layer 2: the product of the second hint, and `grad_scores` summed over the examples.
# 4. `grad_hidden = grad_scores @ W2`, without a transpose; times `hidden * (1 - hidden)` it is the gradient
#    at $Z$.
# 5. For layer 1: the same two lines as for layer 2, with the gradient at $Z$ and with `X`.
#
# </details>

# %% test="small_network_gradients" points=10
check.small_network_gradients(small_network_gradients)

# %% [markdown]
# **What you should see:** five parts are right: the loss, and four gradients. In the worked example the
# loss is 1.0882. It is a little below $\log 3 = 1.0986$, the loss of a network that gives every class the
# same probability, so this network knows almost nothing yet. You have now differentiated a whole network
# by hand. All that follows repeats these few moves.

# %% [markdown]
# ## The double softmax
#
# PyTorch's `nn.CrossEntropyLoss` takes scores and applies softmax inside, just as your `softmax_loss`
# does. Now suppose that somebody puts a softmax at the end of the network, "because a classifier should
# give probabilities", and feeds its output to `nn.CrossEntropyLoss`. No error is raised. Softmax is then
# applied twice. The next cell computes both values with your `softmax_loss`; PyTorch prints the same
# numbers.

# %%
worked_z = worked_X @ worked_params["layer1.weight"].T + worked_params["layer1.bias"]
worked_hidden = 1 / (1 + np.exp(-worked_z))
worked_scores = worked_hidden @ worked_params["layer2.weight"].T + worked_params["layer2.bias"]
worked_probabilities = np.exp(worked_scores) / np.exp(worked_scores).sum(axis=1, keepdims=True)

loss_from_scores, _ = softmax_loss(worked_scores, worked_labels)
loss_from_probabilities, _ = softmax_loss(worked_probabilities, worked_labels)
print(f"the loss is fed the scores:              {loss_from_scores:.4f}")
print(f"the loss is fed the output of a softmax: {loss_from_probabilities:.4f}")

print("\nscores of example 0:  ", worked_scores[0].round(4))
print("after one softmax:    ", worked_probabilities[0].round(4))
twice = np.exp(worked_probabilities[0]) / np.exp(worked_probabilities[0]).sum()
print("after a second one:   ", twice.round(4))


# %% [markdown] task="double_softmax" points=4
# ### Question: which of the two is right?
#
# About 10 minutes, medium ★★☆. Answer in the cell below this one, in four to eight sentences.
#
# 1. Which of the two numbers, 1.0882 or 1.0681, is the cross-entropy of this network on this batch? Why?
# 2. What does the second softmax do to the probabilities? Look at the three rows printed above. What does
#    it mean for a network that is already sure of its answer, and right?
# 3. The second number is the smaller one. Is that a reason to prefer it?
#
# ### BEGIN MARK SCHEME
# 4 points, one for each item; half a point where an item is named without its reason.
#
# - **Which (1 point).** 1.0882 is right, the loss on the scores.
# - **Why (1 point).** Cross-entropy is minus the logarithm of the softmax of the scores, and the loss
#   function applies that softmax itself. It must be fed scores (logits). Fed probabilities, it takes them
#   for scores and applies softmax a second time.
# - **What the second softmax does (1 point).** Probabilities lie between 0 and 1, so taken as scores they
#   differ by at most 1, and the second softmax makes them nearly uniform. Even a network that is sure and
#   right cannot get a small loss: with 3 classes the loss stays above log(e + 2) − 1 = 0.5514. Or: the
#   gradient is multiplied by the Jacobian of the first softmax too and shrinks, so training is slow.
#   Either consequence earns the point.
# - **The smaller number (1 point).** No. The two are values of different functions for the same network. A
#   smaller value of another function says nothing about better predictions. Here the second softmax has
#   drawn every probability towards 1/3, which lowers the loss wherever the right class had less. There is no
#   error and no warning, which is why it is so common.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# # 3. A two-layer network with ReLU
#
# From here on weights are in the layout (in, out) again, and networks have any sizes. The network is the
# one in the picture at the top of the notebook.

# %% [markdown]
# ## Exercise 5: `two_layer_forward`
#
# **Goal:** compute the hidden values and the scores. About 5 minutes, easy ★☆☆.
#
# $$\mathrm{hidden} = \max(0,\; X\,W_1 + b_1), \qquad \mathrm{scores} = \mathrm{hidden}\;W_2 + b_2$$
#
# | array | shape |
# | --- | --- |
# | `X` | (N, D) |
# | `W1`, `b1` | (D, H), (H,) |
# | `hidden` | (N, H) |
# | `W2`, `b2` | (H, C), (C,) |
# | `scores` | (N, C) |
#
# A bias of shape (H,) broadcasts over the rows of an (N, H) array. The scores pass through no activation:
# a score may be any number, of either sign.

# %% solution="two_layer_forward"
def two_layer_forward(params, X):
    """Return (scores, hidden) of the two-layer network.

    params : dict with W1 (D, H), b1 (H,), W2 (H, C), b2 (C,); X : (N, D)
    scores : (N, C); hidden : (N, H), after the ReLU
    """
    ### BEGIN SOLUTION
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    scores = hidden @ params["W2"] + params["b2"]
    return scores, hidden
    ### END SOLUTION
    raise NotImplementedError("write scores, shape (N, C), and hidden, shape (N, H)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Two lines, one for each formula. `np.maximum` compares entry by entry and accepts a plain number; you may
# also use your `Relu`. Mind the order of the two results.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Each line is a matrix product with a bias. Only the first of them goes through ReLU, and its result is needed twice:
# for the second line, and to be returned.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# `hidden` is `np.maximum(0, …)` of `X @ params["W1"] + params["b1"]`. The scores are `hidden` times `W2`, plus `b2`.
# Return the scores first.
#
# </details>

# %% test="two_layer_forward" points=4
check.two_layer_forward(two_layer_forward)


# %% [markdown]
# **What you should see:** `scores` and `hidden` are right. The function returns `hidden` as well, because
# the way back needs it. Each backward pass rests on values that the forward pass has kept. This is why
# training takes more memory than prediction.

# %% [markdown]
# ## Exercise 6: `two_layer_loss`
#
# **Goal:** compute the loss with a penalty on large weights, and the gradients of all four parameters.
# About 25 minutes, medium ★★☆.
#
# $$L = \underbrace{\frac{1}{N}\sum_n L_n}_{\text{softmax loss}} \;+\;
# r\,\Bigl(\sum_{k,j} (W_1)_{kj}^2 + \sum_{k,j} (W_2)_{kj}^2\Bigr)$$
#
# with $r$ = `reg`, the strength of the regularisation. There is no factor ½, and the biases are not
# penalised.
#
# | array | shape |
# | --- | --- |
# | `scores` and its gradient | (N, C) |
# | `hidden` and its gradient | (N, H) |
# | $Z = X\,W_1 + b_1$ and its gradient | (N, H) |
# | `grads["W1"]`, `grads["b1"]` | (D, H), (H,) |
# | `grads["W2"]`, `grads["b2"]` | (H, C), (C,) |
#
# The way back, step by step:
#
# 1. `softmax_loss` gives $\partial L/\partial\,\mathrm{scores}$.
# 2. The second layer is a product and a bias, as in Exercises 1 and 4. It yields the gradients of $W_2$
#    and $b_2$, and the gradient at `hidden`.
# 3. ReLU is the gate of Exercise 2. It yields the gradient at $Z$.
# 4. The first layer is a product and a bias again.
# 5. A weight reaches the loss by two paths, through the scores and through the penalty. The chain rule
#    adds the two.

# %% solution="two_layer_loss"
def two_layer_loss(params, X, labels, reg):
    """Return (loss, grads) of the two-layer network.

    params : dict with W1 (D, H), b1 (H,), W2 (H, C), b2 (C,)
    X : (N, D); labels : (N,); reg : a number
    loss : mean cross-entropy + reg * (sum of W1 squared + sum of W2 squared)
    grads : dict with W1, b1, W2, b2 in the shapes of params
    """
    ### BEGIN SOLUTION
    W1, W2 = params["W1"], params["W2"]
    scores, hidden = two_layer_forward(params, X)
    loss, grad_scores = softmax_loss(scores, labels)
    loss = loss + reg * (np.sum(W1**2) + np.sum(W2**2))
    grad_z = (grad_scores @ W2.T) * (hidden > 0)
    grads = {
        "W1": X.T @ grad_z + 2 * reg * W1,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores + 2 * reg * W2,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads
    ### END SOLUTION
    raise NotImplementedError("write loss, and grads with W1 (D, H), b1 (H,), W2 (H, C), b2 (C,)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# The gate depends on the sign of $Z$, which `two_layer_forward` does not return. But after a ReLU an entry
# is positive exactly where the entry before it was. For the penalty, differentiate $r\,w^2$ for a single
# weight $w$, and put the result in the shape of the whole matrix.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Write the way back without the penalty first, and let the check tell you about `reg` last. The gradient at
# `hidden` is the gradient at the scores times $W_2$ transposed. Where `hidden` is 0, the gate was shut.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `scores, hidden = two_layer_forward(params, X)`, then `loss, grad_scores = softmax_loss(scores, labels)`.
# 2. Add the penalty to the loss: `np.sum(W1**2)` and `np.sum(W2**2)`, times `reg`.
# 3. `grad_z` is `grad_scores @ W2.T`, times 1 where `hidden` is positive and 0 elsewhere.
# 4. For each layer: its input transposed, times the gradient at its output; the bias gets that gradient
#    summed over the examples.
# 5. Add to both weights the derivative of `reg * w**2`.
#
# </details>

# %% test="two_layer_loss" points=12
check.two_layer_loss(two_layer_loss)

# %% [markdown]
# **What you should see:** the loss and four gradients are right. This function is all that gradient
# descent needs: parameters and data go in, the loss and its slope come out. You will train with it in part
# 7. The penalty adds to each gradient an array that points away from 0, so that a step downhill draws each
# weight a little towards 0. This is why it is also called weight decay.

# %% [markdown]
# # 4. A network that fits a function

# %% [markdown]
# ## Exercise 7: `sigmoid_network_gradients`
#
# **Goal:** compute the loss and six gradients for a 2-10-10-1 network, for one example. About 30 minutes,
# medium ★★☆.
#
# This network is made to learn the function $y = (x_1^2 + x_2^2)/2$ from points drawn uniformly on
# $[0, 1]^2$. You compute what one step of its training needs, for a single point. Two hidden layers have a
# sigmoid. The output $\hat y$ is linear, as it must be able to take any value:
#
# $$a_1 = \sigma(x\,W_1 + b_1), \qquad a_2 = \sigma(a_1 W_2 + b_2)$$
#
# $$\hat y = a_2 W_3 + b_3, \qquad L = (\hat y - y)^2$$
#
# | array | shape |
# | --- | --- |
# | `x` | (2,), any numbers, not only those of the unit square |
# | `y`, $\hat y$, `loss` | a number; `y` may be any, not only a value of this function |
# | `W1`, `b1` | (2, 10), (10,) |
# | $a_1$ | (10,) |
# | `W2`, `b2` | (10, 10), (10,) |
# | $a_2$ | (10,) |
# | `W3`, `b3` | (10, 1), (1,) |
# | `grads[...]` | the shape of the parameter |
#
# There is no batch here, so there is no $1/N$ and no sum over examples. The loss is a plain square,
# without ½.

# %% [markdown]
# ### With one example a product becomes an outer product
#
# For vectors, $z_j = \sum_k x_k W_{kj} + b_j$. The entry $W_{kj}$ occurs once, in $z_j$, multiplied by
# $x_k$. Nothing is left to sum over:
#
# $$\frac{\partial L}{\partial W_{kj}} = x_k\,\frac{\partial L}{\partial z_j}, \qquad
# \frac{\partial L}{\partial b} = \frac{\partial L}{\partial z}$$
#
# $$\underbrace{\frac{\partial L}{\partial W}}_{(d,\,e)} = \underbrace{x}_{(d,)}\;
# \underbrace{\otimes}_{\text{outer}}\;\underbrace{\frac{\partial L}{\partial z}}_{(e,)}$$
#
# For two vectors, `np.outer(u, v)` has the shape (len(u), len(v)) and the entries $u_k v_j$.

# %%
figures.show(
    figures.flow(
        ["layer 1", "sigmoid", "layer 2", "sigmoid", "layer 3", "(ŷ − y)²"],
        ["x\n(2,)", "z1\n(10,)", "a1\n(10,)", "z2\n(10,)", "a2\n(10,)", "ŷ\na number", "L\na number"],
        {0: "W1, b1", 2: "W2, b2", 4: "W3, b3"},
    ),
    "A chain of six boxes: layer 1, sigmoid, layer 2, sigmoid, layer 3, squared error. The values "
    "between them are x of shape (2,), z1 and a1 of shape (10,), z2 and a2 of shape (10,), the "
    "prediction, a number, and the loss, a number. W1 and b1 enter layer 1, W2 and b2 layer 2, W3 and "
    "b3 layer 3. Dashed arrows carry the gradients back.",
)


# %% solution="sigmoid_network_gradients"
def sigmoid_network_gradients(params, x, y):
    """Return (loss, grads) of the 2-10-10-1 network for one example.

    params : dict with W1 (2, 10), b1 (10,), W2 (10, 10), b2 (10,), W3 (10, 1), b3 (1,)
    x : (2,); y : a number
    loss : (prediction - y) squared; grads : dict with the keys and shapes of params
    """

    ### BEGIN SOLUTION
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    first = sigmoid(x @ params["W1"] + params["b1"])
    second = sigmoid(first @ params["W2"] + params["b2"])
    prediction = (second @ params["W3"] + params["b3"])[0]
    loss = (prediction - y) ** 2
    grad_prediction = np.array([2 * (prediction - y)])
    grad_z2 = params["W3"] @ grad_prediction * second * (1 - second)
    grad_z1 = grad_z2 @ params["W2"].T * first * (1 - first)
    grads = {
        "W1": np.outer(x, grad_z1),
        "b1": grad_z1,
        "W2": np.outer(first, grad_z2),
        "b2": grad_z2,
        "W3": np.outer(second, grad_prediction),
        "b3": grad_prediction,
    }
    return loss, grads
    ### END SOLUTION
    raise NotImplementedError("write loss, and grads with the keys and shapes of params")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Start with $\partial L/\partial \hat y$, one number, from the square. For layer 3 it is handy as an array
# of shape (1,): then layer 3 is like every other layer, with no activation after it. Going back through a
# layer, multiply by its weights transposed, then by $a(1 - a)$ with the $a$ of the layer that you are
# entering. `W2` is square, so follow one entry to find out which way round it goes.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Three gradients at values lie on the way: at $\hat y$, at $z_2$ and at $z_1$. From each of them follow two gradients
# of parameters: that of the bias is equal to it, and that of the weights is the outer product of the layer's input
# with it.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Forward: keep $a_1$, $a_2$ and $\hat y$. The loss is the square of $\hat y - y$.
# 2. `grad_prediction` is $2(\hat y - y)$, as an array of shape (1,).
# 3. `grad_z2` is `W3 @ grad_prediction`, times $a_2(1 - a_2)$. `grad_z1` is `W2 @ grad_z2`, times $a_1(1 - a_1)$.
# 4. For each layer: `np.outer` of its input and the gradient at its output for the weights, and that gradient itself
#    for the bias. The inputs are `x`, $a_1$ and $a_2$; the gradients are those of steps 2 and 3.
#
# </details>

# %% test="sigmoid_network_gradients" points=12
check.sigmoid_network_gradients(sigmoid_network_gradients)


# %% [markdown]
# ### Your gradients beside PyTorch's
#
# PyTorch finds gradients by itself: it records the forward pass and then applies the chain rule backwards,
# as you did by hand. The next cell runs both on 50 points of the data and compares them. It is a
# comparison only; no exercise needs PyTorch. Where PyTorch is not installed, the cell says so.

# %%
def autograd_gradients(params, x, y):
    """Return the gradients of the 2-10-10-1 network as PyTorch's autograd finds them."""
    import torch

    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    a1 = torch.sigmoid(torch.tensor(x) @ tensors["W1"] + tensors["b1"])
    a2 = torch.sigmoid(a1 @ tensors["W2"] + tensors["b2"])
    prediction = (a2 @ tensors["W3"] + tensors["b3"])[0]
    ((prediction - y) ** 2).backward()
    return {name: tensor.grad.numpy() for name, tensor in tensors.items()}


rng = np.random.default_rng(0)
shapes = {"W1": (2, 10), "b1": (10,), "W2": (10, 10), "b2": (10,), "W3": (10, 1), "b3": (1,)}
square_params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
square_data = [(x, (x[0] ** 2 + x[1] ** 2) / 2) for x in rng.uniform(size=(50, 2))]

try:
    theirs = [autograd_gradients(square_params, x, y) for x, y in square_data]
except ImportError:
    print("PyTorch is not installed here, so there is nothing to compare with.")
else:
    yours = [sigmoid_network_gradients(square_params, x, y)[1] for x, y in square_data]
    print("parameter  shape     largest gradient  largest deviation")
    for name, shape in shapes.items():
        largest = max(np.abs(grads[name]).max() for grads in theirs)
        deviation = max(np.abs(a[name] - b[name]).max() for a, b in zip(yours, theirs, strict=True)) / largest
        print(f"{name:9}  {shape!s:8}  {largest:16.4f}  {deviation:.0e}")

# %% [markdown]
# **What you should see:** six rows, each with a deviation of a few $10^{-15}$ of the largest gradient at most. The two
# ways agree to the last digit or two of a float64. So what PyTorch does is not a mystery: it is the same chain rule,
# written once for each operation. Look at the largest gradients too. Those of the last layer are about ten times the
# others. On the way to `W2` and `W1` a gradient passes one or two sigmoids, and each multiplies it by at most ¼. From
# `W2` to `W1` it is also summed over the ten units of a layer, which can make up for that. Later assignments return to
# this.

# %% [markdown]
# # 5. Any depth

# %% [markdown]
# ## Exercise 8: `mlp_gradients`
#
# **Goal:** compute the loss and the gradients of a network with any number of layers and any of three
# activations. About 40 minutes, hard ★★★.
#
# Number the layers from 0, as Python does, and let there be $M$ of them ($L$ is the loss already), with
# weights in the layout (in, out). Put $A_0 = X$. Then for each layer $l$
#
# $$Z_l = A_l\,W_l + b_l, \qquad A_{l+1} = f(Z_l) \;\text{ for } l < M - 1$$
#
# $$\mathrm{scores} = Z_{M-1}$$
#
# The last layer has no activation. $M$ may be 1: then there is one layer, and no activation at all. Call
# the gradient at $Z_l$ "delta". The way back starts at the scores and repeats one pattern:
#
# $$\Delta_{M-1} = \frac{\partial L}{\partial\,\mathrm{scores}}$$
#
# $$\frac{\partial L}{\partial W_l} = A_l^\top \Delta_l, \qquad
# \frac{\partial L}{\partial b_l} = \sum_n (\Delta_l)_{n}$$
#
# $$\Delta_{l-1} = \bigl(\Delta_l W_l^\top\bigr) \circ f'(Z_{l-1})$$
#
# Here $\circ$ multiplies entry by entry.
#
# | array | shape |
# | --- | --- |
# | `params[l]` | a pair $(W_l, b_l)$: $(d_l, d_{l+1})$, $(d_{l+1},)$ |
# | $A_l$ | $(N, d_l)$, with $d_0$ the number of inputs |
# | $Z_l$, $\Delta_l$ | $(N, d_{l+1})$, with $d_M = C$ |
# | `grads[l]` | a pair `(dW, db)` in the shapes of `params[l]` |

# %% [markdown]
# ### Slopes from outputs
#
# All three activations have a slope that can be read from the output $a = f(z)$ alone.
#
# | activation | $f(z)$ | slope, in terms of $a$ |
# | --- | --- | --- |
# | `'relu'` | $\max(0, z)$ | 1 where $a > 0$, else 0 |
# | `'tanh'` | $\tanh z$ | $1 - a^2$ |
# | `'sigmoid'` | $1/(1 + e^{-z})$ | $a\,(1 - a)$ |
#
# So it is enough to keep the list $A_0, A_1, \dots, A_{M-1}$ on the way forward. Note which one the slope
# at $Z_{l-1}$ is read from: $f(Z_{l-1})$ is $A_l$, with the number one higher.

# %%
figures.show(
    figures.flow(
        ["layer 0", "f", "layer 1", "f", "layer 2", "softmax\nloss"],
        ["A₀ = X", "Z₀", "A₁", "Z₁", "A₂", "Z₂\n= scores", "L"],
        {0: "W₀, b₀", 2: "W₁, b₁", 4: "W₂, b₂"},
    ),
    "A network of three layers as a chain of boxes: layer 0, activation f, layer 1, f, layer 2, softmax "
    "loss. The values between them are A0, which is X, then Z0, A1, Z1, A2, and Z2, which is the "
    "scores. There is no activation between layer 2 and the loss. Dashed arrows carry the gradients "
    "back, and into each pair of weights and biases.",
)
figures.show(
    figures.activations(),
    "Two graphs over z from -4 to 4. Left the activations: ReLU, solid, is 0 up to z = 0 and then rises "
    "as z; tanh, dashed, rises from -1 to 1; the sigmoid, dotted, from 0 to 1. Right their slopes: "
    "ReLU's jumps from 0 to 1 at 0; tanh's is a bell of height 1 at 0; the sigmoid's a lower bell of "
    "height 0.25.",
)


# %% solution="mlp_gradients"
def mlp_gradients(params, X, labels, activation):
    """Return (loss, grads) of a network of any depth.

    params : list of (W, b) for each layer, W (in, out), b (out,)
    X : (N, in of the first layer); labels : (N,); activation : 'relu', 'tanh' or 'sigmoid'
    grads : list of (dW, db) for each layer, in the order of params
    """

    ### BEGIN SOLUTION
    def activate(z):
        if activation == "relu":
            return np.maximum(0, z)
        if activation == "tanh":
            return np.tanh(z)
        return 1 / (1 + np.exp(-z))

    def derivative(a):
        if activation == "relu":
            return (a > 0) * 1.0
        if activation == "tanh":
            return 1 - a**2
        return a * (1 - a)

    outputs = [X]
    for W, b in params[:-1]:
        outputs.append(activate(outputs[-1] @ W + b))
    W, b = params[-1]
    scores = outputs[-1] @ W + b
    loss, grad = softmax_loss(scores, labels)
    grads = []
    for layer in reversed(range(len(params))):
        W, b = params[layer]
        grads.append((outputs[layer].T @ grad, grad.sum(axis=0)))
        if layer > 0:
            grad = grad @ W.T
            grad = grad * derivative(outputs[layer])
    return loss, grads[::-1]
    ### END SOLUTION
    raise NotImplementedError("write loss, and grads, a list of (dW, db)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Write two small helper functions inside, one for $f$ and one for its slope as a function of $a$. Go
# forward over all layers but the last, and append each output to a list that starts with `X`. Go back with
# one loop over `reversed(range(len(params)))` that holds the current $\Delta$. In each turn first make the
# pair of gradients, then pass $\Delta$ on, except at layer 0, below which there is nothing. You collect
# the pairs from the last to the first; the result is wanted in the other order.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Let `outputs` be the list $A_0, \dots, A_{M-1}$. Layer $l$ takes `outputs[l]`, so its gradient is
# `outputs[l].T @ delta`. And the slope that leads from $A_l$ down to $Z_{l-1}$ is read from `outputs[l]`, the
# same entry of the list.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Forward: `outputs = [X]`; for every layer but the last append $f$(`outputs[-1] @ W + b`). The scores come
#    from the last one.
# 2. `loss, delta = softmax_loss(scores, labels)`.
# 3. For `l` from M − 1 down to 0: append the pair (`outputs[l].T @ delta`, `delta` summed over the examples);
#    and if `l` is above 0, replace `delta` by `(delta @ W.T)` times the slope of `outputs[l]`, with the W of
#    layer `l`.
# 4. Reverse the list of pairs, and return it with the loss.
#
# </details>

# %% [markdown]
# ### A ladder, if you want one
#
# Nothing here is graded. The cell below takes one network of three layers with tanh, five examples and the
# softmax loss, and checks one gradient at a time. The values of the way forward are in `v`: `v["A0"]` (which
# is X), `v["W0"]`, `v["b0"]`, `v["Z0"]`, and so on up to `v["Z2"]`, the scores, and `v["labels"]`. Put your
# formula in place of each `...`, from the top down, and run the cell again. `dZ2` is the gradient at `v["Z2"]`, and
# may be used in the lines below it.

# %%
from handgrad.assignments.mlp_backprop import steps

ladder = steps.layers()
v = ladder.values

dZ2 = ...
ladder.check("Z2", dZ2)
dW2 = ...
ladder.check("W2", dW2)
db2 = ...
ladder.check("b2", db2)
dA2 = ...
ladder.check("A2", dA2)

dZ1 = ...
ladder.check("Z1", dZ1)
dW1 = ...
ladder.check("W1", dW1)
db1 = ...
ladder.check("b1", db1)
dA1 = ...
ladder.check("A1", dA1)

dZ0 = ...
ladder.check("Z0", dZ0)
dW0 = ...
ladder.check("W0", dW0)
db0 = ...
ladder.check("b0", db0)

# %% test="mlp_gradients" points=18
check.mlp_gradients(mlp_gradients)

# %% [markdown]
# **What you should see:** the loss, the gradients of the output layer, and those of the hidden layers for
# each of the three activations. The check counts the hidden layers by activation, so a wrong slope of tanh
# costs nothing at ReLU. With some thirty lines you have a network of any depth. And you see what depth
# does: each layer multiplies the gradient by $W_l^\top$ and by a slope once more. Many such factors make
# it very small or very large. The assignment on vanishing gradients is about nothing else.

# %% [markdown]
# # 6. The bug hunt
#
# Each of the next three functions computes the loss and the gradients of a two-layer network. Each has
# exactly one wrong line on the way back. The loss is right in all of them, nothing crashes, and all shapes
# fit. This is how mistakes in gradients look in real life.
#
# For each function you do two things:
#
# - **say what is wrong**: put into `wrong_1` (`wrong_2`, `wrong_3`) the set of names of those gradients
#   that come out wrong, such as `{"W2", "b2"}`. The visible check does not judge this set; it is judged at
#   grading;
# - **fix it**: write the function `mended_1` (`mended_2`, `mended_3`), which returns the right loss and
#   gradients. You may copy the broken one and change it.
#
# The shapes are the same in all three:
#
# | array | shape |
# | --- | --- |
# | `X`, `labels` | (N, D), (N,) |
# | `z`, `hidden`, `grad_z` | (N, H) |
# | `scores`, `probabilities`, `grad_scores` | (N, C) |
# | `W1`, `b1`, `W2`, `b2` and their gradients | (D, H), (H,), (H, C), (C,) |

# %% [markdown]
# ## A tool for the hunt
#
# How do you find out whether a gradient is right, without knowing the answer? Ask the loss. Raise a single
# entry of a single parameter by a small $h$, and see how much the loss changes:
#
# $$\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w)}{h}$$
#
# The function below does that on a small case, with N = 5, D = 2, H = 4 and C = 3. It is good to about
# three decimals, which is enough to tell a bug from rounding, so one side will do here, in place of
# the two of a central difference. It costs one more forward pass for each
# entry, which is why nobody trains a network with it.

# %%
hunt_rng = np.random.default_rng(478)
hunt_X = hunt_rng.normal(size=(5, 2))
hunt_labels = np.array([0, 1, 2, 0, 1])
hunt_params = {
    "W1": hunt_rng.normal(size=(2, 4)),
    "b1": hunt_rng.normal(size=4),
    "W2": hunt_rng.normal(size=(4, 3)),
    "b2": hunt_rng.normal(size=3),
}


def quotient(function, name, index, h=1e-4):
    """Return how fast the loss of a function changes with one entry of one parameter.

    function : takes (params, X, labels) to (loss, grads), like broken_1
    name : "W1", "b1", "W2" or "b2"; index : a pair such as (0, 2), or one number for a bias
    """
    moved = {key: value.copy() for key, value in hunt_params.items()}
    moved[name][index] += h
    before, _ = function(hunt_params, hunt_X, hunt_labels)
    after, _ = function(moved, hunt_X, hunt_labels)
    return (after - before) / h


# %% [markdown]
# Try it first on a function that is right: your own `two_layer_loss`, without the penalty.

# %%
def without_penalty(params, X, labels):
    """Return (loss, grads) of your own function, in the form that quotient wants."""
    return two_layer_loss(params, X, labels, reg=0.0)


_, your_grads = without_penalty(hunt_params, hunt_X, hunt_labels)
for name, index in [("W1", (0, 2)), ("b1", 1), ("W2", (3, 1)), ("b2", 0)]:
    by_quotient = quotient(without_penalty, name, index)
    print(f"{name} at {index!s:6}  your gradient {your_grads[name][index]:7.3f}   quotient {by_quotient:7.3f}")


# %% [markdown]
# In every row the two numbers agree in their first three decimals. Do the same with the broken functions,
# in the cell below each of them: `loss, grads = broken_1(hunt_params, hunt_X, hunt_labels)` gives its
# gradients. One entry of each of the four is usually enough. Then look where in the code the wrong ones
# part from the right ones.
#
# The checks of a hunt leave the finding to you. They say whether your function is right. Once you have written
# down which gradients the broken one gets wrong, the second failed try shows where yours is wrong first, and the
# third says why.

# %% [markdown]
# ## Exercise 9: the first bug
#
# **Goal:** find what `broken_1` gets wrong, and fix it. About 10 minutes, medium ★★☆.
#
# $$\mathrm{hidden} = \tanh(X W_1 + b_1), \qquad \mathrm{scores} = \mathrm{hidden}\;W_2 + b_2$$
#
# The shapes are in the table above.

# %%
def broken_1(params, X, labels):
    """A network with a tanh layer; one line of the way back is wrong."""
    N = len(X)
    z = X @ params["W1"] + params["b1"]
    hidden = np.tanh(z)
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * (1 - z**2)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads


# %%
# room to try: compare the gradients of broken_1 with quotient(broken_1, name, index)

# %% solution="bug_1"
wrong_1 = set()  # the names of the gradients that broken_1 gets wrong, from "W1", "b1", "W2", "b2"
### BEGIN SOLUTION
wrong_1 = {"W1", "b1"}
### END SOLUTION


def mended_1(params, X, labels):
    """Return (loss, grads), all of them right."""
    ### BEGIN SOLUTION
    N = len(X)
    z = X @ params["W1"] + params["b1"]
    hidden = np.tanh(z)
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * (1 - hidden**2)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads
    ### END SOLUTION
    raise NotImplementedError("write loss, and grads with W1, b1, W2, b2")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Compare the four gradients with their quotients first. If some are wrong and some are right, go through
# the lines from the loss backwards and ask which line lies between the last right one and the first wrong
# one. Then derive that line again on paper, and ask of every name in it what it stands for.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The gradients of one layer share a line that those of the other layer don't. If all gradients of a layer are wrong,
# look at that shared line; if one is wrong alone, look at its own line.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# The slope of tanh is read from its output: $1 - a^2$ with $a = \tanh z$. Which array of the function is $a$ here?
#
# </details>

# %% test="bug_1" points=3
check.bug_1(wrong_1, mended_1)


# %% [markdown]
# **What you should see:** the loss and four gradients of `mended_1` are right. A line can have the right
# shape and the right look, and still not be the formula. With tiny weights the right line and the wrong
# one would nearly have agreed, and a test would have missed the difference. So test gradients with weights
# of ordinary size.

# %% [markdown]
# ## Exercise 10: the second bug
#
# **Goal:** find what `broken_2` gets wrong, and fix it. About 10 minutes, medium ★★☆.
#
# $$\mathrm{hidden} = \max(0,\; X W_1 + b_1), \qquad \mathrm{scores} = \mathrm{hidden}\;W_2 + b_2$$
#
# The shapes are in the table above.

# %%
def broken_2(params, X, labels):
    """A network with a ReLU layer; one line of the way back is wrong."""
    N = len(X)
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * (hidden > 0)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.mean(axis=0),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads


# %%
# room to try: compare the gradients of broken_2 with quotient(broken_2, name, index)

# %% solution="bug_2"
wrong_2 = set()  # the names of the gradients that broken_2 gets wrong, from "W1", "b1", "W2", "b2"
### BEGIN SOLUTION
wrong_2 = {"b1"}
### END SOLUTION


def mended_2(params, X, labels):
    """Return (loss, grads), all of them right."""
    ### BEGIN SOLUTION
    N = len(X)
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * (hidden > 0)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads
    ### END SOLUTION
    raise NotImplementedError("write loss, and grads with W1, b1, W2, b2")


# %% [markdown]
# <details><summary>Hint</summary>
#
# For the gradients that disagree, divide the quotient by the entry of the gradient. Is the ratio the same
# for all entries? What number of this small case is it?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# A ratio that is the same everywhere is a factor that was forgotten, or used twice. Compare the number with N, D, H
# and C of this case, one after the other.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# A mean is a sum, divided by the number of examples. Go through the lines from the loss on, and count how often each
# gradient has been divided by it. Once is right.
#
# </details>

# %% test="bug_2" points=3
check.bug_2(wrong_2, mended_2)


# %% [markdown]
# **What you should see:** the loss and four gradients of `mended_2` are right. An error on the way back
# spoils what is computed from it, and nothing else. That is why the list of right and wrong gradients
# points to the line.

# %% [markdown]
# ## Exercise 11: the third bug
#
# **Goal:** find what `broken_3` gets wrong, and fix it. About 10 minutes, medium ★★☆.
#
# $$\mathrm{hidden} = \sigma(X W_1 + b_1), \qquad \mathrm{scores} = \mathrm{hidden}\;W_2 + b_2$$
#
# The shapes are in the table above.

# %%
def broken_3(params, X, labels):
    """A network with a sigmoid layer; one line of the way back is wrong."""
    N = len(X)
    hidden = 1 / (1 + np.exp(-(X @ params["W1"] + params["b1"])))
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_W2 = hidden.T @ grad_scores
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * hidden * (1 - hidden)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": grad_W2,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads


# %%
# room to try: compare the gradients of broken_3 with quotient(broken_3, name, index)

# %% solution="bug_3"
wrong_3 = set()  # the names of the gradients that broken_3 gets wrong, from "W1", "b1", "W2", "b2"
### BEGIN SOLUTION
wrong_3 = {"W2"}
### END SOLUTION


def mended_3(params, X, labels):
    """Return (loss, grads), all of them right."""
    ### BEGIN SOLUTION
    N = len(X)
    hidden = 1 / (1 + np.exp(-(X @ params["W1"] + params["b1"])))
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * hidden * (1 - hidden)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads
    ### END SOLUTION
    raise NotImplementedError("write loss, and grads with W1, b1, W2, b2")


# %% [markdown]
# <details><summary>Hint</summary>
#
# If every formula looks right, read the lines in the order in which they run. For each name on a
# right-hand side, say what it holds at that moment.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# `-=` changes an array in place. So a name can hold one thing before such a line and another one after it. Which
# lines read the array that is changed here, and which of them come before the change?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# The gradient at the scores is finished only when the labels are subtracted. Every gradient that is computed from it
# has to be computed after that.
#
# </details>

# %% test="bug_3" points=3
check.bug_3(wrong_3, mended_3)

# %% [markdown]
# **What you should see:** the loss and four gradients of `mended_3` are right. You have now debugged
# gradients the way it is done in practice: measure, see which are wrong, and look only at the lines that
# they share.

# %% [markdown]
# # 7. Training

# %% [markdown]
# ## Exercise 12: `sgd_step`
#
# **Goal:** move every parameter one step downhill. About 5 minutes, easy ★☆☆.
#
# The gradient points where the loss rises fastest. A step goes the other way, with a length set by the
# learning rate $\eta$:
#
# $$\theta_{\text{new}} = \theta - \eta\,\frac{\partial L}{\partial \theta} \qquad
# \text{for each parameter } \theta$$
#
# | argument or result | form |
# | --- | --- |
# | `params` | dict of arrays, any names and shapes |
# | `grads` | dict with the same names and shapes, not always in the same order |
# | `learning_rate` $\eta$ | a number |
# | returned | a new dict with the same names and shapes; `params` stays as it was |

# %%
figures.show(
    figures.descent(),
    "Three graphs of the curve L = w squared with a walk of eight steps from w = 1.5. Learning rate "
    "0.06: the steps are small and the walk stops well short of the minimum. Learning rate 0.3: it "
    "reaches the minimum after a few steps. Learning rate 1.06: each step overshoots to the other side, "
    "and the walk climbs ever higher.",
)


# %% solution="sgd_step"
def sgd_step(params, grads, learning_rate):
    """Return a new dict with every parameter moved one step downhill.

    params, grads : dicts with the same keys and shapes; learning_rate : a number
    """
    ### BEGIN SOLUTION
    return {name: params[name] - learning_rate * grads[name] for name in params}
    ### END SOLUTION
    raise NotImplementedError("write a new dict with the keys and shapes of params")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Loop over the names, and build a new dict. Beware of `-=` on an array of `params`: it changes the array
# itself, and with it the caller's parameters.
#
# </details>

# %% test="sgd_step" points=4
check.sgd_step(sgd_step)


# %% [markdown]
# **What you should see:** the new parameters are right and the old ones unchanged. The name stands for
# stochastic gradient descent. It is stochastic when each step uses a random part of the data. Below, each
# step uses all of it.

# %% [markdown]
# ## The finale: three spiral arms
#
# Here are 300 points in the plane, in three arms that wind around each other. No straight line separates
# them. A network with 50 hidden units will learn to tell them apart, with your `two_layer_loss` and your
# `sgd_step` and nothing else.

# %%
def spiral_arms(seed, points=100):
    """Return X (3 * points, 2) and labels (3 * points,): three arms of a spiral, with some noise."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 2], points)
    radius = np.tile(np.linspace(0.1, 1, points), 3)
    angle = 2 * np.pi * labels / 3 + 4 * radius + rng.normal(scale=0.12, size=3 * points)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), labels


spiral_X, spiral_labels = spiral_arms(seed=0)

# %%
figures.show(
    figures.classes(spiral_X, spiral_labels),
    "300 points in the plane, in three arms that start near the origin and wind outwards, each by a "
    "little more than half a turn. Class 0 is drawn as circles, class 1 as triangles, class 2 as "
    "squares.",
)

# %%
rng = np.random.default_rng(1)
spiral_params = {
    "W1": rng.normal(size=(2, 50)),
    "b1": np.zeros(50),
    "W2": rng.normal(size=(50, 3)) / 50,
    "b2": np.zeros(3),
}

losses = []
for _ in range(2000):
    loss, grads = two_layer_loss(spiral_params, spiral_X, spiral_labels, reg=1e-4)
    losses.append(loss)
    spiral_params = sgd_step(spiral_params, grads, learning_rate=0.5)


def predict(X):
    """Return the class with the largest score for each row of X."""
    scores, _ = two_layer_forward(spiral_params, X)
    return scores.argmax(axis=1)


fresh_X, fresh_labels = spiral_arms(seed=1)
print(f"loss of guessing, log 3:     {np.log(3):.4f}")
print(f"loss before the first step:  {losses[0]:.4f}")
print(f"loss before the last step:   {losses[-1]:.4f}")
print(f"right on the 300 points:     {(predict(spiral_X) == spiral_labels).mean():.1%}")
print(f"right on 300 fresh points:   {(predict(fresh_X) == fresh_labels).mean():.1%}")

figures.show(
    figures.training(losses, spiral_X, spiral_labels, predict),
    "Left, the loss over 2000 steps: it starts near log 3, falls steeply within the first few hundred "
    "steps, and then levels out near 0.05. Right, the plane in three regions, one for each class, "
    "bounded by lines made of straight pieces. The regions wind around each other like the arms, and "
    "every point lies in the region of its class.",
)

# %% [markdown]
# **What you should see:** a loss that starts near $\log 3 = 1.0986$ and falls steadily to about 0.05. All 300
# points end up in the region of their class, and so do 99.7 % of 300 points that were never used in training. The
# borders are made of straight pieces, as a ReLU network is linear wherever no gate changes. Each unit adds one
# fold, and training decides where the folds lie. Change the number of hidden units, the learning rate or `reg`,
# and look again.

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
# You can take a network apart into steps, write for each step how it passes a gradient back, and put the
# steps together for any depth. You know four ways of catching a mistake: shapes, square cases where shapes
# are silent, a difference quotient on one entry, and the loss $\log C$ at the start. And you have trained
# a network in which you can account for every number. In the next assignment, `mlp_training`, PyTorch
# keeps the books: you write your own layers with their backward passes inside it, build a training loop,
# and study what momentum, weight decay and the size of the initial weights do. After that come networks that
# repeat a layer many times, where gradients vanish or explode.

# %% [markdown]
# ## Where it comes from, and what to read next
#
# Paul Werbos described derivatives that run backwards through a model in his thesis of 1974, and how to apply them
# to networks some years later. Few noticed, until David Rumelhart, Geoffrey Hinton and Ronald Williams showed in
# 1986 what the hidden units of a trained network learn to stand for. Until then many had doubted that networks with
# hidden units could be trained at all. Nearly every network that is trained today still gets its gradients in this
# way.
#
# - D. E. Rumelhart, G. E. Hinton, R. J. Williams, *Learning representations by back-propagating errors*,
#   Nature 323 (1986), 533–536, doi:10.1038/323533a0. Four pages, and readable after this notebook.
# - P. J. Werbos, *Backpropagation through time: what it does and how to do it*, Proceedings of the IEEE 78 (1990),
#   1550–1560, doi:10.1109/5.58337. The same rule for programs of any shape, by the author of the thesis.
# - M. Nielsen, *Neural Networks and Deep Learning*, chapter 2, neuralnetworksanddeeplearning.com (2015). Another
#   derivation, with more words.
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, chapter 6, MIT Press (2016), deeplearningbook.org. The
#   chapter on feedforward networks, with a history at its end.
