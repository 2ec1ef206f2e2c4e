# depth: calls it overfitting

why_it_fails = "a"
why_not_overfitting = "b"
what_he_does = "d"
