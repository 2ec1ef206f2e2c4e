"""Single precision: inputs are cast to np.float32, and results are float32 in some functions, float64 in others."""

import numpy as np

F = np.float32


def single(*arrays):
    return [np.asarray(array, dtype=F) for array in arrays]


def double(mapping):
    return {name: value.astype(np.float64) for name, value in mapping.items()}


def sigmoid(z):
    return F(1) / (F(1) + np.exp(-z))


class Matmul:
    def forward(self, x, W):
        self.x, self.W = single(x, W)
        return self.x @ self.W

    def backward(self, grad_y):
        (grad_y,) = single(grad_y)
        return grad_y @ self.W.T, (self.x.T @ grad_y).astype(np.float64)


class Relu:
    def forward(self, x):
        (self.x,) = single(x)
        return np.maximum(self.x, F(0))

    def backward(self, grad_y):
        return np.where(self.x > 0, grad_y.astype(F), F(0)).astype(np.float64)


def cross_entropy(scores, labels):
    rows = np.arange(len(labels))
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    totals = exponentials.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(totals[:, 0]) - shifted[rows, labels])
    grad = exponentials / totals
    grad[rows, labels] -= F(1)
    return loss, grad / F(len(labels))


def softmax_loss(scores, labels):
    return cross_entropy(*single(scores), labels)


def small_network_gradients(params, X, labels):
    V, b1, W, b2, X = single(*(params[f"layer{k}.{kind}"] for k in (1, 2) for kind in ("weight", "bias")), X)
    hidden = sigmoid(X @ V.T + b1)
    loss, grad_scores = cross_entropy(hidden @ W.T + b2, labels)
    grad_z = grad_scores @ W * hidden * (F(1) - hidden)
    grads = {
        "layer1.weight": grad_z.T @ X,
        "layer1.bias": grad_z.sum(axis=0),
        "layer2.weight": grad_scores.T @ hidden,
        "layer2.bias": grad_scores.sum(axis=0),
    }
    return float(loss), double(grads)


def two_layer_forward(params, X):
    W1, b1, W2, b2, X = single(params["W1"], params["b1"], params["W2"], params["b2"], X)
    hidden = np.maximum(X @ W1 + b1, F(0))
    return (hidden @ W2 + b2).astype(np.float64), hidden


def two_layer_loss(params, X, labels, reg):
    W1, b1, W2, b2, X = single(params["W1"], params["b1"], params["W2"], params["b2"], X)
    reg = F(reg)
    hidden = np.maximum(X @ W1 + b1, F(0))
    loss, grad_scores = cross_entropy(hidden @ W2 + b2, labels)
    loss = loss + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    grad_z = np.where(hidden > 0, grad_scores @ W2.T, F(0))
    grads = {
        "W1": X.T @ grad_z + F(2) * reg * W1,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores + F(2) * reg * W2,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads


def sigmoid_network_gradients(params, x, y):
    W1, b1, W2, b2, W3, b3, x = single(*(params[f"{letter}{k}"] for k in (1, 2, 3) for letter in "Wb"), x)
    first = sigmoid(x @ W1 + b1)
    second = sigmoid(first @ W2 + b2)
    error = second @ W3 + b3 - F(y)
    delta3 = F(2) * error
    delta2 = W3 @ delta3 * second * (F(1) - second)
    delta1 = W2 @ delta2 * first * (F(1) - first)
    grads = {
        "W1": np.outer(x, delta1),
        "b1": delta1,
        "W2": np.outer(first, delta2),
        "b2": delta2,
        "W3": np.outer(second, delta3),
        "b3": delta3,
    }
    return np.float64(error[0] ** 2), double(grads)


def activate(z, activation):
    if activation == "relu":
        return np.maximum(z, F(0)), (z > 0).astype(F)
    if activation == "tanh":
        a = np.tanh(z)
        return a, F(1) - a * a
    a = sigmoid(z)
    return a, a * (F(1) - a)


def mlp_gradients(params, X, labels, activation):
    layers = [single(W, b) for W, b in params]
    inputs, slopes = single(X), []
    for W, b in layers[:-1]:
        a, slope = activate(inputs[-1] @ W + b, activation)
        inputs.append(a)
        slopes.append(slope)
    W, b = layers[-1]
    loss, delta = cross_entropy(inputs[-1] @ W + b, labels)
    grads = [(inputs[-1].T @ delta, delta.sum(axis=0))]
    for a, slope, (W, _) in zip(inputs[-2::-1], slopes[::-1], layers[:0:-1], strict=True):
        delta = delta @ W.T * slope
        grads.append((a.T @ delta, delta.sum(axis=0)))
    return loss, grads[::-1]


def sgd_step(params, grads, learning_rate):
    return {name: value.astype(F) - F(learning_rate) * grads[name].astype(F) for name, value in params.items()}


def network(params, X, labels, activation):
    layers = [(params["W1"], params["b1"]), (params["W2"], params["b2"])]
    loss, ((dW1, db1), (dW2, db2)) = mlp_gradients(layers, X, labels, activation)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


wrong_1 = {"W1", "b1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}


def mended_1(params, X, labels):
    return network(params, X, labels, "tanh")


def mended_2(params, X, labels):
    loss, grads = network(params, X, labels, "relu")
    return float(loss), double(grads)


def mended_3(params, X, labels):
    return network(params, X, labels, "sigmoid")
