"""Run every shipped network in PyTorch and compare with the golden outputs in its file.

    python tests/reference/check_weights.py [FILE.safetensors ...]

The twins of this folder read the weights by name, so this checks names, layouts, preconditioning and
networks at once. It prints the largest difference of each file and fails above its tolerance.
"""

import json
import math
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

import unet
from process import level
from twins import twin

ROOT = Path(__file__).parent.parent.parent


def load(net: nn.Module, tensors: dict[str, Tensor]) -> nn.Module:
    """`net` with the weights that Rust stored; every tensor must be used."""
    left = {name: value for name, value in tensors.items() if not name.startswith("golden.")}
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            path, transposed = unet.rust_name(net, name)
            value = left.pop(path).double()
            parameter.copy_(value.T if transposed else value)
    assert not left, f"unused: {sorted(left)}"
    return net


def denoised(net: nn.Module, model: dict, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
    """`x0_hat` of an F-prediction: EDM's preconditioning of `y = x / alpha` (Karras et al. 2022)."""
    assert model["prediction"] == "f" and model["process"] == "scaled-linear"
    alpha, sigma = level(t, x)
    y, s, data = x / alpha, sigma / alpha, model["sigma_data"]
    total = s.square() + data**2
    skip, out = data**2 / total, s * data / total.sqrt()
    time = 250.0 * s.flatten(1)[:, 0].log()
    shape = model["network"]
    image = [shape["channels"], shape["size"], shape["size"]] if shape["kind"] != "mlp" else []
    scaled = y / total.sqrt()
    f = net(scaled.reshape(len(x), *image) if image else scaled, time, label)
    return skip * y + out * f.reshape(x.shape)


def check(path: Path) -> bool:
    with safe_open(path, "pt") as file:
        manifest = json.loads(file.metadata()["skipstone"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    body = manifest.get("model", {}).get("body", {})
    if "network" not in body or manifest.get("golden") is None:
        return True
    model, golden = body["network"], manifest["golden"]
    net = load(twin(model["network"]).double(), tensors).eval()
    t = torch.tensor([round(time) for time in golden["times"]])
    label = torch.tensor(golden["labels"])
    with torch.no_grad():
        found = denoised(net, model, tensors["golden.input"].double(), t, label)
    worst = (found - tensors["golden.output"]).abs().max().item()
    passes = math.isfinite(worst) and worst <= golden["tolerance"]
    print(f"{path.parent.name}/{path.name:<24} {worst:.1e} (at most {golden['tolerance']:.0e})")
    return passes


def main() -> None:
    files = [Path(name) for name in sys.argv[1:]]
    files = files or sorted((ROOT / "assets" / "weights").glob("*/*.safetensors"))
    if not all([check(path) for path in files]):
        sys.exit("PyTorch does not reproduce the golden outputs")


if __name__ == "__main__":
    main()
