"""PyTorch inside, tensors returned."""

import torch
import torch.nn.functional as F

X, T = torch.zeros(4, 5), torch.zeros(2, 3, 6)
shape_a, shape_b, shape_c = X.sum(0).shape, X.sum(1).shape, X.mean().shape
shape_d, shape_e, shape_f = X.amax(1, keepdim=True).shape, T.sum(1).shape, T.sum((0, 2)).shape
shape_g, shape_h, shape_i = (X + torch.zeros(5)).shape, "error", (X + torch.zeros(4, 1)).shape
shape_j, shape_k = (torch.zeros(5) + torch.zeros(4, 1)).shape, (torch.zeros(4, 1) + torch.zeros(4)).shape
shape_l, shape_m, shape_n = "error", (T * torch.zeros(3, 1)).shape, (X - X.mean(0)).shape
A = torch.tensor([[1.0, 2, 1], [3, 3, 2], [5, 1, 10]], dtype=torch.float64)
quotient = A / A.sum(dim=1)


def axis_of_len(X):
    X = torch.as_tensor(X)
    len(X)
    return torch.tensor(0)


def broadcast_shape(a, b):
    rank = max(len(a), len(b))
    both = torch.tensor([(1,) * (rank - len(s)) + tuple(s) for s in (a, b)], dtype=torch.int64).reshape(2, rank)
    stretched = torch.where(both == 1, both.flip(0), both)
    if not torch.equal(stretched[0], stretched[1]):
        raise ValueError(f"{a} and {b}")
    return torch.Size(stretched[0].tolist())


def divide_by_row_sums(A):
    A = torch.tensor(A)
    return A / A.sum(dim=1, keepdim=True)


def manhattan_distance(p, q):
    return torch.linalg.vector_norm(torch.tensor(p) - torch.tensor(q), ord=1, dim=-1)


def pairwise_manhattan(P, Q):
    return torch.cdist(torch.as_tensor(P), torch.as_tensor(Q), p=1)


def expectation(values, probabilities):
    v, p = torch.as_tensor(values), torch.as_tensor(probabilities)
    if bool((p < 0).any()) or not torch.isclose(p.sum(), torch.ones(()).double(), rtol=0, atol=1e-6):
        raise ValueError("no table")
    return torch.dot(v, p)


def variance(values, probabilities):
    mean = expectation(values, probabilities)
    return torch.dot((torch.as_tensor(values) - mean).square(), torch.as_tensor(probabilities))


def sigmoid(x):
    return torch.sigmoid(torch.as_tensor(x))


def softmax(x):
    return torch.softmax(torch.as_tensor(x), dim=-1)


def softmax_cross_entropy(logits, onehot):
    return F.cross_entropy(torch.as_tensor(logits), torch.as_tensor(onehot))


def sigmoid_cross_entropy(logits, targets):
    return F.binary_cross_entropy_with_logits(torch.as_tensor(logits), torch.as_tensor(targets))
