"""Explicit Jacobian matrices: one example at a time, the chain rule is a product of Jacobians made with np.kron."""

import numpy as np


def by_input(W):
    """Jacobian of x W by x, shape (out, in)."""
    return W.T


def by_weight(x, outputs):
    """Jacobian of x W by the elements of W in row order, shape (out, in * out)."""
    return np.kron(x, np.eye(outputs))


def by_weight_out_in(x, outputs):
    """Jacobian of W x by the elements of W in row order, shape (out, out * in)."""
    return np.kron(np.eye(outputs), x)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def loss_jacobian(scores, label):
    """Jacobian of one cross-entropy by the scores, as that of -s[label] plus that of the log-sum-exp."""
    pick = np.zeros((1, len(scores)))
    pick[0, label] = 1
    return softmax(scores)[None, :] - pick


def one_loss(scores, label):
    highest = scores.max()
    return highest + np.log(np.exp(scores - highest).sum()) - scores[label]


def activate(z, activation):
    """Return a and its Jacobian by z, which is diagonal."""
    if activation == "relu":
        return np.maximum(z, 0), np.diag((z > 0).astype(float))
    if activation == "tanh":
        a = np.tanh(z)
        return a, np.eye(len(z)) - np.diag(a) @ np.diag(a)
    a = sigmoid(z)
    return a, np.diag(a) @ (np.eye(len(z)) - np.diag(a))


class Matmul:
    def forward(self, x, W):
        self.saved = x.copy(), W.copy()
        return np.vstack([by_input(W) @ row for row in x])

    def backward(self, grad_y):
        x, W = self.saved
        N, outputs = grad_y.shape
        whole = np.kron(np.eye(N), by_input(W))
        grad_x = (grad_y.reshape(1, -1) @ whole).reshape(x.shape)
        tall = np.vstack([by_weight(row, outputs) for row in x])
        return grad_x, (grad_y.reshape(1, -1) @ tall).reshape(W.shape)


class Relu:
    def forward(self, x):
        self.jacobian = np.diag((x > 0).ravel().astype(float))
        return (self.jacobian @ x.ravel()).reshape(x.shape)

    def backward(self, grad_y):
        return (grad_y.ravel() @ self.jacobian).reshape(grad_y.shape)


def softmax_loss(scores, labels):
    N = len(labels)
    loss = sum(one_loss(row, label) for row, label in zip(scores, labels, strict=True)) / N
    rows = [loss_jacobian(row, label) for row, label in zip(scores, labels, strict=True)]
    return loss, np.concatenate(rows) / N


def small_network_gradients(params, X, labels):
    V, W = params["layer1.weight"], params["layer2.weight"]
    loss = 0.0
    grads = {name: np.zeros(value.shape) for name, value in params.items()}
    for x, label in zip(X, labels, strict=True):
        a, da_dz = activate(V @ x + params["layer1.bias"], "sigmoid")
        scores = W @ a + params["layer2.bias"]
        loss += one_loss(scores, label)
        to_scores = loss_jacobian(scores, label)
        to_z = to_scores @ W @ da_dz
        grads["layer2.bias"] += to_scores[0]
        grads["layer2.weight"] += (to_scores @ by_weight_out_in(a, 3)).reshape(W.shape)
        grads["layer1.bias"] += to_z[0]
        grads["layer1.weight"] += (to_z @ by_weight_out_in(x, 2)).reshape(V.shape)
    return loss / len(X), {name: total / len(X) for name, total in grads.items()}


def two_layer_forward(params, X):
    pairs = []
    for x in X:
        hidden, _ = activate(params["W1"].T @ x + params["b1"], "relu")
        pairs.append((params["W2"].T @ hidden + params["b2"], hidden))
    scores, hidden = zip(*pairs, strict=True)
    return np.stack(scores), np.stack(hidden)


def one_example(layers, x, label, activation):
    """Return the loss of one example and its Jacobians by each W and b, from the last layer to the first."""
    inputs, slopes = [x], [np.eye(len(x))]
    for W, b in layers[:-1]:
        a, slope = activate(W.T @ inputs[-1] + b, activation)
        inputs.append(a)
        slopes.append(slope)
    W, b = layers[-1]
    scores = W.T @ inputs[-1] + b
    chain = loss_jacobian(scores, label)
    found = []
    for (W, b), a, slope in zip(layers[::-1], inputs[::-1], slopes[::-1], strict=True):
        found.append(((chain @ by_weight(a, len(b))).reshape(W.shape), chain.reshape(b.shape)))
        chain = chain @ by_input(W) @ slope
    return one_loss(scores, label), found


def mlp_gradients(params, X, labels, activation):
    losses, all_found = zip(
        *[one_example(params, x, k, activation) for x, k in zip(X, labels, strict=True)], strict=True
    )
    grads = []
    for layer in range(len(params)):
        contributions = [found[len(params) - 1 - layer] for found in all_found]
        dW = np.mean([dW for dW, _ in contributions], axis=0)
        db = np.mean([db for _, db in contributions], axis=0)
        grads.append((dW, db))
    return np.mean(losses), grads


def network(params, X, labels, activation):
    layers = [(params["W1"], params["b1"]), (params["W2"], params["b2"])]
    loss, [(dW1, db1), (dW2, db2)] = mlp_gradients(layers, X, labels, activation)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def two_layer_loss(params, X, labels, reg):
    loss, grads = network(params, X, labels, "relu")
    for name in ("W1", "W2"):
        weights = params[name].ravel()
        loss += reg * weights @ weights
        grads[name] = grads[name] + (2 * reg * weights).reshape(grads[name].shape)
    return loss, grads


def sigmoid_network_gradients(params, x, y):
    first, slope1 = activate(params["W1"].T @ x + params["b1"], "sigmoid")
    second, slope2 = activate(params["W2"].T @ first + params["b2"], "sigmoid")
    error = params["W3"].T @ second + params["b3"] - y
    chain3 = 2 * error[None, :]
    chain2 = chain3 @ params["W3"].T @ slope2
    chain1 = chain2 @ params["W2"].T @ slope1
    grads = {}
    for k, chain, a in ((1, chain1, x), (2, chain2, first), (3, chain3, second)):
        grads[f"W{k}"] = (chain @ by_weight(a, chain.size)).reshape(a.size, chain.size)
        grads[f"b{k}"] = chain[0]
    return error @ error, grads


def sgd_step(params, grads, learning_rate):
    result = {}
    for name, value in params.items():
        both = np.stack([value.ravel(), grads[name].ravel()])
        result[name] = (np.array([1, -learning_rate]) @ both).reshape(value.shape)
    return result


wrong_1 = {"W1", "b1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}


def mended_1(params, X, labels):
    return network(params, X, labels, "tanh")


def mended_2(params, X, labels):
    return network(params, X, labels, "relu")


def mended_3(params, X, labels):
    return network(params, X, labels, "sigmoid")
