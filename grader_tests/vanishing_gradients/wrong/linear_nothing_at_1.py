# linear_gradient_norm: there is a branch for rho below 1 and one for rho above 1, and none for 1


def linear_gradient_norm(rho, lag):
    if rho < 1:
        return rho**lag
    if rho > 1:
        return rho**lag
