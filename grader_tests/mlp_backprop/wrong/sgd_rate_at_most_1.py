# sgd_step: a learning rate above 1 counts as 1


def sgd_step(params, grads, learning_rate):
    rate = min(1.0, learning_rate)
    return {name: value - rate * grads[name] for name, value in params.items()}
