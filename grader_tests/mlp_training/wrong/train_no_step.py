# train: the optimizer never makes a step
def train(model, batches, loss_function, optimizer, epochs):
    history = {"loss": [], "accuracy": []}
    model.train()
    for _ in range(epochs):
        total, hits, count = 0.0, 0, 0
        for X, labels in batches:
            optimizer.zero_grad()
            scores = model(X)
            loss = loss_function(scores, labels)
            loss.backward()
            total += loss.item() * len(X)
            hits += (scores.argmax(dim=1) == labels).sum().item()
            count += len(X)
        history["loss"].append(total / count)
        history["accuracy"].append(hits / count)
    return history
