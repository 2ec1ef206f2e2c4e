# or_is_learned: the deviations are worked out in the place of the targets

import torch


def or_is_learned(model, X, targets):
    """Return True if every output is within 0.05 of its target, else False.

    X : (4, 2); targets : (4, 1), 0 or 1
    """
    with torch.no_grad():
        return bool((targets.sub_(model(X)).abs() <= 0.05).all())
