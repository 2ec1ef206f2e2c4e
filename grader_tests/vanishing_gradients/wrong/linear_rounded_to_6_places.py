# linear_gradient_norm: the ratio is rounded to six places, which leaves next to nothing of a small one


def linear_gradient_norm(rho, lag):
    return round(rho**lag, 6)
