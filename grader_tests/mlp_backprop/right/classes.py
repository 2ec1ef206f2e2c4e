"""Layer objects: each has forward, backward and a cache, and networks are Sequential compositions of them."""

import numpy as np


class Matmul:
    def forward(self, x, W):
        self.cache = x, W
        return x @ W

    def backward(self, grad_y):
        x, W = self.cache
        return grad_y @ W.T, x.T @ grad_y


class Relu:
    def forward(self, x):
        self.cache = x > 0
        return np.where(self.cache, x, 0.0)

    def backward(self, grad_y):
        return np.where(self.cache, grad_y, 0.0)


class Tanh:
    def forward(self, x):
        self.cache = np.tanh(x)
        return self.cache

    def backward(self, grad_y):
        return grad_y - grad_y * self.cache**2


class Sigmoid:
    def forward(self, x):
        self.cache = 1 / (1 + np.exp(-x))
        return self.cache

    def backward(self, grad_y):
        return grad_y * self.cache * (1 - self.cache)


class AddBias:
    def forward(self, x, b):
        return x + b

    def backward(self, grad_y):
        return grad_y, grad_y.sum(axis=0)


class Linear:
    """A Matmul with weights (in, out), followed by an AddBias."""

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.matmul, self.add = Matmul(), AddBias()

    def forward(self, x):
        return self.add.forward(self.matmul.forward(x, self.W), self.b)

    def backward(self, grad_y):
        grad_product, self.grad_b = self.add.backward(grad_y)
        grad_x, self.grad_W = self.matmul.backward(grad_product)
        return grad_x


class TorchLinear(Linear):
    """The same with weights (out, in)."""

    def __init__(self, weight, bias):
        super().__init__(weight.T, bias)

    @property
    def grad_weight(self):
        return self.grad_W.T


class SoftmaxLoss:
    def forward(self, scores, labels):
        self.rows, self.labels = np.arange(len(scores)), labels
        shifted = scores - scores.max(axis=1, keepdims=True)
        self.log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return -self.log_probabilities[self.rows, labels].mean()

    def backward(self, grad_loss=1.0):
        grad = np.exp(self.log_probabilities)
        grad[self.rows, self.labels] -= 1
        return grad * (grad_loss / len(self.rows))


class SquaredError:
    def forward(self, prediction, target):
        self.error = prediction - target
        return np.sum(self.error**2)

    def backward(self):
        return 2 * self.error


class SquaredWeights:
    """reg times the sum of squares of the weights of some layers."""

    def __init__(self, reg, layers):
        self.reg, self.layers = reg, layers

    def forward(self):
        return self.reg * sum(np.sum(layer.W * layer.W) for layer in self.layers)

    def backward(self):
        for layer in self.layers:
            layer.grad_W = layer.grad_W + 2 * self.reg * layer.W


class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


def softmax_loss(scores, labels):
    criterion = SoftmaxLoss()
    return criterion.forward(scores, labels), criterion.backward()


def small_network_gradients(params, X, labels):
    layer1 = TorchLinear(params["layer1.weight"], params["layer1.bias"])
    layer2 = TorchLinear(params["layer2.weight"], params["layer2.bias"])
    model, criterion = Sequential(layer1, Sigmoid(), layer2), SoftmaxLoss()
    loss = criterion.forward(model.forward(X), labels)
    model.backward(criterion.backward())
    return loss, {
        "layer1.weight": layer1.grad_weight,
        "layer1.bias": layer1.grad_b,
        "layer2.weight": layer2.grad_weight,
        "layer2.bias": layer2.grad_b,
    }


def two_layer_forward(params, X):
    body = Sequential(Linear(params["W1"], params["b1"]), Relu())
    hidden = body.forward(X)
    return Linear(params["W2"], params["b2"]).forward(hidden), hidden


def layers_of(params):
    return [Linear(params[f"W{k}"], params[f"b{k}"]) for k in range(1, len(params) // 2 + 1)]


def gradients_of(layers):
    grads = {}
    for k, layer in enumerate(layers, start=1):
        grads[f"W{k}"], grads[f"b{k}"] = layer.grad_W, layer.grad_b
    return grads


def two_layer_loss(params, X, labels, reg):
    first, second = layers_of(params)
    model = Sequential(first, Relu(), second)
    penalty = SquaredWeights(reg, [first, second])
    loss, grad_scores = softmax_loss(model.forward(X), labels)
    model.backward(grad_scores)
    penalty.backward()
    return loss + penalty.forward(), gradients_of([first, second])


def sigmoid_network_gradients(params, x, y):
    first, second, third = layers_of(params)
    model, criterion = Sequential(first, Sigmoid(), second, Sigmoid(), third), SquaredError()
    loss = criterion.forward(model.forward(x[np.newaxis]), y)
    model.backward(criterion.backward())
    return loss, gradients_of([first, second, third])


def mlp_gradients(params, X, labels, activation):
    kind = {"relu": Relu, "tanh": Tanh, "sigmoid": Sigmoid}[activation]
    linears = [Linear(W, b) for W, b in params]
    between = [layer for linear in linears for layer in (kind(), linear)][1:]
    model = Sequential(*between)
    loss, grad_scores = softmax_loss(model.forward(X), labels)
    model.backward(grad_scores)
    return loss, [(linear.grad_W, linear.grad_b) for linear in linears]


class SGD:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def stepped(self, value, grad):
        return value - self.learning_rate * grad


def sgd_step(params, grads, learning_rate):
    optimizer = SGD(learning_rate)
    return {name: optimizer.stepped(value, grads[name]) for name, value in params.items()}


class Mended:
    """A network of two layers with a given activation between them, called with parameters and data."""

    def __init__(self, activation):
        self.activation = activation

    def __call__(self, params, X, labels):
        first, second = layers_of(params)
        model, criterion = Sequential(first, self.activation(), second), SoftmaxLoss()
        loss = criterion.forward(model.forward(X), labels)
        model.backward(criterion.backward())
        return loss, gradients_of([first, second])


wrong_1 = {"W1", "b1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}

mended_1 = Mended(Tanh)
mended_2 = Mended(Relu)
mended_3 = Mended(Sigmoid)
