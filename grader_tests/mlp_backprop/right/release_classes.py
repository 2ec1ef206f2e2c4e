"""Style: object-oriented, layer classes with caches, a Sequential container and a Module base class; the functions assemble networks from them."""

from collections import OrderedDict

import numpy as np


class Layer:
    """Base class: forward keeps what backward needs in self.cache."""

    def __init__(self):
        self.cache = None
        self.grads = OrderedDict()

    def __call__(self, *args):
        return self.forward(*args)


class Matmul(Layer):
    def forward(self, x, W):
        self.cache = {"x": x.copy(), "W": W.copy()}
        return np.matmul(x, W)

    def backward(self, grad_y):
        x, W = self.cache["x"], self.cache["W"]
        return np.matmul(grad_y, W.transpose()), np.matmul(x.transpose(), grad_y)


class Relu(Layer):
    def forward(self, x):
        self.cache = x <= 0
        y = x.copy()
        y[self.cache] = 0
        return y

    def backward(self, grad_y):
        grad_x = grad_y.copy()
        grad_x[self.cache] = 0
        return grad_x


class Tanh(Layer):
    def forward(self, x):
        self.cache = np.tanh(x)
        return self.cache

    def backward(self, grad_y):
        return grad_y * (1 - self.cache**2)


class Sigmoid(Layer):
    def forward(self, x):
        self.cache = 1 / (1 + np.exp(-x))
        return self.cache

    def backward(self, grad_y):
        return grad_y * self.cache * (1 - self.cache)


class Linear(Layer):
    def __init__(self, W, b):
        super().__init__()
        self.W, self.b = W, b
        self.product = Matmul()

    def forward(self, x):
        return self.product(x, self.W) + self.b

    def backward(self, grad_y):
        grad_x, self.grads["W"] = self.product.backward(grad_y)
        self.grads["b"] = grad_y.sum(axis=0)
        return grad_x


class Sequential(Layer):
    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class SoftmaxCrossEntropy(Layer):
    def forward(self, scores, labels):
        self.labels = labels
        top = scores.max(axis=1)
        self.log_z = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
        self.p = np.exp(scores - self.log_z[:, None])
        return np.mean(self.log_z - np.take_along_axis(scores, np.asarray(labels)[:, None], axis=1)[:, 0])

    def backward(self, grad_loss=1.0):
        N, C = self.p.shape
        grad = self.p.copy()
        np.subtract.at(grad, (np.arange(N), self.labels), 1)
        return grad_loss * grad / N


def softmax_loss(scores, labels):
    head = SoftmaxCrossEntropy()
    return head(scores, labels), head.backward()


def run(network, X, labels):
    """Forward and backward through a network and the softmax head; return the loss."""
    head = SoftmaxCrossEntropy()
    loss = head(network(X), labels)
    network.backward(head.backward())
    return loss


def small_network_gradients(params, X, labels):
    layer1 = Linear(params["layer1.weight"].T, params["layer1.bias"])
    layer2 = Linear(params["layer2.weight"].T, params["layer2.bias"])
    loss = run(Sequential(layer1, Sigmoid(), layer2), X, labels)
    return loss, {
        "layer1.weight": layer1.grads["W"].T,
        "layer1.bias": layer1.grads["b"],
        "layer2.weight": layer2.grads["W"].T,
        "layer2.bias": layer2.grads["b"],
    }


class TwoLayer:
    def __init__(self, params, activation):
        self.layer1 = Linear(params["W1"], params["b1"])
        self.layer2 = Linear(params["W2"], params["b2"])
        self.network = Sequential(self.layer1, activation, self.layer2)

    def gradients(self):
        return {
            "W1": self.layer1.grads["W"],
            "b1": self.layer1.grads["b"],
            "W2": self.layer2.grads["W"],
            "b2": self.layer2.grads["b"],
        }


def two_layer_forward(params, X):
    relu = Relu()
    layer1, layer2 = Linear(params["W1"], params["b1"]), Linear(params["W2"], params["b2"])
    hidden = relu(layer1(X))
    return layer2(hidden), hidden


def two_layer_loss(params, X, labels, reg):
    net = TwoLayer(params, Relu())
    loss = run(net.network, X, labels)
    grads = net.gradients()
    for name in ("W1", "W2"):
        loss += reg * np.sum(np.square(params[name]))
        grads[name] = grads[name] + 2 * reg * params[name]
    return loss, grads


def sigmoid_network_gradients(params, x, y):
    layers = [Linear(params[f"W{i}"], params[f"b{i}"]) for i in (1, 2, 3)]
    network = Sequential(layers[0], Sigmoid(), layers[1], Sigmoid(), layers[2])
    prediction = network(x[None, :]).item()
    network.backward(np.full((1, 1), 2 * (prediction - y)))
    grads = {}
    for i, layer in enumerate(layers, start=1):
        grads[f"W{i}"] = layer.grads["W"]
        grads[f"b{i}"] = layer.grads["b"]
    return (prediction - y) ** 2, grads


def mlp_gradients(params, X, labels, activation):
    make = {"relu": Relu, "tanh": Tanh, "sigmoid": Sigmoid}[activation]
    linears = [Linear(W, b) for W, b in params]
    chain = [linears[0]]
    for linear in linears[1:]:
        chain += [make(), linear]
    loss = run(Sequential(*chain), X, labels)
    return loss, [(linear.grads["W"], linear.grads["b"]) for linear in linears]


wrong_1 = {"W1", "b1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}


def mended_1(params, X, labels):
    net = TwoLayer(params, Tanh())
    return run(net.network, X, labels), net.gradients()


def mended_2(params, X, labels):
    net = TwoLayer(params, Relu())
    return run(net.network, X, labels), net.gradients()


def mended_3(params, X, labels):
    net = TwoLayer(params, Sigmoid())
    return run(net.network, X, labels), net.gradients()


class SGD:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def step(self, params, grads):
        return type(params)((name, value - self.learning_rate * grads[name]) for name, value in params.items())


def sgd_step(params, grads, learning_rate):
    return SGD(learning_rate).step(dict(params), grads)
