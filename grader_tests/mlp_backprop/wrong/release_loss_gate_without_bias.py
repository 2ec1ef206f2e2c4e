# two_layer_loss: the gate is X W1 > 0, without the bias b1


def two_layer_loss(params, X, labels, reg):
    W1, W2 = params["W1"], params["W2"]
    scores, hidden = two_layer_forward(params, X)
    loss, g = softmax_loss(scores, labels)
    loss = loss + reg * ((W1**2).sum() + (W2**2).sum())
    gz = g @ W2.T * (X @ W1 > 0)
    grads = {"W1": X.T @ gz + 2 * reg * W1, "b1": gz.sum(0), "W2": hidden.T @ g + 2 * reg * W2, "b2": g.sum(0)}
    return loss, grads
