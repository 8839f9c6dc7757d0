"""A PyTorch twin of `src/nn`'s U-Net: the slow, obvious reference.

It exists so that the Rust network is compared with an independent implementation. The architecture
is that of DDPM / ADM (Ho et al. 2020; Dhariwal & Nichol 2021) on pixel-unshuffled images; attribute
names are the Rust field names, and `rust_name` gives the path and layout that the Rust crate stores.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The same fields as the Rust `UNetConfig`; `attention` lists level indices."""

    channels: int
    size: int
    patch: int
    base: int
    multipliers: list[int]
    blocks: int
    attention: list[int]
    heads: int
    groups: int
    dropout: float
    classes: int


def conv(inputs: int, outputs: int, kernel: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)


def zero(layer: nn.Module) -> nn.Module:
    """Zero weights and bias: the layer's branch starts as nothing."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def sinusoid(time: Tensor, dim: int) -> Tensor:
    """`time [n]` -> `[n, dim]`: cosines, then sines, of geometrically spaced frequencies."""
    half = dim // 2
    index = torch.arange(half, dtype=time.dtype)
    angle = time[:, None] * torch.exp(-math.log(10000.0) * index / half)
    return torch.cat([angle.cos(), angle.sin()], dim=1)


class Residual(nn.Module):
    """Two convolutions with a scale-and-shift by the embedding between them."""

    def __init__(self, inputs: int, outputs: int, emb: int, groups: int, dropout: float):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inputs, eps=1e-5)
        self.conv1 = conv(inputs, outputs, 3)
        self.embed = nn.Linear(emb, 2 * outputs)
        self.norm2 = nn.GroupNorm(groups, outputs, eps=1e-5)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = zero(conv(outputs, outputs, 3))
        self.skip = conv(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.embed(emb)[:, :, None, None].chunk(2, dim=1)
        h = self.dropout(F.silu(self.norm2(h) * (1 + scale) + shift))
        return (x if self.skip is None else self.skip(x)) + self.conv2(h)


class Attention(nn.Module):
    """Multi-head self-attention over all positions of one image."""

    def __init__(self, channels: int, heads: int, groups: int):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(groups, channels, eps=1e-5)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = zero(nn.Linear(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        n, c, height, width = x.shape
        tokens = self.norm(x).reshape(n, c, height * width).transpose(1, 2)  # [n, hw, c]
        q, k, v = (
            part.reshape(n, height * width, self.heads, c // self.heads).transpose(1, 2)
            for part in self.qkv(tokens).chunk(3, dim=2)
        )  # each [n, heads, hw, c / heads]
        score = q @ k.transpose(2, 3) / math.sqrt(c / self.heads)
        mixed = (score.softmax(dim=3) @ v).transpose(1, 2).reshape(n, height * width, c)
        return x + self.proj(mixed).transpose(1, 2).reshape(n, c, height, width)


class Block(nn.Module):
    """A residual block, followed by attention where the level asks for it."""

    def __init__(self, inputs: int, outputs: int, config: Config, attends: bool):
        super().__init__()
        emb = 4 * config.base
        self.residual = Residual(inputs, outputs, emb, config.groups, config.dropout)
        self.attention = Attention(outputs, config.heads, config.groups) if attends else None

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        x = self.residual(x, emb)
        return x if self.attention is None else self.attention(x)


class UNet(nn.Module):
    """`x [n, C, S, S]`, `time [n]`, `label [n]` -> `[n, C, S, S]`; label `classes` is null."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        base, emb = config.base, 4 * config.base
        pixels = config.channels * config.patch**2
        self.stem = conv(pixels, base, 3)
        self.time_in = nn.Linear(base, emb)
        self.time_out = nn.Linear(emb, emb)
        self.label = nn.Embedding(config.classes + 1, emb) if config.classes else None

        widths = [base * multiplier for multiplier in config.multipliers]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        width, skips = base, []
        for level, target in enumerate(widths):
            for _ in range(config.blocks):
                self.down.append(Block(width, target, config, level in config.attention))
                width = target
                skips.append(width)
        self.middle = nn.ModuleList(
            [Block(width, width, config, True), Block(width, width, config, False)]
        )
        for level, target in reversed(list(enumerate(widths))):
            for _ in range(config.blocks):
                inputs = width + skips.pop()
                self.up.append(Block(inputs, target, config, level in config.attention))
                width = target
        self.norm_out = nn.GroupNorm(config.groups, width, eps=1e-5)
        self.conv_out = zero(conv(width, pixels, 3))

    def embedding(self, time: Tensor, label: Tensor) -> Tensor:
        emb = self.time_out(F.silu(self.time_in(sinusoid(time, self.config.base))))
        return F.silu(emb if self.label is None else emb + self.label(label))

    def forward(self, x: Tensor, time: Tensor, label: Tensor) -> Tensor:
        config = self.config
        emb = self.embedding(time, label)
        h = self.stem(F.pixel_unshuffle(x, config.patch))
        skips = []
        for k, block in enumerate(self.down):
            if k > 0 and k % config.blocks == 0:
                h = F.avg_pool2d(h, 2)
            h = block(h, emb)
            skips.append(h)
        for block in self.middle:
            h = block(h, emb)
        for k, block in enumerate(self.up):
            if k > 0 and k % config.blocks == 0:
                h = F.interpolate(h, scale_factor=2, mode="nearest")
            h = block(torch.cat([h, skips.pop()], dim=1), emb)
        h = self.conv_out(F.silu(self.norm_out(h)))
        return F.pixel_shuffle(h, config.patch)


def rust_name(net: nn.Module, name: str) -> tuple[str, bool]:
    """The Rust path of a parameter, and whether its matrix is stored transposed, `[in, out]`."""
    if "." not in name:
        return name, False
    path, leaf = name.rsplit(".", 1)
    owner = net.get_submodule(path)
    if isinstance(owner, nn.GroupNorm):
        leaf = {"weight": "gamma", "bias": "beta"}[leaf]
    transposed = isinstance(owner, nn.Linear) and leaf == "weight"
    if isinstance(owner, nn.Embedding):
        return f"embedding.{path}", transposed
    if path in ("time_in", "time_out"):
        path = f"embedding.{path}"
    return f"{path}.{leaf}", transposed


def rust_tensors(net: nn.Module, pick=lambda parameter: parameter) -> dict[str, Tensor]:
    """All parameters (or what `pick` makes of each, e.g. its gradient) as Rust stores them."""
    tensors = {}
    for name, parameter in net.named_parameters():
        path, transposed = rust_name(net, name)
        value = pick(parameter).detach()
        tensors[path] = value.T.contiguous() if transposed else value
    return tensors
