"""`hpq sample`: pictures filled in by a run that was trained, in new folders, or one sentence."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hpq.cli import main
from hpq.commands import sample as module
from hpq.model import filling, masks, sampling

TINY = {
    "size": 8,
    "levels": 16,
    "examples": 64,
    "validation.examples": 8,
    "steps": 2,
    "batch_size": 4,
    "convnet.depth": 4,
    "convnet.profundity": 2,
    "merger.layers": "[0]",
    "captions.min_count": 1,
    "masker.radius": 1,
    "reader.size": 4,
    "reader.radius": 2,
}
GREYS = (96, 112, 136)  # of what is masked
OTHERS = """
def sample(s):
    s.float("lr", 0, 1)
def train(run):
    run.log(1, loss=1.0)
"""


@pytest.fixture(scope="module")
def root(module_hpq):
    """A root with a trained run of the model, one that waits, and runs of other training code."""
    hpq = module_hpq
    settings = [f"--set={name}={value}" for name, value in TINY.items()]
    hpq("enqueue", "-n", "1", *settings)
    hpq.write("other.py", OTHERS)
    hpq.write("program.py", OTHERS.partition("def train")[0] + 'command = "true"\n')
    hpq("enqueue", "other.py", "-n", "1")
    hpq("enqueue", "program.py", "-n", "1")
    hpq("run", "--workers", "2")
    hpq("enqueue", "-n", "1", "--name", "waits", *settings)
    return hpq


@pytest.fixture
def call(root, capsys, monkeypatch):
    """Call the command in this process, and return what it printed; a failure's one sentence."""
    torch.set_num_threads(1)

    def call(*words: object, code: int = 0, folder: Path = root.folder) -> str:
        monkeypatch.chdir(folder)
        monkeypatch.delenv("HPQ_ROOT", raising=False)
        with pytest.raises(SystemExit) as ended:
            main(["sample", *map(str, words)])
        out, err = capsys.readouterr()
        assert ended.value.code == code, out + err
        assert code not in (1, 2) or err.count("\n") == 1, err
        return err if code else out

    return call


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    drawn = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(drawn).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB"))


def names(folder: Path) -> set[str]:
    return set(os.listdir(folder))


def test_choices_are_those_of_the_model() -> None:
    assert module.STRATEGIES == sampling.STRATEGIES
    for kind in module.MASKS:
        made = masks.make_masks(kind, (1, 3, 8, 8), torch.Generator(), radius=1)
        assert made.shape == (1, 3, 8, 8)


def test_a_folder_of_pictures_is_left_and_told(root) -> None:
    printed = root("sample", "blog-001", "--steps", "3", "--count", "2")
    folder, sheet = map(Path, printed.splitlines())
    assert re.fullmatch(r"runs/blog-001/1/samples/[0-9]+", str(folder))
    assert sheet == folder / "sheet.png"
    kinds = ("original", "masked", "filled")
    expected = {f"{number}-{kind}.png" for number in (1, 2) for kind in kinds} | {"gibbs.gif", "sheet.png"}
    assert names(root.folder / folder) == expected
    original, masked, filled = (pixels(root.folder / folder / f"1-{kind}.png") for kind in kinds)
    assert original.shape == (8, 8, 3)
    is_given = (masked == original) & ~np.isin(masked, GREYS)
    assert np.array_equal(filled[is_given], original[is_given])
    assert json.loads(root("show", "blog-001", "--json"))["samples"] == str(sheet)
    assert f"samples  {sheet}" in root("show", "blog-001")
    assert json.loads(root("show", "waits-001", "--json"))["samples"] is None
    assert "samples" not in root("show", "waits-001")


def test_each_call_has_a_folder_of_its_own(root, call) -> None:
    told = [json.loads(call("blog-1", "--steps", "1", "--count", "1", "--json")) for _ in range(2)]
    one, two = (Path(each["folder"]) for each in told)
    assert int(two.name) == int(one.name) + 1
    for each in told:
        assert each["run"] == "blog-001"
        assert each["step"] in (1, 2)
        assert each["sheet"] == each["files"][-1]
        assert {Path(file).name for file in each["files"]} == names(Path(each["folder"]))


@pytest.mark.parametrize("strategy", module.STRATEGIES)
def test_every_strategy_runs_and_gibbs_shows_its_process(call, tmp_path, strategy: str) -> None:
    call("blog-001", "--strategy", strategy, "--steps", 6, "--count", 8, "--temperature", 1, "-o", tmp_path)
    assert ("gibbs.gif" in names(tmp_path)) == (strategy == "gibbs")
    if strategy == "gibbs":
        with Image.open(tmp_path / "gibbs.gif") as made:
            assert made.n_frames == 7


