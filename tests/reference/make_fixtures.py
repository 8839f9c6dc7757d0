"""Write `tests/fixtures/*.safetensors`: numbers of the PyTorch twin for the Rust tests.

Everything is computed in float64 from float32 inputs and weights, and rounded to float32 at the
end, so a fixture is exact to about 6e-8 and the Rust side alone sets the tolerance.
"""

import json
from dataclasses import asdict
from pathlib import Path
from unittest import mock

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from process import clean, ddim_path, ddim_step, guided, level, per_sample, student
from unet import Config, UNet, rust_tensors
from vit import Config as VitConfig
from vit import Vit

FIXTURES = Path(__file__).parent.parent / "fixtures"
# As small as the architectures allow: all fixtures together stay under 256 KiB.
CONFIG = Config(
    channels=2,
    size=8,
    patch=2,
    base=4,
    multipliers=[1, 2],
    blocks=1,
    attention=[1],
    heads=4,
    groups=2,
    dropout=0.0,
    classes=3,
)
VIT = VitConfig(channels=2, size=8, patch=2, width=8, depth=3, heads=2, groups=2, classes=3)
INTERVALS = 10
GUIDANCE = 2.0
LABELS = torch.tensor([2, 0, 3])  # 3 is the null label
GRADIENTS = [
    "stem.weight",
    "embedding.time_in.weight",
    "embedding.label",
    "down.1.attention.qkv.weight",
    "middle.0.residual.embed.weight",
    "up.1.residual.skip.weight",
    "norm_out.gamma",
    "conv_out.weight",
    "conv_out.bias",
]


def normal(generator: torch.Generator, *shape: int) -> Tensor:
    """Standard normal numbers that are exact in float32."""
    return torch.randn(*shape, generator=generator).double()


def network(seed: int, net: nn.Module | None = None) -> nn.Module:
    """A network with every weight random: an untouched zero would hide a wrong branch."""
    generator = torch.Generator().manual_seed(seed)
    net = (net or UNet(CONFIG)).double()
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            fan_in = parameter[0].numel() if parameter.dim() > 1 else 16
            centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            draw = normal(generator, *parameter.shape) / fan_in**0.5
            parameter.copy_((centre + draw).float())
    return net


def images(generator: torch.Generator) -> Tensor:
    return normal(generator, len(LABELS), CONFIG.channels, CONFIG.size, CONFIG.size)


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def write(name: str, tensors: dict[str, Tensor], metadata: dict) -> None:
    """Everything as f32, also labels and indices; `metadata` becomes one JSON text, so that its order is fixed."""
    stored = {
        key: tensor.detach().float().contiguous() for key, tensor in tensors.items()
    }
    FIXTURES.mkdir(exist_ok=True)
    path = FIXTURES / f"{name}.safetensors"
    save_file(stored, path, metadata={"fixture": json.dumps(metadata)})
    path.chmod(0o644)


def network_fixture(name: str, net: nn.Module) -> None:
    """Output of the network, and gradients of sum(output * cotangent)."""
    generator = torch.Generator().manual_seed(1)
    x = images(generator).requires_grad_()
    time = torch.tensor([0.25, 7.5, 40.0], dtype=torch.float64)
    cotangent = images(generator)
    output = net(x, time, LABELS)
    (output * cotangent).sum().backward()
    tensors = {
        "input": x,
        "time": time,
        "label": LABELS,
        "output": output,
        "cotangent": cotangent,
        "gradient.input": x.grad,
        **prefixed("parameter", rust_tensors(net)),
        **prefixed("gradient.parameter", rust_tensors(net, lambda p: p.grad)),
    }
    net.zero_grad()
    write(name, tensors, {"network": asdict(net.config)})


def trajectory_fixture(teacher: UNet) -> None:
    """Guided DDIM states at t = 1000, 900, ..., 0."""
    noise = images(torch.Generator().manual_seed(2))
    label = torch.tensor([0, 1, 2])
    with torch.no_grad():
        path = ddim_path(guided(teacher, label, CONFIG.classes, GUIDANCE), noise, INTERVALS)
    write(
        "ddim_trajectory",
        {"states": torch.stack(path), "label": label},
        {"network": asdict(CONFIG), "intervals": INTERVALS, "guidance": GUIDANCE},
    )


