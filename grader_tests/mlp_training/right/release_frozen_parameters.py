"""A prediction that records nothing because no parameter asks for it; all is given back as it was."""


def predict(model, X):
    modes = [(m, m.training) for m in model.modules()]
    flags = [(p, p.requires_grad) for p in model.parameters()]
    try:
        model.eval().requires_grad_(False)
        return model(X.detach()).argmax(1)
    finally:
        for p, flag in flags:
            p.requires_grad_(flag)
        for m, flag in modes:
            m.training = flag