def test_a_folder_that_is_named_is_made_and_its_own_files_stay(call, tmp_path) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    (folder / "sheet.png").write_text("an older one")
    for _ in range(2):
        out = call("blog-001", "--steps", "1", "--count", "1", "--mask", "centre", "-o", folder)
    assert out.splitlines() == [str(folder), str(folder / "sheet.png")]
    assert {"notes.txt", "sheet.png", "1-filled.png"} < names(folder)
    masked = pixels(folder / "1-masked.png")
    assert (masked[2:6, 2:6] == masked[2:6, 2:6, :1]).all()
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.width > 6 * 192


@pytest.mark.parametrize("caption", [None, "", "a large red circle", "\x1b[31m 狗 \udcff [/x] " + "x" * 2000])
def test_a_box_of_a_picture_is_filled_in_and_nothing_else(call, photograph, tmp_path, caption) -> None:
    words = [] if caption is None else ["--caption", caption]
    folder = tmp_path / "made"
    call("blog-001", "--image", photograph, "--box", "3,4,10,20", *words, "--steps", "2", "-o", folder)
    before, after = pixels(photograph), pixels(folder / "full.png")
    assert not np.array_equal(before, after)
    after[4:24, 3:13] = before[4:24, 3:13]
    assert np.array_equal(before, after)
    assert {"1-original.png", "1-masked.png", "1-filled.png", "full.png", "sheet.png"} < names(folder)


