# %% [markdown]
# # Training: from a gradient to a network that reads letters
#
# You can differentiate a network by hand. Now PyTorch does the bookkeeping: it records which step followed which,
# and calls your backward passes in the right order. In this notebook you write layers with backward passes of
# your own inside PyTorch, put them together into a network, write the loop that trains it, and then use both:
# to read letters, to fit curves, and to find out why a deep network can fail from its first step.
#
# Take about five hours, in several sittings. Each exercise says about how long it takes and how hard it is: ★☆☆
# easy, ★★☆ medium, ★★★ hard. The parts:
#
# 1. one unit learns OR;
# 2. two autograd Functions: a linear map and the cross-entropy;
# 3. a network, its training and its predictions;
# 4. letters: momentum, weight decay, checkpoints, what the first layer sees;
# 5. fitting functions: scaling, and networks built by hand;
# 6. depth: two layers against four, and the size of the initial weights.

# %% [markdown]
# ## How the checks work
#
# A cell such as `check.OrNet(OrNet)` runs your code on small public cases and says what is wrong and, where
# it can, what the mistake looks like. At grading the same is done with other sizes and other numbers.
#
# - Each result is scored on its own, and a mistake costs points only once: a later exercise is also tried with
#   correct versions of the earlier ones.
# - Weights lie in PyTorch's layout (out, in). $N$ is the number of examples, $C$ the number of classes.
# - "By hand" means, in part 2, that `backward` holds your formula: no automatic differentiation in there, and
#   no differences. That is measured: a large case takes far longer by differences than by a formula, and small
#   ones ask for the accuracy of a formula.
# - A function never changes its arguments, whether tensors, lists or dicts; the one exception is a model that it
#   trains or initialises. It is called many times, and keeps nothing from one call for the next.
# - Training is judged by what it reaches on data that you have not seen, never by an exact loss.
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
# Here gradients are named as in `grad_output`, as PyTorch does it; it stores the gradient of a parameter `W`
# in `W.grad`.

# %%
from importlib.util import find_spec

if missing := [name for name in ("handgrad", "numpy", "sklearn", "torch") if find_spec(name) is None]:
    raise ModuleNotFoundError(f"""{", ".join(missing)}: not installed in the Python of this notebook.
On your computer, type in a terminal, in the folder of the course:  pip install -r requirements.txt
On Colab, put the file handgrad-….whl of that folder under Files, at the left, and run in a cell:  !pip install *.whl
Then restart the kernel, and run this cell again.""")

import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from handgrad import checks
from handgrad.assignments.mlp_training import derivations, figures, letters

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
check = checks("mlp_training")

# %% [markdown]
# # 1. One unit learns OR

# %% [markdown]
# ## Exercise 1: `OrNet`
#
# **Goal:** write the smallest network there is. About 10 minutes, easy ★☆☆.
#
# $$p = \sigma(w_1 x_1 + w_2 x_2 + b), \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# | array | shape |
# | --- | --- |
# | `X` | (N, 2) |
# | the parameters $w_1, w_2, b$ | 3 numbers in all |
# | the output $p$ | (N, 1) |
#
# An `nn.Module` keeps its layers as attributes. What `forward` returns is what `model(X)` gives.

# %% solution="OrNet"
import torch
from torch import nn


class OrNet(nn.Module):
    """One sigmoid unit with two inputs.

    X : (N, 2); returns (N, 1), numbers between 0 and 1
    """

    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION
        self.linear = nn.Linear(2, 1)
        ### END SOLUTION

    def forward(self, X):
        """Return the output for each row of X, shape (N, 1)."""
        ### BEGIN SOLUTION
        return torch.sigmoid(self.linear(X))
        ### END SOLUTION
        raise NotImplementedError("write the output, shape (N, 1)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `nn.Linear(2, 1)` holds both weights and the bias. `torch.sigmoid` does the rest.
#
# </details>

# %% test="OrNet" points=3
check.OrNet(OrNet)

# %% [markdown]
# **What you should see:** `parameters` and `outputs` are right. One such unit divides the plane by a straight
# line, and for OR a straight line is enough.

# %% [markdown]
# ## Exercise 2: `or_step`
#
# **Goal:** make one step of gradient descent, in the right order. About 10 minutes, easy ★☆☆.
#
# $$L = -\frac{1}{4}\sum_{n} \bigl(t_n \log p_n + (1 - t_n)\log(1 - p_n)\bigr)$$
#
# | object | what it is |
# | --- | --- |
# | `model` | takes `X` (4, 2) to probabilities $p$ (4, 1) |
# | `optimizer` | holds the parameters; `step()` moves them, `zero_grad()` clears their gradients |
# | `targets` $t$ | (4, 1), 0 or 1 |
# | returned | the loss before the step, as a Python float |
#
# `backward` **adds** to the gradients that are there, which is what a weight that is used twice needs. You
# have to clear them yourself.

# %% solution="or_step"
from torch import nn


def or_step(model, optimizer, X, targets):
    """Make one training step and return the loss before it, as a float.

    X : (4, 2); targets : (4, 1); loss : the mean binary cross-entropy
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy(model(X), targets)
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION
    raise NotImplementedError("make one step and return the loss as a float")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Four things happen: clear, compute the loss, go backward, step. `nn.functional.binary_cross_entropy` takes
# probabilities; `.item()` makes a number of a tensor.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# When your function begins, the gradients of the step before are still in the parameters. `model(X)` gives
# probabilities already, so the loss gets them as they are, without another sigmoid. And the number that you return
# was worked out before the parameters moved.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Clear: `optimizer.zero_grad()`.
# 2. The loss is the `binary_cross_entropy` of `model(X)` and `targets`; it takes the mean by itself.
# 3. `loss.backward()` fills the gradients, then `optimizer.step()` uses them.
# 4. Return the loss of line 2 as a number.
#
# </details>

# %% test="or_step" points=6
check.or_step(or_step)

# %% [markdown]
# **What you should see:** the loss, and the parameters after one step and after three. The third step tells
# what the first cannot: whether old gradients were still in there.

# %% [markdown]
# ## Exercise 3: `or_is_learned`
#
# **Goal:** say whether a unit has learned OR. About 5 minutes, easy ★☆☆.
#
# $$|p_n - t_n| \le 0.05 \quad\text{for every row } n$$
#
# A sigmoid reaches neither 0 nor 1, so "within 0.05" has to do. `X` is (4, 2), `targets` is (4, 1), and so is
# `model(X)`. The result is a plain `True` or `False`.

# %% solution="or_is_learned"
import torch


def or_is_learned(model, X, targets):
    """Return True if every output is within 0.05 of its target, else False.

    X : (4, 2); targets : (4, 1), 0 or 1
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        return bool(((model(X) - targets).abs() <= 0.05).all())
    ### END SOLUTION
    raise NotImplementedError("return True or False")


# %% [markdown]
# <details><summary>Hint</summary>
#
# A comparison of tensors gives a tensor of truth values; `.all()` joins them, and `bool(...)` makes a Python
# value of one. Nothing is to be learned here, so no gradient needs recording: `with torch.no_grad():`.
#
# </details>

# %% test="or_is_learned" points=2
check.or_is_learned(or_is_learned)

# %% [markdown]
# **What you should see:** fifteen units are judged correctly. Some of them miss on a single row, one gives 1 for
# everything, one is off by as much above as below, and some lie just inside of 0.05 or just outside.

# %% [markdown]
# ## Exercise 4: `train_or`
#
# **Goal:** train until the unit has learned OR. About 10 minutes, easy ★☆☆.
#
# | object | what it is |
# | --- | --- |
# | `model` | the unit, changed in place |
# | `X`, `targets` | (4, 2) and (4, 1), the four rows of OR |
# | returned | the list of losses that `or_step` returned, one float for each step |
#
# Which optimizer, and which learning rate, is up to you. Training ends when the unit has learned its targets. But a
# loop that waits for something may wait forever, so give up after 2000 steps: here you are also called with the
# targets of XOR, which no such unit can learn. Take a learning rate with which OR needs five steps or more, so that
# there is something to be seen. The list holds the losses of this training alone: the first is that of the unit as it
# was given, the last that of the unit before its last step.

# %% solution="train_or"
import torch


def train_or(model, X, targets):
    """Train the model in place until it has learned the targets, 2000 steps at most; return the list of losses.

    X : (4, 2); targets : (4, 1), 0 or 1
    """
    ### BEGIN SOLUTION
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2000):
        if or_is_learned(model, X, targets):
            break
        losses.append(or_step(model, optimizer, X, targets))
    return losses
    ### END SOLUTION
    raise NotImplementedError("train, and return the list of losses")


