"""A PyTorch twin of `src/nn/mlp.rs`: the slow, obvious reference. Attribute names are the Rust field names."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from unet import sinusoid


@dataclass(frozen=True)
class Config:
    """The same fields as the Rust `MlpConfig`."""

    inputs: int
    width: int
    layers: int
    classes: int


class Layer(nn.Module):
    """A residual layer under an embedding."""

    def __init__(self, width: int):
        super().__init__()
        self.first, self.embed, self.second = (nn.Linear(width, width) for _ in range(3))

    def forward(self, hidden: Tensor, embedding: Tensor) -> Tensor:
        inner = F.silu(self.first(F.silu(hidden)) + self.embed(embedding))
        return hidden + self.second(inner)


class Mlp(nn.Module):
    """`x [n, inputs]`, `time [n]`, `label [n]` -> `[n, inputs]`."""

    def __init__(self, config: Config):
        super().__init__()
        self.base, width = config.width // 4, config.width
        self.input = nn.Linear(config.inputs, width)
        self.time_in, self.time_out = nn.Linear(self.base, width), nn.Linear(width, width)
        self.label = nn.Embedding(config.classes + 1, width) if config.classes else None
        self.layers = nn.ModuleList(Layer(width) for _ in range(config.layers))
        self.output = nn.Linear(width, config.inputs)

    def forward(self, x: Tensor, time: Tensor, label: Tensor) -> Tensor:
        embedding = self.time_out(F.silu(self.time_in(sinusoid(time, self.base))))
        embedding = F.silu(embedding if self.label is None else embedding + self.label(label))
        hidden = self.input(x)
        for layer in self.layers:
            hidden = layer(hidden, embedding)
        return self.output(F.silu(hidden))
