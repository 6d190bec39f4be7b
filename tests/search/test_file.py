"""Search files: what they may define, and errors that name file and line."""

import sys
from pathlib import Path

import pytest

from hpq.errors import HpqError, UsageError
from hpq.search.command import check_command, fill
from hpq.search.file import load
from hpq.search.git import commit_of
from hpq.search.overrides import parse_overrides
from hpq.search.plan import Plan


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(text: str | bytes) -> Path:
        path = tmp_path / "search.py"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def check(path: Path, **fixed) -> None:
    search = load(path)
    Plan(search.sample, path, 7, fixed, command=search.command).check()


SAMPLE = "def sample(s):\n    s.int('n', 1, 9)\n"
WRONG = [
    ("def sample(s)\n    pass", ":1: "),
    ("import json\nimport no_such_module_here\n", ":2: ModuleNotFoundError"),
    ("raise SystemExit(3)", ":1: SystemExit"),
    (b"\xff\xfe", "UTF-8"),
    ("x = 1", "sample(s)"),
    ("sample = 3", "must be a function"),
    (SAMPLE + "train = 3", "train must be a function"),
    (SAMPLE + "command = ['a']", "command must be text"),
    (SAMPLE + "command = 'a'\ndef train(run): pass", "both train and command"),
    (
        "def sample(s):\n    s.int('n', 1, 9)\n    s.float('lr', 1, 0.1)\n",
        ":3: 'lr': low 1 is above high 0.1",
    ),
    ("def sample(s):\n    s.uniform('n', 1, 9)\n", ":2: there is no s.uniform"),
    ("def sample(s):\n    s.int('a', 1, 9)\n    s.int('a.b', 1, 9)\n", ":3: 'a' is a value"),
    ("def sample(s):\n    s.subset('a', [1], size=2)\n", ":2: 'a': a subset of up to 2"),
    ("def helper(s):\n    return 1 / 0\ndef sample(s):\n    helper(s)\n", ":2: ZeroDivisionError"),
    ("def sample(s):\n    pass\n", "draws nothing"),
    ("def sample():\n    pass\n", "TypeError"),
    ("import random\ndef sample(s):\n    s.fix('x', random.random())\n", "'x' differs between two draws"),
    ("seen = []\ndef sample(s):\n    seen.append(1)\n    s.int('n', 1, 1 + len(seen))\n", "'n' differs"),
    (
        "def sample(s):\n    if s.bool('b'):\n        s.int('x', 1, 2)\n    else:\n        s.bool('x')\n",
        "bool in some runs, int in others",
    ),
    (SAMPLE + "command = 'a {m}'", "{m}, which is not drawn"),
    (SAMPLE + "command = 'a {n'", "lone '{'"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_what_is_wrong_in_a_file_is_told_in_one_sentence(write, text, told: str) -> None:
    path = write(text)
    with pytest.raises(HpqError) as refused:
        check(path)
    assert told in str(refused.value)
    assert "search.py" in str(refused.value) or "command" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("name", "told"), [("none.py", "no search file"), (".", "folder")])
def test_what_is_no_file_is_told(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(HpqError, match=told):
        load(tmp_path / name)


def test_modules_beside_the_original_are_found_by_a_copy(write, tmp_path: Path) -> None:
    (tmp_path / "beside_it.py").write_text("VALUE = 4\n")
    copy = tmp_path / "elsewhere" / "copy.py"
    copy.parent.mkdir()
    copy.write_text("from beside_it import VALUE\ndef sample(s): s.fix('x', VALUE)\n")
    write("")
    assert load(copy, folder=tmp_path).sample is not None


def test_a_name_that_is_set_and_never_drawn_lists_the_known(write) -> None:
    with pytest.raises(UsageError, match=r"--set m: no such hyperparameter; there are n"):
        check(write(SAMPLE), m=3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x=3", 3),
        ("x=0.5", 0.5),
        ("x=1e-3", 0.001),
        ("x=true", True),
        ("x=False", False),
        ("x=null", None),
        ("x=None", None),
        ("x=[1, 2]", [1, 2]),
        ('x="3"', "3"),
        ("x=conv", "conv"),
        ("x=a=b", "a=b"),
        ("x=", ""),
        ("x=NaN", "NaN"),
    ],
)
def test_a_value_that_is_set_is_json_or_else_text(text: str, value) -> None:
    parsed = parse_overrides([text])["x"]
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize("texts", [["x"], ["=3"], ["x=1", "x=2"]])
def test_what_sets_nothing_is_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError, match="--set"):
        parse_overrides(texts)


@pytest.mark.parametrize(
    ("template", "command"),
    [
        ("t --lr {lr}", "t --lr 0.001"),
        ("t {convnet.depth} {flag} {none}", "t 8 true null"),
        ("t {name}", "t 'a b; rm -rf ~'"),
        ("t {layers}", "t '[1, 2]'"),
        ("t {merger.depth:8} {{x}}", "t 8 {x}"),
        ("t {id} {seed}", "t run-1 5"),
    ],
)
def test_a_command_is_filled_with_quoted_values(template: str, command: str) -> None:
    params = {
        "lr": 0.001,
        "convnet.depth": 8,
        "flag": True,
        "none": None,
        "name": "a b; rm -rf ~",
        "layers": [1, 2],
    }
    assert fill(template, params, {"id": "run-1", "seed": "5"}) == command


def test_a_command_that_names_what_some_runs_lack_wants_a_default() -> None:
    with pytest.raises(HpqError, match=r"\{b:DEFAULT\}"):
        check_command("t {a} {b}", ["a"], ["a", "b"])
    check_command("t {a} {b:1}", ["a"], ["a", "b"])


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == (None, None)