# %% [markdown]
# <details><summary>Hint</summary>
#
# One optimizer, made before the loop, for example `torch.optim.Adam(model.parameters(), lr=0.1)`; in the loop
# `or_is_learned` and `or_step`. Large weights are needed for outputs near 0 and 1, and small steps take long:
# a learning rate of 1 or more does no harm with plain `torch.optim.SGD` here.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# In each turn of the loop ask first, step afterwards. Then a unit that has learned OR is left as it is, and the last
# loss in the list is that of the unit before its last step.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Make one optimizer for `model.parameters()`, and an empty list.
# 2. For at most 2000 turns: if `or_is_learned(model, X, targets)`, leave the loop; if not, append what
#    `or_step(model, optimizer, X, targets)` returns.
# 3. Return the list.
#
# </details>

# %% test="train_or" points=3
check.train_or(train_or)

# %% tags=["demonstration"]
or_X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
or_targets = torch.tensor([[0.0], [1.0], [1.0], [1.0]])
torch.manual_seed(0)
or_model = OrNet()
or_losses = train_or(or_model, or_X, or_targets)
print(f"{'learned' if or_is_learned(or_model, or_X, or_targets) else 'not learned'} after {len(or_losses)} steps")
print(f"loss {or_losses[0]:.3f} before the first step, {or_losses[-1]:.3f} before the last")
for row, output in zip(or_X.tolist(), or_model(or_X).flatten().tolist(), strict=True):
    print(row, f"{output:.2f}")

figures.show(
    figures.curves({"loss": or_losses}, "step", "loss", logarithmic=True),
    "The loss of the OR unit over the steps of its training, on a logarithmic axis: it falls steadily, fast at "
    "first and then ever more slowly.",
)


# %% [markdown]
# **What you should see:** four outputs that round to OR, and a loss that falls ever more slowly. It would
# never reach 0. How many steps it takes depends on your optimizer: Adam with a learning rate of 0.1 takes some two
# hundred.

# %% [markdown]
# ### Derive: why the loss is this one
#
# Nothing in the next cell is graded. The loss of `or_step` looks at $p_n$, and $p_n = \sigma(z_n)$. So
#
# $$\frac{\partial L}{\partial z_n} = \frac{\partial L}{\partial p_n}\cdot\frac{\partial p_n}{\partial z_n}, \qquad
# \frac{\partial p_n}{\partial z_n} = p_n\,(1 - p_n)$$
#
# Differentiate $L = -\frac{1}{4}\sum_n \bigl(t_n \log p_n + (1 - t_n)\log(1 - p_n)\bigr)$ with respect to
# $p_n$, multiply, and simplify until no quotient is left. Write the result in place of `...`, and run the cell:
# it is tried at random points.

# %%
def entry_of_dL_dz(p, t, n):
    """Return ∂L/∂z_n, a number, from the four outputs p and the four targets t, shapes (4,)."""
    return ...


derivations.cross_entropy.check(entry_of_dL_dz)

# %% [markdown]
# <details><summary>Unfold when your formula is right, or when you would rather read on</summary>
#
# $$\begin{aligned}
# \frac{\partial L}{\partial p_n} &= -\frac{1}{4}\left(\frac{t_n}{p_n} - \frac{1 - t_n}{1 - p_n}\right) =
# \frac{1}{4}\cdot\frac{p_n - t_n}{p_n\,(1 - p_n)}\\
# \frac{\partial L}{\partial z_n} &= \frac{1}{4}\,(p_n - t_n)
# \end{aligned}$$
#
# </details>

# %% [markdown]
# The slope of the sigmoid is gone. With the squared error $(p_n - t_n)^2$ it stays, as a factor $p_n(1 - p_n)$: an
# output of 0.001 whose target is 1 would then move five hundred times more slowly, although it could hardly be more
# wrong. This is why a loss is chosen together with the activation before it. The cross-entropy of
# Exercise 6 belongs to softmax in the same way.

# %% [markdown] task="or_words" points=3
# ### Question: what OR can tell
#
# About 10 minutes, easy ★☆☆. Answer in the cell below this one, in three to six sentences.
#
# 1. Why can no step make the outputs exactly 0 and 1, and what happens to the weights if you train on?
# 2. The same unit cannot learn XOR. Why?
# 3. Two loops have `optimizer.step()` before `loss.backward()`. The first seems to train nearly as well as yours;
#    in the second the loss stays where it was. What does `optimizer.step()` find in each?
#
# ```python
# for _ in range(1000):  # the first
#     loss = binary_cross_entropy(model(X), targets)
#     optimizer.step()
#     optimizer.zero_grad()
#     loss.backward()
#
# for _ in range(1000):  # the second
#     optimizer.zero_grad()
#     loss = binary_cross_entropy(model(X), targets)
#     optimizer.step()
#     loss.backward()
# ```
#
# ### BEGIN MARK SCHEME
# 3 points, one for each item.
#
# - **The end (1 point).** The sigmoid reaches 0 and 1 only at infinity; the loss always falls a little when
#   the weights grow in the same direction, so they grow without bound, ever more slowly.
# - **XOR (1 point).** The points with p = 0.5 form a straight line, and no straight line separates
#   (0, 1) and (1, 0) from (0, 0) and (1, 1).
# - **The order (1 point).** In the first loop each step uses the gradient of the round before, at slightly older
#   parameters, and the first finds none. In the second the gradients have just been cleared, so no step ever finds
#   one. (Half a point for one of the two.)
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# # 2. Functions with a backward of their own

# %% [markdown]
# ## Exercise 5: `LinearFunction`
#
# **Goal:** write a linear map that PyTorch differentiates by your formula. About 25 minutes, medium ★★☆.
#
# $$y = x\,W^\top + b$$
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `x` | (N, in) | given to `forward` |
# | `weight` $W$ | (out, in) | given to `forward` |
# | `bias` $b$ | (out,) | given to `forward` |
# | `y` | (N, out) | asked of `forward` |
# | `grad_y` | (N, out) | given to `backward` |
# | `grad_x`, `grad_weight`, `grad_bias` | as `x`, `weight`, `bias` | asked of `backward` |
#
# A `torch.autograd.Function` is a pair of static methods. `forward` gets a context `ctx`, and keeps in it by
# `ctx.save_for_backward(...)` the tensors that `backward` will need; `backward` finds them in
# `ctx.saved_tensors`. `backward` returns one gradient for each input of `forward`, in the same order. You never call
# either: `LinearFunction.apply(x, weight, bias)` goes forward, and `.backward()` on the result finds
# the way back. A network uses a Function once in each layer, so many uses are alive at the same time: what
# `backward` needs is kept in `ctx`, and nowhere else.
#
# To find the formulas, follow one entry. $W_{jk}$ occurs in $y_{nj}$ for every $n$, with the factor $x_{nk}$,
# so $\partial L/\partial W_{jk}$ is a sum over the examples. Mind the layout: it is not the one of `Matmul`
# in the last assignment.

# %% solution="LinearFunction"
import torch


