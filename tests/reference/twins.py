"""The PyTorch twin of a preset's `[model.network]`."""

from torch import nn

import mlp
import unet
import vit


def twin(shape: dict) -> nn.Module:
    """With initial weights; `shape` is the table as the preset or the weights file has it."""
    fields = {key: value for key, value in shape.items() if key != "kind"}
    make = {
        "unet": lambda: unet.UNet(unet.Config(**fields)),
        "vit": lambda: vit.Vit(vit.Config(**fields)),
        "mlp": lambda: mlp.Mlp(mlp.Config(**fields)),
    }
    return make[shape["kind"]]()
