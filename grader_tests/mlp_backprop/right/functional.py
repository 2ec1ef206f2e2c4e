"""Closures: every operation returns its value and a pullback, and the pullbacks are composed from the end."""

import numpy as np


def matmul(x, W):
    return x @ W, lambda g: (g @ W.T, x.T @ g)


def add_bias(x, b):
    return x + b, lambda g: (g, g.sum(axis=0))


def elementwise(value, slope):
    return value, lambda g: g * slope


def relu(x):
    return elementwise(np.maximum(x, 0), (x > 0).astype(x.dtype))


def tanh(x):
    y = np.tanh(x)
    return elementwise(y, (1 + y) * (1 - y))


def sigmoid(x):
    y = np.reciprocal(1 + np.exp(-x))
    return elementwise(y, y * (1 - y))


def transpose(W):
    return W.T, lambda g: g.T


def linear(x, W, b):
    product, product_back = matmul(x, W)
    y, bias_back = add_bias(product, b)

    def pullback(g):
        g_product, g_b = bias_back(g)
        return *product_back(g_product), g_b

    return y, pullback


def cross_entropy(scores, labels):
    picked = (np.arange(len(labels)), labels)
    top = np.amax(scores, axis=1, keepdims=True)
    log_total = top + np.log(np.sum(np.exp(scores - top), axis=1, keepdims=True))

    def pullback(g):
        grad = np.exp(scores - log_total)
        grad[picked] = np.expm1((scores - log_total)[picked])
        return g * grad / len(labels)

    return np.mean(log_total[:, 0] - scores[picked]), pullback


def squares(W):
    return np.sum(W**2), lambda g: g * 2 * W


def layered(params, x, activation):
    """Run linear layers with an activation between them; the pullback returns (dW, db) layer by layer."""
    W, b = params[0]
    y, linear_back = linear(x, W, b)
    if len(params) == 1:
        return y, lambda g: (linear_back(g)[0], [linear_back(g)[1:]])
    a, activation_back = activation(y)
    rest, rest_back = layered(params[1:], a, activation)

    def pullback(g):
        g_a, later = rest_back(g)
        g_x, *here = linear_back(activation_back(g_a))
        return g_x, [tuple(here), *later]

    return rest, pullback


class Matmul:
    def forward(self, x, W):
        y, self.backward = matmul(x, W)
        return y


class Relu:
    def forward(self, x):
        y, self.backward = relu(x)
        return y


def softmax_loss(scores, labels):
    loss, pullback = cross_entropy(scores, labels)
    return loss, pullback(1.0)


def small_network_gradients(params, X, labels):
    V, V_back = transpose(params["layer1.weight"])
    W, W_back = transpose(params["layer2.weight"])
    layers = [(V, params["layer1.bias"]), (W, params["layer2.bias"])]
    scores, network_back = layered(layers, X, sigmoid)
    loss, loss_back = cross_entropy(scores, labels)
    _, [(dV, db1), (dW, db2)] = network_back(loss_back(1.0))
    return loss, {
        "layer1.weight": V_back(dV),
        "layer1.bias": db1,
        "layer2.weight": W_back(dW),
        "layer2.bias": db2,
    }


def two_layer_forward(params, X):
    z, _ = linear(X, params["W1"], params["b1"])
    hidden, _ = relu(z)
    return linear(hidden, params["W2"], params["b2"])[0], hidden


def classifier(activation):
    def network(params, X, labels):
        layers = [(params["W1"], params["b1"]), (params["W2"], params["b2"])]
        scores, network_back = layered(layers, X, activation)
        loss, loss_back = cross_entropy(scores, labels)
        _, [(dW1, db1), (dW2, db2)] = network_back(loss_back(1.0))
        return loss, dict(W1=dW1, b1=db1, W2=dW2, b2=db2)

    return network


def two_layer_loss(params, X, labels, reg):
    data_loss, grads = classifier(relu)(params, X, labels)
    total = data_loss
    for name in ("W1", "W2"):
        penalty, penalty_back = squares(params[name])
        total = total + reg * penalty
        grads[name] = grads[name] + penalty_back(reg)
    return total, grads


def sigmoid_network_gradients(params, x, y):
    layers = [(params[f"W{k}"], params[f"b{k}"]) for k in (1, 2, 3)]
    prediction, network_back = layered(layers, x.reshape(1, 2), sigmoid)
    error = prediction - y
    _, grads = network_back(2 * error)
    named = {f"{letter}{k}": value for k, pair in enumerate(grads, 1) for letter, value in zip("Wb", pair, strict=True)}
    return np.squeeze(error) ** 2, named


def mlp_gradients(params, X, labels, activation):
    scores, network_back = layered(params, X, {"relu": relu, "tanh": tanh, "sigmoid": sigmoid}[activation])
    loss, loss_back = cross_entropy(scores, labels)
    _, grads = network_back(loss_back(1.0))
    return loss, grads


def sgd_step(params, grads, learning_rate):
    def step(name):
        return params[name] - learning_rate * grads[name]

    return dict(zip(params, map(step, params), strict=True))


wrong_1 = set(("W1", "b1"))
wrong_2 = set(["b1"])
wrong_3 = set(["W2"])

mended_1 = classifier(tanh)
mended_2 = classifier(relu)
mended_3 = classifier(sigmoid)
