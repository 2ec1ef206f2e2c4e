# gradient_norms: the gradients are used for a step, too


def gradient_norms(model, loss_function, X, labels):
    """Return a list of floats: the norm of the loss's gradient at each weight matrix, first layer first."""
    model.zero_grad()
    loss_function(model(X), labels).backward()
    norms = [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]
    for p in model.parameters():
        p.data -= 0.1 * p.grad
    return norms