def test_words_that_the_run_does_not_know_are_told_in_a_line(root, photograph) -> None:
    words = ("sample", "blog-001", "--image", photograph, "--box", "0,0,9,9", "--steps", "1", "--caption")
    process = root.start(*words, "a quokka and a \x1b", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err.startswith("hpq: blog-001 never learned these words")
    assert err.endswith(": quokka, \\x1b\n")
    assert err.count("\n") == 1
    assert root(*words, "a red circle")


WRONG = [
    (["blog-001", "--steps", "0"], 2, ["--steps", "1 to"]),
    (["blog-001", "--steps", "many"], 2, ["--steps", "many"]),
    (["blog-001", "--temperature", "-1"], 2, ["--temperature"]),
    (["blog-001", "--temperature", "nan"], 2, ["number from 0", "nan"]),
    (["blog-001", "--strategy", "best"], 2, ["best", "gibbs"]),
    (["blog-001", "--mask", "round"], 2, ["round", "centre"]),
    (["blog-001", "--count", "0"], 2, ["--count"]),
    (["blog-001", "--box", "1,2,3,4"], 2, ["--box", "--image"]),
    (["blog-001", "--caption", "a dog"], 2, ["--caption", "--image"]),
    (["blog-001", "--image", "PHOTO"], 2, ["--box"]),
    (["blog-001", "--image", "PHOTO", "--box", "1,2,3"], 2, ["x,y,width,height", "1,2,3"]),
    (["blog-001", "--image", "PHOTO", "--box", "1,2,3,x"], 2, ["x,y,width,height"]),
    (["blog-001", "--image", "PHOTO", "--box", "1,2,3,4", "--mask", "centre"], 2, ["exclude", "--mask"]),
    (["blog-001", "--image", "PHOTO", "--box", "1,2,3,4", "--count", "3"], 2, ["exclude", "--count"]),
    (["blog-001", "--image", "PHOTO", "--box", "38,2,3,4"], 1, ["38,2,3,4", "40 × 30"]),
    (["blog-001", "--image", "PHOTO", "--box", "3,2,0,4"], 1, ["empty", "0 × 4"]),
    (["blog-001", "--image", "PHOTO", "--box", "0,0,35,4"], 1, ["35 × 4", "30 × 30"]),
    (["blog-001", "--image", "none.jpg", "--box", "0,0,5,4"], 1, ["no picture", "none.jpg"]),
    (["blog-001", "--image", "other.py", "--box", "0,0,5,4"], 1, ["other.py", "cannot be read"]),
    (["blog-001", "-o", "other.py"], 1, ["other.py", "no folder"]),
    (["blog-001", "-o", "other.py/x"], 1, ["other.py", "no folder"]),
    (["blog-002"], 2, ["blog-002"]),
    (["blog", "--state", "finished"], 2, ["--state"]),
    (["waits-001"], 1, ["waits-001 has no best.pt", "queued", "first validation"]),
    (["other-001"], 1, ["other-001 has no best.pt", "finished", "own leaves none"]),
    (["program-001"], 1, ["program-001", "command", "bundled model"]),
]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    WRONG,
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_a_wrong_call_gets_one_sentence_and_leaves_nothing(root, call, photograph, words, code, told) -> None:
    before = sorted(root.folder.rglob("*"))
    err = call(*(photograph if word == "PHOTO" else word for word in words), code=code)
    assert err.startswith("hpq: ")
    for word in told:
        assert word in err, err
    assert sorted(root.folder.rglob("*")) == before


@pytest.fixture
def best(root):
    """The file that the run left, put back after it was changed."""
    path = root.root / "blog-001" / "1" / "best.pt"
    whole = path.read_bytes()
    yield path
    path.write_bytes(whole)


def test_a_file_that_is_damaged_old_or_of_another_network_says_what_to_do(call, best) -> None:
    state = torch.load(best, weights_only=True)
    for content, told in (
        (best.read_bytes()[:1000], "is damaged"),
        ({**state, "words": ["a"]}, "does not fit"),
        ({key: value for key, value in state.items() if key != "words"}, "older hpq"),
    ):
        if isinstance(content, bytes):
            best.write_bytes(content)
        else:
            torch.save(content, best)
        err = call("blog-001", code=1)
        assert told in err
        assert "--fresh" in err


def test_ctrl_c_leaves_no_folder_behind(root, call, monkeypatch, tmp_path) -> None:
    before = sorted(root.folder.rglob("*"))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    words = ("blog-001", "--steps", "1", "--count", "1")
    with monkeypatch.context() as patched:
        patched.setattr(filling, "mean_levels", interrupt)
        call(*words, code=130)
    written: list[str] = []

    def write(path: Path, data: bytes) -> None:
        path.write_bytes(data)
        written.append(path.name)
        if len(written) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_whole", write)
    call(*words, code=130)
    assert len(written) == 3
    assert sorted(root.folder.rglob("*")) == before


def test_a_device_that_cannot_hold_it_says_what_to_do(call, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 GiB.\nMore of it")

    monkeypatch.setattr(filling, "mean_levels", fail)
    err = call("blog-001", "--steps", "1", code=1)
    assert "Tried to allocate 3.00 GiB" in err
    assert "--count" in err


def test_progress_is_shown_on_a_terminal_only(call, monkeypatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    with module._progress(3) as passed:
        for _ in range(3):
            passed()
    assert "filling in" in terminal.getvalue()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with module._progress(3) as passed:
        passed()
    assert sys.stderr.getvalue() == ""


def test_the_command_loads_torch_only_when_it_runs() -> None:
    code = (
        "import argparse, sys; from hpq.commands import sample; "
        "sample.add_arguments(argparse.ArgumentParser()); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_newest_attempt_that_left_a_network_is_taken(root, call) -> None:
    root("requeue", "blog-001", "--fresh")
    root("run", "--workers", "2")  # and so it is a late test: nothing waits any more
    words = ("blog-001", "--steps", "1", "--count", "1", "--json")
    sheet = json.loads(call(*words))["sheet"]
    assert sheet == "runs/blog-001/2/samples/1/sheet.png"
    assert json.loads(root("show", "blog-001", "--json"))["samples"] == sheet
    (root.root / "blog-001" / "2" / "best.pt").unlink()
    assert "/1/samples/" in json.loads(call(*words))["sheet"]


def test_data_are_found_from_where_the_run_was_queued(root, call, tmp_path) -> None:
    for split in ("train2014", "val2014"):
        (root.folder / "photographs" / split).mkdir(parents=True)
        told: dict[str, list] = {"images": [], "annotations": []}
        (root.folder / "photographs" / "annotations").mkdir(exist_ok=True)
        (root.folder / "photographs" / "annotations" / f"captions_{split}.json").write_text(json.dumps(told))
        Image.new("RGB", (9, 9), "red").save(root.folder / "photographs" / split / "a.png")
    fixed = {**TINY, "data": "photographs", "merger.layers": [0]}
    lines = [f"    s.fix({name!r}, {value!r})" for name, value in fixed.items()]
    root.write("near.py", "\n".join(["def sample(s):", *lines]))
    root("enqueue", "near.py", "-n", "1")
    root("run", "--workers", "2")
    call("near-001", "--root", root.root, "--steps", "1", "-o", tmp_path / "made", folder=tmp_path)
    assert (pixels(tmp_path / "made" / "1-original.png") == [255, 0, 0]).all()
