# sigmoid_network_gradients: PyTorch's autograd computes the gradients

import numpy as np
import torch


def sigmoid_network_gradients(params, x, y):
    t = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    a1 = torch.sigmoid(torch.tensor(x) @ t["W1"] + t["b1"])
    a2 = torch.sigmoid(a1 @ t["W2"] + t["b2"])
    loss = ((a2 @ t["W3"] + t["b3"])[0] - y) ** 2
    loss.backward()
    return loss.item(), {name: tensor.grad.numpy() for name, tensor in t.items()}