class LinearFunction(torch.autograd.Function):
    """y = x Wᵀ + b, with a backward of its own.

    x : (N, in), weight : (out, in), bias : (out,), y : (N, out)
    """

    @staticmethod
    def forward(ctx, x, weight, bias):
        """Return y, shape (N, out); save with ctx.save_for_backward what backward needs."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(x, weight)
        return x @ weight.T + bias
        ### END SOLUTION
        raise NotImplementedError("write y, shape (N, out)")

    @staticmethod
    def backward(ctx, grad_y):
        """Return (grad_x, grad_weight, grad_bias), shapes (N, in), (out, in), (out,)."""
        ### BEGIN SOLUTION
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.T @ x, grad_y.sum(dim=0)
        ### END SOLUTION
        raise NotImplementedError("write grad_x (N, in), grad_weight (out, in), grad_bias (out,)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Three products or sums. `grad_weight` must come out as (out, in): which of `grad_y` (N, out) and `x` (N, in)
# has to be transposed? The bias was added to each of the N rows.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Follow the other two inputs as the text above follows $W_{jk}$. The entry $x_{nk}$ occurs in $y_{nj}$ for every $j$,
# with the factor $W_{jk}$: a sum over the outputs. The bias $b_j$ occurs in $y_{nj}$ for every $n$, with the factor 1:
# a sum over the examples.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. In `forward`: `ctx.save_for_backward` gets `x` and `weight`. The bias need not be saved: no gradient contains it.
# 2. In `backward`, `x, weight = ctx.saved_tensors`.
# 3. `grad_x`: the matrix product of `grad_y` (N, out) and `weight` (out, in), both as they are.
# 4. `grad_weight`: the product of `grad_y`, transposed, and `x`. `grad_bias`: the sum of `grad_y` over `dim=0`.
# 5. Return the three in the order in which `forward` takes its inputs.
#
# </details>

# %% test="LinearFunction" points=8
check.LinearFunction(LinearFunction)

# %% [markdown]
# **What you should see:** five parts are right. PyTorch has a test of its own for such Functions: it compares
# your formula with differences of the forward pass.

# %%
torch.manual_seed(0)
probe = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((5, 3), (4, 3), (4,))]
print("gradcheck:", torch.autograd.gradcheck(LinearFunction.apply, probe))

# the same for one entry of the weight, by hand: the sum of the squares of y, a little above and a little below it
probe_x, probe_weight, probe_bias = probe
LinearFunction.apply(*probe).square().sum().backward()
moved = torch.zeros_like(probe_weight)
moved[2, 1] = 1e-5
with torch.no_grad():
    sums = [LinearFunction.apply(probe_x, probe_weight + way * moved, probe_bias).square().sum() for way in (1, -1)]
print(f"difference quotient: {(sums[0] - sums[1]) / 2e-5:.6f}")
print(f"your backward:       {probe_weight.grad[2, 1]:.6f}")

# %% [markdown]
# ## Exercise 6: `CrossEntropyFunction`
#
# **Goal:** write the loss of a classifier, and its gradient. About 25 minutes, medium ★★☆.
#
# $$L = \frac{1}{N}\sum_n \Bigl(\log\sum_c e^{s_{nc}} - s_{n,k_n}\Bigr)$$
#
# | array | shape |
# | --- | --- |
# | `logits` $s$ | (N, C) |
# | `labels` $k$ | (N,), whole numbers |
# | `loss` $L$, `grad_loss` | a tensor with one number |
# | `grad_logits` | (N, C) |
#
# You derived the gradient in the last assignment: softmax minus one-hot, over $N$. Two things are new. The
# loss may not be the end: whoever computes `3 * loss` sends back `grad_loss = 3`, and the chain rule asks you
# to use it. And labels have no gradient: in their place `backward` returns None.

# %% solution="CrossEntropyFunction"
import torch


class CrossEntropyFunction(torch.autograd.Function):
    """The mean over the batch of −log softmax(logits)[label], with a backward of its own.

    logits : (N, C); labels : (N,) integers from 0 to C - 1; loss : a tensor with one number
    """

    @staticmethod
    def forward(ctx, logits, labels):
        """Return the loss; save with ctx.save_for_backward what backward needs."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(logits, labels)
        picked = logits.gather(1, labels[:, None])[:, 0]
        return (logits.logsumexp(dim=1) - picked).mean()
        ### END SOLUTION
        raise NotImplementedError("write the loss, one number")

    @staticmethod
    def backward(ctx, grad_loss):
        """Return (grad_logits, None), grad_logits of shape (N, C); labels have no gradient."""
        ### BEGIN SOLUTION
        logits, labels = ctx.saved_tensors
        probabilities = logits.softmax(dim=1)
        onehot = torch.eye(logits.shape[1], dtype=logits.dtype)[labels]
        return grad_loss * (probabilities - onehot) / len(labels), None
        ### END SOLUTION
        raise NotImplementedError("write grad_logits, shape (N, C)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `torch.logsumexp` never overflows. `logits.gather(1, labels[:, None])` picks from each row the entry at its
# label. If `forward` takes the mean, a factor enters `backward`.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# In each row two things depend on the scores. The logarithm of the sum has softmax as its gradient; the score at the
# label is subtracted, so its gradient is −1 there and 0 elsewhere. Then come the mean, which divides by N, and what
# arrives, which multiplies.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `forward`: save `logits` and `labels`. Take `logits.logsumexp(dim=1)` minus the picked entries, and the mean of it.
# 2. `backward`: `logits.softmax(dim=1)` makes a new tensor; subtract 1 in it at the label of each row, with
#    `torch.arange(N)` and `labels` as the two indices, or subtract one-hot rows.
# 3. Multiply by `grad_loss`, and divide by the number of rows.
# 4. Return that and `None`.
#
# </details>

# %% test="CrossEntropyFunction" points=8
check.CrossEntropyFunction(CrossEntropyFunction)

# %% [markdown]
# **What you should see:** all parts are right, also for logits of 1000. With the mean in `forward` and no
# $1/N$ in `backward` the loss would look right, and training would even work, with a learning rate $N$ times too
# large: only a test of the gradient would find that.

# %% [markdown]
# # 3. A network, its training, its predictions

# %% [markdown]
# ## Exercise 7: `Linear` and `MLP`
#
# **Goal:** build a network of any depth on your own Function. About 30 minutes, medium ★★☆.
#
# | object | what it is |
# | --- | --- |
# | `Linear(in_features, out_features)` | holds `weight` (out, in), then `bias` (out,); uses `LinearFunction` |
# | `hidden_sizes` | a list of whole numbers, of any length, possibly empty; it stays as it was |
# | `activation` | `"relu"`, `"tanh"`, `"sigmoid"`, `"none"`; between layers, not after the last |
# | `MLP(...)(X)` | (N, input_size) to (N, output_size) |
#
# Several networks may live at once, each with sizes and an activation of its own.
# A tensor becomes a parameter when it is wrapped in `nn.Parameter` and kept on `self`; a layer is seen by
# PyTorch when it is kept on `self`, or in an `nn.ModuleList` there. Start the weights at small numbers, of the size
# of 1 or less, that differ: units that start alike stay alike.

# %% solution="MLP"
from itertools import pairwise

import torch
from torch import nn

ACTIVATION = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "none": lambda X: X}


class Linear(nn.Module):
    """A layer y = x Wᵀ + b, computed by LinearFunction.

    Parameters, in this order: weight (out_features, in_features), bias (out_features,)
    """

    def __init__(self, in_features, out_features):
        super().__init__()
        ### BEGIN SOLUTION
        weight = nn.init.xavier_normal_(torch.empty(out_features, in_features))
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(out_features))
        ### END SOLUTION

    def forward(self, X):
        """Return y, shape (N, out_features), from X, shape (N, in_features)."""
        ### BEGIN SOLUTION
        return LinearFunction.apply(X, self.weight, self.bias)
        ### END SOLUTION
        raise NotImplementedError("write y, shape (N, out_features)")


