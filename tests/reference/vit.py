"""A PyTorch twin of `src/nn/vit.rs`: the slow, obvious reference. Attribute names are the Rust field names.

The transformer of Peebles & Xie 2023 (scale and shift from the embedding) with the long skips of Bao et
al. 2023. Its norm is over all channels and tokens of a group.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unet import sinusoid, zero


@dataclass(frozen=True)
class Config:
    """The same fields as the Rust `VitConfig`."""

    channels: int
    size: int
    patch: int
    width: int
    depth: int
    heads: int
    groups: int
    classes: int


class Layer(nn.Module):
    """Attention among tokens, then a perceptron on each; `x [n, tokens, width]`."""

    def __init__(self, config: Config, joins: bool):
        super().__init__()
        width, self.heads = config.width, config.heads
        self.join = nn.Linear(2 * width, width) if joins else None
        self.embed = nn.Linear(width, 4 * width)
        self.norm1 = nn.GroupNorm(config.groups, width, eps=1e-5)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = zero(nn.Linear(width, width))
        self.norm2 = nn.GroupNorm(config.groups, width, eps=1e-5)
        self.first = nn.Linear(width, 4 * width)
        self.second = zero(nn.Linear(4 * width, width))

    def attend(self, x: Tensor) -> Tensor:
        n, tokens, width = x.shape
        parts = self.qkv(x).chunk(3, dim=2)
        q, k, v = (p.reshape(n, tokens, self.heads, -1).transpose(1, 2) for p in parts)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).reshape(n, tokens, width))

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        scale1, shift1, scale2, shift2 = self.embed(embedding)[:, None].chunk(4, dim=2)

        def norm(layer: nn.GroupNorm, x: Tensor) -> Tensor:
            return layer(x.transpose(1, 2)).transpose(1, 2)

        x = x + self.attend(norm(self.norm1, x) * (1 + scale1) + shift1)
        hidden = self.first(norm(self.norm2, x) * (1 + scale2) + shift2)
        return x + self.second(F.silu(hidden))


class Vit(nn.Module):
    """`x [n, C, S, S]`, `time [n]`, `label [n]` -> `[n, C, S, S]`; label `classes` is null."""

    def __init__(self, config: Config):
        super().__init__()
        self.config, width, side = config, config.width, config.size // config.patch
        pixels, self.base = config.channels * config.patch**2, width // 4
        self.stem = nn.Linear(pixels, width)
        self.positions = nn.Parameter(0.02 * torch.randn(width, side, side))
        self.time_in, self.time_out = nn.Linear(self.base, width), nn.Linear(width, width)
        self.label = nn.Embedding(config.classes + 1, width) if config.classes else None
        self.skips = (config.depth - 1) // 2
        first = config.depth - self.skips
        self.layers = nn.ModuleList(Layer(config, i >= first) for i in range(config.depth))
        self.norm_out = nn.GroupNorm(config.groups, width, eps=1e-5)
        self.output = zero(nn.Linear(width, pixels))

    def forward(self, x: Tensor, time: Tensor, label: Tensor) -> Tensor:
        config, side = self.config, self.config.size // self.config.patch
        embedding = self.time_out(F.silu(self.time_in(sinusoid(time, self.base))))
        embedding = F.silu(embedding if self.label is None else embedding + self.label(label))
        tokens = F.pixel_unshuffle(x, config.patch).flatten(2).transpose(1, 2)
        hidden = self.stem(tokens) + self.positions.flatten(1).T
        skips = []
        for index, layer in enumerate(self.layers):
            if layer.join is not None:
                hidden = layer.join(torch.cat([hidden, skips.pop()], dim=2))
            hidden = layer(hidden, embedding)
            if index < self.skips:
                skips.append(hidden)
        hidden = F.silu(self.norm_out(hidden.transpose(1, 2))).transpose(1, 2)
        return F.pixel_shuffle(self.output(hidden).transpose(1, 2).unflatten(2, (side, side)), config.patch)
