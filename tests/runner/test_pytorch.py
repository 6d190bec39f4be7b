"""A search of a user's own: a small PyTorch model with data loaders that fork."""

import json

SEARCH = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

def sample(s):
    s.float("lr", 1e-3, 1e-1, log=True)
    layers = s.int("layers", 1, 3)
    s.choice("act", ["ReLU", "Tanh"])
    s.subset("wide", range(layers), size=(0, layers))
    s.fix("batch_size", 32)

def train(run):
    torch.manual_seed(run.seed)
    p = run.params
    x = torch.randn(512, 4)
    y = (x[:, :1] * x[:, 1:2]).sin()
    data = DataLoader(TensorDataset(x, y), batch_size=p["batch_size"], shuffle=True, num_workers=2)
    sizes = [4, *(64 if i in p["wide"] else 16 for i in range(p["layers"]))]
    parts = [part for a, b in zip(sizes, sizes[1:]) for part in (nn.Linear(a, b), getattr(nn, p["act"])())]
    model = nn.Sequential(*parts, nn.Linear(sizes[-1], 1)).to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=p["lr"])
    step = 0
    for epoch in range(2):
        for inputs, targets in data:
            loss = nn.functional.mse_loss(model(inputs.to(run.device)), targets.to(run.device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            run.log(step, loss=loss)
    torch.save(model.state_dict(), run.checkpoint)
"""


def test_a_pytorch_model_with_data_loaders_is_searched_and_drawn(hpq) -> None:
    hpq.write("regress.py", SEARCH)
    hpq("enqueue", "regress.py", "-n", "6", "--seed", "3")
    hpq("run", "--workers", "2", "--time-limit", "1m")
    runs = hpq.ls().values()
    assert {run["state"] for run in runs} == {"finished"}, [run["reason"] for run in runs]
    assert all(run["step"] == 32 for run in runs)
    first = [
        json.loads((hpq.root / run["id"] / "1" / "metrics.jsonl").read_text().splitlines()[0]) for run in runs
    ]
    assert sum(run["best"] < line["loss"] for run, line in zip(runs, first, strict=True)) >= 5
    hpq("plot", "-o", "regress.svg")
    drawn = (hpq.folder / "regress.svg").read_text()
    assert "batch_size" not in drawn
    assert (hpq.root / "regress-001" / "1" / "checkpoint.pt").exists()
