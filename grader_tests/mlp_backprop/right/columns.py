"""Examples in columns, bias as one more column of the weights, np.matrix inside; plain views come out."""

import numpy as np


def with_ones(A):
    return np.asmatrix(np.vstack([A, np.ones((1, A.shape[1]))]))


def augmented(W, b):
    """The matrix [Wᵀ | b] that acts on a column with a 1 below it; W (in, out)."""
    return np.asmatrix(np.hstack([np.asarray(W).T, np.reshape(b, (-1, 1))]))


def taken_apart(dM):
    """Return dW, shape (in, out), and db, shape (out,), as views of the gradient of [Wᵀ | b]."""
    array = np.asarray(dM)
    return array[:, :-1].T, array[:, -1]


def softmax_columns(S, labels):
    S = np.asarray(S)
    Y = np.equal(np.arange(S.shape[0]).reshape(-1, 1), labels)
    below = S - S.max(axis=0)
    P = np.exp(below)
    normal = P.sum(axis=0)
    loss = np.average(np.log(normal) - below.T[Y.T])
    return loss, np.asmatrix((P / normal - Y) / S.shape[1])


class Matmul:
    def forward(self, x, W):
        self.columns, self.matrix = np.asmatrix(x).T, np.asmatrix(W).T
        return np.asmatrix((self.matrix * self.columns).T)

    def backward(self, grad_y):
        G = np.asmatrix(grad_y).T
        return (self.matrix.T * G).T, (G * self.columns.T).T


class Relu:
    def forward(self, x):
        self.dead = np.asfortranarray(x) <= 0
        return np.ma.array(x, mask=self.dead).filled(0)

    def backward(self, grad_y):
        grad_x = np.asfortranarray(grad_y).copy(order="F")
        grad_x[self.dead] = 0
        return grad_x


def softmax_loss(scores, labels):
    loss, G = softmax_columns(scores.T, labels)
    return loss, np.asarray(G).T


def activated(Z, activation):
    Z = np.asarray(Z)
    if activation == "relu":
        return np.where(Z > 0, Z, 0), np.where(Z > 0, 1, 0)
    if activation == "tanh":
        A = np.tanh(Z)
        return A, 1 - np.multiply(A, A)
    A = np.power(1 + np.exp(-Z), -1)
    return A, np.multiply(A, 1 - A)


def column_network(matrices, A, labels, activation):
    """Return the loss and the gradient of each augmented matrix."""
    inputs, slopes = [with_ones(A)], []
    for M in matrices[:-1]:
        A, slope = activated(M * inputs[-1], activation)
        inputs.append(with_ones(A))
        slopes.append(slope)
    loss, G = softmax_columns(matrices[-1] * inputs[-1], labels)
    grads = [G * inputs[-1].T]
    for k in range(len(slopes) - 1, -1, -1):
        G = np.multiply((matrices[k + 1].T * G)[:-1], slopes[k])
        grads.insert(0, G * inputs[k].T)
    return loss, grads


def small_network_gradients(params, X, labels):
    matrices = [augmented(params[f"layer{k}.weight"].T, params[f"layer{k}.bias"]) for k in (1, 2)]
    loss, grads = column_network(matrices, X.T, labels, "sigmoid")
    found = {}
    for k, dM in enumerate(grads, start=1):
        dW, db = taken_apart(dM)
        found[f"layer{k}.weight"], found[f"layer{k}.bias"] = dW.T, db
    return loss, found


def two_layer_forward(params, X):
    A, _ = activated(augmented(params["W1"], params["b1"]) * with_ones(X.T), "relu")
    S = augmented(params["W2"], params["b2"]) * with_ones(A)
    return np.asarray(S).T, A.T


def named_gradients(params, X, labels, activation):
    matrices = [augmented(params["W1"], params["b1"]), augmented(params["W2"], params["b2"])]
    loss, grads = column_network(matrices, X.T, labels, activation)
    (dW1, db1), (dW2, db2) = map(taken_apart, grads)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def two_layer_loss(params, X, labels, reg):
    loss, grads = named_gradients(params, X, labels, "relu")
    for name in ("W1", "W2"):
        W = np.asmatrix(params[name])
        loss = loss + reg * np.trace(W.T * W)
        grads[name] = grads[name] + reg * 2 * W
    return np.array(loss), grads


def sigmoid_network_gradients(params, x, y):
    M1, M2, M3 = (augmented(params[f"W{k}"], params[f"b{k}"]) for k in (1, 2, 3))
    A0 = with_ones(x.reshape(2, 1))
    A, slope1 = activated(M1 * A0, "sigmoid")
    A1 = with_ones(A)
    A, slope2 = activated(M2 * A1, "sigmoid")
    A2 = with_ones(A)
    error = M3 * A2 - y
    G3 = 2 * error
    G2 = np.multiply(M3[:, :-1].T * G3, slope2)
    G1 = np.multiply(M2[:, :-1].T * G2, slope1)
    grads = {}
    for k, dM in enumerate((G1 * A0.T, G2 * A1.T, G3 * A2.T), start=1):
        grads[f"W{k}"], grads[f"b{k}"] = taken_apart(dM)
    return error.item() ** 2, grads


def mlp_gradients(params, X, labels, activation):
    loss, grads = column_network([augmented(W, b) for W, b in params], X.T, labels, activation)
    return loss, [taken_apart(dM) for dM in grads]


def sgd_step(params, grads, learning_rate):
    return {name: np.asfortranarray(params[name] - learning_rate * grads[name]) for name in params}


wrong_1 = ("b1", "W1")
wrong_2 = ["b1"]
wrong_3 = {"W2"}


def mended_1(params, X, labels):
    return named_gradients(params, X, labels, "tanh")


def mended_2(params, X, labels):
    return named_gradients(params, X, labels, "relu")


def mended_3(params, X, labels):
    return named_gradients(params, X, labels, "sigmoid")
