# %% [markdown]
# # The LSTM in two dimensions
#
# A sequence has one past. A picture, a page of handwriting or the table of an alignment has two: what lies
# above a place, and what lies to its left. In this notebook you build an LSTM for such grids in NumPy, and
# derive its gradients by hand. Then you find out what happens to a gradient that can travel on very many
# paths at once, and see a task for which the second dimension is worth its cost.
#
# You need the chain rule, some NumPy, and an idea of what a gate is. The earlier notebook on vanishing
# gradients helps, but you can do without it. Take about four hours, in two or three sittings. Each
# exercise says about how long it takes and how hard it is: ★☆☆ easy, ★★☆ medium, ★★★ hard. The parts:
#
# 1. one cell, forward and backward;
# 2. a grid of 2 by 2 nodes, where two paths join;
# 3. the full grid, forward and backward;
# 4. the older form with a single cell, of Graves, Fernández and Schmidhuber;
# 5. counting paths: when two dimensions explode though each alone vanishes;
# 6. water in a rock: two dimensions against one.

# %% [markdown]
# ## How the checks work
#
# After each exercise stands a cell such as `check.cell_forward(cell_forward)`. It runs your code on small
# public cases and says what is wrong and, where it can, what the mistake looks like. At grading the same is
# done with other sizes and other numbers.
#
# - Each gradient is scored on its own. A right `Wf_t` keeps its points when `Wo_d` is wrong.
# - The grid uses your cell. The check in this notebook runs with yours, so fix the cell first. At grading
#   the grid is also tried with a correct cell, if your grid calls `cell_forward` and `cell_backward` by name.
# - A backward function takes the **cache** that your own forward returned. What is in it is your choice: a
#   tuple, a dict, anything. A backward function reads the cache and leaves it as it is, so that it can be
#   called twice; and a cache must not change when forward is called again with other inputs.
#   It is always run with your own forward: if that is wrong, its gradients are wrong too, so fix it first.
# - "By hand" means that you write the formulas. No automatic differentiation, no difference quotients.
# - NumPy is the tool of this notebook. A check and grading hide PyTorch: importing it costs nothing, an
#   exercise that uses it fails.
# - A function never changes its arguments: compute in new arrays.
# - What a function returns depends on its arguments alone. Each is called again, with other arguments in
#   between, and must give the same as the first time. The case "the first inputs again" looks at that.
# - Gradients may be very small here, in the cases whose names say "faint gradients". Each is compared relative to
#   its own size, so a small one must not be taken for 0.
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
# | $z$ | what goes into an activation | `z` |
# | $k$ | one of the two dimensions, t or d | the ending `_t` or `_d` of a name |
# | $a \circ b$ | the product entry by entry | `a * b` |
# | $x^\top$ | the transpose | `x.T` |
#
# Here `dh_t` is the gradient at `h_t`; a dict holds gradients under the names of their parameters.

# %%
from importlib.util import find_spec

if missing := [name for name in ("handgrad", "numpy") if find_spec(name) is None]:
    raise ModuleNotFoundError(f"""{", ".join(missing)}: not installed in the Python of this notebook.
On your computer, type in a terminal, in the folder of the course:  pip install -r requirements.txt
On Colab, put the file handgrad-….whl of that folder under Files, at the left, and run in a cell:  !pip install *.whl
Then restart the kernel, and run this cell again.""")

import numpy as np

from handgrad import checks
from handgrad.assignments.lstm_2d import derivations, figures, steps

check = checks("lstm_2d")

# %% [markdown]
# ## Conventions
#
# | letter | meaning |
# | --- | --- |
# | $T$, $S$ | size of the grid: node $(t, s)$ lies in row $t$ and column $s$, both counted from 0 |
# | $D$ | number of inputs of a node |
# | $H$ | number of hidden units of each dimension |
# | `_t`, `_d` | belongs to the first dimension (down the rows, "time"), to the second (along a row, "depth") |
# | $\sigma(z)$ | the sigmoid, $1/(1 + e^{-z})$ |
#
# Here `d` in a name such as `h_d` is the second dimension, and `d` in front, as in `dh_t`, stands for a
# gradient: `dh_t` is $\partial L/\partial h_t$. So `dh_d` is the gradient at the hidden state of the second
# dimension. Weights have the layout (out, in), and a gate is computed as `W @ u + b` for one vector `u`.

# %% [markdown]
# # 1. One cell
#
# ## The formulas
#
# An LSTM keeps two vectors at each step: a hidden state $h$, which others see, and a cell $c$, which carries
# what is remembered. In two dimensions a node has two pairs, $(h_t, c_t)$ and $(h_d, c_d)$. It receives the
# pair of $t$ from the node above and the pair of $d$ from the node to its left. We mark what it receives with
# a minus: $h_t^-, c_t^-$ and $h_d^-, c_d^-$. First everything visible is joined into one vector:
#
# $$u = [\,h_t^-,\; x_t,\; h_d^-,\; x_d\,]$$
#
# Then each dimension $k \in \{t, d\}$ has three gates, a candidate, a new cell and a new hidden state:
#
# $$\begin{aligned}
# f_k &= \sigma(W_{f,k}\,u + b_{f,k}) && \text{forget gate}\\
# i_k &= \sigma(W_{i,k}\,u + b_{i,k}) && \text{input gate}\\
# o_k &= \sigma(W_{o,k}\,u + b_{o,k}) && \text{output gate}\\
# g_k &= \tanh(W_{C,k}\,u + b_{C,k}) && \text{candidate}\\
# c_k &= f_k \circ c_k^- + i_k \circ g_k && \text{new cell}\\
# h_k &= o_k \circ \tanh(c_k) && \text{new hidden state}
# \end{aligned}$$
#
# The forget gate says how much of the old cell stays, the input gate how much of the candidate comes in, and the
# output gate how much of the cell is shown.
#
# The cells stay apart: $c_t$ is made from $c_t^-$, $c_d$ from $c_d^-$. But **all eight gates and candidates
# read all of $u$**. Here the two dimensions meet. This cell is a close relative of the Grid LSTM of Kalchbrenner,
# Danihelka and Graves (2016), which has a cell and a hidden state for each dimension too.

# %%
figures.show(
    figures.cell(),
    "One cell. On the left the four vectors h_t, x_t, h_d and x_d of the steps before are joined to one "
    "vector u of length 2H + 2D. From u an arrow leads to each of two boxes, one for each dimension; each "
    "box holds the gates f, i, o and the candidate g of its dimension. The old cell c_t enters only the "
    "box of dimension t, the old cell c_d only that of dimension d. Out of the box of t come the new h_t "
    "and c_t, drawn with solid lines; out of the box of d come the new h_d and c_d, drawn with dashed lines.",
)


# %% [markdown]
# ## Exercise 1: `cell_forward`
#
# **Goal:** compute one cell. About 20 minutes, easy ★☆☆.
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `params["Wf_t"]`, `"Wi_t"`, `"Wo_t"`, `"Wc_t"`, and the same with `_d` | (H, 2H + 2D) | given |
# | `params["bf_t"]`, `"bi_t"`, `"bo_t"`, `"bc_t"`, and the same with `_d` | (H,) | given |
# | `h_t`, `h_d`, `c_t`, `c_d` as arguments: $h_t^-, h_d^-, c_t^-, c_d^-$ | (H,) | given |
# | `x_t`, `x_d` | (D,) | given |
# | `h_t`, `h_d`, `c_t`, `c_d` as results | (H,) | asked |
# | `cache` | any form | asked; only your `cell_backward` reads it |
#
# Note the order of the arguments, both hidden states first, and the order inside $u$, which is another one.
# The results come in the order of the arguments: `h_t`, `h_d`, `c_t`, `c_d`, and then the cache. In the keys of
# `params` the C of a candidate is a small c: `Wc_t` is $W_{C,t}$.

