# expectation: uses assert, so an AssertionError is raised and not a ValueError


def expectation(values, probabilities):
    assert (probabilities >= 0).all(), "negative"
    assert abs(probabilities.sum() - 1) <= 1e-6, "sum"
    return (values * probabilities).sum()
