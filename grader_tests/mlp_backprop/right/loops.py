"""Plain Python: a loop over every example, every unit and every weight, numbers and nested lists only."""

import math


def zeros(*shape):
    if len(shape) == 1:
        return [0.0] * shape[0]
    return [zeros(*shape[1:]) for _ in range(shape[0])]


def affine(rows, W, b):
    result = []
    for row in rows:
        out = []
        for j in range(len(b)):
            total = float(b[j])
            for i in range(len(row)):
                total += float(row[i]) * float(W[i][j])
            out.append(total)
        result.append(out)
    return result


def weight_gradient(rows, grads):
    dW = zeros(len(rows[0]), len(grads[0]))
    for row, grad in zip(rows, grads, strict=True):
        for i in range(len(row)):
            for j in range(len(grad)):
                dW[i][j] += float(row[i]) * float(grad[j])
    return dW


def bias_gradient(grads):
    db = zeros(len(grads[0]))
    for grad in grads:
        for j in range(len(grad)):
            db[j] += float(grad[j])
    return db


def input_gradient(grads, W):
    result = zeros(len(grads), len(W))
    for n, grad in enumerate(grads):
        for i in range(len(W)):
            for j in range(len(grad)):
                result[n][i] += float(grad[j]) * float(W[i][j])
    return result


def apply(function, values):
    if isinstance(values, list):
        return [apply(function, value) for value in values]
    return function(values)


def times(function, values, grads):
    if isinstance(values, list):
        return [times(function, value, grad) for value, grad in zip(values, grads, strict=True)]
    return grads * function(values)


def sigmoid(z):
    if z < 0:
        e = math.exp(z)
        return e / (1 + e)
    return 1 / (1 + math.exp(-z))


def relu(z):
    return z if z > 0 else 0.0


ACTIVATIONS = {
    "relu": (relu, lambda a: 1.0 if a > 0 else 0.0),
    "tanh": (math.tanh, lambda a: 1 - a * a),
    "sigmoid": (sigmoid, lambda a: a * (1 - a)),
}


class Matmul:
    def forward(self, x, W):
        self.x, self.W = x.tolist(), W.tolist()
        return affine(self.x, self.W, zeros(len(self.W[0])))

    def backward(self, grad_y):
        return input_gradient(grad_y, self.W), weight_gradient(self.x, grad_y)


class Relu:
    def forward(self, x):
        self.x = x.tolist()
        return apply(relu, self.x)

    def backward(self, grad_y):
        return times(lambda value: 1.0 if value > 0 else 0.0, self.x, grad_y.tolist())


def softmax_loss(scores, labels):
    loss = 0.0
    grad_scores = []
    for row, label in zip(scores, labels, strict=True):
        highest = max(float(score) for score in row)
        exponentials = [math.exp(float(score) - highest) for score in row]
        total = sum(exponentials)
        loss += math.log(total) + highest - float(row[label])
        grad_scores.append(
            [(e / total - (1.0 if c == label else 0.0)) / len(scores) for c, e in enumerate(exponentials)]
        )
    return loss / len(scores), grad_scores


def small_network_gradients(params, X, labels):
    W1 = list(zip(*params["layer1.weight"].tolist(), strict=True))
    W2 = list(zip(*params["layer2.weight"].tolist(), strict=True))
    hidden = apply(sigmoid, affine(X, W1, params["layer1.bias"]))
    loss, grad_scores = softmax_loss(affine(hidden, W2, params["layer2.bias"]), labels)
    grad_z = times(lambda a: a * (1 - a), hidden, input_gradient(grad_scores, W2))
    return loss, {
        "layer1.weight": weight_gradient(grad_z, X),
        "layer1.bias": bias_gradient(grad_z),
        "layer2.weight": weight_gradient(grad_scores, hidden),
        "layer2.bias": bias_gradient(grad_scores),
    }


def two_layer_forward(params, X):
    hidden = apply(relu, affine(X, params["W1"], params["b1"]))
    return affine(hidden, params["W2"], params["b2"]), hidden


def two_layer_loss(params, X, labels, reg):
    scores, hidden = two_layer_forward(params, X)
    loss, grad_scores = softmax_loss(scores, labels)
    grad_z = times(lambda a: 1.0 if a > 0 else 0.0, hidden, input_gradient(grad_scores, params["W2"]))
    grads = {
        "W1": weight_gradient(X, grad_z),
        "b1": bias_gradient(grad_z),
        "W2": weight_gradient(hidden, grad_scores),
        "b2": bias_gradient(grad_scores),
    }
    for name in ("W1", "W2"):
        for i, row in enumerate(params[name].tolist()):
            for j, weight in enumerate(row):
                loss += reg * weight * weight
                grads[name][i][j] += 2 * reg * weight
    return loss, grads


def sigmoid_network_gradients(params, x, y):
    first = apply(sigmoid, affine([x], params["W1"], params["b1"]))
    second = apply(sigmoid, affine(first, params["W2"], params["b2"]))
    prediction = affine(second, params["W3"], params["b3"])[0][0]
    grad_prediction = [[2 * (prediction - y)]]
    grad_z2 = times(lambda a: a * (1 - a), second, input_gradient(grad_prediction, params["W3"]))
    grad_z1 = times(lambda a: a * (1 - a), first, input_gradient(grad_z2, params["W2"]))
    return (prediction - y) ** 2, {
        "W1": weight_gradient([x], grad_z1),
        "b1": grad_z1[0],
        "W2": weight_gradient(first, grad_z2),
        "b2": grad_z2[0],
        "W3": weight_gradient(second, grad_prediction),
        "b3": grad_prediction[0],
    }


def mlp_gradients(params, X, labels, activation):
    activate, slope = ACTIVATIONS[activation]
    outputs = [X]
    for W, b in params[:-1]:
        outputs.append(apply(activate, affine(outputs[-1], W, b)))
    loss, grad = softmax_loss(affine(outputs[-1], *params[-1]), labels)
    grads = [None] * len(params)
    for k in range(len(params) - 1, -1, -1):
        grads[k] = [weight_gradient(outputs[k], grad), bias_gradient(grad)]
        if k:
            grad = times(slope, outputs[k], input_gradient(grad, params[k][0]))
    return loss, grads


def sgd_step(params, grads, learning_rate):
    def step(value, grad):
        if isinstance(value, list):
            return [step(v, g) for v, g in zip(value, grad, strict=True)]
        return value - learning_rate * grad

    return {name: step(params[name].tolist(), grads[name].tolist()) for name in params}


def one_hidden_layer(params, X, labels, activation):
    layers = [(params["W1"], params["b1"]), (params["W2"], params["b2"])]
    loss, ((dW1, db1), (dW2, db2)) = mlp_gradients(layers, X, labels, activation)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


wrong_1 = ["W1", "b1"]
wrong_2 = ["b1"]
wrong_3 = ["W2"]


def mended_1(params, X, labels):
    return one_hidden_layer(params, X, labels, "tanh")


def mended_2(params, X, labels):
    return one_hidden_layer(params, X, labels, "relu")


def mended_3(params, X, labels):
    return one_hidden_layer(params, X, labels, "sigmoid")
