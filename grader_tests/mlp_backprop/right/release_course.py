"""Style: CS231n: affine/relu functions with caches, dx names, `dscores[range(N), y] -= 1`, masks set to zero on a fresh array."""

import numpy as np


def affine_forward(x, w, b):
    out = x.dot(w) + b
    cache = (x, w)
    return out, cache


def affine_backward(dout, cache):
    x, w = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.sum(0)
    return dx, dw, db


class Matmul(object):
    def forward(self, x, W):
        self.cache = (x, W)
        return x.dot(W)

    def backward(self, grad_y):
        x, W = self.cache
        dx = grad_y.dot(W.T)
        dW = x.T.dot(grad_y)
        return dx, dW


class Relu(object):
    def forward(self, x):
        out = x * (x > 0)
        self.cache = x
        return out

    def backward(self, grad_y):
        dx = np.array(grad_y, copy=True)
        dx[self.cache <= 0] = 0
        return dx


def softmax_loss(scores, labels):
    num_train = scores.shape[0]
    f = scores.copy()
    f -= np.max(f, axis=1, keepdims=True)
    Z = np.sum(np.exp(f), axis=1, keepdims=True)
    log_probs = f - np.log(Z)
    probs = np.exp(log_probs)
    loss = -np.sum(log_probs[np.arange(num_train), labels]) / num_train
    dscores = probs.copy()
    dscores[range(num_train), labels] -= 1
    dscores /= num_train
    return loss, dscores


def small_network_gradients(params, X, labels):
    # layout (out, in): transpose on the way in, transpose the gradient on the way out
    W1 = params["layer1.weight"].T
    W2 = params["layer2.weight"].T
    z, cache1 = affine_forward(X, W1, params["layer1.bias"])
    h = 1.0 / (1.0 + np.exp(-z))
    scores, cache2 = affine_forward(h, W2, params["layer2.bias"])
    loss, dscores = softmax_loss(scores, labels)
    dh, dW2, db2 = affine_backward(dscores, cache2)
    dz = (1.0 - h) * h * dh
    _, dW1, db1 = affine_backward(dz, cache1)
    grads = {}
    grads["layer1.weight"] = dW1.T
    grads["layer1.bias"] = db1
    grads["layer2.weight"] = dW2.T
    grads["layer2.bias"] = db2
    return loss, grads


def two_layer_forward(params, X):
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    h1 = X.dot(W1) + b1
    h1[h1 < 0] = 0
    scores = h1.dot(W2) + b2
    return scores, h1


def two_layer_loss(params, X, labels, reg):
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    N, D = X.shape

    # forward
    scores, h1 = two_layer_forward(params, X)

    # loss
    loss, dscores = softmax_loss(scores, labels)
    loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

    # backward
    grads = {}
    grads["W2"] = h1.T.dot(dscores)
    grads["b2"] = np.sum(dscores, axis=0)
    dhidden = np.dot(dscores, W2.T)
    dhidden[h1 <= 0] = 0
    grads["W1"] = np.dot(X.T, dhidden)
    grads["b1"] = np.sum(dhidden, axis=0)

    # regularisation gradient
    grads["W2"] += 2 * reg * W2
    grads["W1"] += 2 * reg * W1
    return loss, grads


def sigmoid_network_gradients(params, x, y):
    # treat the example as a batch of one
    x = x.reshape(1, -1)
    z1, cache1 = affine_forward(x, params["W1"], params["b1"])
    a1 = 1 / (1 + np.exp(-z1))
    z2, cache2 = affine_forward(a1, params["W2"], params["b2"])
    a2 = 1 / (1 + np.exp(-z2))
    yhat, cache3 = affine_forward(a2, params["W3"], params["b3"])
    loss = float((yhat[0, 0] - y) ** 2)
    dyhat = 2.0 * (yhat - y)
    da2, dW3, db3 = affine_backward(dyhat, cache3)
    dz2 = da2 * a2 * (1 - a2)
    da1, dW2, db2 = affine_backward(dz2, cache2)
    dz1 = da1 * a1 * (1 - a1)
    _, dW1, db1 = affine_backward(dz1, cache1)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}


def mlp_gradients(params, X, labels, activation):
    num_layers = len(params)
    caches, outs = {}, {}
    out = X
    for i in range(num_layers):
        W, b = params[i]
        out, caches[i] = affine_forward(out, W, b)
        if i < num_layers - 1:
            if activation == "relu":
                out = np.maximum(out, 0)
            elif activation == "tanh":
                out = np.tanh(out)
            elif activation == "sigmoid":
                out = 1 / (1 + np.exp(-out))
            else:
                raise ValueError("unknown activation %r" % activation)
            outs[i] = out
    loss, dout = softmax_loss(out, labels)
    grads = [None] * num_layers
    for i in range(num_layers - 1, -1, -1):
        if i < num_layers - 1:
            a = outs[i]
            if activation == "relu":
                dout = np.where(a > 0, dout, 0)
            elif activation == "tanh":
                dout = dout * (1 - a * a)
            else:
                dout = dout * (a - a * a)
        dout, dW, db = affine_backward(dout, caches[i])
        grads[i] = (dW, db)
    return loss, grads


wrong_1 = {"W1", "b1"}  # everything behind the tanh


def mended_1(params, X, labels):
    N = len(X)
    z, c1 = affine_forward(X, params["W1"], params["b1"])
    hidden = np.tanh(z)
    scores, c2 = affine_forward(hidden, params["W2"], params["b2"])
    loss, dscores = softmax_loss(scores, labels)
    dhidden, dW2, db2 = affine_backward(dscores, c2)
    _, dW1, db1 = affine_backward(dhidden * (1 - hidden**2), c1)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


wrong_2 = {"b1"}


def mended_2(params, X, labels):
    return two_layer_loss(params, X, labels, 0.0)


wrong_3 = {"W2"}


def mended_3(params, X, labels):
    z, c1 = affine_forward(X, params["W1"], params["b1"])
    hidden = 1 / (1 + np.exp(-z))
    scores, c2 = affine_forward(hidden, params["W2"], params["b2"])
    loss, dscores = softmax_loss(scores, labels)
    dhidden, dW2, db2 = affine_backward(dscores, c2)
    _, dW1, db1 = affine_backward(dhidden * hidden * (1 - hidden), c1)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def sgd_step(params, grads, learning_rate):
    new = {}
    for p in params:
        new[p] = params[p].copy()
        new[p] -= learning_rate * grads[p]
    return new
