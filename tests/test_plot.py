"""`hpq plot`: what of a search is drawn."""

import pytest
from PIL import Image

SEARCH = """
def sample(s):
    s.float("lr", 1e-5, 1e-1, log=True)
    s.int("layers", 1, 100)
    if s.choice("kind", ["a", "b"]) == "b":
        s.int("rank", 1, 50)

def train(run):
    if run.params["layers"] > 70:
        raise MemoryError("out of memory")
    run.log(1, loss=1 + run.params["lr"] + 1 / run.params["layers"])
"""


@pytest.fixture(scope="module")
def ended(module_hpq):
    """A root in which twelve runs ended, some of them without a loss."""
    module_hpq.write("deep.py", SEARCH)
    module_hpq("enqueue", "deep.py", "-n", "12")
    module_hpq("run", "--workers", "2")
    return module_hpq


@pytest.mark.parametrize(
    "words",
    [
        ["--colour-by", "lr"],
        ["--color-by", "kind", "--params", "layers"],
        ["--pair", "lr,layers"],
        ["--pair", "lr, rank", "--pair", "kind,layers"],
        ["--progress"],
        ["--progress", "--colour-by", "rank", "--loss", "last"],
    ],
    ids=" ".join,
)
def test_each_look_is_another_picture(ended, words: list[str]) -> None:
    assert ended("plot", *words, "-o", "look.png").strip() == "look.png"
    ended("plot", "-o", "usual.png")
    with Image.open(ended.folder / "look.png") as image:
        assert image.size[0] > 500
    assert (ended.folder / "look.png").read_bytes() != (ended.folder / "usual.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--colour-by", "lrr"], "colour by lrr: no such hyperparameter; there are kind, layers, lr, rank"),
        (["--pair", "lr,layer"], "a plane with layer: no such hyperparameter"),
        (["--pair", "lr"], "--pair: takes two hyperparameters, such as lr,layers, not 'lr'"),
        (["--pair", "lr,lr"], "not 'lr,lr'"),
        (["--pair", "lr,layers", "--colour-by", "kind"], "leave --colour-by out"),
        (["--pair", "lr,layers", "--progress"], "call `hpq plot` once for each"),
        (["--state", "queued", "--where", "lr>9"], "no run passes --state queued, --where 'lr>9'; `hpq ls`"),
        (["--params", "lr", "--progress"], "--params chooses panels, which --progress replaces"),
        (["--params", "lr", "--pair", "lr,layers"], "--params chooses panels, which --pair replaces"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_no_picture_is_said_in_a_sentence(ended, words: list[str], told: str) -> None:
    error = ended("plot", *words, code=2)
    assert error.startswith("hpq: ")
    assert len(error.strip().splitlines()) == 1
    assert told in error
