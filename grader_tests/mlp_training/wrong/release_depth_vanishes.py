# depth: calls it vanishing gradients, though the norms are hundreds

why_it_fails = "d"
why_not_overfitting = "b"
what_he_does = "d"
