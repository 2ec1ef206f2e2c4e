# checkpoint: a number is appended to the sizes in the configuration that was given

import torch


def save_checkpoint(path, model, configuration):
    """Write the weights of a model and its configuration to a file.

    configuration : a dict with input_size, output_size, hidden_sizes, activation
    """
    configuration["hidden_sizes"].append(0)
    torch.save(
        {
            "configuration": {**configuration, "hidden_sizes": configuration["hidden_sizes"][:-1]},
            "weights": model.state_dict(),
        },
        path,
    )


def load_checkpoint(path):
    """Return (model, configuration): an MLP of this configuration with the saved weights."""
    saved = torch.load(path, weights_only=True)
    model = MLP(**saved["configuration"])
    model.load_state_dict(saved["weights"])
    return model, saved["configuration"]