class MLP(nn.Module):
    """Layers of Linear with an activation between them, and none after the last.

    hidden_sizes : a list of whole numbers, possibly empty
    activation : "relu", "tanh", "sigmoid" or "none"
    """

    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        ### BEGIN SOLUTION
        sizes = [input_size, *hidden_sizes, output_size]
        self.layers = nn.ModuleList(Linear(a, b) for a, b in pairwise(sizes))
        self.activation = ACTIVATION[activation]
        ### END SOLUTION

    def forward(self, X):
        """Return the scores, shape (N, output_size), from X, shape (N, input_size)."""
        ### BEGIN SOLUTION
        for layer in self.layers[:-1]:
            X = self.activation(layer(X))
        return self.layers[-1](X)
        ### END SOLUTION
        raise NotImplementedError("write the scores, shape (N, output_size)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# The sizes in a row, `[input_size, *hidden_sizes, output_size]`, give the layers as neighbouring pairs.
# `nn.init.xavier_normal_` fills a tensor with normal numbers of a fitting size.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# In `Linear` wrap both tensors in `nn.Parameter`, the weight first. In `MLP`, an `nn.ModuleList` takes a list
# of layers. A dict can take the name of the activation to a function; that of `"none"` returns what it gets.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `Linear`: a random `weight` of shape (out_features, in_features), then a `bias` of zeros; `forward` is one call of
#    `LinearFunction.apply`.
# 2. `MLP`: write down the sizes in a row. One `Linear(a, b)` for each pair of neighbours, all in one `nn.ModuleList` on
#    `self`; the activation on `self`, too.
# 3. Its `forward`: for all layers but the last, apply the layer and then the activation. Apply the last layer, and
#    return what it gives.
#
# </details>

# %% test="MLP" points=10
check.MLP(Linear, MLP)


# %% [markdown]
# **What you should see:** shapes, scores for each activation, gradients, and one call of your Function for
# each layer. With `"none"` the network is one linear map, however many layers it has.

# %% [markdown]
# ## Exercise 8: `train`
#
# **Goal:** write the training loop that you will use for the rest of this notebook. About 25 minutes, medium
# ★★☆.
#
# | argument | what it is |
# | --- | --- |
# | `batches` | gives pairs `X`, `labels` in a `for` loop, again in each epoch; it need not have a length |
# | `loss_function(scores, labels)` | the mean loss of a batch, a tensor; not always the cross-entropy |
# | `optimizer` | knows the model's parameters |
# | returned | `{"loss": [...], "accuracy": [...]}`, a float for each epoch |
#
# As with a `DataLoader` that shuffles, `batches` may come in another order in each epoch and hold other examples than
# in the one before, and the last batch may be shorter. So an entry of the history is a mean over all examples of its
# epoch, taken from the forward passes of the training itself, each made before its step. Layers such as dropout act in
# training mode alone: a model that comes in that mode is trained in it, and left in it.

# %% solution="train"
def train(model, batches, loss_function, optimizer, epochs):
    """Train the model in place and return its history.

    batches : a re-iterable of (X, labels) tensors; walk through it once for each epoch
    loss_function : takes (scores, labels) to the mean loss of a batch, a tensor
    returns {"loss": [...], "accuracy": [...]}: for each epoch a float, the mean over all
        examples of the loss, and the share of examples whose largest score is at the label,
        both from the forward passes of the training itself
    """
    ### BEGIN SOLUTION
    history = {"loss": [], "accuracy": []}
    model.train()
    for _ in range(epochs):
        total, hits, count = 0.0, 0, 0
        for X, labels in batches:
            optimizer.zero_grad()
            scores = model(X)
            loss = loss_function(scores, labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(X)
            hits += (scores.argmax(dim=1) == labels).sum().item()
            count += len(X)
        history["loss"].append(total / count)
        history["accuracy"].append(hits / count)
    return history
    ### END SOLUTION
    raise NotImplementedError("train, and return the history")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Two loops, and the four lines of `or_step` inside. For the history add up numbers, not tensors: a sum of
# tensors remembers every step that led to it, and memory grows with every batch. `.item()` lets go.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Three numbers begin at zero in each epoch: the sum of the losses, the hits, the examples. `loss_function` gives the
# mean of a batch, so multiply it by the number of its examples before you add it. The scores from which the loss comes
# also tell the hits: no second forward pass is needed.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `model.train()`, and a history with two empty lists.
# 2. In each epoch set the three numbers to zero, and walk through `batches`.
# 3. For a batch: clear, `scores = model(X)`, the loss, backward, step.
# 4. Add `loss.item()` times `len(X)`; the number of rows in which `scores.argmax(dim=1)` equals the label; and
#    `len(X)`.
# 5. After the last batch of an epoch append the first two, each divided by the third.
#
# </details>

# %% test="train" points=10
check.train(train)

# %% [markdown]
# **What you should see:** the parameters after training agree with a computation step by step, the history
# holds floats, and no graph outlives its step.
#
# Before a long training it pays to see whether a network can fit one small batch, with a loss that comes close to 0. If
# it cannot, the mistake lies in the loop, the loss or the labels, and more epochs do not help.

# %% [markdown]
# ## Exercise 9: `predict`
#
# **Goal:** predict classes without side effects. About 10 minutes, easy ★☆☆.
#
# $$\hat k_n = \arg\max_c s_{nc}$$
#
# `X` is (N, D), the result an integer tensor (N,). Some layers, such as dropout, act in training only:
# `model.eval()` tells them that this is none. A prediction needs no gradient, so let none be recorded. And
# whoever calls `predict` in the middle of training wants to find the model in the mode in which it was:
# `model.training` says which. In the same way, gradients are recorded afterwards as they were before. `X` may
# hold one example.

# %% solution="predict"
import torch


def predict(model, X):
    """Return the class with the largest score for each row of X, an integer tensor (N,).

    The model is in eval mode and no gradient is recorded meanwhile; afterwards the model is in
    the mode in which it was.
    """
    ### BEGIN SOLUTION
    before = model.training
    model.eval()
    with torch.no_grad():
        labels = model(X).argmax(dim=1)
    model.train(before)
    return labels
    ### END SOLUTION
    raise NotImplementedError("write the classes, shape (N,)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Keep `model.training` in a variable, and hand it to `model.train(...)` at the end.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Three states are to be left as they were: the parameters, the mode of the model, and whether gradients are recorded.
# `with torch.no_grad():` restores the last by itself when its block ends. And along which axis do the classes lie?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Remember `model.training`, then `model.eval()`.
# 2. Inside of `with torch.no_grad():` take `model(X)` and the place of the largest score in each row, with
#    `argmax(dim=1)`.
# 3. Hand the mode back with `model.train(...)`, and return the places.
#
# </details>

# %% test="predict" points=4
check.predict(predict)


# %% [markdown]
# **What you should see:** five parts are right. Softmax is not needed: it does not change which score is the
# largest.

# %% [markdown]
# # 4. Letters

# %% [markdown]
# ## The images
#
# There are 26 letters, in images of 16 × 16 pixels. They are drawn here, in about a second, from fonts that
# come with matplotlib: the DejaVu fonts (Bitstream Vera licence) and, for one question only, the STIX fonts
# (STIX Font licence); both are free, and their licence texts lie beside them. Each image is turned, scaled,
# shifted and covered with noise, by a seed. Training, validation and test images come from **different
# seeds**, so no image is in two of the sets; they share the six fonts. A fourth set is drawn in fonts that
# occur in no other.

# %% tags=["demonstration"]
def letter_set(seed, each, fonts=letters.FONTS):
    """Return images (N, 256) and labels (N,) as tensors."""
    images, labels = letters.draw(seed, each, fonts)
    return letters.rows(images), torch.from_numpy(labels)


train_X, train_labels = letter_set(seed=1, each=60)
valid_X, valid_labels = letter_set(seed=2, each=20)
test_X, test_labels = letter_set(seed=3, each=40)
other_X, other_labels = letter_set(seed=4, each=20, fonts=letters.UNSEEN)
print(len(train_X), "training,", len(valid_X), "validation,", len(test_X), "test images")

# %% tags=["demonstration"]
first = [int((train_labels == k).nonzero()[0]) for k in range(26)]
figures.show(
    figures.images(train_X[first].reshape(-1, 16, 16).numpy(), list(letters.LETTERS)),
    "One training image of each of the 26 letters, in two rows, dark on light with grey noise. Some are upright "
    "and some slanted, some thin and some bold, with and without serifs, each a little turned and shifted.",
)

# %% [markdown]
# ## Exercise 10: `letter_reader`
#
# **Goal:** train a network that reads letters of a seed it never saw. About 20 minutes, medium ★★☆.
#
# | array | shape |
# | --- | --- |
# | `X` | (N, 256), numbers from 0 to 1 |
# | `labels` | (N,), from 0 for A to 25 for Z |
# | the model's output | (N, 26) |
#
# Your function gets images and labels, and returns a network that is trained on them: an `MLP`, say, by `train`. The
# size of the network, the number of epochs and the optimizer are your choice. Your function is called three
# times, each time with 1560 letters of another seed, and each network then reads 260 letters that it never saw.
# In one of these calls the labels run backwards, from 0 for Z to 25 for A, so that each network has to learn from the
# labels that it gets. Together they must read 88 % of the letters that they never saw, whose labels your function does
# not get. At grading the seeds are others. The three calls together may take 30 seconds of the processor's time, some
# twenty times what is needed.
# `DataLoader(TensorDataset(X, labels), batch_size=64, shuffle=True)` makes batches; the loss is
# `nn.functional.cross_entropy`, or your own `CrossEntropyFunction.apply`.

# %% solution="letter_reader"
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def letter_reader(X, labels):
    """Return a model that is trained to read letters.

    X : (N, 256), images with 16 · 16 pixels in a row; labels : (N,), whole numbers from 0 to 25
    """
    ### BEGIN SOLUTION
    model = MLP(X.shape[1], 26, [64], "relu")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    batches = DataLoader(TensorDataset(X, labels), batch_size=64, shuffle=True)
    train(model, batches, nn.functional.cross_entropy, optimizer, 15)
    return model
    ### END SOLUTION
    raise NotImplementedError("train a model and return it")


# %% [markdown]
# <details><summary>Hint</summary>
#
# One hidden layer of 64 units and SGD with a learning rate of 0.1 and momentum 0.9 learn this in 15 epochs.
# Guessing reads one letter in 26, so less than 4 %: if you are near that, nothing is learned at all.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Everything is written already: `MLP` builds the network, `train` trains it. Between the two you need an optimizer for
# the parameters of just this network, and the batches. The images are rows of 256 numbers, so nothing has to be
# reshaped.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `MLP` with 256 inputs, 26 outputs, one hidden layer of 64 units and `"relu"`.
# 2. `torch.optim.SGD` on its parameters, with the two numbers of the first hint.
# 3. A `DataLoader` on a `TensorDataset` of `X` and `labels`, with `shuffle=True`.
# 4. Call `train` with the network, the batches, the loss, the optimizer and 15 epochs, and return the network.
#
# </details>

# %% test="letter_reader" points=6
check.letter_reader(letter_reader)


# %% [markdown]
# **What you should see:** the accuracy passes. Now your pieces are put to use: the sweep below trains the
# same network with five momenta, and with Adam for four strengths of weight decay.

# %% tags=["demonstration"]
def sweep(settings, epochs=6):
    """Train one network for each setting; return histories and validation accuracies by name."""
    histories, accuracies = {}, {}
    for name, make_optimizer in figures.progress(list(settings.items()), "networks trained"):
        torch.manual_seed(0)
        model = MLP(256, 26, [64], "relu")
        batches = DataLoader(TensorDataset(train_X, train_labels), batch_size=64, shuffle=True)
        histories[name] = train(model, batches, CrossEntropyFunction.apply, make_optimizer(model.parameters()), epochs)
        accuracies[name] = (predict(model, valid_X) == valid_labels).float().mean().item()
    return histories, accuracies


def table(histories, accuracies):
    """Print the last training accuracy and the validation accuracy of each setting."""
    print(f"{'setting':26} {'training':>9} {'validation':>11}")
    for name in histories:
        print(f"{name:26} {histories[name]['accuracy'][-1]:>9.0%} {accuracies[name]:>11.0%}")


momenta = {
    f"momentum {m}": lambda parameters, m=m: torch.optim.SGD(parameters, lr=0.05, momentum=m)
    for m in (0.88, 0.9, 0.92, 0.95, 0.98)
}
momentum_histories, momentum_accuracies = sweep(momenta)
table(momentum_histories, momentum_accuracies)
figures.show(
    figures.curves(
        {name: history["loss"] for name, history in momentum_histories.items()}, "epoch", "training loss", markers=True
    ),
    "Five curves of the training loss over six epochs, for the momenta 0.88, 0.9, 0.92, 0.95 and 0.98. After "
    "two epochs the larger the momentum, the lower the loss. From the fourth epoch on 0.98 has lost its lead: "
    "0.95 ends lowest, and 0.88 highest.",
)

# %% tags=["demonstration"]
decays = {
    f"Adam, weight decay {decay:g}": lambda parameters, decay=decay: torch.optim.Adam(
        parameters, lr=3e-3, weight_decay=decay
    )
    for decay in (0.0, 1e-4, 1e-3, 1e-2)
}
decay_histories, decay_accuracies = sweep(decays)
table(decay_histories, decay_accuracies)
figures.show(
    figures.curves(
        {name: history["accuracy"] for name, history in decay_histories.items()},
        "epoch",
        "training accuracy",
        markers=True,
    ),
    "Four curves of the training accuracy over six epochs, for Adam with weight decay 0, 0.0001, 0.001 and "
    "0.01. They rise steeply in the first epochs; the one with the strongest decay ends lowest.",
)

# %% [markdown]
# **What you should see:** momentum $m$ adds to each step the last one, times $m$. Steps in one direction add
# up to $1/(1 - m)$ times their length: from 8 times at 0.88 to 50 times at 0.98. At first this is speed; the
# curve of 0.98 then loses its lead, as the walk overshoots. Weight decay pulls every weight towards 0; a
# little does no harm here, but much of it keeps the network from fitting its training images as well as the others do.

# %% [markdown] task="sweep_words" points=3
# ### Question: reading a sweep
#
# About 10 minutes, medium ★★☆. Answer in the cell below this one.
#
# 1. Which setting would you choose, and by which column of the tables? Why not by the test images?
# 2. Momentum 0.98 with the same learning rate takes much longer steps. Which one number would you change to
#    be fair to it, and how?
#
# ### BEGIN MARK SCHEME
# 3 points.
#
# - **The column (1 point).** By the validation column; settings within the noise of a few percent may be
#   called equal.
# - **The test images (1 point).** Whoever chooses by them has used them in training, and they no longer tell
#   how the choice does on fresh images.
# - **Fair (1 point).** The learning rate, smaller: by about (1 − 0.98)/(1 − 0.9) = 1/5 of that for 0.9.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# ## Exercise 11: a checkpoint
#
# **Goal:** save a trained network so that anybody can build it again. About 15 minutes, easy ★☆☆.
#
# A file with weights alone is a riddle: of which network? So save the configuration with them, a dict with
# the arguments of `MLP`. A saved Python object can run code when it is opened. With `weights_only=True`,
# `torch.load` accepts only tensors, numbers, strings, lists and dicts, and that is all you need.
# `model.state_dict()` is a dict of tensors, and `model.load_state_dict(...)` its inverse. The one file holds all
# that is needed, with all its digits: it may be moved, and others may be saved before it is opened.

# %% solution="checkpoint"
import torch


def save_checkpoint(path, model, configuration):
    """Write the weights of a model and its configuration to a file.

    configuration : a dict with input_size, output_size, hidden_sizes, activation
    """
    ### BEGIN SOLUTION
    torch.save({"configuration": configuration, "weights": model.state_dict()}, path)
    ### END SOLUTION


def load_checkpoint(path):
    """Return (model, configuration): an MLP of this configuration with the saved weights."""
    ### BEGIN SOLUTION
    saved = torch.load(path, weights_only=True)
    model = MLP(**saved["configuration"])
    model.load_state_dict(saved["weights"])
    return model, saved["configuration"]
    ### END SOLUTION
    raise NotImplementedError("return (model, configuration)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Put both into one dict. `MLP(**configuration)` hands a dict's items over as named arguments.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# `torch.save(something, path)` writes, `torch.load(path, weights_only=True)` reads. What was saved as a dict comes back
# as a dict. A new `MLP` has random weights until `load_state_dict` replaces them.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Save a dict with two entries: the configuration, and `model.state_dict()`.
# 2. To load, read the dict with `weights_only=True`.
# 3. Build `MLP(**configuration)`, load the weights into it, and return the model and the configuration.
#
# </details>

# %% test="checkpoint" points=4
check.checkpoint(save_checkpoint, load_checkpoint)

# %% tags=["demonstration"]
torch.manual_seed(0)
reader = letter_reader(train_X, train_labels)
configuration = {"input_size": 256, "output_size": 26, "hidden_sizes": [64], "activation": "relu"}
matching = [p.shape for p in reader.parameters()] == [p.shape for p in MLP(**configuration).parameters()]
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "reader.pt"
    if matching:  # change the configuration above to that of your reader
        save_checkpoint(path, reader, configuration)
        reader, _ = load_checkpoint(path)
        print("saved and loaded:", path.name)
    else:
        print("not saved: this is not the configuration of your reader")

for name, X, labels in [("test images", test_X, test_labels), ("unseen fonts", other_X, other_labels)]:
    share = (predict(reader, X) == labels).float().mean().item()
    print(f"{name:13} right: {share:.1%}")

# %% [markdown]
# **What you should see:** the loaded network reads the test images as well as the saved one did, about 94 of 100.
# In fonts of another family it reads clearly less, about 85 of 100: it has learned six fonts, and not the idea of
# a letter. A test set tells about data like itself.

# %% tags=["demonstration"]
shown = [int((test_labels == letters.LETTERS.index(k)).nonzero()[0]) for k in "AEOQIW"]
with torch.no_grad():
    shown_probabilities = reader(test_X[shown]).softmax(dim=1).numpy()
figures.show(
    figures.readings(test_X[shown].reshape(-1, 16, 16).numpy(), shown_probabilities, letters.LETTERS),
    "Six test images, an A, an E, an O, a Q, an I and a W, and below each the three letters that the network "
    "finds most probable, as bars with their probabilities. For most images one bar is long and the two others "
    "are short.",
)

# %% tags=["demonstration"]
counts = np.zeros((26, 26))
np.add.at(counts, (test_labels.numpy(), predict(reader, test_X).numpy()), 1)
figures.show(
    figures.confusions(counts, letters.LETTERS),
    "A matrix of 26 by 26 counts, true letters down and predicted ones across, 40 images for each letter. "
    "Nearly all counts lie on the diagonal. Off it are small numbers, most of them between letters of similar "
    "shape.",
)

# %% tags=["demonstration"]
first_layer = next(p for p in reader.parameters() if p.ndim == 2).detach().numpy()
figures.show(
    figures.weights(first_layer[:32].reshape(-1, 16, 16)),
    "The weights of 32 units of the first layer, each as an image of 16 by 16 pixels, orange and purple for the "
    "two signs on a light ground. In the middle of most images lie blobs and strokes of both signs; the borders "
    "are noisy and weak, and some images are noise all over.",
)

# %% [markdown]
# **What you should see:** confusions join letters that share their strokes: most often a Q is taken for an O. In
# the picture of the first layer each unit weighs pixels for and against: some look for a stroke at one place with
# none beside it, others for the place where two letters differ. At the border, where there is hardly ever ink,
# little but noise was learned, and some units have learned nothing that can be seen.

# %% [markdown]
# # 5. Fitting functions

# %% [markdown]
# ## Exercise 12: `fit_function`
#
# **Goal:** write one function that fits any of three curves, whose heights differ by a factor of 10,000.
# About 30 minutes, medium ★★☆.
#
# | $y$ over $[-10, 10]$ | its height |
# | --- | --- |
# | $\sin x$ | 1 |
# | $\sin^2 x + x^3\cos x + 4x + 2$ | about 840 |
# | $x^4 - x^3 + x^2 - x + 1$ | about 11,000 |
#
# A network of two layers, $y = W_2\,\mathrm{relu}(W_1 x + b_1) + b_2$, is enough, with the mean squared error as
# its loss. A network starts with outputs of order 1, and each step of Adam changes a weight by about the
# learning rate, whatever the loss. So bring the problem to the network: scale $x$ and $y$, best to mean 0 and
# standard deviation 1, train on these, and undo the scaling on the way out. `fit_function` is called for one curve at
# a time, with 200 points of it, and returns a function that takes any `x` (M,) to `y` (M,), also a single
# point. It is judged by the relative error on points in between, $\mathrm{rms}(\hat y - y) / \mathrm{std}(y)$,
# which must be at most 0.3; for $\sin x$ it may be 0.8, as a network easily misses the outer waves. And it has
# to be a network of ReLUs: far outside the points it goes on in straight lines that are not flat, and it bends in
# other places than the points alone, unlike a curve that merely joins them by straight lines.

# %% solution="fit_function"
import torch
from torch import nn


def fit_function(x, y):
    """Fit a two-layer ReLU network to points of a curve and return it as a function.

    x, y : (N,), float32
    returns a function that takes any x (M,) to the fitted y (M,)
    """
    ### BEGIN SOLUTION
    inputs, targets = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    network = nn.Sequential(nn.Linear(1, 256), nn.ReLU(), nn.Linear(256, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(400):
        optimizer.zero_grad()
        loss = (network(inputs[:, None])[:, 0] - targets).square().mean()
        loss.backward()
        optimizer.step()
    return lambda z: network(((z - x.mean()) / x.std())[:, None])[:, 0] * y.std() + y.mean()
    ### END SOLUTION
    raise NotImplementedError("return a function from x to y")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `nn.Sequential(nn.Linear(1, 256), nn.ReLU(), nn.Linear(256, 1))` wants inputs of shape (N, 1). Adam with a
# learning rate of 0.01 needs some 400 steps. What was learned from the N points, mean and standard deviation, must
# also be used on new ones.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Four numbers make the scale: the mean and the standard deviation of `x`, and those of `y`. They come from the given
# points and are never worked out again. A new `x` goes through the first two on its way in, and what the network gives
# goes back through the other two on its way out.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `inputs = (x - x.mean()) / x.std()`, and `y` likewise.
# 2. The network and the optimizer of the first hint.
# 3. 400 times: clear, take the mean of the squared differences between `network(inputs[:, None])[:, 0]` and the scaled
#    `y`, backward, step.
# 4. Return a function of a new `x`: scale it with the mean and the standard deviation **of the given points**, apply
#    the network, multiply by the standard deviation of `y` and add its mean.
#
# </details>

# %% test="fit_function" points=6
check.fit_function(fit_function)

# %% tags=["demonstration"]
targets = {
    "sin x": torch.sin,
    "sin²x + x³cos x + 4x + 2": lambda x: torch.sin(x) ** 2 + x**3 * torch.cos(x) + 4 * x + 2,
    "x⁴ − x³ + x² − x + 1": lambda x: x**4 - x**3 + x**2 - x + 1,
}


def fit_without_scaling(x, y):
    """Fit the same kind of network to x and y as they are."""
    network = nn.Sequential(nn.Linear(1, 256), nn.ReLU(), nn.Linear(256, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(400):
        optimizer.zero_grad()
        loss = (network(x[:, None])[:, 0] - y).square().mean()
        loss.backward()
        optimizer.step()
    return lambda z: network(z[:, None])[:, 0]


curve_x = torch.linspace(-10, 10, 200)
fitted = {}
print(f"{'relative error':28} {'as it is':>9} {'scaled':>9}")
for name, function in targets.items():
    y = function(curve_x)
    torch.manual_seed(0)
    fitted[name] = [fit(curve_x, y)(curve_x).detach() for fit in (fit_without_scaling, fit_function)]
    errors = [float((line - y).square().mean().sqrt() / y.std()) for line in fitted[name]]
    print(f"{name:28}", *(f"{error:9.3f}" for error in errors))

figures.show(
    figures.fits(
        curve_x.numpy(),
        {name: function(curve_x).numpy() for name, function in targets.items()},
        {name: [line.numpy() for line in lines] for name, lines in fitted.items()},
        ["without scaling", "your fit"],
    ),
    "Three graphs over x from -10 to 10, each with the function as a broad grey line, a dashed line for a "
    "network trained without scaling and a solid line for yours. The dashed line misses the outer waves of "
    "sin x, and for the two others stays far from the grey one; the solid one follows it closely, except at the "
    "ends of the middle graph.",
)

# %% [markdown]
# **What you should see:** without scaling all three are missed, by about half of their own spread (which the check
# lets pass for $\sin x$ alone), with the same network, the same optimizer and the same number of steps. With scaling
# an error of about 0.05, 0.12 and 0.03 is left. The network was never too small; it started too far away.

# %% [markdown]
# ## Exercise 13: `bump_network`
#
# **Goal:** build a network by hand that runs through given points. About 25 minutes, medium ★★☆.
#
# Three ReLU units make a tent: over knots $k_{-} < k < k_{+}$ at distance $h$, and with $r$ for ReLU,
#
# $$\mathrm{tent}(x) = \frac{r(x - k_{-}) - 2\,r(x - k) + r(x - k_{+})}{h}$$
#
# is 1 at $k$, 0 at its neighbours, and straight between. A tent at each knot, times the height there, adds up
# to a curve of straight pieces through all points. Tents share their units, so one unit for each knot is
# enough: it switches on there, and its weight is the **change of slope**. So knots need not lie at equal distances:
# each piece has a slope of its own.
#
# | array | shape |
# | --- | --- |
# | `knots`, `heights` | (K,) |
# | `w1`, `b1`, `w2` | (H,), for any H |
# | `b2` | a number |

# %%
figures.slide(
    lambda knots: figures.tents(np.linspace(0, 6, knots), np.sin(np.linspace(0, 6, knots))),
    "Seven tents over the knots 0 to 6, dashed, each with its top at the height of the sine there and 0 at the "
    "neighbouring knots; and their sum, a solid line of straight pieces through all tops.",
    "knots",
    [3, 4, 5, 7, 9, 13, 19, 25],
    start=7,
)

# %% solution="bump_network"
import numpy as np


def bump_network(knots, heights):
    """Return (w1, b1, w2, b2) of a two-layer ReLU network through given points.

    knots : (K,), increasing; heights : (K,)
    w1, b1, w2 : (H,), b2 : a number; for any number H of hidden units
    The network relu(x w1 + b1) · w2 + b2 runs straight from each point to the next.
    """
    ### BEGIN SOLUTION
    slopes = np.diff(heights) / np.diff(knots)
    w1 = np.ones(len(slopes))
    b1 = -knots[:-1]
    w2 = np.diff(slopes, prepend=0)
    b2 = heights[0]
    return w1, b1, w2, b2
    ### END SOLUTION
    raise NotImplementedError("write w1, b1, w2, shape (H,), and b2, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# relu(x · 1 − k) switches on at k. To the left of the first knot the slope is 0. `np.diff` gives differences
# of neighbours, and has an argument `prepend`.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Give the unit of knot $k$ the input weight 1 and the bias $-k$. To the right of it, it adds its `w2` to the slope of
# the curve, and to the left nothing. So between two knots the slope is the sum of all `w2` up to there, and the last
# knot needs no unit. Left of all units the network is `b2` alone.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. The slopes of the pieces: differences of `heights`, divided by differences of `knots`. There are K − 1.
# 2. `w1` is 1 for each piece, `b1` is minus the knot at which it begins.
# 3. `w2` begins with the first slope; each further entry is a slope minus the one before it.
# 4. `b2` is the height at the first knot.
#
# </details>

# %% test="bump_network" points=6
check.bump_network(bump_network)

# %% [markdown]
# **What you should see:** the network meets every height, and runs straight between the knots, even or
# uneven. No training was needed: the weights can be read off the curve.

# %% [markdown]
# ## Error against width

# %% [markdown]
# Now let the number of hidden units grow. The cell below builds networks through more and more points of
# $\sin x$ with your function, and trains networks of the same widths beside them.

# %% tags=["demonstration"]
widths = [8, 16, 32, 64, 128]
fine = np.linspace(-10, 10, 2001)


def rms(values):
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(values**2)))


built, trained = [], []
for width in figures.progress(widths, "widths"):
    knots = np.linspace(-10, 10, width + 1)
    w1, b1, w2, b2 = bump_network(knots, np.sin(knots))
    built.append(rms(np.maximum(0, np.outer(fine, w1) + b1) @ w2 + b2 - np.sin(fine)))
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    x = torch.linspace(-10, 10, 200)[:, None] / 5
    for _ in range(400):
        optimizer.zero_grad()
        (network(x) - torch.sin(5 * x)).square().mean().backward()
        optimizer.step()
    with torch.no_grad():
        values = network(torch.tensor(fine / 5, dtype=torch.float32)[:, None])[:, 0].numpy()
    trained.append(rms(values - np.sin(fine)))

for width, error in zip(widths, built, strict=True):
    print(f"{width:4} units built by hand: error {error:.4f}")
figures.show(
    figures.curves(
        {"built by hand": built, "trained": trained}, "hidden units", "rms error", widths, both=True, markers=True
    ),
    "The error against the number of hidden units, from 8 to 128, both axes logarithmic. For the networks built "
    "by hand it falls along a straight line, a factor of four for each doubling from 16 units on. "
    "For the trained networks it lies higher, and falls less and unevenly.",
)

# %% [markdown]
# **What you should see:** from 16 units on, each doubling of the width divides the error of the hand-built
# network by about four: a straight line of slope −2 on two logarithmic axes, as the error of short straight
# pieces goes with the square of their length. Eight pieces are too long for that rule: three waves of the sine
# lie in them. The trained network of the same width could do at least as well, for it could be the hand-built
# one. It is not: that a good network exists does not mean that training finds it.

# %% [markdown]
# # 6. Depth

# %% [markdown]
# ## Exercise 14: `initialise`
#
# **Goal:** draw initial weights in two ways. About 15 minutes, easy ★☆☆.
#
# | scheme | how each weight of a matrix (out, in) is drawn |
# | --- | --- |
# | `"naive"` | normal, with mean 0 and variance 1 |
# | `"he"` | normal, with mean 0 and variance 2 / in |
#
# Biases are 0 in both. The layers may be `nn.Linear` or of a class of your own. The model that is given is returned,
# with the same parameters in it, and can be trained as before. A sum of `in` products of variance 1 has variance
# `in`; ReLU then halves the mean square. The variance 2 / in makes up for just that, so that the values keep their
# size from layer to layer.

# %% solution="initialise"
from torch import nn


def initialise(model, scheme):
    """Draw the weights of a model anew, in place, set its biases to 0, and return the model.

    scheme : "naive", normal with standard deviation 1; or "he", normal with variance 2 / in
    Weight matrices are the parameters with two axes, (out, in); biases have one.
    """
    ### BEGIN SOLUTION
    for p in model.parameters():
        if p.ndim == 2:
            deviation = (2 / p.shape[1]) ** 0.5 if scheme == "he" else 1.0
            nn.init.normal_(p, std=deviation)
        else:
            nn.init.zeros_(p)
    return model
    ### END SOLUTION
    raise NotImplementedError("draw the weights, and return the model")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `nn.init.normal_(p, std=...)` fills a parameter in place. It takes the standard deviation, and the table gives
# the variance.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The number of inputs of a layer is the length of the second axis of its matrix. A standard deviation is the root of a
# variance. Parameters with one axis are biases, whatever the class of the layer.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Walk through `model.parameters()`.
# 2. With two axes: `nn.init.normal_` with `std` 1 for `"naive"`, and the root of 2 over `p.shape[1]` for `"he"`.
# 3. With one axis: `nn.init.zeros_`.
# 4. Return the model.
#
# </details>

# %% test="initialise" points=4
check.initialise(initialise)


# %% [markdown]
# **What you should see:** the spread of the weights is right for both schemes, and all biases are 0. The two
# schemes differ by one number for each layer, and nothing else. Further below that number decides whether a
# network trains.

# %% [markdown]
# ## Exercise 15: `gradient_norms`
#
# **Goal:** measure how large a gradient arrives at each layer. About 10 minutes, easy ★☆☆.
#
# $$g_\ell = \sqrt{\textstyle\sum_{jk} (\partial L/\partial W_{\ell,jk})^2}$$
#
# The result is a list of floats, one for each weight matrix, from the first layer to the last. Gradients from
# earlier may still be there. The layers may be of a class of your own, and the loss is `loss_function`, which is
# not always the cross-entropy. Nothing of the model changes but the gradients that its parameters hold.

# %% solution="gradient_norms"
def gradient_norms(model, loss_function, X, labels):
    """Return a list of floats: the norm of the loss's gradient at each weight matrix, first layer first."""
    ### BEGIN SOLUTION
    model.zero_grad()
    loss_function(model(X), labels).backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]
    ### END SOLUTION
    raise NotImplementedError("return a list of floats")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Clear, forward, backward; then walk through `model.parameters()` and take those with two axes.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Without clearing, `backward` would add to what is there. After it each parameter holds its gradient in `p.grad`;
# `.norm()` is the root of the sum of the squares, and `.item()` makes a float of it.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `model.zero_grad()`.
# 2. `loss_function(model(X), labels)`, and `.backward()` on it.
# 3. A list of `p.grad.norm().item()` for the parameters `p` with two axes, in the order of the model.
#
# </details>

# %% test="gradient_norms" points=4
check.gradient_norms(gradient_norms)

# %% [markdown]
# **What you should see:** `norms` is right, also where old gradients are still there, and for one layer as for three.

# %% [markdown]
# ## Two layers against four
#
# The data: handwritten digits, 8 × 8 pixels, from a set that comes with scikit-learn. 1300 images are for
# training, the other 497 for testing. The same training, step for step, is done for two and for four layers,
# from naive and from He weights.

# %% tags=["demonstration"]
from sklearn.datasets import load_digits

digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.data))
digit_X = torch.tensor(digits.data[order] / 16, dtype=torch.float32)
digit_labels = torch.tensor(digits.target[order])
digit_batches = DataLoader(TensorDataset(digit_X[:1300], digit_labels[:1300]), batch_size=50)

digit_sizes, digit_norms, digit_histories = {}, {}, {}


def sizes_of(model, X):
    """Return the root of the mean square of what each Linear layer of a model gives for X."""
    sizes = []
    hooks = [
        layer.register_forward_hook(lambda layer, X, y: sizes.append(y.detach().square().mean().sqrt().item()))
        for layer in model.modules()
        if isinstance(layer, Linear)
    ]
    model(X)
    for hook in hooks:
        hook.remove()
    return sizes


print(f"{'network':16} {'loss at start':>13} {'training':>9} {'test':>6}")
for hidden_sizes in ([100], [100, 100, 100]):
    for scheme in ("naive", "he"):
        name = f"{len(hidden_sizes) + 1} layers, {scheme}"
        torch.manual_seed(0)
        model = MLP(64, 10, hidden_sizes, "relu")
        initialise(model, scheme)
        start = nn.functional.cross_entropy(model(digit_X[:1300]), digit_labels[:1300]).item()
        digit_sizes[name] = sizes_of(model, digit_X[:1300])
        digit_norms[name] = gradient_norms(model, nn.functional.cross_entropy, digit_X[:1300], digit_labels[:1300])
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        digit_histories[name] = train(model, digit_batches, nn.functional.cross_entropy, optimizer, 8)
        hits = (predict(model, digit_X) == digit_labels).float()
        shares = [part.mean().item() for part in (hits[:1300], hits[1300:])]
        print(f"{name:16} {start:>13.4g} {shares[0]:>9.1%} {shares[1]:>6.1%}")
for what, found in (("size of what each layer gives", digit_sizes), ("gradient norm at each layer", digit_norms)):
    print(f"\n{what}, before the first step")
    for name, numbers in found.items():
        print(f"{name:16}", "".join(f"{number:>8.4g}" for number in numbers))

figures.show(
    figures.curves(
        {name: history["accuracy"] for name, history in digit_histories.items()},
        "epoch",
        "training accuracy",
        markers=True,
    ),
    "Training accuracy over eight epochs. The two-layer networks and the four-layer network from He weights climb "
    "to above nine in ten. The four-layer network from naive weights stays at about one in ten.",
)
figures.show(
    figures.curves(digit_norms, "layer", "gradient norm", logarithmic=True, markers=True),
    "The norm of the gradient at each layer before the first step, on a logarithmic axis. From He weights the "
    "norms are near 1 for two layers and for four. From naive weights they are near 10 for two layers and "
    "several hundred for four.",
)

# %% [markdown]
# ## Exercise 16: what happened?
#
# **Goal:** draw the conclusion from the table and the pictures. About 10 minutes, medium ★★☆.
#
# Why does the deep network with naive weights fail? (`why_it_fails`)
#
# - a: it overfits the training images
# - b: it has too few weights for the task
# - c: its scores and its gradients are hundreds of times too large, so that the first steps throw it far off
# - d: its gradients vanish on the way to the first layer, before the first step
#
# Which of these facts shows that it is, or is not, overfitting? (`why_not_overfitting`)
#
# - a: the share of test images that it gets right
# - b: the share of training images that it gets right
# - c: the number of its weights
# - d: the number of epochs
#
# What do He weights do? (`what_he_does`)
#
# - a: they keep the weights small during all of the training
# - b: they keep the network from learning examples by heart
# - c: they give the deeper layers a larger learning rate
# - d: they keep the size of the values about the same from layer to layer at the start
#
# Write one letter for each.

# %% solution="depth"
why_it_fails = None  # "a", "b", "c" or "d"
why_not_overfitting = None
what_he_does = None
### BEGIN SOLUTION
why_it_fails = "c"
why_not_overfitting = "b"
what_he_does = "d"
### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Overfitting means: good on what was trained, bad on what was not. And the norms in the table were measured
# before the first step.
#
# </details>

# %% test="depth" points=3
check.depth(why_it_fails, why_not_overfitting, what_he_does)

# %% [markdown] task="depth_words" points=4
# ### Question: the argument in words
#
# About 15 minutes, medium ★★☆. Answer in the cell below this one, in five to eight sentences.
#
# Explain to somebody who says "deep networks overfit" what happened here. Use numbers from the tables: for the
# training images, for the loss at the start, and for the gradient norms. Say where the size of naive scores
# comes from: what does one layer with 100 inputs do to the variance of what passes through it? Then say what
# He weights change, and what they leave as it is.
#
# ### BEGIN MARK SCHEME
# 4 points.
#
# - **Not overfitting (1 point).** The deep naive network fails on its training images too, at about one in
#   ten, which is guessing; overfitting would show as good on training and bad on test images.
# - **The evidence (1 point).** A loss at the start of order 1000, far above log 10 = 2.3, and gradient norms
#   of several hundred, against about 2 and about 1 with He weights.
# - **The cause (1 point).** With weights of variance 1 each layer multiplies the variance (the mean square)
#   by about in/2 = 50, and so the size by about 7; over three hidden layers of ReLU that is some hundred
#   times. A step of the usual length then throws the weights far off, and the units die.
# - **He (1 point).** Variance 2/in makes the factor 1. Architecture, data, optimizer and number of weights
#   stay the same, and the network trains.
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
# You have written the parts that a deep learning library hides: Functions with backward passes, layers, a
# training loop, prediction without side effects, checkpoints. You know what a network reads in a letter and
# where it fails, that scale decides whether training starts at all, and how to tell a network that overfits
# from one that never trained. In the next assignment, `vanishing_gradients`, a network uses the same layer
# again and again, and the size of what passes through it becomes the whole story.

# %% [markdown]
# ## Where it comes from, and what to read next
#
# Frank Rosenblatt's perceptron of 1958 is the unit that learned OR above, with a sharp step where ours has a
# sigmoid. That a network with one hidden layer can come as close to any continuous function as one likes was
# proved by George Cybenko in 1989, for the sigmoid; how it is to be found, the proof does not say. Steps with a
# noisy gradient are due to Herbert Robbins and Sutton Monro (1951), momentum to Boris Polyak (1964), and Adam
# to Diederik Kingma and Jimmy Ba (2015). The size of the initial weights was long a matter of taste, and deep
# networks were held to be untrainable; Xavier Glorot and Yoshua Bengio (2010), and Kaiming He and others
# (2015), made it a calculation.
#
# - F. Rosenblatt, *The perceptron: a probabilistic model for information storage and organization in the brain*,
#   Psychological Review 65 (1958), doi:10.1037/h0042519
# - H. Robbins, S. Monro, *A stochastic approximation method*, Annals of Mathematical Statistics 22 (1951),
#   doi:10.1214/aoms/1177729586
# - B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Computational Mathematics
#   and Mathematical Physics 4 (1964), doi:10.1016/0041-5553(64)90137-5
# - D. P. Kingma, J. Ba, *Adam: a method for stochastic optimization*, ICLR (2015), arXiv:1412.6980
# - G. Cybenko, *Approximation by superpositions of a sigmoidal function*, Mathematics of Control, Signals and Systems
#   2 (1989), doi:10.1007/BF02551274
# - X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS
#   (2010), proceedings.mlr.press/v9/glorot10a.html: the place to start
# - K. He and others, *Delving deep into rectifiers*, ICCV (2015), doi:10.1109/ICCV.2015.123
