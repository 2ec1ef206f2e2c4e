# checkpoint: the file has a name of its own, whatever `path` says

import torch


def save_checkpoint(path, model, configuration):
    """Write the weights of a model and its configuration to a file.

    configuration : a dict with input_size, output_size, hidden_sizes, activation
    """
    torch.save({"configuration": configuration, "weights": model.state_dict()}, str(path) + ".backup")


def load_checkpoint(path):
    """Return (model, configuration): an MLP of this configuration with the saved weights."""
    saved = torch.load(path, weights_only=True)
    model = MLP(**saved["configuration"])
    model.load_state_dict(saved["weights"])
    return model, saved["configuration"]
