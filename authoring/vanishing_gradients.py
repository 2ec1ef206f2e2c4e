# %% [markdown]
# # Vanishing gradients
#
# A recurrent network reads a sequence step by step and carries a state along. To learn that something said
# long ago matters now, the gradient must travel back over all the steps in between. This notebook asks how
# much of it arrives. You write backpropagation through time by hand, take it apart by time lag, predict
# how fast it fades, and measure. You need backpropagation through a small network, matrix products and
# logarithms, and no more.
#
# Take about four hours, in two or three sittings. Each exercise says about how long it takes and how hard
# it is: ★☆☆ easy, ★★☆ medium, ★★★ hard. The parts:
#
# 1. a recurrent network, forward and backward, and the share of each time step in a gradient;
# 2. a check that does not see half of a gradient, and the inputs that make it see;
# 3. the Jacobian from one state to a later one;
# 4. a network without tanh, where the rate of fading is known exactly: predict it, then measure it;
# 5. the experiment: gradients over 5, 10, 20 and 200 steps, and why the usual figure misleads;
# 6. remedies: clipping, orthogonal weights, and the cell of an LSTM;
# 7. the argument, in your words.

# %% [markdown]
# ## How the checks work
#
# After each exercise stands a cell such as `check.rnn_forward(rnn_forward)`. It runs your code on one or
# more small cases and says what is wrong and, where it can, what the mistake looks like. At grading the
# same is done with other sizes and other numbers.
#
# - Each gradient is scored on its own, and so are early and late time steps.
# - Later exercises use your earlier functions. The check in this notebook runs with yours, so fix those
#   first. At grading a mistake costs points only once: a later exercise is also tried with correct versions
#   of the earlier functions.
# - "By hand" means that you write the formula of the gradient. Do not use automatic differentiation, and
#   do not approximate a gradient by differences of the loss.
# - NumPy is the tool of this notebook. A check and grading hide PyTorch: importing it costs nothing, an
#   exercise that uses it fails.
# - A function never changes its arguments, neither arrays nor lists: compute in new ones.
# - What a function returns depends on its arguments alone. Each that has arguments is called again, with others in
#   between, and must give the same as the first time. The case "the first inputs again" looks at that.
# - Gradients may be very small here, as in the cases called "fading", or very large, as in those called "large
#   gradients". Each is compared relative to its own size: a small one must not be taken for 0, nor a large one cut
#   off.
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
# | $t$, $k$ | a time step, and an earlier one | `t`, `k` |
# | $a \circ b$ | the product entry by entry | `a * b` |
# | $x^\top$ | the transpose | `x.T` |
#
# Here `dys` and `dy_T` are gradients at the outputs; a dict holds gradients under the names of their
# parameters.

# %%
from importlib.util import find_spec

if missing := [name for name in ("handgrad", "numpy") if find_spec(name) is None]:
    raise ModuleNotFoundError(f"""{", ".join(missing)}: not installed in the Python of this notebook.
On your computer, type in a terminal, in the folder of the course:  pip install -r requirements.txt
On Colab, put the file handgrad-….whl of that folder under Files, at the left, and run in a cell:  !pip install *.whl
Then restart the kernel, and run this cell again.""")

import numpy as np

from handgrad import checks
from handgrad.assignments.vanishing_gradients import derivations, figures

check = checks("vanishing_gradients")

# %% [markdown]
# ## Conventions
#
# | letter | meaning |
# | --- | --- |
# | $T$ | number of time steps |
# | $D$ | number of inputs in each step |
# | $H$ | size of the state |
# | $O$ | number of outputs in each step |
#
# The network has five parameters, kept in a dict `params`. Its weights are in the layout (out, in), so a
# matrix stands on the left of a vector.
#
# | key | symbol | shape | what it does |
# | --- | --- | --- | --- |
# | `"Wx"` | $W_x$ | (H, D) | input to state |
# | `"Ws"` | $W_s$ | (H, H) | state to next state: the recurrent weights |
# | `"b1"` | $b_1$ | (H,) | bias of the state |
# | `"Wo"` | $W_o$ | (O, H) | state to output |
# | `"b2"` | $b_2$ | (O,) | bias of the output |
#
# **Rows are counted from 0.** `xs[0]` is the first input, and `hs[0]` the state after it. The state before
# the first input is an argument of its own, `h0`. It need not be zero.
#
# **Norms.** The norm of a vector or a matrix here is always the root of the sum of all squares, as
# `np.linalg.norm` gives it without a second argument.
#
# **Lag.** The lag between two steps is how many steps lie from the earlier to the later: from `hs[k]` to
# `hs[t]` it is $t - k$.

# %% [markdown]
# # 1. A recurrent network

# %% [markdown]
# ## Exercise 1: `rnn_forward`
#
# **Goal:** run the network over a sequence. About 10 minutes, easy ★☆☆.
#
# $$h_t = \tanh(W_x x_t + W_s h_{t-1} + b_1), \qquad y_t = W_o h_t + b_2$$
#
# for the steps $t = 0, \dots, T-1$. In the first step the state before, $h_{-1}$, is `h0`.
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `xs` | (T, D) | given |
# | `h0` | (H,) | given |
# | `hs` | (T, H) | asked |
# | `ys` | (T, O) | asked |
#
# The inputs may be whole numbers of an integer dtype, such as zeros and ones that stand for letters, here and in
# later exercises. States and outputs are floats all the same.

# %%
figures.show(
    figures.unrolled(),
    "A recurrent network drawn once for each of four time steps. Solid arrows lead from h0 through the "
    "boxes hs[0], hs[1], hs[2] and hs[3], each labelled Ws; from each input xs[t] up to "
    "its box, labelled Wx; and from each box up to its output ys[t], labelled Wo. Dashed arrows run along "
    "every one of these in the opposite direction: gradients come down from the outputs, go from each box "
    "to the one before it and at last to h0, and go down to the inputs.",
)


