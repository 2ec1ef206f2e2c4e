# fit_function: new points are scaled by their own mean and standard deviation

import torch
from torch import nn


def fit_function(x, y):
    x_mean, x_std, y_mean, y_std = x.mean(), x.std(), y.mean(), y.std()
    inputs = ((x - x_mean) / x_std)[:, None]
    outputs = ((y - y_mean) / y_std)[:, None]
    network = nn.Sequential(nn.Linear(1, 256), nn.ReLU(), nn.Linear(256, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(network(inputs), outputs)
        loss.backward()
        optimizer.step()

    def fitted(z):
        return network(((z - z.mean()) / z.std())[:, None])[:, 0] * y_std + y_mean

    return fitted