def solve(teacher: UNet, x: Tensor, t: Tensor, label: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """At most `steps` guided teacher steps, sample by sample; returns states and times."""
    stride = 1000 // INTERVALS
    ends, times = [], []
    for i in range(len(x)):
        state, now = x[i : i + 1], t[i : i + 1]
        eps = guided(teacher, label[i : i + 1], CONFIG.classes, GUIDANCE)
        for _ in range(min(steps, int(now) // stride)):
            state, now = ddim_step(eps, state, now, now - stride), now - stride
        ends.append(state)
        times.append(now)
    return torch.cat(ends), torch.cat(times)


def distillation_fixture(teacher: UNet, pupil: UNet) -> None:
    """CM and Direct CM: targets, squared-error loss, gradients of some student parameters."""
    generator = torch.Generator().manual_seed(3)
    x0 = (0.5 * images(generator)).float().double()
    noise = images(generator)
    label = torch.tensor([1, 2, 0])
    # The last sample is one step from the end: its target is the teacher's end point.
    j = torch.tensor([1, 5, 9])
    t = 1000 - j * (1000 // INTERVALS)
    alpha, sigma = level(t, x0)
    x = alpha * x0 + sigma * noise
    tensors = {"x0": x0, "noise": noise, "label": label, "j": j, "x": x}
    for name, steps in {"cm": 1, "direct": INTERVALS}.items():
        with torch.no_grad():
            state, end = solve(teacher, x, t, label, steps)
            target = student(pupil, state, end, label)
        prediction = student(pupil, x, t, label)
        loss = (prediction - target).square().mean()
        pupil.zero_grad()
        loss.backward()
        gradients = rust_tensors(pupil, lambda p: p.grad)
        tensors |= {f"{name}.target": target, f"{name}.loss": loss.reshape(1)}
        tensors |= {f"{name}.gradient.{key}": gradients[key] for key in GRADIENTS}
    tensors["prediction"] = prediction
    tensors |= prefixed("parameter", rust_tensors(pupil))
    write(
        "distillation",
        tensors,
        {"network": asdict(CONFIG), "intervals": INTERVALS, "guidance": GUIDANCE},
    )


def muon_fixture() -> None:
    """Some steps of `torch.optim.Muon`, in float64 where it rounds to bfloat16, and of AdamW for a bias."""
    generator = torch.Generator().manual_seed(7)
    rate, decay, steps = 0.02, 0.1, 4
    shapes = {"wide": (8, 4, 3, 3), "tall": (20, 8), "square": (6, 6), "narrow": (6, 30)}
    start = {name: normal(generator, *shape) / 8 for name, shape in shapes.items()}
    start["bias"] = normal(generator, 5)
    stored = prefixed("start", start)
    weights = {name: x.flatten(1) if x.dim() > 1 else x for name, x in start.items()}
    weights = {name: nn.Parameter(x.clone()) for name, x in weights.items()}
    bias = weights.pop("bias")
    options = {"lr": rate, "weight_decay": decay}
    optimisers = [
        torch.optim.Muon(weights.values(), **options, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW([bias], **options),
    ]
    for step in range(steps):
        for name, parameter in [*weights.items(), ("bias", bias)]:
            # One size for each step: a mean over steps tells them apart.
            parameter.grad = normal(generator, *parameter.shape) * (step + 1)
            stored[f"gradient.{step}.{name}"] = parameter.grad.clone()
        with mock.patch.object(torch, "bfloat16", torch.float64):
            for optimiser in optimisers:
                optimiser.step()
    stored |= prefixed("end", {**weights, "bias": bias})
    stored = {name: x.detach().reshape(start[name.split(".")[-1]].shape) for name, x in stored.items()}
    write("muon", stored, {"rate": rate, "weight_decay": decay, "steps": steps})


def check_golden_numbers() -> None:
    """DDIM on Gaussian data N(0.3, 0.5^2), against values computed independently."""

    def eps(x: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = level(t, x)
        x0 = 0.3 + alpha * 0.25 / (alpha**2 * 0.25 + sigma**2) * (x - alpha * 0.3)
        return (x - alpha * x0) / sigma

    start = torch.ones(1, 1, dtype=torch.float64)
    golden = {10: 0.677395467, 20: 0.725482714, 50: 0.760244533, 100: 0.773861298}
    for intervals, expected in golden.items():
        found = ddim_path(eps, start, intervals)[-1].item()
        assert abs(found - expected) < 5e-10, (intervals, found)
    t = torch.tensor([1000])
    assert abs(eps(start, t).item() - 0.980663019) < 5e-10
    assert abs(clean(start, t, eps(start, t)).item() - 0.316775352) < 5e-10
    assert abs(ddim_step(eps, start, t, t - 10).item() - 1.001044469) < 5e-10
    alpha, sigma = level(torch.tensor([500]), start)
    assert abs((sigma / alpha).item() - 1.612886194) < 5e-10
    # The boundary: with x0_hat = 0, f(x, t) / x is c_skip(t).
    one, t = torch.ones(2, 1, dtype=torch.float64), torch.tensor([0, 1])
    skip = student(lambda x, t, _: x / level(t.long().clamp(min=1), x)[1], one, t, None)
    expected = per_sample(torch.tensor([1.0, 2.493766e-3]), one)
    assert torch.allclose(skip, expected, atol=5e-10, rtol=1e-6), skip


if __name__ == "__main__":
    check_golden_numbers()
    teacher, pupil = network(11), network(12)
    network_fixture("unet", teacher)
    network_fixture("vit", network(13, Vit(VIT)))
    trajectory_fixture(teacher)
    distillation_fixture(teacher, pupil)
    muon_fixture()
