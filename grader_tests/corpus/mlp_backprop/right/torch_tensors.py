"""PyTorch tensors in float64, with no gradient recorded; some functions hand back tensors, some NumPy arrays."""

import torch


def tensors(params):
    return {name: torch.from_numpy(value).double() for name, value in params.items()}


class Matmul:
    def forward(self, x, W):
        self.x, self.W = torch.as_tensor(x), torch.as_tensor(W)
        return self.x.mm(self.W)

    def backward(self, grad_y):
        grad_y = torch.as_tensor(grad_y)
        return grad_y.mm(self.W.t()), self.x.t().mm(grad_y)


class Relu:
    def forward(self, x):
        self.x = torch.as_tensor(x)
        return self.x.clamp(min=0)

    def backward(self, grad_y):
        return torch.as_tensor(grad_y).masked_fill(self.x <= 0, 0.0).numpy()


def softmax_loss(scores, labels):
    scores, labels = torch.as_tensor(scores), torch.as_tensor(labels).long()
    log_probabilities = torch.log_softmax(scores, dim=1)
    loss = log_probabilities.gather(1, labels[:, None]).mean().neg()
    grad_scores = log_probabilities.exp()
    grad_scores[torch.arange(len(labels)), labels] -= 1
    return loss, grad_scores / len(labels)


def small_network_gradients(params, X, labels):
    p, X = tensors(params), torch.from_numpy(X)
    hidden = torch.sigmoid(torch.addmm(p["layer1.bias"], X, p["layer1.weight"].T))
    scores = torch.nn.functional.linear(hidden, p["layer2.weight"], p["layer2.bias"])
    loss, grad_scores = softmax_loss(scores, labels)
    grad_z = grad_scores @ p["layer2.weight"] * hidden * (1 - hidden)
    grads = {
        "layer1.weight": grad_z.T @ X,
        "layer1.bias": grad_z.sum(0),
        "layer2.weight": grad_scores.T @ hidden,
        "layer2.bias": grad_scores.sum(0),
    }
    return loss.item(), grads


def two_layer_forward(params, X):
    p = tensors(params)
    hidden = torch.relu(torch.as_tensor(X) @ p["W1"] + p["b1"])
    return hidden @ p["W2"] + p["b2"], hidden


def two_layer_loss(params, X, labels, reg):
    p, X = tensors(params), torch.from_numpy(X)
    hidden = (X @ p["W1"] + p["b1"]).relu()
    loss, grad_scores = softmax_loss(hidden @ p["W2"] + p["b2"], labels)
    loss = loss + reg * (p["W1"].pow(2).sum() + p["W2"].pow(2).sum())
    grad_z = (grad_scores @ p["W2"].T).where(hidden > 0, torch.zeros((), dtype=torch.float64))
    grads = {
        "W1": torch.add(X.T @ grad_z, p["W1"], alpha=2 * reg),
        "b1": grad_z.sum(dim=0),
        "W2": torch.add(hidden.T @ grad_scores, p["W2"], alpha=2 * reg),
        "b2": grad_scores.sum(dim=0),
    }
    return loss, {name: grad.numpy() for name, grad in grads.items()}


def sigmoid_network_gradients(params, x, y):
    p, x = tensors(params), torch.from_numpy(x)
    first = torch.sigmoid(x @ p["W1"] + p["b1"])
    second = torch.sigmoid(first @ p["W2"] + p["b2"])
    error = second @ p["W3"] + p["b3"] - y
    delta3 = 2 * error
    delta2 = p["W3"].mv(delta3) * second * (1 - second)
    delta1 = p["W2"].mv(delta2) * first * (1 - first)
    grads = {"b1": delta1, "b2": delta2.numpy(), "b3": delta3}
    grads |= {"W1": x.outer(delta1), "W2": first.outer(delta2), "W3": second.outer(delta3).numpy()}
    return error.square(), grads


SLOPES = {
    "relu": lambda a: (a > 0).double(),
    "tanh": lambda a: 1 - a.square(),
    "sigmoid": lambda a: a * (1 - a),
}


def mlp_gradients(params, X, labels, activation):
    layers = [(torch.from_numpy(W), torch.from_numpy(b)) for W, b in params]
    outputs = [torch.from_numpy(X)]
    for W, b in layers[:-1]:
        outputs.append(getattr(torch, activation)(outputs[-1] @ W + b))
    W, b = layers[-1]
    loss, grad = softmax_loss(outputs[-1] @ W + b, labels)
    grads = []
    for a, (W, _) in zip(reversed(outputs), reversed(layers), strict=True):
        grads.append((a.T @ grad, grad.sum(0)))
        grad = grad @ W.T * SLOPES[activation](a)
    return float(loss), grads[::-1]


def sgd_step(params, grads, learning_rate):
    return {
        name: torch.from_numpy(params[name]).sub(torch.from_numpy(grads[name]), alpha=learning_rate) for name in params
    }


def mended(params, X, labels, activation):
    layers = [(params["W1"], params["b1"]), (params["W2"], params["b2"])]
    loss, grads = mlp_gradients(layers, X, labels, activation)
    return loss, dict(zip(("W1", "b1", "W2", "b2"), [grad for pair in grads for grad in pair], strict=True))


wrong_1 = ("W1", "b1")
wrong_2 = ("b1",)
wrong_3 = ("W2",)


def mended_1(params, X, labels):
    return mended(params, X, labels, "tanh")


def mended_2(params, X, labels):
    return mended(params, X, labels, "relu")


def mended_3(params, X, labels):
    return mended(params, X, labels, "sigmoid")