# %% solution="rnn_forward"
def rnn_forward(params, xs, h0):
    """Return (hs, ys): the states and the outputs of all steps.

    params : dict with Wx (H, D), Ws (H, H), b1 (H,), Wo (O, H), b2 (O,)
    xs : (T, D); h0 : (H,), the state before the first input
    hs : (T, H), hs[0] is the state after the first input; ys : (T, O)
    """
    ### BEGIN SOLUTION
    h = h0
    hs = []
    ys = []
    for x in xs:
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs.append(h)
        ys.append(params["Wo"] @ h + params["b2"])
    return np.array(hs), np.array(ys)
    ### END SOLUTION
    raise NotImplementedError("write hs, shape (T, H), and ys, shape (T, O)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Loop over the rows of `xs` and keep the latest state in a variable that starts as `h0`. Collect the states
# and outputs in lists, and make arrays of them at the end.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# A matrix in the layout (out, in) times a vector: `params["Wx"] @ x`. Overwrite the variable with the new state, and
# the next turn of the loop finds it as the state before. The output is made of the new state, without tanh.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `h` starts as `h0`; two empty lists.
# 2. For each row `x` of `xs`: the new `h` is tanh of `Wx @ x` plus `Ws @ h` plus `b1`. Append it.
# 3. Append `Wo @ h + b2` to the other list.
# 4. `np.array(...)` makes an array of each list.
#
# </details>

# %% test="rnn_forward" points=4
check.rnn_forward(rnn_forward)


# %% [markdown]
# **What you should see:** `hs` and `ys` are right, also for a sequence of a single step. The same five
# parameters act in every step. That is what makes the network able to read sequences of any length, and it
# is what makes its gradient a sum over time.

# %% [markdown]
# ## Exercise 2: `rnn_backward`
#
# **Goal:** write the gradients of all parameters and of `h0`, through all time steps. About 40 minutes,
# hard ★★★.
#
# By hand means by formulas. Grading measures the time on a large case, where difference quotients take far longer
# than a formula; small exercises ask for the accuracy of a formula.
#
# A loss $L$ depends on the outputs of all steps. Somebody has worked out its gradients there already:
# `dys[t]` is $\partial L/\partial y_t$. Write $z_t = W_x x_t + W_s h_{t-1} + b_1$ for what is inside the
# tanh.
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `dys` | (T, O) | given |
# | $\partial L/\partial h_t$, $\partial L/\partial z_t$ for one $t$ | (H,) | yours to name |
# | gradients `"Wx"`, `"Ws"`, `"b1"`, `"Wo"`, `"b2"` | as in `params` | asked |
# | gradient `"h0"` | (H,) | asked |

# %% [markdown]
# ### Two arrows into each state: derive the recursion
#
# Look at a box of the picture above and ask where $h_t$ goes. It goes up to $y_t$, and on to the next step
# through $z_{t+1}$. So two gradients come back to it, and the chain rule adds them. Suppose both are known already:
# $\partial L/\partial y_t$, with the entries `dy[i]`, and $\partial L/\partial z_{t+1}$, with the entries
# `dz_next[i]`. Then
#
# 1. what is $\partial L/\partial h_{t,j}$, for one entry $j$ of the state? Ask in which entries of $y_t$ and of
#    $z_{t+1}$ it occurs, and what multiplies it there.
# 2. what is $\partial L/\partial z_{t,j}$, one step further back, before the tanh? Its slope is known from its
#    output, $h_{t,j}$.
#
# Write both into the next cell in place of `...`; `sum(… for i in range(len(dy)))` is a sum over $i$. Run the
# cell: each is tried at random points, and for a wrong one you are told where it differs, and in some cases why.
# Nothing in this cell is graded.

# %%
def entry_of_dL_dh(Wo, Ws, dy, dz_next, j):
    """Return ∂L/∂h_t,j, a number.

    Wo : (O, H); Ws : (H, H); dy : (O,), the gradient at y_t; dz_next : (H,), the gradient at z_(t+1)
    """
    return ...


def entry_of_dL_dz(dh, h, j):
    """Return ∂L/∂z_t,j, a number, from the gradient dh (H,) at h_t, and h_t (H,) itself."""
    return ...


derivations.state.check(entry_of_dL_dh)
derivations.before_tanh.check(entry_of_dL_dz)


# %% [markdown]
# <details><summary>Unfold when both formulas are right, or when you would rather read on</summary>
#
# The entry $h_{t,j}$ occurs in every $y_{t,i}$, with the factor $W_{o,ij}$, and in every $z_{t+1,i}$, with the factor
# $W_{s,ij}$. Both sums run over the first index, so as matrices both are transposed:
#
# $$\begin{aligned}
# \frac{\partial L}{\partial h_{t,j}} &= \sum_i W_{o,ij}\,\frac{\partial L}{\partial y_{t,i}} +
# \sum_i W_{s,ij}\,\frac{\partial L}{\partial z_{t+1,i}}\\
# \frac{\partial L}{\partial h_t} &= W_o^\top \frac{\partial L}{\partial y_t} +
# W_s^\top \frac{\partial L}{\partial z_{t+1}}
# \end{aligned}$$
#
# Between $h_t$ and $z_t$ lies the tanh, with the slope $\tanh'(z_t) = 1 - h_t^2$, entry by entry:
#
# $$\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t} \circ (1 - h_t^2)$$
#
# </details>

# %% [markdown]
# The last state has no next step, so there the second term is missing. The two formulas, applied in turn from the
# last step to the first, give $\partial L/\partial z_t$ for every $t$. This is backpropagation through time.

# %% [markdown]
# ### One matrix, used T times
#
# $W_s$ occurs in every step. Suppose for a moment that each step had a copy of its own, $W_s^{(t)}$. The
# gradient of one copy is that of a single layer, $\partial L/\partial z_t$ times the vector that the copy
# multiplied. Since all copies are one and the same matrix, a change of it changes them all, and the
# gradients of the copies add up. The same holds for $W_x$, $b_1$, $W_o$ and $b_2$.
#
# Two vectors $u$ and $v$ make the matrix with the entries $u_i v_j$, called their outer product; NumPy has
# `np.outer(u, v)`. It is the form of each term.

# %% solution="rnn_backward"
def rnn_backward(params, xs, h0, dys):
    """Return the gradients of the loss as a dict with the keys Wx, Ws, b1, Wo, b2, h0.

    params, xs, h0 : as for rnn_forward
    dys : (T, O), the gradient of the loss at each output
    Each gradient has the shape of what it belongs to.
    """
    ### BEGIN SOLUTION
    hs, _ = rnn_forward(params, xs, h0)
    before = np.vstack([h0, hs[:-1]])
    grads = {name: np.zeros(value.shape) for name, value in params.items()}
    dh = np.zeros(h0.shape)
    for t in reversed(range(len(xs))):
        dh = dh + params["Wo"].T @ dys[t]
        dz = dh * (1 - hs[t] ** 2)
        grads["Wx"] += np.outer(dz, xs[t])
        grads["Ws"] += np.outer(dz, before[t])
        grads["b1"] += dz
        grads["Wo"] += np.outer(dys[t], hs[t])
        grads["b2"] += dys[t]
        dh = params["Ws"].T @ dz
    grads["h0"] = dh
    return grads
    ### END SOLUTION
    raise NotImplementedError("write a dict with the gradients of Wx, Ws, b1, Wo, b2 and h0")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Start the five sums with zeros, and loop over the steps from the last to the first. Keep one vector from
# turn to turn: what the later steps send back to the state you have come to. It is zero to begin with. In
# each turn add what `dys[t]` sends, pass the tanh, add the terms of this step to the sums, and make the
# vector ready for the step before. What does that vector belong to when the loop is over?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Two gradients meet at `hs[t]`: from the output, `Wo.T @ dys[t]`, and from the step after it. Add them before
# you pass the tanh. Its slope at step t is `1 - hs[t]**2`. The input of the recurrent weights at step t is
# the state before it: `hs[t - 1]`, or `h0`.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `hs, _ = rnn_forward(params, xs, h0)`; sums of zeros for the five parameters; `dh` of zeros, shape (H,).
# 2. For `t` from T − 1 down to 0: `dh = dh + Wo.T @ dys[t]`, then `dz = dh * (1 - hs[t]**2)`.
# 3. Add the outer product of `dz` with `xs[t]` to Wx, with the state before to Ws, and `dz` itself to b1; the
#    outer product of `dys[t]` with `hs[t]` to Wo, and `dys[t]` to b2.
# 4. `dh = Ws.T @ dz` goes on to the step before. After the loop it belongs to `h0`.
#
# </details>

# %% test="rnn_backward" points=12
check.rnn_backward(rnn_backward)


# %% [markdown]
# **What you should see:** six parts are right. The case "first input, last loss" has all inputs zero but
# the first, and a loss at the last step only, so the gradient of $W_x$ is what has come back over the
# whole sequence, and nothing else. A version that stops early gives zero there.

# %% [markdown]
# ## Exercise 3: `step_contributions`
#
# **Goal:** take the gradient of $W_x$ apart into the terms of the time steps. About 20 minutes, medium ★★☆.
#
# Now there is a loss at the last step only, with $\partial L/\partial y_{T-1}$ = `dy_T`; the T in this
# name means the last step, row $T - 1$. Give each step its own copy of $W_x$ again:
#
# $$\frac{\partial L}{\partial W_x} = \sum_{k=0}^{T-1}
# \underbrace{\frac{\partial L}{\partial W_x^{(k)}}}_{\text{term } k}$$
#
# Term $k$ says how the loss changes when the use of $W_x$ in step $k$ alone is changed.
#
# | array | shape | given or asked |
# | --- | --- | --- |
# | `dy_T` | (O,) | given |
# | result, row k is term $k$ | (T, H, D) | asked |
#
# The rows are in the order of time: row 0 belongs to the first input, the last row to the last one. Each term
# is compared on its own scale, however small it is.

# %% solution="step_contributions"
def step_contributions(params, xs, h0, dy_T):
    """Return the T terms of the gradient of Wx, shape (T, H, D), in the order of time.

    params, xs, h0 : as for rnn_forward
    dy_T : (O,), the gradient of the loss at the last output; no other output has a loss
    """
    ### BEGIN SOLUTION
    hs, _ = rnn_forward(params, xs, h0)
    contributions = np.zeros((len(xs), *params["Wx"].shape))
    dh = params["Wo"].T @ dy_T
    for k in reversed(range(len(xs))):
        dz = dh * (1 - hs[k] ** 2)
        contributions[k] = np.outer(dz, xs[k])
        dh = params["Ws"].T @ dz
    return contributions
    ### END SOLUTION
    raise NotImplementedError("write an array of shape (T, H, D)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# It is the loop of Exercise 2 with less in it. Where does `dy_T` enter, and how often? Write each term into
# its row in place of adding it to a sum.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# `dy_T` enters once, before the loop: it makes the gradient at the last state. From there each turn passes the tanh of
# its step, writes one term, and goes on to the state before. Which vector did the use of $W_x$ in step $k$ multiply?
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `hs, _ = rnn_forward(params, xs, h0)`, and an array of zeros of shape (T, H, D).
# 2. The gradient at the last state: `Wo.T @ dy_T`.
# 3. For `k` from T − 1 down to 0: the gradient before the tanh is that at the state times `1 - hs[k]**2`; row `k` is
#    its outer product with `xs[k]`; `Ws.T` times it is the gradient at the state before.
#
# </details>

# %% test="step_contributions" points=9
check.step_contributions(step_contributions)


# %% [markdown]
# **What you should see:** the last step, the earlier steps and their sum are right. Here are the norms of the
# terms for a network with small random weights and 12 steps.

# %%
def default_params(rng, D, H, O):
    """Return parameters as PyTorch's nn.RNN and nn.Linear draw them: uniform in ±1/√H."""
    bound = 1 / np.sqrt(H)
    return {
        "Wx": rng.uniform(-bound, bound, size=(H, D)),
        "Ws": rng.uniform(-bound, bound, size=(H, H)),
        # nn.RNN adds two biases in each step; b1 is their sum
        "b1": rng.uniform(-bound, bound, size=(2, H)).sum(axis=0),
        "Wo": rng.uniform(-bound, bound, size=(O, H)),
        "b2": rng.uniform(-bound, bound, size=O),
    }


some_rng = np.random.default_rng(1)
some_params = default_params(some_rng, D=4, H=16, O=2)
some_xs = some_rng.normal(size=(12, 4))
some_terms = step_contributions(some_params, some_xs, np.zeros(16), np.ones(2))
some_norms = np.linalg.norm(some_terms, axis=(1, 2))
print("the last term alone: ", round(some_norms[-1], 3))
print("the first term alone:", round(some_norms[0], 5))
print("the sum of all terms:", round(np.linalg.norm(some_terms.sum(axis=0)), 3))

figures.show(
    figures.contributions(some_norms),
    "Bars on a logarithmic axis: the norm of term k of the gradient of Wx, for time steps 0 to 11. The "
    "bars grow from left to right, by a factor of about two from step to step: the first is below a "
    "thousandth, the last close to 1.",
)


# %% [markdown]
# The axis is logarithmic. The sum of all twelve terms has nearly the size of the last term alone, and what
# the first input adds is lost in it. Keep this picture in mind. Everything that follows is about it.

# %% [markdown]
# # 2. A blind check

# %% [markdown]
# ## A check that passes a broken gradient
#
# Backpropagation through time is often cut: each loss is sent back over a few steps and no further. This
# saves time, and it is a different gradient. `cut_Wx` below is cut to 3 steps, its own among them. It is
# made from your `step_contributions`: for each loss it keeps the last three terms and drops the others.
#
# `blind_check` compares a gradient of $W_x$ with difference quotients, to within 0.1 % of the largest entry.
# That is strict. It draws all weights small, "so that tanh does not saturate".

# %%
def whole_Wx(params, xs, h0, dys):
    """Return the whole gradient of Wx, from your rnn_backward."""
    return rnn_backward(params, xs, h0, dys)["Wx"]


def cut_Wx(params, xs, h0, dys):
    """Return the gradient of Wx, each loss sent back over 3 steps only."""
    return sum(
        step_contributions(params, xs[: t + 1], h0, dys[t])[-3:].sum(axis=0) for t in range(len(xs))
    )


def quotients_Wx(params, xs, h0, dys, step=1e-5):
    """Return difference quotients of the loss, the sum of ys * dys, for each entry of Wx."""
    result = np.zeros(params["Wx"].shape)
    for index in np.ndindex(result.shape):
        losses = []
        for sign in (1, -1):
            Wx = params["Wx"].copy()
            Wx[index] += sign * step
            losses.append(np.sum(rnn_forward({**params, "Wx": Wx}, xs, h0)[1] * dys))
        result[index] = (losses[0] - losses[1]) / (2 * step)
    return result


def deviation(gradient, inputs):
    """Return how far a gradient of Wx is off, relative to the largest entry of the quotients."""
    right = quotients_Wx(*inputs)
    return np.abs(gradient(*inputs) - right).max() / np.abs(right).max()


def blind_check(gradient):
    """Print whether a gradient of Wx passes on a network with small weights, T = 10."""
    rng = np.random.default_rng(0)
    D, H, O, T = 3, 4, 2, 10
    shapes = {"Wx": (H, D), "Ws": (H, H), "b1": (H,), "Wo": (O, H), "b2": (O,)}
    params = {name: 0.01 * rng.normal(size=shape) for name, shape in shapes.items()}
    inputs = params, rng.normal(size=(T, D)), np.zeros(H), rng.normal(size=(T, O))
    off = deviation(gradient, inputs)
    print(f"{gradient.__name__:9} {'passes' if off < 0.001 else 'FAILS'}, off by {off:.1e}")


blind_check(whole_Wx)
blind_check(cut_Wx)


# %% [markdown]
# Both pass, and one of them has dropped more than half of the terms, 28 of 55. With weights of about 0.01, all
# that it has dropped is two parts in a hundred thousand.

# %% [markdown]
# ## Exercise 4: `blind_inputs`
#
# **Goal:** find inputs on which the cut gradient fails. About 15 minutes, medium ★★☆.
#
# Write a function without arguments that returns `(params, xs, h0, dys)` for
#
# $$D = 3, \quad H = 4, \quad O = 2, \quad T = 10$$
#
# such that `cut_Wx` is off by more than 1 % of the largest entry of the whole gradient.
#
# | array | shape |
# | --- | --- |
# | `params` | dict with Wx (4, 3), Ws (4, 4), b1 (4,), Wo (2, 4), b2 (2,) |
# | `xs` | (10, 3) |
# | `h0` | (4,) |
# | `dys` | (10, 2) |
#
# All numbers must be at most 100 in size, and the largest entry of the whole gradient of $W_x$ at least
# 0.001 in size, with either sign. Any inputs that do this are right. Think before you try: which array decides
# how much of a gradient is left after three steps back?

# %% solution="blind_inputs"
def blind_inputs():
    """Return (params, xs, h0, dys) on which a backward pass cut to 3 steps is off by more than 1 %.

    Sizes: D = 3, H = 4, O = 2, T = 10
    """
    ### BEGIN SOLUTION
    params = {
        "Wx": np.full((4, 3), 0.1),
        "Ws": np.eye(4),
        "b1": np.zeros(4),
        "Wo": np.ones((2, 4)),
        "b2": np.zeros(2),
    }
    xs = np.full((10, 3), 0.1)
    h0 = np.zeros(4)
    dys = np.ones((10, 2))
    return params, xs, h0, dys
    ### END SOLUTION
    raise NotImplementedError("write params, xs, h0 and dys")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Each step back multiplies by $W_s^\top$ and by the slope of tanh. The blind check has weights near 0.01,
# so three steps leave about a hundred-thousandth. For the long lags to count, neither factor may be small.
# Which simple matrix keeps the length of every vector, and what keeps tanh far from saturation?
# To see where you are, print `deviation(cut_Wx, blind_inputs())`.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Choose the recurrent weights first: the identity keeps every vector as it is, so a gradient loses nothing there. Then
# keep the states small, so that the slopes of tanh stay near 1: small inputs, small `Wx`, no bias. But if all
# inputs are zero, so is the gradient of `Wx`.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `Ws` is `np.eye(4)`; `b1`, `b2` and `h0` are zeros.
# 2. `Wx` and `xs` are filled with numbers of about 0.1, `Wo` and `dys` with ones.
# 3. Ten terms now are of similar size. The cut keeps three of them.
#
# </details>

# %% test="blind_inputs" points=4
check.blind_inputs(blind_inputs)


# %% [markdown]
# **What you should see:** `inputs` and `deviation` are right. With your inputs `deviation(whole_Wx,
# blind_inputs())` stays tiny, so it is the cut that fails and not the quotient. A test of a gradient is
# only as good as its inputs. The hidden cases that grade your `rnn_backward` have recurrent weights that
# keep the length of a vector, more or less, for this reason.

# %% [markdown]
# # 3. From one state to a later one

# %% [markdown]
# ## Exercise 5: `state_jacobian`
#
# **Goal:** write the matrix that says how `hs[t]` answers to a small change of `hs[k]`. About 20 minutes,
# medium ★★☆.
#
# Let $h_k$ change by a little while all inputs stay as they are. The Jacobian
#
# $$J_{ij} = \frac{\partial (h_t)_i}{\partial (h_k)_j}, \qquad k \le t$$
#
# has a row for each entry of the later state and a column for each entry of the earlier one. For one step
# it follows from $h_s = \tanh(z_s)$:
#
# $$\frac{\partial h_s}{\partial h_{s-1}} = \mathrm{diag}(1 - h_s^2)\; W_s$$
#
# Here $\mathrm{diag}(v)$ is the matrix with $v$ on its diagonal; from the left it multiplies row $i$ by
# $v_i$. For several steps the chain rule multiplies. The first step to act stands on the right:
#
# $$\frac{\partial h_t}{\partial h_k} = \frac{\partial h_t}{\partial h_{t-1}}\;\cdots\;
# \frac{\partial h_{k+2}}{\partial h_{k+1}}\;\frac{\partial h_{k+1}}{\partial h_k}$$
#
# For $k = t$ there are no factors, and the product is the identity.
#
# | argument or result | form |
# | --- | --- |
# | `hs` | (T, H), the states that `rnn_forward` returned |
# | `k`, `t` | row numbers of `hs`, $0 \le k \le t < T$ |
# | returned | (H, H) |

# %% solution="state_jacobian"
def state_jacobian(params, hs, k, t):
    """Return J (H, H) with J[i, j] = the derivative of hs[t][i] with respect to hs[k][j].

    params : as for rnn_forward; hs : (T, H); k, t : rows of hs, k <= t
    """
    ### BEGIN SOLUTION
    J = np.eye(len(hs[t]))
    for s in range(k + 1, t + 1):
        J = (1 - hs[s] ** 2)[:, None] * params["Ws"] @ J
    return J
    ### END SOLUTION
    raise NotImplementedError("write J, shape (H, H)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Which states does the way from $h_k$ to $h_t$ lead into? Each of them gives one factor, with its own slope.
# Start with `np.eye(H)` and multiply one factor after the other, on the side that the formula says. A column
# `v[:, None]` times a matrix multiplies its rows.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# The way from $h_k$ to $h_t$ leads into the states $k + 1$ to $t$; the slope of $h_k$ itself is not on it. A factor
# that acts later stands further to the left: new factors are multiplied from the left.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `J` is `np.eye(H)`.
# 2. For `s` from `k + 1` up to and including `t`: the factor is `Ws` with row `i` multiplied by `1 - hs[s][i]**2`.
# 3. The new `J` is this factor `@` the old `J`.
#
# </details>

# %% test="state_jacobian" points=6
check.state_jacobian(state_jacobian)


# %% [markdown]
# **What you should see:** `k = t`, `one step` and `several steps` are right. On the way back a gradient is
# multiplied by the transpose of this matrix:
#
# $$\frac{\partial L}{\partial h_k} = \left(\frac{\partial h_t}{\partial h_k}\right)^{\!\top}
# \frac{\partial L}{\partial h_t}$$
#
# if the loss depends on $h_k$ through $h_t$ alone. So the whole question is what a product of $t - k$ such
# matrices does to the length of a vector.

# %% [markdown]
# ### A bound
#
# Let $\rho$ be the largest singular value of $W_s$: no vector becomes more than $\rho$ times as long when
# $W_s$ or $W_s^\top$ multiplies it. The slopes of tanh are at most 1. Each step back is a product of the two,
# so it stretches by at most $\rho$, and
#
# $$\left\lVert\frac{\partial L}{\partial h_k}\right\rVert \;\le\; \rho^{\,t-k}
# \left\lVert\frac{\partial L}{\partial h_t}\right\rVert$$
#
# If $\rho < 1$ the right-hand side goes to zero exponentially in the lag, whatever the inputs are. If
# $\rho > 1$ the bound grows, and says nothing about what really happens.

# %% [markdown]
# # 4. A network without tanh
#
# Leave the tanh out and take $W_s = \rho\,Q$ with an orthogonal $Q$, that is $Q^\top Q = I$, the identity. An
# orthogonal matrix keeps the length of every vector. Now the slopes are all 1 and nothing is lost in the
# estimate.

# %% [markdown]
# ## Exercise 6: `linear_gradient_norm`
#
# **Goal:** find the norm of the gradient after a given lag, relative to the start. About 5 minutes, easy
# ★☆☆.
#
# $$h_t = W_x x_t + \rho\,Q\,h_{t-1} + b_1, \qquad
# r = \frac{\lVert \partial L/\partial h_k \rVert}{\lVert \partial L/\partial h_t \rVert}$$
#
# The lag is $t - k$. The loss depends on $h_k$ through $h_t$ alone.
#
# | argument or result | form |
# | --- | --- |
# | `rho` | a number above 0 |
# | `lag` | a whole number, 0 or more |
# | returned | $r$, a number |

# %% solution="linear_gradient_norm"
def linear_gradient_norm(rho, lag):
    """Return the norm of dL/dh_k relative to that of dL/dh_t, lag = t - k, for Ws = rho Q and no tanh."""
    ### BEGIN SOLUTION
    return rho**lag
    ### END SOLUTION
    raise NotImplementedError("write the relative norm, a number")


# %% [markdown]
# <details><summary>Hint</summary>
#
# What does one step back multiply the gradient by, and what does that do to its length? How many such steps
# are there? The answer depends on `rho` and `lag` and on nothing else, so you need not draw a $Q$.
#
# </details>

# %% test="linear_gradient_norm" points=2
check.linear_gradient_norm(linear_gradient_norm)

# %% [markdown]
# ## Exercise 7: `predicted_slope`
#
# **Goal:** say what you will see before you see it. About 10 minutes, easy ★☆☆.
#
# The next picture will show $\log_{10} r$ against the lag, for this linear network. Predict three numbers,
# with pencil and paper or a line of Python, and **before** you run the cell after the check.
#
# | variable | what it is |
# | --- | --- |
# | `slope_down` | the slope for ρ = 0.9: by how much $\log_{10} r$ changes from one lag to the next |
# | `slope_up` | the same for ρ = 1.1 |
# | `steps_to_one_percent` | for ρ = 0.9, the smallest lag at which $r$ is at most 0.01, a whole number |
#
# Give the slopes with three decimals or more. A slope has a sign: it is negative where the line falls.

# %% solution="predicted_slope"
slope_down = None  # the change of log10 r from one lag to the next, for rho = 0.9
slope_up = None  # the same for rho = 1.1
steps_to_one_percent = None  # the smallest lag at which r is at most 0.01, for rho = 0.9
### BEGIN SOLUTION
slope_down = np.log10(0.9)
slope_up = np.log10(1.1)
steps_to_one_percent = 44
### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# The logarithm turns a product of equal factors into a sum of equal terms, one for each step. For the third
# number, ask how many such terms make $\log_{10} 0.01 = -2$.
#
# </details>

# %% [markdown]
# The check below only notes your numbers. The measurement after it will tell whether they are right.

# %% test="predicted_slope" points=3
check.predicted_slope(slope_down, slope_up, steps_to_one_percent)


# %% [markdown]
# Now measure. The cell draws an orthogonal $Q$ and a gradient at the last state, and sends it back step by
# step.

# %% tags=["demonstration"]
def orthogonal(rng, H):
    """Return a random orthogonal matrix (H, H)."""
    Q, R = np.linalg.qr(rng.normal(size=(H, H)))
    return Q * np.sign(np.diag(R))


def measured(rho, lags, H=16, seed=0):
    """Return the norms of a gradient sent back through a linear network, relative to lag 0, shape (lags + 1,)."""
    rng = np.random.default_rng(seed)
    Ws = rho * orthogonal(rng, H)
    gradient = rng.normal(size=H)
    norms = []
    for _ in range(lags + 1):
        norms.append(np.linalg.norm(gradient))
        gradient = Ws.T @ gradient
    return np.array(norms) / norms[0]


linear = {f"ρ = {rho}": measured(rho, 60) for rho in (0.9, 1.0, 1.1)}
for name, prediction, rho in [("slope_down", slope_down, 0.9), ("slope_up", slope_up, 1.1)]:
    norms = measured(rho, 60)
    shown = "nothing" if prediction is None else f"{prediction:.3f}"
    print(f"{name:10}  predicted {shown:>7}   measured {np.log10(norms[60] / norms[0]) / 60:7.3f}")
below = int(np.argmax(measured(0.9, 60) <= 0.01))
print(f"one percent after  predicted {steps_to_one_percent}   measured {below} steps")

figures.show(
    figures.lags(linear, floor=1e-4, relative=True),
    "Relative norm of the gradient against the lag from 0 to 60, on a logarithmic axis. Three straight "
    "lines start at 1: for rho = 0.9 the line falls to about 0.002, for 1.0 it is level, for 1.1 it rises "
    "to about 300.",
)


# %% [markdown]
# **What you should see:** the predicted and the measured numbers agree, and the picture shows three straight
# lines. This is the one network in which the bound $\rho^{\text{lag}}$ is not only a bound. Ten per cent more or
# less in one step is harmless. Over sixty steps it is the difference between 0.002 and 300.

# %% [markdown]
# # 5. The experiment
#
# Does a real network with tanh and random weights behave like this? Many courses answer with the norm of
# the gradient of $W_s$ for longer and longer sequences. You will measure it too, and then decide whether
# it answers the question.

# %% [markdown]
# ## Exercise 8: `gradient_norms`
#
# **Goal:** measure the norms of two gradients for several sequence lengths. About 15 minutes, easy ★☆☆.
#
# For each length $n$ run the network on the first $n$ inputs, with a loss at the last of these $n$ outputs
# only, where its gradient is `dy_T`. Take the norms of $\partial L/\partial W_s$ and $\partial L/\partial
# W_o$.
#
# | argument or result | form |
# | --- | --- |
# | `xs` | (T, D) |
# | `dy_T` | (O,) |
# | `lengths` | a list of different whole numbers from 1 to T, in any order |
# | returned | (len(lengths), 2): a row for each length, in their order; the norm for `Ws`, then that for `Wo` |

# %% solution="gradient_norms"
def gradient_norms(params, xs, h0, dy_T, lengths):
    """Return the norms of the gradients of Ws and Wo for each length, shape (len(lengths), 2).

    params, xs, h0 : as for rnn_forward; lengths : a list of numbers of steps
    dy_T : (O,), the gradient of the loss at the last output of each length
    """
    ### BEGIN SOLUTION
    norms = []
    for n in lengths:
        dys = np.zeros((n, len(dy_T)))
        dys[-1] = dy_T
        grads = rnn_backward(params, xs[:n], h0, dys)
        norms.append([np.linalg.norm(grads["Ws"]), np.linalg.norm(grads["Wo"])])
    return np.array(norms)
    ### END SOLUTION
    raise NotImplementedError("write the norms, shape (len(lengths), 2)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `rnn_backward` does the work. Make an array `dys` of shape (n, O) that is zero but for its last row.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Cut the inputs to `xs[:n]`, so that the last of the n outputs is the last one of all. Each length gives one row with
# two norms. What is right for one length is a loop over `lengths` away from the whole.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. For each `n` in `lengths`: `dys` of zeros with shape (n, O), and `dy_T` in its last row.
# 2. `rnn_backward(params, xs[:n], h0, dys)`.
# 3. Append the pair of `np.linalg.norm` of its `"Ws"` and of its `"Wo"`; make one array of all pairs at the end.
#
# </details>

# %% test="gradient_norms" points=4
check.gradient_norms(gradient_norms)

# %% [markdown]
# Five networks with $H = 16$ and PyTorch's default initial weights, which are uniform in $\pm 1/\sqrt H$,
# each on inputs of its own. The lengths are 5, 10, 20 and 200.

# %% tags=["demonstration"]
lengths = [5, 10, 20, 200]
D, H, O = 4, 16, 2
networks = []
for seed in range(5):
    rng = np.random.default_rng(seed)
    networks.append((default_params(rng, D, H, O), rng.normal(size=(200, D))))

tables = [gradient_norms(params, xs, np.zeros(H), np.ones(O), lengths) for params, xs in networks]
for column, name in enumerate(["recurrent weights Ws", "output weights Wo"]):
    print(f"norm of the gradient of the {name}")
    print("T =       " + "".join(f"{n:8}" for n in lengths))
    for number, table in enumerate(tables):
        print(f"network {number} " + "".join(f"{norm:8.3f}" for norm in table[:, column]))
    print()

figures.show(
    figures.lengths(lengths, tables),
    "Norm of the gradient against the sequence length 5, 10, 20 and 200, for five networks: left for the "
    "recurrent weights Ws, right for the output weights Wo. All values lie between 0.6 and 2.7. In the left "
    "picture no line tends towards zero: some fall and rise again, one rises and falls. The right picture "
    "looks no different.",
)


# %% [markdown] task="total_norm" points=4
# ### Question: does the gradient vanish?
#
# About 10 minutes, medium ★★☆. Answer in the cell below this one, in four to eight sentences. Use the table.
#
# 1. Take network 1 and compare the norm for $W_s$ at T = 5 with that at T = 200; give both numbers. What does the
#    table say about vanishing gradients, and does it say something else for other networks?
# 2. $\partial L/\partial W_s$ is a sum of terms, one for each time step. You took $\partial L/\partial W_x$ apart in
#    the same way in Exercise 3: its terms are outer products with the inputs, those of $W_s$ with the states before,
#    and what arrives at each step is the same for both. Which of the terms make up nearly all of the norm? Why does
#    the norm then hardly depend on T?
# 3. In network 4 the norm falls to about half from T = 5 to T = 200. What else than long lags could be the reason?
#
# ### BEGIN MARK SCHEME
# 4 points.
#
# - **Reading the table (1 point).** For network 1 the norms are about 1.33 and 1.43: it is larger at T = 200.
#   Others rise or fall, network 4 from 1.19 to 0.64; all stay between 0.6 and 1.7. A factor below 1 for each step
#   would leave next to nothing after 195 more, so the table gives no sign of vanishing. Half a point without a number.
# - **Which terms (1 point).** The terms of the last few steps, of lag 0, 1, 2 and so on.
# - **Why it does not depend on T (1 point).** A longer sequence adds terms of longer lags, which are tiny, to
#   a sum whose large terms are there for every T. So the total norm cannot show whether the long lags have
#   vanished. Either wording earns the point, as long as it says that the short lags hide the long ones.
# - **Other reasons (1 point).** Each length ends at another input, and so in another state: the last states
#   and their slopes differ, and with them the large terms. A fall in one run can be this chance alone. Also
#   accepted: the states near the end are nearer to saturation.
# ### END MARK SCHEME

# %% [markdown]
# *Write your answer here.*

# %% [markdown]
# ## Exercise 9: `lag_norms`
#
# **Goal:** measure the gradient at each state separately. About 15 minutes, medium ★★☆.
#
# Again there is a loss at the last output only. For each lag from 0 to $T - 1$ take
#
# $$n_{\text{lag}} = \left\lVert \frac{\partial L}{\partial h_{T-1-\text{lag}}} \right\rVert$$
#
# | argument or result | form |
# | --- | --- |
# | `params`, `xs`, `h0`, `dy_T` | as in Exercise 3 |
# | returned | (T,), entry 0 for the last state, entry T − 1 for the first one, `hs[0]` |
#
# The gradient at a state is what your `rnn_backward` had in hand before it passed the tanh.

# %% solution="lag_norms"
def lag_norms(params, xs, h0, dy_T):
    """Return the norm of the gradient at each state by lag, shape (T,), lag 0 first.

    params, xs, h0 : as for rnn_forward
    dy_T : (O,), the gradient of the loss at the last output; no other output has a loss
    """
    ### BEGIN SOLUTION
    hs, _ = rnn_forward(params, xs, h0)
    norms = []
    dh = params["Wo"].T @ dy_T
    for h in hs[::-1]:
        norms.append(np.linalg.norm(dh))
        dh = params["Ws"].T @ (dh * (1 - h**2))
    return np.array(norms)
    ### END SOLUTION
    raise NotImplementedError("write the norms, shape (T,), lag 0 first")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Start with the gradient at the last state, $W_o^\top$ times `dy_T`. Note its norm, take one step back as in
# Exercise 2, note the norm again, and so on, until you have T of them.
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Walk through the states from the last to the first. At each of them two things happen, in this order: note the norm
# of the gradient that has arrived, then take one step back, through the tanh of this state and through $W_s^\top$.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. `hs, _ = rnn_forward(params, xs, h0)`; the gradient at the last state is `Wo.T @ dy_T`.
# 2. For each `h` of `hs[::-1]`: append the norm, then multiply the gradient by `1 - h**2`, and `Ws.T` by the result.
# 3. Make an array of the T norms. The first is that of lag 0.
#
# </details>

# %% test="lag_norms" points=4
check.lag_norms(lag_norms)

# %% [markdown]
# The same five networks, their gradients now by lag. Beside them stands the bound of part 3 for network 1,
# and the same for a network with tanh whose recurrent weights are $0.8\,Q$.

# %% tags=["demonstration"]
by_lag = {
    f"network {number}": lag_norms(params, xs[-41:], np.zeros(H), np.ones(O))
    for number, (params, xs) in enumerate(networks)
}
rho = np.linalg.norm(networks[1][0]["Ws"], 2)  # the largest singular value
bound = by_lag["network 1"][0] * rho ** np.arange(41)

print("lag            0         5        10        20")
for name, norms in by_lag.items():
    print(f"{name}" + "".join(f"{norms[lag]:10.1e}" for lag in (0, 5, 10, 20)))
print(f"largest singular value of Ws in network 1: {rho:.3f}")

figures.show(
    figures.lags(by_lag, {"bound for network 1": bound}, floor=1e-14),
    "Norm of the gradient at the state against the lag from 0 to 40, on a logarithmic axis. The curves of "
    "all five networks fall nearly as straight lines, from about 1 to somewhere between a hundred-millionth "
    "and a ten-trillionth at lag 40. The dashed bound for network 1 falls only to about 0.1.",
)

# %% tags=["demonstration"]
rng = np.random.default_rng(3)
tight = {**default_params(rng, D, H, O), "Ws": 0.8 * orthogonal(rng, H), "b1": np.zeros(H)}
unit_xs = rng.normal(size=(41, D))
tight_norms = {
    "inputs of size 0.01": lag_norms(tight, 0.01 * unit_xs, np.zeros(H), np.ones(O)),
    "inputs of size 0.3": lag_norms(tight, 0.3 * unit_xs, np.zeros(H), np.ones(O)),
    "inputs of size 1": lag_norms(tight, unit_xs, np.zeros(H), np.ones(O)),
}
tight_bound = np.linalg.norm(tight["Wo"].T @ np.ones(O)) * 0.8 ** np.arange(41)
for name, norms in tight_norms.items():
    print(f"{name:20} factor for each step of lag: {(norms[40] / norms[0]) ** (1 / 40):.2f}")

figures.show(
    figures.lags(tight_norms, {"bound, 0.8 to the power of the lag": tight_bound}, floor=1e-8),
    "Norm of the gradient against the lag from 0 to 40 for a network with tanh and recurrent weights 0.8 Q, "
    "on a logarithmic axis. The bound is a wide straight line. With inputs of size 0.01 the curve lies on the "
    "bound; with inputs of size 0.3 it falls a little faster; with inputs of size 1 much faster.",
)

# %% [markdown]
# **What you should see:** in the first picture every network loses a nearly constant factor for each step
# of lag, so that after 20 steps about one part in ten thousand is left in network 0, and one in a hundred thousand or
# far less in the others. The table of total norms
# showed nothing of it. In the second picture the bound is reached when the inputs are small, because tanh
# is then nearly the identity and its slopes nearly 1. With larger inputs the slopes make the gradient fade
# faster still. The lag curve answers the question that the total norm only seemed to answer.

# %% [markdown]
# ## What vanishes as ρ moves
#
# The next picture puts three cases side by side, all with $W_s = \rho\,Q$: no tanh, and tanh with small and
# with large inputs. Here each curve is divided by its own norm at lag 0. Run the cell, and a slider moves $\rho$.
#
# 1. At which $\rho$ does the line without tanh turn from falling to rising?
# 2. Up to which $\rho$ does the network with small inputs follow it? What becomes of its states beyond that, and of
#    the slopes?
# 3. The network with large inputs falls for $\rho = 1$, and hardly falls for $\rho = 1.3$. Which two factors of each
#    step are then nearly in balance?

# %%
figures.slide(
    figures.fading,
    "Norm of the gradient at the state, relative to that at lag 0, against the lag from 0 to 40, on a logarithmic "
    "axis, for rho = 1. Without tanh it stays at 1, and so it does with tanh and inputs of size 0.01. With inputs of "
    "size 1 it falls along a nearly straight line to a few thousandths.",
    "ρ",
    [0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5],
    start=1.0,
)


# %% [markdown]
# # 6. Remedies

# %% [markdown]
# ## Exercise 10: `clip_by_norm`
#
# **Goal:** shorten gradients that are too long. About 10 minutes, easy ★☆☆.
#
# When $\rho > 1$ a gradient can explode, and one step of training may throw the weights far away. Clipping
# treats all gradients together as one long vector. With its norm
#
# $$n = \sqrt{\textstyle\sum_{\text{arrays}} \sum_{\text{entries}} g^2}$$
#
# every array is multiplied by $\text{most}/n$ if $n$ is larger than `most`. Otherwise the gradients stay as
# they are.
#
# | argument or result | form |
# | --- | --- |
# | `grads` | dict of arrays, any names and shapes, from () for a single number to several axes; not all are zero |
# | `most` | a number above 0 |
# | returned | a dict with the same names and shapes; `grads` itself stays as it is |

# %% solution="clip_by_norm"
def clip_by_norm(grads, most):
    """Return a dict of gradients whose common norm is at most `most`, in the same direction.

    grads : dict of arrays; most : a number
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(value**2) for value in grads.values()))
    factor = min(1, most / norm)
    return {name: value * factor for name, value in grads.items()}
    ### END SOLUTION
    raise NotImplementedError("write a dict with the keys and shapes of grads")


# %% [markdown]
# <details><summary>Hint</summary>
#
# There is one norm for all arrays and one factor for all arrays. What is the factor when nothing is to be
# done?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# Add up the squares of all entries of all arrays and take one root. If the norm is below `most`, the factor would be
# above 1, and nothing should grow: so the factor is at most 1.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. The norm: the root of the sum, over all arrays, of `np.sum(value**2)`.
# 2. The factor: the smaller of 1 and `most / norm`.
# 3. A new dict with every array times this factor. The arrays that were given stay as they are.
#
# </details>

# %% test="clip_by_norm" points=4
check.clip_by_norm(clip_by_norm)


# %% [markdown]
# **What you should see:** both parts are right. Clipping changes the length of the step and not its
# direction. Ask yourself what it can do for a gradient that vanishes, before you look at the picture at the
# end of this part.

# %% [markdown]
# ## Exercise 11: `cell_path`
#
# **Goal:** follow a gradient along the cell of an LSTM. About 10 minutes, medium ★★☆.
#
# An LSTM has a second state, the cell $c_t$. It is not multiplied by a matrix from step to step. Each entry
# is multiplied by a forget gate $f_t$ from 0 to 1, both included, and something is added:
#
# $$c_t = f_t \circ c_{t-1} + i_t \circ g_t$$
#
# Take the gates and what is added as given numbers. Then each entry of $c_k$ reaches the same entry of
# $c_{T-1}$ by one path:
#
# $$p_k = \frac{\partial c_{T-1}}{\partial c_k} = f_{k+1} \circ f_{k+2} \circ \cdots \circ f_{T-1}, \qquad
# p_{T-1} = (1, \dots, 1)$$
#
# | array | shape |
# | --- | --- |
# | `fs` | (T, H), row t is $f_t$ |
# | returned, row k is $p_k$ | (T, H) |

# %% solution="cell_path"
def cell_path(fs):
    """Return p (T, H): row k is the derivative of the last cell with respect to cell k, entry by entry.

    fs : (T, H), the forget gates
    """
    ### BEGIN SOLUTION
    factors = np.ones(fs.shape)
    for k in reversed(range(len(fs) - 1)):
        factors[k] = factors[k + 1] * fs[k + 1]
    return factors
    ### END SOLUTION
    raise NotImplementedError("write p, shape (T, H)")


# %% [markdown]
# <details><summary>Hint</summary>
#
# Begin with the last row, which is all ones, and go upwards. How does one row follow from the row below it?
#
# </details>
#
# <details><summary>Second hint</summary>
#
# From $c_{k+1}$ the path is known, it is the row below. One step more leads from $c_k$ to $c_{k+1}$, and that step
# multiplies by the gate of the step that it leads into. So `fs[0]` occurs in no row.
#
# </details>
#
# <details><summary>Nearly the solution</summary>
#
# 1. An array of ones in the shape of `fs`.
# 2. For `k` from T − 2 down to 0: row `k` is row `k + 1` times `fs[k + 1]`, entry by entry.
#
# </details>

# %% test="cell_path" points=4
check.cell_path(cell_path)


# %% [markdown]
# **What you should see:** the last step and the earlier steps are right. There is no matrix and no slope of
# tanh in this product. A network that learns gates near 1 keeps its gradient over many steps, for those
# entries and those sequences where that is useful.

# %% [markdown]
# ## All of them on the same axes
#
# Six networks with $H = 16$ over 41 steps. The LSTM is run forward to get its gates; the bias of its forget
# gates is 4, so that they start near 0.98. It reads inputs of ordinary size. The others are networks as above,
# with small inputs except where the name of a curve says otherwise, so that the exploding network does not
# reach saturation.
#
# Each curve is divided by its own norm at lag 0, so that it starts at 1. The clipped one is the exception: it
# is divided by the norm before clipping, so that you can see what clipping does. For the LSTM it is the norm
# of $p_k$ that is drawn.

# %%
def forget_gates(rng, xs, H, bias):
    """Return the forget gates (T, H) of a random LSTM on a sequence."""
    bound = 1 / np.sqrt(H)
    W = rng.uniform(-bound, bound, size=(4, H, H + xs.shape[1]))
    h, c, gates = np.zeros(H), np.zeros(H), []
    for x in xs:
        f, i, o, g = W @ np.concatenate([h, x])
        f, i, o = (1 / (1 + np.exp(-z)) for z in (f + bias, i, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        gates.append(f)
    return np.array(gates)


rng = np.random.default_rng(5)
plain = {**default_params(rng, D, H, O), "b1": np.zeros(H)}
Q = orthogonal(rng, H)
xs = rng.normal(size=(41, D))
dy_T = np.ones(O)


def relative_norms(Ws, scale):
    """Return the lag norms relative to lag 0, for some recurrent weights and a scale of the inputs."""
    norms = lag_norms({**plain, "Ws": Ws}, scale * xs, np.zeros(H), dy_T)
    return norms / norms[0]


exploding = relative_norms(1.25 * Q, 1e-5)
dys = np.zeros((41, O))
dys[-1] = dy_T
grads = rnn_backward({**plain, "Ws": 1.25 * Q}, 1e-5 * xs, np.zeros(H), dys)
clipped = clip_by_norm(grads, most=1.0)
factor = np.linalg.norm(clipped["b1"]) / np.linalg.norm(grads["b1"])
path = cell_path(forget_gates(rng, xs, H, bias=4.0))[::-1]

remedies = {
    "default weights": relative_norms(plain["Ws"], 1e-5),
    "1.25 Q, explodes": exploding,
    "1.25 Q, clipped": exploding * factor,
    "orthogonal, 1.0 Q": relative_norms(Q, 1e-5),
    "1.0 Q, inputs of size 1": relative_norms(Q, 1.0),
    "LSTM, cell path": np.linalg.norm(path, axis=1) / np.linalg.norm(path[0]),
}
print("norm at lag 40, relative to lag 0")
for name, norms in remedies.items():
    print(f"{name:23} {norms[40] / norms[0]:9.1e}")

figures.show(
    figures.lags(remedies, floor=1e-12, relative=True),
    "Relative norm of the gradient against the lag from 0 to 40, on a logarithmic axis, six curves. Default "
    "weights fall steeply, to less than a hundred-billionth. 1.25 Q rises as a straight line to several "
    "thousand; clipped, it is the same line shifted down, parallel to the first. 1.0 Q with small inputs "
    "stays level at 1. 1.0 Q with inputs of size 1 falls to about 0.003. The cell path of the LSTM falls "
    "gently and ends near one half.",
)

# %% [markdown]
# **What you should see:**
#
# - Clipping shifts the whole curve down and leaves its slope as it is; in the printed table, which compares
#   each curve with its own start, the two lines are equal. The step becomes safe, and the share of each lag
#   in it stays the same. It is a remedy for exploding gradients, and does nothing for vanishing
#   ones.
# - Orthogonal weights keep the gradient at its length as long as the states are small. With inputs of
#   ordinary size the slopes of tanh are below 1, and the gradient fades all the same, if more slowly than
#   with default weights.
# - The cell path keeps about half over 40 steps, on inputs of ordinary size, with gates near 0.98:
#   $0.98^{40} \approx 0.45$. It is still an exponential in the lag. What changes is that the factor is set
#   by gates, which are learned, and not by a matrix and a slope that are shared by all. The curve shows this
#   one path; the whole gradient of an LSTM has others too, through the gates.

# %% [markdown]
# # 7. The argument

# %% [markdown] task="argument" points=6
# ### The argument in your words
#
# About 25 minutes, medium ★★☆. Write ten to fifteen sentences for a fellow student who has read that
# "recurrent networks suffer from vanishing gradients" and wants to know what this means and how one knows.
# Use your own numbers. Answer in the cell below this one, and cover:
#
# 1. what exactly fades, and as a function of what;
# 2. why: from the formula of one step back to $\rho^{\text{lag}}$, and what tanh adds;
# 3. which measurement shows it, and why the norm of the whole gradient does not;
# 4. how a backward pass that is cut after three steps can pass a test, and on which inputs it fails;
# 5. what clipping, orthogonal weights and the cell of an LSTM each do to the curve, and what they do not.
#
# ### BEGIN MARK SCHEME
# 6 points.
#
# - **What fades (1 point).** The gradient at a state, or the share of one time step in the gradient of a weight,
#   as a function of the lag between the step and the loss. Not: the gradient of a weight as a whole.
# - **Why (1 point).** Each step back multiplies by $W_s^\top$ and by slopes $1 - h^2$; with the largest singular
#   value ρ of $W_s$ the norm is at most ρ^lag times that at lag 0, exactly so for ρQ without tanh.
# - **What tanh adds (½ point).** Slopes of at most 1, smaller the nearer the states are to saturation: it can
#   only make a gradient fade faster. A bound with ρ > 1 proves nothing in either direction.
# - **Which measurement (1 point).** The norm by lag on a log axis, with a number, such as a factor for each
#   step or the share left after 20 steps. The norm of the whole gradient is dominated by the short lags,
#   which are there for every length; half a point if only one of the two is said.
# - **The cut (1 point).** With small recurrent weights the terms of long lags are far below the tolerance of
#   the test. It fails where the weights keep or stretch the length, such as 1.0 Q or 1.1 Q, and states are unsaturated.
# - **Remedies (1½ points, half a point each).** Clipping lowers the whole curve by one factor, the slope stays:
#   for exploding only. Orthogonal weights make the slope zero as long as the slopes of tanh are near 1. The
#   cell path has the forget gates as its factors, with no matrix and no tanh in between; it fades as they fall
#   below 1.
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
# You can send a gradient back through time, take it apart by lag, and say from the weights how fast it must
# fade. You have seen a strict test pass a broken gradient, and a plausible table show nothing; in both the
# fault lay in what was measured. In the next assignment, `lstm_2d`, the cell comes back with two dimensions
# in place of one, and gradients arrive along many paths at once.

# %% [markdown]
# ## Where it comes from, and what to read next
#
# Sepp Hochreiter found in his diploma thesis of 1991 why recurrent networks did not learn over long lags: the
# errors that flow back shrink or grow exponentially. Yoshua Bengio, Patrice Simard and Paolo Frasconi showed in 1994
# that it is a dilemma: what keeps a memory safe from noise makes its gradient vanish. Razvan Pascanu, Tomas Mikolov and
# Bengio gave the condition on the largest singular value in 2013, and clipping by the norm as you wrote it. Gates, skip
# connections, carefully chosen initial weights, and attention, which reaches a distant step in one, are all answers
# to it.
#
# - S. Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen*, diploma thesis, Technische Universität München
#   (1991)
# - Y. Bengio, P. Simard, P. Frasconi, *Learning long-term dependencies with gradient descent is difficult*,
#   IEEE Transactions on Neural Networks 5 (1994), doi:10.1109/72.279181
# - S. Hochreiter, J. Schmidhuber, *Long short-term memory*, Neural Computation 9 (1997),
#   doi:10.1162/neco.1997.9.8.1735: the cell path
# - R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML (2013),
#   arXiv:1211.5063: the place to start
# - A. M. Saxe, J. L. McClelland, S. Ganguli, *Exact solutions to the nonlinear dynamics of learning in deep linear
#   neural networks*, ICLR (2014), arXiv:1312.6120: why orthogonal weights
# - P. J. Werbos, *Backpropagation through time: what it does and how to do it*, Proceedings of the IEEE 78
#   (1990), doi:10.1109/5.58337
