# pairwise_manhattan: loops over the rows of a tensor

import torch


def pairwise_manhattan(P, Q):
    P, Q = torch.tensor(P), torch.tensor(Q)
    return torch.stack([(p - Q).abs().sum(dim=1) for p in P]).numpy()
