"""Time Skipstone and PyTorch on the same networks and cores, by turns, and print the ratios.

    cargo build && python tests/reference/speed.py
    python tests/reference/speed.py --backend vulkan --device cuda --batch 256               # on a GPU
    python tests/reference/speed.py --backend vulkan --device cuda --batch 256 --half --way compiled

Each round runs `skipstone bench networks` and PyTorch by turns, once for each way of PyTorch's, so that
both meet the same machine, and keeps the best of the medians. PyTorch gets what it is fastest with:
fused AdamW, foreach average, and both memory layouts; `compiled` is torch.compile with bf16 where that
is exact enough (autocast). A ratio above 1 means that Skipstone is faster; of the rounds' ratios the
median counts. Memory is that of the process, not a GPU's.
"""

import argparse
import copy
import json
import os
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KINDS = ["network, forward", "network, training step"]
WAYS = ["first", "last", "compiled"]
WARM = 3


def measured(command: list[str]) -> tuple[dict, float]:
    """The JSON that a command prints, and the most memory it had, in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed with status {status}")
    return json.loads(output), usage.ru_maxrss / 1024


def skipstone(args: argparse.Namespace, preset: str) -> dict:
    command = [args.program, "bench", "networks", "--backend", args.backend, "--json"]
    command += ["--half"] * args.half
    # What PyTorch steps by, whatever the preset's teacher learns by.
    command += ["--set", "teacher.optimisation.optimiser=adamw"]
    report, memory = measured(command + work_of(args, preset))
    timings = report["sections"][0]["timings"]
    return {t["name"]: t["milliseconds"] for t in timings} | {"memory": memory}


def pytorch(args: argparse.Namespace, preset: str, way: str) -> dict:
    command = [sys.executable, __file__, "--worker", way, "--device", args.device]
    report, memory = measured(command + work_of(args, preset))
    return report | {"memory": memory}


def work_of(args: argparse.Namespace, preset: str) -> list[str]:
    return ["--preset", preset, "--batch", str(args.batch), "--repeat", str(args.repeat)]


def worker(args: argparse.Namespace) -> None:
    """Runs in a process of its own: the network of a preset, forward and training step."""
    import torch

    from twins import twin

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.set_default_device(args.device)
    text = (ROOT / "assets" / "presets" / f"{args.preset[0]}.toml").read_text()
    shape = tomllib.loads(text)["model"]["network"]
    is_image, net = shape["kind"] != "mlp", twin(shape).to(args.device)
    size = [shape["channels"], shape["size"], shape["size"]] if is_image else [shape["inputs"]]
    is_last = is_image and args.worker != "first"
    memory = torch.channels_last if is_last else torch.contiguous_format
    net = net.to(memory_format=memory)
    average = list(copy.deepcopy(net).requires_grad_(False).parameters())
    weights = list(net.parameters())
    adamw = torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.01, fused=True)
    label = torch.zeros(args.batch, dtype=torch.long)
    is_compiled = args.worker == "compiled"
    run = torch.compile(net) if is_compiled else net
    precision = torch.autocast(args.device, dtype=torch.bfloat16, enabled=is_compiled)

    def draws():
        clean, noise = torch.rand(args.batch, *size), torch.randn(args.batch, *size)
        return (x.to(memory_format=memory) for x in (clean, noise)), 1000 * torch.rand(args.batch)

    (ready, _), ready_t = draws()

    def forward() -> None:
        with torch.no_grad(), precision:
            run(ready, ready_t, label)
        if args.device == "cuda":
            torch.cuda.synchronize()

    def train() -> None:
        (clean, noise), t = draws()
        with precision:
            loss = (run(clean + noise, t, label) - noise).square().mean()
        adamw.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        adamw.step()
        torch._foreach_lerp_(average, weights, 0.001)
        loss.item()

    taken = []
    for work in (forward, train):
        # Sampling drops nothing out, on either side.
        net.train(work is train)
        taken.append(median_ms(work, args.repeat))
    print(json.dumps(dict(zip(KINDS, taken))))


def median_ms(work, repeat: int) -> float:
    taken = []
    for round_ in range(WARM + repeat):
        begun = time.perf_counter()
        work()
        if round_ >= WARM:
            taken.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(taken)


def compare(args: argparse.Namespace, preset: str) -> dict:
    ours, theirs = [], []
    for _ in range(args.rounds):
        pairs = [(skipstone(args, preset), pytorch(args, preset, way)) for way in args.way]
        best = [{key: min(found[key] for found in both) for key in both[0]} for both in zip(*pairs)]
        ours.append(best[0])
        theirs.append(best[1])
    result = {"preset": preset, "batch": args.batch, "rounds": args.rounds, "pytorch": args.way}
    for key in [*KINDS, "memory"]:
        ratios = [b[key] / a[key] for a, b in zip(ours, theirs)]
        result[key] = {
            "skipstone": statistics.median(a[key] for a in ours),
            "pytorch": statistics.median(b[key] for b in theirs),
            "ratio": statistics.median(ratios),
            "ratios": [min(ratios), max(ratios)],
        }
    return result


def show(result: dict) -> None:
    print(f"{result['preset']}, batch {result['batch']}, {result['rounds']} rounds")
    for key in [*KINDS, "memory"]:
        found, unit = result[key], "MiB" if key == "memory" else "ms"
        low, high = found["ratios"]
        print(
            f"  {key:<24} skipstone {found['skipstone']:8.1f} {unit}   pytorch {found['pytorch']:8.1f} {unit}"
            f"   ratio {found['ratio']:.2f} [{low:.2f}, {high:.2f}]"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", nargs="+", default=["digits", "emoji", "ring"])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeat", type=int, default=15, help="steps a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", default=str(ROOT / "target" / "debug" / "skipstone"))
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--backend", default="cpu", help="where Skipstone computes")
    parser.add_argument("--half", action="store_true", help="Skipstone's images in f16 (on a GPU)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="where PyTorch does")
    parser.add_argument("--way", nargs="+", choices=WAYS, default=WAYS[:2], help="what PyTorch tries")
    parser.add_argument("--worker", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return worker(args)
    results = []
    for preset in args.preset:
        results.append(compare(args, preset))
        show(results[-1])
    if args.json:
        args.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
