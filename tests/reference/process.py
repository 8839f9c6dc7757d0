"""The paper's process, DDIM teacher and student, in plain PyTorch.

Sources: scaled-linear variance-preserving process and boundary of Vouitsis et al. 2024
(arXiv 2411.08954); DDIM of Song et al. 2021; guidance in Imagen's form. States are
`[n, C, S, S]`, times and coefficients are per sample, `[n]`.
"""

from collections.abc import Callable

import torch
from torch import Tensor

TERMINAL = 1000
SIGMA_DATA = 0.5
TIME_SCALE = 10.0

Eps = Callable[[Tensor, Tensor], Tensor]

_BETA = torch.linspace(0.00085**0.5, 0.012**0.5, TERMINAL, dtype=torch.float64) ** 2
# Index t holds abar_t; t = 0 is exactly clean data.
_ABAR = torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod(1 - _BETA, 0)])


def per_sample(value: Tensor, x: Tensor) -> Tensor:
    """`[n]` -> `[n, 1, ...]`, ready to multiply `x`."""
    return value.reshape(-1, *[1] * (x.dim() - 1)).to(x.dtype)


def level(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """(alpha, sigma) at integer times `t [n]`, shaped for `x`."""
    abar = _ABAR[t]
    return per_sample(abar.sqrt(), x), per_sample((1 - abar).sqrt(), x)


def clean(x: Tensor, t: Tensor, eps: Tensor) -> Tensor:
    """x0_hat of an eps-prediction; `t >= 1`."""
    alpha, sigma = level(t, x)
    return (x - sigma * eps) / alpha


def ddim_step(eps: Eps, x: Tensor, t: Tensor, next_t: Tensor) -> Tensor:
    """One DDIM step from `t` to `next_t`."""
    e = eps(x, t)
    alpha, sigma = level(next_t, x)
    return alpha * clean(x, t, e) + sigma * e


def ddim_path(eps: Eps, x: Tensor, intervals: int) -> list[Tensor]:
    """All `intervals + 1` states from t = 1000 to t = 0."""
    stride = TERMINAL // intervals
    path = [x]
    for start in range(TERMINAL, 0, -stride):
        t = torch.full([len(x)], start)
        path.append(ddim_step(eps, path[-1], t, t - stride))
    return path


def guided(net: Callable, label: Tensor, null: int, weight: float) -> Eps:
    """eps(null) + w (eps(label) - eps(null)); the network sees the raw time."""

    def eps(x: Tensor, t: Tensor) -> Tensor:
        unconditional = net(x, t.to(x.dtype), torch.full_like(label, null))
        conditional = net(x, t.to(x.dtype), label)
        return unconditional + weight * (conditional - unconditional)

    return eps


def student(net: Callable, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
    """f = c_skip x + c_out x0_hat, the identity at t = 0."""
    scaled = TIME_SCALE * t.double()
    total = scaled.square() + SIGMA_DATA**2
    skip, out = SIGMA_DATA**2 / total, scaled / total.sqrt()
    # At t = 0 `out` is 0; index 1 only keeps the division finite.
    x0_hat = clean(x, t.clamp(min=1), net(x, t.to(x.dtype), label))
    return per_sample(skip, x) * x + per_sample(out, x) * x0_hat