# %% solution="cell_forward"
def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    """Return (h_t, h_d, c_t, c_d, cache): the new states of both dimensions.

    params : dict with Wf_t, Wi_t, Wo_t, Wc_t, Wf_d, Wi_d, Wo_d, Wc_d, each (H, 2H + 2D), and
        bf_t, bi_t, bo_t, bc_t, bf_d, bi_d, bo_d, bc_d, each (H,)
    h_t, h_d, c_t, c_d : the states before, each (H,)
    x_t, x_d : the inputs, each (D,)
    cache : whatever cell_backward will need, in any form
    """
    ### BEGIN SOLUTION
    u = np.concatenate([h_t, x_t, h_d, x_d])
    h, c, kept = {}, {}, {}
    for k, c_before in (("t", c_t), ("d", c_d)):
        f = 1 / (1 + np.exp(-(params[f"Wf_{k}"] @ u + params[f"bf_{k}"])))
        i = 1 / (1 + np.exp(-(params[f"Wi_{k}"] @ u + params[f"bi_{k}"])))
        o = 1 / (1 + np.exp(-(params[f"Wo_{k}"] @ u + params[f"bo_{k}"])))
        g = np.tanh(params[f"Wc_{k}"] @ u + params[f"bc_{k}"])
        c[k] = f * c_before + i * g
        h[k] = o * np.tanh(c[k])
        kept[k] = (f, i, o, g, c_before, c[k])
    return h["t"], h["d"], c["t"], c["d"], (u, kept)
    ### END SOLUTION
    raise NotImplementedError("write the four new states, each (H,), and the cache")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.concatenate([a, b])` joins vectors. Write one dimension first, then loop over `"t"` and `"d"`, with keys
# such as `f"Wf_{k}"`. For the cache, ask which numbers the derivatives of the six formulas will contain; you
# can also put everything in now and thin it out after exercise 2.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# All gates of both dimensions read the same `u`, so make it once. The old cells do not go into `u`: `c_t` is used in
# the new cell of dimension t alone, `c_d` in that of d. The candidate passes a tanh, the three gates a sigmoid.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `u` is `h_t`, `x_t`, `h_d`, `x_d`, joined in this order.
# 2. For each dimension: `f`, `i` and `o` are sigmoids of `W @ u + b` with their own `W` and `b`; `g` is a tanh.
# 3. The new cell is `f` times the old cell of this dimension plus `i` times `g`; the new hidden state is `o` times the
#    tanh of the new cell.
# 4. Keep `u`, and for each dimension the four gates, the old cell and the new one. Return the two hidden states, the
#    two cells, and what you kept.
#
# </details>

# %% test="cell_forward" points=6
check.cell_forward(cell_forward)


# %% [markdown]
# **What you should see:** four states are right, with $H$ and $D$ different, and with both equal. A wrong
# order inside $u$ never raises an error, since its length stays the same; only the numbers tell.

# %% [markdown]
# ## Exercise 2: `cell_backward`
#
# **Goal:** the gradients of one cell, 22 of them. About 60 minutes, hard ★★★.
#
# By hand means by formulas. Grading measures the time on a large case, where difference quotients take far longer
# than a formula.
#
# Given are the gradients of the loss at the four outputs, `dh_t`, `dh_d`, `dc_t`, `dc_d`. Wanted are the
# gradients at everything that went in. The way leads backwards through the six formulas, and its first two steps
# are yours to derive.

# %% [markdown]
# ### Derive two steps
#
# Nothing in the next cell is graded. Take one dimension, and one of its hidden units, with the number $j$:
#
# 1. **All that arrives at the new cell.** $c_j$ is used twice: it is an output, where the gradient `dc[j]` arrives,
#    and it is inside $h_j = o_j \tanh(c_j)$, where `dh[j]` arrives. Which two terms make up
#    $\partial L/\partial c_j$? From here on we call it $\delta c_j$.
# 2. **One gate.** The forget gate $f_j = \sigma(z_{f,j})$ is a factor in $c_j = f_j\,c^-_j + i_j\,g_j$. With
#    $\delta c_j$ as what arrives, what is $\partial L/\partial z_{f,j}$, the gradient before the sigmoid? It
#    needs no exponential, for the slope of the sigmoid follows from its output $f_j$.
#
# Write a formula in place of each `...`, and run the cell. Each is tried at random points, and of a wrong one is
# said where it differs, and in some cases why.

# %%
def entry_of_delta_c(dh, dc, o, c, j):
    """Return ∂L/∂c_j, a number, from what arrives at h and c, the output gate and the new cell, each (H,)."""
    return ...


def entry_of_delta_z_f(delta_c, c_before, f, j):
    """Return ∂L/∂z_f,j, a number, from all that arrives at c, the old cell and the forget gate, each (H,)."""
    return ...


derivations.cell.check(entry_of_delta_c)
derivations.forget_gate.check(entry_of_delta_z_f)

# %% [markdown]
# <details><summary>Unfold when both formulas are right, or when you would rather read on</summary>
#
# The output sends `dc[j]` as it is. Through $h_j$ comes `dh[j]` times the slope of $o_j \tanh(c_j)$:
#
# $$\delta c_j = \mathrm{dc}_j + \mathrm{dh}_j\;o_j\,\bigl(1 - \tanh^2 c_j\bigr)$$
#
# In the product $f_j\,c^-_j$ each factor receives what arrives, times its partner. Behind the gate lies the
# sigmoid, with the slope $f_j(1 - f_j)$:
#
# $$\delta z_{f,j} = \delta c_j\;c^-_j\;f_j\,(1 - f_j)$$
#
# </details>

# %% [markdown]
# The other gates go the same way. Ask of each what it is multiplied with, and through which activation it came: for
# $y = \sigma(z)$ the slope is $y(1 - y)$, for $y = \tanh(z)$ it is $1 - y^2$. This gives the gradients before the
# activations, $\delta z_{f,k},\ \delta z_{i,k},\ \delta z_{o,k},\ \delta z_{C,k}$, each of shape (H,), for both
# dimensions $k$.
#
# ### To the weights and to $u$
#
# As $z = W u + b$, each of the eight gives three gradients:
#
# $$\underbrace{\frac{\partial L}{\partial W}}_{(H,\,2H+2D)} = \delta z\,u^\top, \quad
# \frac{\partial L}{\partial b} = \delta z, \quad
# \underbrace{\frac{\partial L}{\partial u}}_{(2H+2D,)} = \sum_{\text{all eight}} W^\top \delta z$$
#
# The sum runs over the gates and candidates of **both** dimensions, because all of them read $u$. A gradient
# that arrives at $h_t$ alone therefore reaches $h_d^-$ and $x_d$ as well.
#
# | gradient | shape |
# | --- | --- |
# | `dh_t`, `dh_d`, `dc_t`, `dc_d` | (H,), given |
# | the 16 keys of `params` | as the parameter |
# | `h_t`, `h_d`, `c_t`, `c_d` | (H,): gradients at the states that went **in** |
# | `x_t`, `x_d` | (D,) |

# %% [markdown]
# ### A ladder, if you want one
#
# Nothing here is graded; whoever needs no ladder goes on to the answer below. The next cell takes one dimension of
# one cell, and checks its gradients one at a time: those of a single weight and bias stand for all four. `v` holds
# the values of the way forward: `v["h_t"]`, `v["x_t"]`, `v["h_d"]`, `v["x_d"]`, and `v["u"]` that is joined from
# them; `v["c_before"]`; for each gate `v["W_f"]`, `v["b_f"]` and `v["z_f"]` (before the activation; beware: `z_c`,
# `W_c` and `b_c` belong to the candidate, but `c` alone is the cell); `v["f"]`, `v["i"]`, `v["o"]`, `v["g"]`;
# `v["kept"]`, which is $f \circ c^-$, and `v["added"]`, which is $i \circ g$; `v["c"]`, `v["tanh_c"]`, `v["h"]`. What
# arrives from outside is in `v["dh"]` and `v["dc"]`. Put your formula in place of each `...`, from the top down, and
# run the cell again. Each step can use the names of those above it; `dc_all` is $\delta c$, all that arrives at $c$.

# %%
ladder = steps.dimension()
v = ladder.values

dh = ...
ladder.check("h", dh)
do = ...
ladder.check("o", do)
dtanh_c = ...
ladder.check("tanh_c", dtanh_c)

dc_all = ...
ladder.check("c", dc_all)
dkept = ...
ladder.check("kept", dkept)
dadded = ...
ladder.check("added", dadded)
dc_before = ...
ladder.check("c_before", dc_before)

df = ...
ladder.check("f", df)
di = ...
ladder.check("i", di)
dg = ...
ladder.check("g", dg)

dz_f = ...
ladder.check("z_f", dz_f)
dz_i = ...
ladder.check("z_i", dz_i)
dz_o = ...
ladder.check("z_o", dz_o)
dz_c = ...
ladder.check("z_c", dz_c)

dW_f = ...
ladder.check("W_f", dW_f)
db_f = ...
ladder.check("b_f", db_f)
du = ...
ladder.check("u", du)

dh_t = ...
ladder.check("h_t", dh_t)
dx_t = ...
ladder.check("x_t", dx_t)
dh_d = ...
ladder.check("h_d", dh_d)
dx_d = ...
ladder.check("x_d", dx_d)


# %% solution="cell_backward"
def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    """Return a dict of gradients: every key of params, and h_t, h_d, c_t, c_d, x_t, x_d.

    cache : from cell_forward; it stays as it is
    dh_t, dh_d, dc_t, dc_d : gradients of the loss at the four outputs, each (H,)
    each gradient has the shape of what it belongs to: W (H, 2H + 2D), b (H,), h and c (H,), x (D,)
    """
    ### BEGIN SOLUTION
    u, kept = cache
    H, D = len(dh_t), len(u) // 2 - len(dh_t)
    grads, du = {}, np.zeros(len(u))
    for k, dh, dc in (("t", dh_t, dc_t), ("d", dh_d, dc_d)):
        f, i, o, g, c_before, c = kept[k]
        tanh_c = np.tanh(c)
        dc_all = dc + dh * o * (1 - tanh_c**2)
        before_activation = {
            "f": dc_all * c_before * f * (1 - f),
            "i": dc_all * g * i * (1 - i),
            "o": dh * tanh_c * o * (1 - o),
            "c": dc_all * i * (1 - g**2),
        }
        for gate, dz in before_activation.items():
            grads[f"W{gate}_{k}"] = np.outer(dz, u)
            grads[f"b{gate}_{k}"] = dz
            du = du + params[f"W{gate}_{k}"].T @ dz
        grads[f"c_{k}"] = dc_all * f
    grads["h_t"], grads["x_t"], grads["h_d"], grads["x_d"] = np.split(du, [H, H + D, H + D + H])
    return grads
    ### END SOLUTION
    raise NotImplementedError("write a dict with 22 gradients: the 16 keys of params, h_t, h_d, c_t, c_d, x_t, x_d")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Write on paper, for one dimension: what arrives at $c$ in all? Then `np.outer(dz, u)` is the gradient of a
# weight, and `W.T @ dz` what goes to `u`. Let all eight add to one vector of length 2H + 2D, and cut that
# vector at the end into the four pieces that `u` was joined from; `np.split` takes the places of the cuts.
# $D$ follows from the length of `u`, or from what you kept.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Two paths lead to $c$: the gradient that arrives at the cell itself, and the one that comes through $h = o
# \circ \tanh c$. Their sum goes on to the four things that $c$ is made of. The output gate is not one of
# them: it gets its gradient from $h$ alone. The ladder above takes you there step by step.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# For each dimension:
#
# 1. All that arrives at $c$: `dc` plus `dh` times `o` times the slope of tanh at $c$.
# 2. The gradients at `f`, `i` and `g` are that, times what each is multiplied with in $c = f \circ c^- + i
#    \circ g$; at `o` it is `dh` times $\tanh c$.
# 3. Before the activation: times $f(1 - f)$, $i(1 - i)$, $o(1 - o)$ and $1 - g^2$.
# 4. For each of the four: the outer product with `u` for the weight, itself for the bias, and `W.T @ dz`
#    added to one `du`.
# 5. The gradient at the old cell is that of step 1, times `f`. At the end cut `du` into four.
#
# </details>

# %% test="cell_backward" points=12
check.cell_backward(cell_forward, cell_backward)

# %% [markdown]
# **What you should see:** 22 gradients are right, and again when the same cache is used a second time. Look at
# $\partial L/\partial c_k^- = \delta c_k \circ f_k$: there is no weight matrix and no slope of an activation
# in it. This is the path for which the LSTM was invented: through the cells alone, a gradient is only
# multiplied by forget gates.

# %% [markdown]
# # 2. Two by two: where two paths join
#
# The smallest grid in which the second dimension matters has four nodes. Node $(t, s)$ takes $h_t, c_t$ from
# the node above it, $(t - 1, s)$, and $h_d, c_d$ from the node to its left, $(t, s - 1)$. At the upper and the
# left border there is no such node, and zeros take its place. Each node has one input vector, which is used
# as `x_t` and as `x_d`. Every node uses the **same** parameters.
#
# Suppose that only the last node, $(1, 1)$, has a gradient at its hidden states. It travels back to the first
# node on two paths.

# %%
figures.show(
    figures.two_paths(),
    "Four nodes, (0, 0) and (0, 1) above, (1, 0) and (1, 1) below. Two gradients enter at the last node (1, 1): that "
    "at h_t from below, that at h_d from the right. Path A, solid, goes up along t to (0, 1) and then left along d to "
    "(0, 0). Path B, dashed, goes left along d to (1, 0) and then up along t to (0, 0).",
)

# %% [markdown] task="two_paths" points=3
# ### Question: where do the two paths meet?
#
# About 15 minutes, medium ★★☆. Answer in the cell below this one, in words or in formulas. Write
# `back(t, s)["h_t"]` for the entry `h_t` of what `cell_backward` returns at node $(t, s)$, and so on.
#
# 1. The loss depends on $h_t$ and $h_d$ of node $(1, 1)$ alone. What are `dh_t`, `dh_d`, `dc_t` and `dc_d` for
#    node $(0, 1)$, and for node $(1, 0)$? Which of them are zero?
# 2. What are these four for node $(0, 0)$? Which of them belong to path A, which to path B? Two of the four are
#    exactly zero, although a gradient arrives on each path: which, and why?
# 3. In which gradients do the two paths finally add up? Name at least two, and say why.
#
# ### BEGIN MARK SCHEME
# 3 points, one for each item.
#
# - **The neighbours (1 point).** Node (0, 1) lies above (1, 1), so it gets `dh_t = back(1, 1)["h_t"]` and
#   `dc_t = back(1, 1)["c_t"]`; its `dh_d` and `dc_d` are zero, as there is no node (0, 2). Node (1, 0) lies to
#   the left, so it gets `dh_d = back(1, 1)["h_d"]` and `dc_d = back(1, 1)["c_d"]`; its `dh_t` and `dc_t` are
#   zero. Half a point where the cells are forgotten.
# - **The first node (1 point).** `dh_t` and `dc_t` are `back(1, 0)["h_t"]` and `["c_t"]`, path B; `dh_d` and
#   `dc_d` are `back(0, 1)["h_d"]` and `["c_d"]`, path A. So the two paths arrive at different outputs. Zero are
#   `dc_t` and `dc_d`: a cell passes its gradient on within its own dimension only, and path B comes to (1, 0) along
#   d, so that c_t has no gradient there, as path A comes to (0, 1) along t, and c_d has none. What goes on to the
#   other dimension goes through the gates, which read h. Half a point where the zeros or their reason are missing.
# - **Where they add up (1 point).** Inside the first node: the gates of both dimensions read the same u, so
#   the two paths are added in the gradient of u, and with it in X[0, 0] (through x_t and x_d). They also add
#   up in every parameter, since all nodes use the same ones. Two of these, or one with a clear reason.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# # 3. The full grid

# %%
figures.show(
    figures.grid(),
    "A grid of 3 rows and 4 columns of nodes, each with its input X[t, s]. Solid arrows lead down from each "
    "node to the one below it; there are two of them, for h_t and c_t. Dashed arrows lead to the right from "
    "each node to the next one in its row, again two, for h_d and c_d. Zeros enter at the upper border into "
    "the first row and at the left border into the first column.",
)


# %% [markdown]
# ## Exercise 3: `grid_forward`
#
# **Goal:** compute every node of a grid. About 20 minutes, medium ★★☆.
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `params` | as in exercise 1, the same for all nodes | given |
# | `X` | (T, S, D) | given; node (t, s) has `x_t = x_d = X[t, s]` |
# | `hs_t`, `hs_d`, `cs_t`, `cs_d` | (T, S, H) | asked: `hs_t[t, s]` is the new `h_t` of node (t, s) |
# | `cache` | any form | asked; only your `grid_backward` reads it |
#
# Return them in this order. The grid need not be square, and may have one row or one column. `X` may hold whole
# numbers of an integer dtype; the states are floats all the same.

# %% solution="grid_forward"
def grid_forward(params, X):
    """Return (hs_t, hs_d, cs_t, cs_d, cache): the states of every node, each (T, S, H).

    params : as in cell_forward, the same for every node; X : (T, S, D)
    cache : whatever grid_backward will need, in any form
    """
    ### BEGIN SOLUTION
    T, S, _ = X.shape
    H = len(params["bf_t"])
    # a border of zeros above and to the left: node (t, s) stands at [t + 1, s + 1]
    hs_t, hs_d, cs_t, cs_d = (np.zeros((T + 1, S + 1, H)) for _ in range(4))
    cache = {}
    for t in range(1, T + 1):
        for s in range(1, S + 1):
            x = X[t - 1, s - 1]
            hs_t[t, s], hs_d[t, s], cs_t[t, s], cs_d[t, s], cache[t, s] = cell_forward(
                params, hs_t[t - 1, s], hs_d[t, s - 1], cs_t[t - 1, s], cs_d[t, s - 1], x, x
            )
    return hs_t[1:, 1:], hs_d[1:, 1:], cs_t[1:, 1:], cs_d[1:, 1:], cache
    ### END SOLUTION
    raise NotImplementedError("write hs_t, hs_d, cs_t, cs_d, each (T, S, H), and the cache")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Two loops are enough, over rows and over columns: when a node's turn comes, the one above it and the one to
# its left are done. For the border, either ask whether `t` and `s` are 0, or give the arrays one more row and
# column of zeros. Beware of an index −1: in Python it is the last row, not an error. As long as that row still holds
# zeros this goes unnoticed; in an array from `np.empty`, or one that is used a second time, it holds something else.
# Keep the cell's cache for each node.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Give the four arrays of states one row and one column more, at the beginning, and fill them with zeros. Then node
# (t, s) lies at `[t + 1, s + 1]`, the node above it at `[t, s + 1]`, the one to its left at `[t + 1, s]`, and no border
# needs a case of its own. At the end cut the extra row and column off.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Four arrays of zeros, (T + 1, S + 1, H), and an empty dict for the caches. $H$ is the length of a bias.
# 2. For each row, for each column: call `cell_forward` with `h_t` and `c_t` of the node above, `h_d` and `c_d` of the
#    node to the left, and `X[t, s]` twice. Mind the order of the arguments.
# 3. Put the four states into their places, and the cache into the dict under the place of the node.
# 4. Return `[1:, 1:]` of each of the four arrays, and the dict.
#
# </details>

# %% test="grid_forward" points=6
check.grid_forward(grid_forward)

# %% [markdown]
# **What you should see:** the states of all nodes are right, on two by two, on a grid that is wider than
# tall, and where `X` holds whole numbers. If you exchange the axes, a square grid raises no error.

# %% [markdown]
# ## Exercise 4: `grid_backward`
#
# **Goal:** send the gradients back through the grid. About 40 minutes, hard ★★★.
#
# Given are the gradients at both hidden states of **every** node, because a loss may look at all of them:
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `cache` | from your `grid_forward` | given |
# | `dhs_t`, `dhs_d` | (T, S, H) | given |
# | the 16 keys of `params` | as the parameter | asked |
# | `X` | (T, S, D) | asked |
#
# Each hidden state of a node is used twice: by the loss, and by one neighbour. So its gradient is a sum.
# With `back(t, s)` for what `cell_backward` returns at node $(t, s)$:
#
# $$\underbrace{\delta h_t(t, s)}_{\text{goes into the node}} =
# \underbrace{\mathrm{dhs\_t}[t, s]}_{\text{from the loss}} +
# \underbrace{\mathrm{back}(t + 1,\, s)[h_t]}_{\text{from the node below}}$$
#
# and likewise for $h_d$ with its own neighbour. The loss does not see the cells, but a neighbour does. A
# parameter is used by every node, and $X[t, s]$ is used in two places. Here `X` holds floats.

# %% [markdown]
# ### A ladder through 2 × 2 nodes, if you want one
#
# Nothing here is graded; the cell for your answer follows. What happens inside a node is done, and only the way
# between the nodes is left. So the nodes of this ladder are simpler than your cell, with a single matrix W in place
# of the sixteen parameters. But they take in and hand on the same: `back(t, s, dh_t, dh_d, dc_t, dc_d)` takes what
# arrives at the four states of node $(t, s)$, and returns a dict with `h_t`, `h_d`, `c_t`, `c_d`, `x_t`, `x_d` and
# `W`, as your `cell_backward` does for a node of your grid.
#
# The loss sees the hidden states of all four nodes: `dhs_t[t, s]` and `dhs_d[t, s]` are its own gradients there, of
# shape (H,). In place of each `...` put all that arrives there, from the top down. When the four gradients at a
# node are right, hand them to `back`: `last` is `back(1, 1, dh_t, dh_d, dc_t, dc_d)`, and so on for `above`,
# `left` and `first`. The later steps need what these return.

# %%
grid_ladder, back = steps.grid()
dhs_t, dhs_d = grid_ladder.values["dhs_t"], grid_ladder.values["dhs_d"]
nothing = np.zeros(3)  # H is 3

dh_t = ...
grid_ladder.check("h_t[1, 1]", dh_t)
dh_d = ...
grid_ladder.check("h_d[1, 1]", dh_d)
dc_t = ...
grid_ladder.check("c_t[1, 1]", dc_t)
dc_d = ...
grid_ladder.check("c_d[1, 1]", dc_d)
last = ...

dh_t = ...
grid_ladder.check("h_t[0, 1]", dh_t)
dh_d = ...
grid_ladder.check("h_d[0, 1]", dh_d)
dc_t = ...
grid_ladder.check("c_t[0, 1]", dc_t)
dc_d = ...
grid_ladder.check("c_d[0, 1]", dc_d)
above = ...

dh_t = ...
grid_ladder.check("h_t[1, 0]", dh_t)
dh_d = ...
grid_ladder.check("h_d[1, 0]", dh_d)
dc_t = ...
grid_ladder.check("c_t[1, 0]", dc_t)
dc_d = ...
grid_ladder.check("c_d[1, 0]", dc_d)
left = ...

dh_t = ...
grid_ladder.check("h_t[0, 0]", dh_t)
dh_d = ...
grid_ladder.check("h_d[0, 0]", dh_d)
dc_t = ...
grid_ladder.check("c_t[0, 0]", dc_t)
dc_d = ...
grid_ladder.check("c_d[0, 0]", dc_d)
first = ...

dX_00 = ...
grid_ladder.check("X[0, 0]", dX_00)
dX_11 = ...
grid_ladder.check("X[1, 1]", dX_11)
dW = ...
grid_ladder.check("W", dW)


# %% solution="grid_backward"
def grid_backward(params, cache, dhs_t, dhs_d):
    """Return a dict of gradients: every key of params, and X, shape (T, S, D).

    cache : from grid_forward; it stays as it is
    dhs_t, dhs_d : gradients of the loss at the hidden states of every node, each (T, S, H)
    """
    ### BEGIN SOLUTION
    T, S, H = dhs_t.shape
    D = params["Wf_t"].shape[1] // 2 - H
    grads = {name: np.zeros(value.shape) for name, value in params.items()}
    grads["X"] = np.empty((T, S, D))
    # [t, s] holds what node (t, s) sends back to the states that it took in
    dh_t, dh_d, dc_t, dc_d = (np.zeros((T + 1, S + 1, H)) for _ in range(4))
    for t in reversed(range(T)):
        for s in reversed(range(S)):
            node = cell_backward(
                params,
                cache[t + 1, s + 1],
                *(dhs_t[t, s] + dh_t[t + 1, s], dhs_d[t, s] + dh_d[t, s + 1]),
                *(dc_t[t + 1, s], dc_d[t, s + 1]),
            )
            for name in params:
                grads[name] += node[name]
            grads["X"][t, s] = node["x_t"] + node["x_d"]
            dh_t[t, s], dh_d[t, s] = node["h_t"], node["h_d"]
            dc_t[t, s], dc_d[t, s] = node["c_t"], node["c_d"]
    return grads
    ### END SOLUTION
    raise NotImplementedError("write a dict with the 16 keys of params, and X, shape (T, S, D)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# A node can be done when the node below it and the node to its right are done. In which order do you visit
# them? Begin with arrays of zeros for the parameters and add to them at each node. At the lower and the
# right border nothing arrives from a neighbour.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Give each of the four kinds of state an array with one row and one column more than the grid, filled with
# zeros. Then the borders need no case of their own: the node below and the node to the right always exist.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Visit the nodes from the last row to the first, and in each row from the last column to the first.
# 2. Call `cell_backward` with the node's cache. At `h_t` arrives `dhs_t[t, s]` plus what the node below sent
#    back for its `h_t`; at `h_d` arrives `dhs_d[t, s]` plus what the node to the right sent for its `h_d`; at
#    the cells only what these two sent.
# 3. Add the gradients of the parameters to the sums. The input of a node went in as `x_t` and as `x_d`: its
#    gradient is the sum of both.
# 4. Keep what the node sends back, for the node above and the node to its left.
#
# </details>

# %% test="grid_backward" points=12
check.grid_backward(grid_forward, grid_backward)


# %% [markdown]
# **What you should see:** 16 parameters and `X` are right. The check has a case where only the last of 2 by 2
# nodes has a gradient, which is your picture of the two paths. A lost path or a lost cell cannot hide there.

# %% [markdown]
# ### A look with a difference quotient
#
# Here is the same for one entry of a weight, found by trying: how does a sum over all hidden states change
# when `Wf_d[0, 1]` is moved a little? This is no proof, but it is independent of every formula above.

# %% tags=["demonstration"]
def some_params(rng, H, D):
    """Return parameters of order 1 for a grid, forget gates slightly open."""
    params = {}
    for k in ("t", "d"):
        for gate in ("f", "i", "o", "c"):
            params[f"W{gate}_{k}"] = rng.normal(size=(H, 2 * H + 2 * D)) / np.sqrt(2 * H + 2 * D)
            params[f"b{gate}_{k}"] = np.full(H, 1.0 if gate == "f" else 0.0)
    return params


rng = np.random.default_rng(0)
try_params, try_X = some_params(rng, H=3, D=2), rng.normal(size=(3, 4, 2))
moved = {}
for h in (1e-5, -1e-5):
    weight = try_params["Wf_d"].copy()
    weight[0, 1] += h
    hs_t, hs_d, *_ = grid_forward({**try_params, "Wf_d": weight}, try_X)
    moved[h] = hs_t.sum() + hs_d.sum()
ones = np.ones((3, 4, 3))
by_hand = grid_backward(try_params, grid_forward(try_params, try_X)[-1], ones, ones)
print(f"difference quotient: {(moved[1e-5] - moved[-1e-5]) / 2e-5:.6f}")
print(f"by hand:             {by_hand['Wf_d'][0, 1]:.6f}")

# %% [markdown]
# ### Extra, without points: one diagonal at once
#
# Two loops in Python visit $T \cdot S$ nodes one by one, with eight small products at each. But the nodes with
# the same $t + s$ do not depend on each other: each needs only nodes of the diagonal before. So a whole
# diagonal can be computed at once, in three steps:
#
# 1. stack the eight matrices into one of shape (8H, 2H + 2D), and the biases into one of (8H,);
# 2. for the $n$ nodes of a diagonal, gather their vectors $u$ as the rows of a matrix (n, 2H + 2D);
# 3. one product `u @ W.T + b` then holds all gates of all these nodes, (n, 8H), to be cut into eight pieces.
#
# A grid of 32 by 32 has 63 diagonals, so there are 63 products in place of 8192. That does not make it 130 times as
# fast: the multiplications are as many as before, and so are the sigmoids and tanhs. What is saved is the overhead of
# thousands of small calls. On a graphics card, where a large product costs hardly more than a small one, this is what
# makes such networks usable.

# %%
figures.show(
    figures.diagonals(),
    "A grid of 4 rows and 6 columns. Each node carries the number t + s of its diagonal, from 0 at the upper "
    "left to 8 at the lower right. The four nodes with the number 4 are striped; they run from the lower "
    "left to the upper right.",
)


# %% solution="grid_forward_by_diagonals"
def grid_forward_by_diagonals(params, X):
    """Return (hs_t, hs_d, cs_t, cs_d) as grid_forward does, computed one diagonal at once."""
    ### BEGIN SOLUTION
    T, S, _ = X.shape
    H = len(params["bf_t"])
    names = [f"{gate}_{k}" for k in ("t", "d") for gate in ("f", "i", "o", "c")]
    W = np.concatenate([params[f"W{name}"] for name in names])
    b = np.concatenate([params[f"b{name}"] for name in names])
    hs_t, hs_d, cs_t, cs_d = (np.zeros((T + 1, S + 1, H)) for _ in range(4))
    for diagonal in range(T + S - 1):
        t = np.arange(max(0, diagonal - S + 1), min(T, diagonal + 1)) + 1
        s = diagonal + 2 - t
        x = X[t - 1, s - 1]
        u = np.concatenate([hs_t[t - 1, s], x, hs_d[t, s - 1], x], axis=1)
        z = np.split(u @ W.T + b, 8, axis=1)
        for hs, cs, before, (zf, zi, zo, zc) in (
            (hs_t, cs_t, cs_t[t - 1, s], z[:4]),
            (hs_d, cs_d, cs_d[t, s - 1], z[4:]),
        ):
            f, i, o = (1 / (1 + np.exp(-gate)) for gate in (zf, zi, zo))
            cs[t, s] = f * before + i * np.tanh(zc)
            hs[t, s] = o * np.tanh(cs[t, s])
    return hs_t[1:, 1:], hs_d[1:, 1:], cs_t[1:, 1:], cs_d[1:, 1:]
    ### END SOLUTION
    raise NotImplementedError("an extra: write hs_t, hs_d, cs_t, cs_d, each (T, S, H)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Write it for one diagonal first. In `grid_forward` a node reads one vector from the node above and one from the node
# to its left; here a diagonal reads a matrix from each. Which formulas of the cell work for the rows of a matrix just
# as for one vector, and which need another order of the factors?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# On the diagonal with the number $q$ lie the nodes $(t, q - t)$. Which rows $t$ are inside the grid? NumPy
# takes arrays of row and column numbers as indices: `hs_t[t, s]` with two arrays of length $n$ gives the $n$
# rows of a matrix, and can be assigned to as well.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Stack the eight matrices, in an order that you note, and the biases in the same order.
# 2. Four arrays of zeros with a border above and to the left, as in `grid_forward`.
# 3. For each diagonal `q` from 0 to T + S − 2: `t` is an array from the larger of 0 and q − S + 1 up to the smaller of
#    T − 1 and q; `s` is q − `t`.
# 4. Join `hs_t` of the nodes above, `X[t, s]`, `hs_d` of the nodes to the left, and `X[t, s]` along `axis=1`.
# 5. One product gives (n, 8H); `np.split(..., 8, axis=1)` takes it apart. The rest is the six formulas of the cell,
#    for all rows at once.
#
# </details>

# %% [markdown]
# The next cell compares it with your `grid_forward`, and measures both on a grid of 32 by 32 nodes with
# $H = 16$; expect one diagonal at once to be roughly five to ten times as fast. If you leave the extra out, the
# cell ends with the message of its stub; go on below.

# %% tags=["demonstration"]
import time

rng = np.random.default_rng(1)
big_params, big_X = some_params(rng, H=16, D=3), rng.normal(size=(32, 32, 3))


def seconds(call):
    """Return the result of a call, and the shortest time of three."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return result, min(times)


one_by_one, slow = seconds(lambda: grid_forward(big_params, big_X))
print(f"node by node:          {1000 * slow:.0f} ms")
at_once, fast = seconds(lambda: grid_forward_by_diagonals(big_params, big_X))
print(f"one diagonal at once:  {1000 * fast:.1f} ms, {slow / fast:.0f} times as fast")
apart = max(np.abs(a - b).max() for a, b in zip(at_once, one_by_one, strict=False))
print(f"largest difference:    {apart:.0e}")


# %% [markdown]
# # 4. One cell for two dimensions
#
# The first LSTM for grids has a single cell and a single hidden state at each node: A. Graves, S. Fernández
# and J. Schmidhuber, *Multi-dimensional recurrent neural networks*, ICANN 2007. It reads both neighbours, and
# has a forget gate for each of them. We leave out its peepholes, the connections from the cells to the gates.
# With $u = [\,h_{\text{up}},\; h_{\text{left}},\; x\,]$:
#
# $$\begin{aligned}
# f_1 &= \sigma(W_{f1} u + b_{f1}), & f_2 &= \sigma(W_{f2} u + b_{f2})\\
# i &= \sigma(W_i u + b_i), & o &= \sigma(W_o u + b_o)\\
# g &= \tanh(W_c u + b_c)\\
# c &= f_1 \circ c_{\text{up}} + f_2 \circ c_{\text{left}} + i \circ g, & h &= o \circ \tanh(c)
# \end{aligned}$$
#
# Compare the line for $c$ with that of part 1: here **two** old cells flow into one new cell. Remember this
# sum; part 5 is about nothing else.

# %% [markdown]
# ## Exercise 5: `md_cell_forward`
#
# **Goal:** compute one such cell. About 10 minutes, easy ★☆☆.
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `params["Wi"]`, `"Wf1"`, `"Wf2"`, `"Wo"`, `"Wc"` | (H, 2H + D) | given |
# | `params["bi"]`, `"bf1"`, `"bf2"`, `"bo"`, `"bc"` | (H,) | given |
# | `h_up`, `h_left`, `c_up`, `c_left` | (H,) | given |
# | `x` | (D,) | given |
# | `h`, `c` | (H,) | asked |
# | `cache` | any form | asked |

# %% solution="md_cell_forward"
def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    """Return (h, c, cache): the new hidden state and the new cell.

    params : dict with Wi, Wf1, Wf2, Wo, Wc, each (H, 2H + D), and bi, bf1, bf2, bo, bc, each (H,)
    h_up, h_left, c_up, c_left : the states of the two neighbours, each (H,); x : (D,)
    cache : whatever md_cell_backward will need, in any form
    """
    ### BEGIN SOLUTION
    u = np.concatenate([h_up, h_left, x])
    i = 1 / (1 + np.exp(-(params["Wi"] @ u + params["bi"])))
    f1 = 1 / (1 + np.exp(-(params["Wf1"] @ u + params["bf1"])))
    f2 = 1 / (1 + np.exp(-(params["Wf2"] @ u + params["bf2"])))
    o = 1 / (1 + np.exp(-(params["Wo"] @ u + params["bo"])))
    g = np.tanh(params["Wc"] @ u + params["bc"])
    c = f1 * c_up + f2 * c_left + i * g
    h = o * np.tanh(c)
    return h, c, (u, c_up, c_left, i, f1, f2, o, g, c)
    ### END SOLUTION
    raise NotImplementedError("write h and c, each (H,), and the cache")


# %% [markdown]
# <details><summary>Hint</summary>
#
# It is your `cell_forward` for one dimension, with one more gate and one more term.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The vector `u` has three pieces now, `h_up`, `h_left`, `x`, and five matrices read it. The two forget gates have
# weights of their own, and each belongs to one old cell.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. Join `u` in the order of the text.
# 2. Four sigmoids, for `i`, `f1`, `f2` and `o`, and one tanh, for `g`.
# 3. `c` has three terms: `f1` times `c_up`, `f2` times `c_left`, `i` times `g`. Then `h` is `o` times the tanh of `c`.
# 4. The cache: `u`, both old cells, the five gates and `c`.
#
# </details>

# %% test="md_cell_forward" points=4
check.md_cell_forward(md_cell_forward)


# %% [markdown]
# **What you should see:** `h` and `c` are right. With a single forget gate for both neighbours the cell could
# not keep what comes from above and drop what comes from the left.

# %% [markdown]
# ## Exercise 6: `md_cell_backward`
#
# **Goal:** the 15 gradients of this cell. About 25 minutes, medium ★★☆.
#
# Go back through its formulas as in exercise 2. $\delta c$, all that arrives at the new cell, goes to both old
# cells, each through its own gate.
#
# | gradient | shape |
# | --- | --- |
# | `dh`, `dc` | (H,), given |
# | the 10 keys of `params` | as the parameter |
# | `h_up`, `h_left`, `c_up`, `c_left` | (H,) |
# | `x` | (D,) |

# %% solution="md_cell_backward"
def md_cell_backward(params, cache, dh, dc):
    """Return a dict of gradients: every key of params, and h_up, h_left, c_up, c_left, x.

    cache : from md_cell_forward; it stays as it is
    dh, dc : gradients of the loss at the two outputs, each (H,)
    """
    ### BEGIN SOLUTION
    u, c_up, c_left, i, f1, f2, o, g, c = cache
    H = len(dh)
    tanh_c = np.tanh(c)
    dc_all = dc + dh * o * (1 - tanh_c**2)
    before_activation = {
        "i": dc_all * g * i * (1 - i),
        "f1": dc_all * c_up * f1 * (1 - f1),
        "f2": dc_all * c_left * f2 * (1 - f2),
        "o": dh * tanh_c * o * (1 - o),
        "c": dc_all * i * (1 - g**2),
    }
    grads = {"c_up": dc_all * f1, "c_left": dc_all * f2}
    du = np.zeros(len(u))
    for gate, dz in before_activation.items():
        grads[f"W{gate}"] = np.outer(dz, u)
        grads[f"b{gate}"] = dz
        du = du + params[f"W{gate}"].T @ dz
    grads["h_up"], grads["h_left"], grads["x"] = np.split(du, [H, H + H])
    return grads
    ### END SOLUTION
    raise NotImplementedError("write a dict with 15 gradients: the 10 keys of params, h_up, h_left, c_up, c_left, x")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Every factor of a product receives what arrives, times its partner. Which are the partners of $f_1$, $f_2$,
# $i$ and $g$ in the line for $c$? The rest is as in `cell_backward`, with five gates in place of eight.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# At `c` arrives `dc`, and through $h = o \circ \tanh c$ what `dh` sends. From the sum go five gradients: to `f1`, `f2`,
# `i`, `g`, and, each through its own gate, to the two old cells. The output gate gets its gradient from `dh` alone.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. All that arrives at `c`: `dc` plus `dh` times `o` times the slope of tanh at `c`.
# 2. At `i` that times `g`; at `f1` times `c_up`; at `f2` times `c_left`; at the candidate times `i`; at `o` it is `dh`
#    times the tanh of `c`.
# 3. Before the activations: times `a * (1 - a)` for the four gates, times `1 - g**2` for the candidate.
# 4. For each of the five: the outer product with `u`, itself, and `W.T @ dz` added to one `du`.
# 5. The old cells: all that arrives at `c`, times `f1` and times `f2`. At the end cut `du` into H, H and D entries.
#
# </details>

# %% test="md_cell_backward" points=8
check.md_cell_backward(md_cell_forward, md_cell_backward)

# %% [markdown]
# **What you should see:** 15 gradients are right. $\partial L/\partial c_{\text{up}} = \delta c \circ f_1$ and
# $\partial L/\partial c_{\text{left}} = \delta c \circ f_2$: what arrives at the new cell is sent on to
# both old ones.

# %% [markdown]
# # 5. Counting paths
#
# In one dimension the path through the cells is a chain: after $m$ steps with a forget gate $f$ the
# derivative is $f^m$. As $f < 1$, it can vanish, but never explode. What about two dimensions?
#
# ## Exercise 7: `path_gradient`
#
# **Goal:** find how much of $c(0, 0)$ arrives at $c(m, n)$. About 20 minutes, medium ★★☆.
#
# Take a grid of the one-cell form and look at the cells alone. All gates are constants: in every node the
# forget gate is $f_1$ for what comes from above and $f_2$ for what comes from the left, each a number. Then
#
# $$c(m, n) = f_1\,c(m - 1, n) + f_2\,c(m, n - 1) + \dots$$
#
# where the dots stand for what does not depend on other cells. Find $\partial c(m, n)/\partial c(0, 0)$ as a
# formula, in three steps:
#
# 1. A path from $(0, 0)$ to $(m, n)$ takes $m$ steps down and $n$ steps to the right. What factor does one
#    path collect? Does it depend on the order of the steps?
# 2. How many such paths are there?
# 3. The chain rule adds over all paths.
#
# The next picture shows all paths to the node that lies two steps down and two to the right. Below each stand its
# steps, D for down and R for right. Run the cell, and a slider takes the last node further away. Before you slide to 3:
# how many paths do you expect?

# %%
figures.slide(
    lambda size: figures.paths(int(size), int(size)),
    "Six small grids of 3 by 3 nodes. In each a thick line leads in four steps from the upper left node to the lower "
    "right one, and below it stand the steps as letters: DDRR, DRDR, DRRD, RDDR, RDRD and RRDD.",
    "steps down, and to the right",
    [1, 2, 3, 4],
    start=2,
)

# %% [markdown]
# | argument or result | form |
# | --- | --- |
# | `m`, `n` | steps down, steps to the right; integers from 0 |
# | `f1`, `f2` | the two gates, numbers between 0 and 1 |
# | returned | the derivative, a number |
#
# It may be very small or very large, and is compared relative to its own size. One of the checks has $m = n = 31$: a
# program that walks along every single path would not end there.

# %% solution="path_gradient"
import math


def path_gradient(m, n, f1, f2):
    """Return the derivative of c(m, n) with respect to c(0, 0), a number, for constant forget gates.

    m, n : steps down and steps to the right, integers from 0; f1, f2 : the two gates, numbers
    """
    ### BEGIN SOLUTION
    return math.comb(m + n, m) * f1**m * f2**n
    ### END SOLUTION
    raise NotImplementedError("write the derivative, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Write the steps of a path as a word of letters D and R. How many words have $m$ letters D and $n$ letters R?
# Try it for $m = n = 1$, and compare with the two paths of part 2. Python's `math` module has a function for
# the number you need.
#
# </details>

# %% test="path_gradient" points=4
check.path_gradient(path_gradient)

# %% [markdown]
# **What you should see:** the derivative is right for two paths, for several, for small gates, and for no step
# at all, where it is 1.
#
# ### Predict, then measure
#
# Let both forget gates be 0.73, and let the grid have 32 by 32 nodes. **Before you run the next cells,** write
# down a guess: is the derivative of the cell in the last corner with respect to the first one nearer to
# $10^{-8}$, to 1, or to $10^{8}$?
#
# The first cell below measures it with your `md_cell_forward`. All weights are 0, so that every gate is set
# by its bias alone; the candidate is tanh 0 = 0, so that nothing new comes in. A 1 is put into the cell of the
# first node. What the others then hold is the derivative itself.

# %%
gate, size = 0.73, 32
constant = {f"W{name}": np.zeros((1, 3)) for name in ("i", "f1", "f2", "o", "c")}
constant |= {f"b{name}": np.zeros(1) for name in ("i", "f1", "f2", "o", "c")}
constant["bf1"] = constant["bf2"] = np.array([np.log(gate / (1 - gate))])  # the sigmoid of this is 0.73

cells = np.zeros((size + 1, size + 1))  # a border of zeros above and to the left
zero = np.zeros(1)
for m in range(size):
    for n in range(size):
        up, left = cells[m, n + 1 : n + 2], cells[m + 1, n : n + 1]
        _, c, _ = md_cell_forward(constant, zero, zero, up, left, zero)
        cells[m + 1, n + 1] = 1 if m == n == 0 else c[0]
measured = cells[1:, 1:]

counted = np.array([[path_gradient(m, n, gate, gate) for n in range(size)] for m in range(size)])
print(f"one step down:                   {measured[1, 0]:.4f}")
print(f"down the first column, 31 steps: {measured[31, 0]:.3e}")
print(f"one path of 62 steps:            {gate**62:.3e}")
print(f"to the last corner, measured:    {measured[31, 31]:.3e}")
print(f"to the last corner, counted:     {counted[31, 31]:.3e}")
print(f"largest relative difference:     {np.abs(measured / counted - 1).max():.0e}")

# %% [markdown]
# The next picture shows the whole grid, and a slider moves the forget gate. Before you move it: at which gate do
# you expect the gradient at the last corner to stop vanishing? The colours stand for the same powers of ten at
# every gate.

# %%
figures.slide(
    lambda f: figures.path_maps(
        np.array([[path_gradient(m, n, f, f) for n in range(size)] for m in range(size)]), f
    ),
    "Left, a heat map of the derivative over 32 by 32 nodes, as powers of ten, with contour lines. Along the "
    "upper and the left edge it falls to below 10 to the minus 4. Towards the lower right it rises, along the "
    "diagonal to above 10 to the 9. Right, the same along two walks, on a logarithmic axis: the sum of all "
    "paths to a node on the diagonal rises as a nearly straight line to 10 to the 9 after 62 steps; a single "
    "path of as many steps, dashed, falls as a straight line to 10 to the minus 9.",
    "forget gate",
    [0.3, 0.4, 0.5, 0.6, 0.73, 0.8, 0.9],
    start=gate,
)


# %% [markdown]
# **What you should see:** each chain alone vanishes: after 31 steps along an edge less than $10^{-4}$ is left,
# and one path of 62 steps carries about $3 \cdot 10^{-9}$. But $4.65 \cdot 10^{17}$ paths lead to the last
# corner, and together they carry more than $10^9$. Every gate is below 1, and the gradient explodes.

# %% [markdown] task="why_it_explodes" points=4
# ### Question: when does it explode?
#
# About 20 minutes, medium ★★☆. Answer in the cell below this one, in six to ten sentences.
#
# 1. Why can a chain of forget gates below 1 never explode, while a grid of them can?
# 2. Add up $\partial c(m, n)/\partial c(0, 0)$ over all nodes of one diagonal, $m + n = k$, on a grid large
#    enough to hold it whole. What comes out, and what does it say about which pairs $f_1$, $f_2$ are safe?
# 3. Name one remedy, in the cell or in the training, and say what it costs.
# 4. In the form of part 1, with a cell for each dimension, how many paths lead from $c_t$ of node $(0, s)$ to
#    $c_t$ of node $(m, s)$ through the cells alone? Does the same explosion threaten it there?
#
# ### BEGIN MARK SCHEME
# 4 points, one for each item.
#
# - **Chain and grid (1 point).** A chain has one path, and a product of numbers below 1 is below 1. In a grid
#   the paths add up, and their number C(m + n, m) grows up to about 4^m (for m = n), faster than one path's
#   product falls, if the gates are large enough.
# - **The sum of a diagonal (1 point).** By the binomial theorem it is (f1 + f2)^k. For f1 + f2 ≤ 1 it stays
#   at or below 1, so nothing explodes; for f1 + f2 > 1 it grows exponentially, and so does its largest term,
#   which is at least the sum divided by k + 1 (k + 1 nodes). With 0.73 the sum is 1.46^k.
# - **A remedy and its cost (1 point).** For example: gates that share a budget, f1 + f2 ≤ 1 (such as f and
#   1 − f, or a factor one half; Leifert et al., Cells in multidimensional recurrent neural networks, JMLR 2016,
#   study such cells) at the cost that not both pasts can be kept in full; or clipping the gradient, at the cost
#   of a changed direction or length, and cells may still grow in the forward pass; or biases that start the
#   gates at 0.5 or below, at the cost of forgetting at the start and no guarantee later; or cells for each
#   dimension as in part 1. Any one with its cost.
# - **Two cells (1 point).** One path: c_t moves down its own column only, so the derivative through the cells
#   alone is a product of m forget gates and cannot explode. (Through the gates and hidden states there are
#   further paths, which pass weight matrices.) The remark in brackets is not required.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# # 6. Water in a rock: is the second dimension worth its cost?
#
# Here is a piece of rock in cross-section, a table of fields that are solid or open. Rain falls on it. Water
# enters each open field of the top row. From a wet field it runs down and to the right, where the ground is
# open. A network sees which fields are open, and has to say for each field whether it gets wet:
#
# $$\begin{aligned}
# \mathrm{wet}(t, s) = {}&\mathrm{open}(t, s) \text{ and}\\
# &\bigl(t = 0 \text{ or } \mathrm{wet}(t - 1, s) \text{ or } \mathrm{wet}(t, s - 1)\bigr)
# \end{aligned}$$
#
# We train two networks of the same size on it, with your functions. The first is your grid with $H = 4$. The
# second is an LSTM with one dimension. It reads the same fields row by row, as one would read a page, and is
# nothing but your grid with a single column, of which only dimension $t$ is used: its $h_d$ and $c_d$ receive
# zeros, and its output layer sees $h_t$ alone. With 8 units it has as many numbers to remember in, 16, and
# as many weights that do something. `train` takes steps of Adam, a gradient descent that adapts the length of its
# step to each parameter.

# %%
def rain(rock):
    """Return which fields of a rock get wet, (T, S), 1 or 0; in rock 1 is open."""
    wet = np.zeros_like(rock)
    for t, s in np.ndindex(rock.shape):
        comes = t == 0 or wet[t - 1, s] or (s > 0 and wet[t, s - 1])
        wet[t, s] = rock[t, s] and comes
    return wet


def rocks(rng, count, size):
    """Return some square rocks, with 65 of 100 fields open."""
    return [(rng.random((size, size)) < 0.65) * 1.0 for _ in range(count)]


def as_input(rock, column):
    """Return what a network reads, −1 or 1: a grid (T, S, 1), or one column of all fields, (T * S, 1, 1)."""
    X = 2 * rock[:, :, None] - 1
    return X.reshape(-1, 1, 1) if column else X


def split(everything):
    """Return the parameters of the grid, apart from those of the output layer."""
    return {name: value for name, value in everything.items() if not name.startswith("out")}


def scores(everything, rock, column):
    """Return a score for each field, positive for wet, and what the way back needs."""
    hs_t, hs_d, _, _, cache = grid_forward(split(everything), as_input(rock, column))
    z = hs_t @ everything["out_t"] + everything["out_bias"]
    if not column:
        z = z + hs_d @ everything["out_d"]
    return z, hs_t, hs_d, cache


def loss_and_gradients(everything, rock, column):
    """Return the mean cross-entropy over the fields, and its gradients: yours, and the output layer's."""
    z, hs_t, hs_d, cache = scores(everything, rock, column)
    wet = rain(rock).reshape(z.shape)
    loss = np.mean(np.maximum(z, 0) - z * wet + np.log1p(np.exp(-np.abs(z))))
    dz = (1 / (1 + np.exp(-z)) - wet) / z.size
    d_out = 0 * everything["out_d"] if column else everything["out_d"]
    grads = grid_backward(split(everything), cache, dz[:, :, None] * everything["out_t"], dz[:, :, None] * d_out)
    grads["out_t"] = np.tensordot(dz, hs_t, 2)
    grads["out_d"] = np.tensordot(dz, hs_d, 2) * (not column)
    grads["out_bias"] = dz.sum()
    return loss, {name: grads[name] for name in everything}


def train(H, column, size=6, steps=120, batch=4, rate=0.03, seed=0):
    """Return a trained network and its losses; the steps are those of Adam."""
    rng, data = np.random.default_rng(seed), np.random.default_rng(100 + seed)
    network = some_params(rng, H, D=1)
    network |= {name: rng.normal(size=H) / np.sqrt(H) for name in ("out_t", "out_d")}
    network["out_bias"] = np.zeros(())
    mean = {name: np.zeros_like(value) for name, value in network.items()}
    square = {name: np.zeros_like(value) for name, value in network.items()}
    losses = []
    for step in range(1, steps + 1):
        results = [loss_and_gradients(network, rock, column) for rock in rocks(data, batch, size)]
        losses.append(np.mean([loss for loss, _ in results]))
        for name in network:
            gradient = np.mean([grads[name] for _, grads in results], axis=0)
            mean[name] = 0.9 * mean[name] + 0.1 * gradient
            square[name] = 0.99 * square[name] + 0.01 * gradient**2
            direction = (mean[name] / (1 - 0.9**step)) / (np.sqrt(square[name] / (1 - 0.99**step)) + 1e-8)
            network[name] = network[name] - rate * direction
    return network, losses


# %%
grid_network, grid_losses = train(H=4, column=False)

# %%
column_network, column_losses = train(H=8, column=True)

# %%
many = rocks(np.random.default_rng(7), 400, 6)
open_share = np.mean(many)
wet_share = np.sum([rain(rock) for rock in many]) / np.sum(many)  # of the open fields
same_answer = -open_share * (wet_share * np.log(wet_share) + (1 - wet_share) * np.log(1 - wet_share))
print(f"loss with the same probability for each open field: {same_answer:.2f}")

figures.show(
    figures.learning({"two dimensions, H = 4": grid_losses, "one dimension, H = 8": column_losses}, same_answer),
    "The loss over 120 steps for both networks, and a level line at 0.43 for the same answer in each open field. Both "
    "networks start between 0.6 and 0.7. The one with two dimensions, solid, crosses the line after 34 steps and "
    "falls to nearly 0 within 80. The one with one dimension, dashed, falls to the line and then stays between it and "
    "0.3.",
)


# %% [markdown]
# The level line needs no look at the neighbours: solid fields are known to be dry and cost nothing, and every open one
# gets the probability with which open fields are wet. A network that has learned what water does has to come far below
# that line.

# %%
def answers(network, rock, column):
    """Return which fields a network takes for wet, (T, S)."""
    return scores(network, rock, column)[0].reshape(rock.shape) > 0


def share_right(network, column, size, seed=7, count=40):
    """Return the share of open fields that a network gets right, over fresh rocks."""
    right = [
        (answers(network, rock, column) == rain(rock))[rock > 0].mean()
        for rock in rocks(np.random.default_rng(seed), count, size)
    ]
    return np.mean(right)


fresh = rocks(np.random.default_rng(7), 40, 6)
always = np.mean([rain(rock)[rock > 0].mean() for rock in fresh])
print(f"open fields that are wet:                 {always:.1%}")
print(f"one dimension, right on fresh rocks:      {share_right(column_network, True, 6):.1%}")
print(f"two dimensions, right on fresh rocks:     {share_right(grid_network, False, 6):.1%}")
print(f"two dimensions, right on 12 × 12 fields:  {share_right(grid_network, False, 12):.1%}")

rock = rocks(np.random.default_rng(11), 1, 6)[0]
figures.show(
    figures.water(
        rock,
        rain(rock),
        {
            "two dimensions": answers(grid_network, rock, False),
            "one dimension": answers(column_network, rock, True),
        },
    ),
    "One fresh rock of 6 by 6 fields, three times: the truth, and the answers of the two networks. Solid fields "
    "are dark, wet ones dotted, dry ones white, and a cross marks each mistake on open ground. The network "
    "with two dimensions makes none or hardly any, the one with one dimension several.",
)

# %% [markdown]
# **What you should see:** the network with two dimensions is right on all fields or nearly all, and still on more
# than 99 of 100 where the rocks have a size it never saw. The one with one dimension has as many weights and the
# same training, and is right on about 64 of 100, as if it answered "wet" for every open field. Its loss is a little
# below the line because it is surer of some fields than of others, but hardly any probability falls below one half.
# Trained for much longer it gets better, slowly.

# %% [markdown] task="worth_its_cost" points=3
# ### Question: what is the second dimension worth?
#
# About 15 minutes, medium ★★☆. Answer in the cell below this one, in four to eight sentences.
#
# 1. The one-dimensional network reads the fields row by row. When it comes to field $(t, s)$, how many steps
#    ago did it read $(t - 1, s)$? What must it have remembered meanwhile? How many yes-or-no answers is
#    that in all?
# 2. How far does the information have to travel in the grid?
# 3. What does the second dimension cost, in work at each node and in what can be computed at the same time?
#    Name a task in which it would not be worth it.
#
# ### BEGIN MARK SCHEME
# 3 points, one for each item.
#
# - **What one dimension must remember (1 point).** (t − 1, s) was read S steps ago, 6 here. Until then the
#   network must keep whether each of the last S fields was wet, so S bits in order, like a queue that is shifted
#   at each step. A small LSTM does not learn this quickly; and the size of the memory grows with the width.
# - **The grid (1 point).** One step: (t − 1, s) is a neighbour, and so is (t, s − 1). Two bits are enough, at
#   any width, which is also why it works on larger rocks.
# - **The cost (1 point).** Twice the gates at each node for the same H, reading twice as long a u (about four
#   times the weights at the same H). Along a diagonal the nodes can be computed at once, so T + S − 1 steps
#   follow one another where the reading row by row takes T · S; but a plain sequence has no second dimension to
#   gain from: text or a single signal, or a picture whose label depends on local patterns alone (a convolution
#   does that in parallel). Any sound cost together with any sound task.
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
# You have derived the gradients of a cell with two pairs of states, and of a grid in which every node has two
# pasts and two futures. You know where the paths of a gradient join, and that their number can matter more
# than what any one of them carries. And you have seen a network learn a rule on small grids and apply it to
# larger ones, because its shape is the shape of the task.

# %% [markdown]
# ## Where it comes from, and what to read next
#
# Sepp Hochreiter and Jürgen Schmidhuber published the LSTM in 1997; in it an error can flow back over more than a
# thousand steps. The forget gate came in 2000, with Felix Gers and Fred Cummins: without it a cell may grow
# without end. Alex Graves, Santiago Fernández and Schmidhuber gave the network more dimensions in 2007, because
# pictures have more than one past. With such a network Graves and Schmidhuber read 91.4 % of the words in an Arabic
# competition, where the winner had read 87.2 %, although neither of them knew the language. And what you
# counted in part 5 is a reason why its cells become unstable in more than one dimension, for which Gundram Leifert and
# others found remedies in 2016.
#
# - S. Hochreiter, J. Schmidhuber, *Long short-term memory*, Neural Computation 9 (1997),
#   doi:10.1162/neco.1997.9.8.1735
# - F. A. Gers, J. Schmidhuber, F. Cummins, *Learning to forget: continual prediction with LSTM*, Neural
#   Computation 12 (2000), doi:10.1162/089976600300015015
# - A. Graves, S. Fernández, J. Schmidhuber, *Multi-dimensional recurrent neural networks*, ICANN (2007),
#   arXiv:0705.2011: the cell of part 4, with its peepholes
# - A. Graves, J. Schmidhuber, *Offline handwriting recognition with multidimensional recurrent neural networks*,
#   NIPS 21 (2008): the Arabic words
# - N. Kalchbrenner, I. Danihelka, A. Graves, *Grid long short-term memory*, ICLR (2016), arXiv:1507.01526: cells for
#   each dimension, as in part 1
# - G. Leifert and others, *Cells in multidimensional recurrent neural networks*, Journal of Machine Learning
#   Research 17 (2016), jmlr.org/papers/v17/14-203.html: cells that stay stable
