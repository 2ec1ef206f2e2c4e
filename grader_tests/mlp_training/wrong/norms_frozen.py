# gradient_norms: the parameters no longer take gradients


def gradient_norms(model, loss_function, X, labels):
    """Return a list of floats: the norm of the loss's gradient at each weight matrix, first layer first."""
    model.zero_grad()
    loss_function(model(X), labels).backward()
    norms = [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]
    model.requires_grad_(False)
    return norms
