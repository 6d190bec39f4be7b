"""Search files: what they define, and errors that name file and line."""

import multiprocessing
import pickle
import sys
from pathlib import Path

import pytest

from hpq.errors import HpqError
from hpq.search.file import MODULE, load

SAMPLE = "def sample(s):\n    s.int('n', 1, 9)\n"


def test_a_file_defines_what_to_sample_and_what_to_train(write) -> None:
    search = load(write(SAMPLE + "def train(run): return 7\n"))
    assert search.text.decode().startswith(SAMPLE)
    assert (search.train and search.train(None), search.command) == (7, None)
    search = load(write(SAMPLE + "command = 'true {n}'\n"))
    assert (search.train, search.command) == (None, "true {n}")
    search = load(write("\ufeff# é\r\n" + SAMPLE.replace("\n", "\r\n")))
    assert (search.train, search.command) == (None, None)


CALLABLES = [
    "sample = lambda s: None",
    "class Space:\n    def __call__(self, s): pass\nsample = Space()",
    "import functools\ndef space(n, s): pass\nsample = functools.partial(space, 3)",
    "def sample(s, scale=2): pass",
    "def sample(*all): pass",
    "sample = print",
    "sample = min",  # it does not tell what it takes
]


@pytest.mark.parametrize("text", CALLABLES)
def test_whatever_takes_one_argument_samples(write, text: str) -> None:
    assert callable(load(write(text)).sample)


WRONG = [
    ("def sample(s)\n    pass", ":1: expected ':'"),
    ("x = 1\n\0", "null bytes"),
    ("import json\nimport no_such_module_here\n", ":2: ModuleNotFoundError: No module named"),
    ("raise SystemExit(3)", ":1: SystemExit: 3"),
    ("def f():\n    raise ValueError('a\\nb')\nf()", ":2: ValueError: a b"),
    ("assert False", ":1: AssertionError"),
    ("def f(): f()\nf()", ":1: RecursionError"),
    (b"x = 1 # \xff\xfe", "is not text in UTF-8 (byte 8)"),
    ("", "defines no sample(s)"),
    ("sample = None", "defines no sample(s)"),
    ("sample = 3", "sample must be a function, not 3"),
    ("\ndef sample(): pass", ":2: sample takes one argument: def sample(s)"),
    ("def sample(s, t): pass", ":1: sample takes one argument: def sample(s)"),
    ("async def sample(s): pass", ":1: sample must be a plain function, without async or yield"),
    ("def sample(s): yield", "without async or yield"),
    (SAMPLE + "train = 3", "train must be a function, not 3"),
    (SAMPLE + "def train(): pass", ":3: train takes one argument: def train(run)"),
    (SAMPLE + "async def train(run): pass", ":3: train must be a plain function"),
    (SAMPLE + "command = ['a']", "command must be text such as"),
    (SAMPLE + "command = ' '", "command must be text such as"),
    (SAMPLE + "command = 'a'\ndef train(run): pass", "both train and command"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_what_is_wrong_in_a_file_is_told_in_one_sentence(write, text, told: str) -> None:
    with pytest.raises(HpqError) as refused:
        load(write(text))
    assert told in str(refused.value)
    assert "search.py" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("name", "told"), [("none.py", "no search file"), (".", "folder")])
def test_what_is_no_file_is_told(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(HpqError, match=told):
        load(tmp_path / name)


def test_an_error_in_a_module_beside_it_is_told_with_both_lines(write) -> None:
    beside = write("x = 1\n1 / 0\n", "broken_beside.py")
    with pytest.raises(HpqError) as refused:
        load(write("import os\nimport broken_beside\n"))
    assert "search.py:2: ZeroDivisionError" in str(refused.value)
    assert f"({beside}:2)" in str(refused.value)
    beside = write("x = (\n", "unclosed_beside.py")
    with pytest.raises(HpqError, match=r"search\.py:1: '\(' was never closed \(.*unclosed_beside\.py:1\)"):
        load(write("import unclosed_beside\n"))


@pytest.mark.parametrize("call", ["json.loads('{')", "numpy.linalg.inv(numpy.zeros((2, 2)))"])
def test_lines_of_libraries_are_not_told(write, call: str) -> None:
    with pytest.raises(HpqError) as refused:
        load(write(f"import json, numpy\n{call}\n"))
    assert "search.py:2: " in str(refused.value)
    assert str(refused.value).count(".py") == 1


def test_a_copy_finds_what_is_beside_the_original(write, tmp_path: Path) -> None:
    write("VALUE = 4\n", "beside_it.py")
    write("5", "number.txt")
    text = (
        "from pathlib import Path\nfrom beside_it import VALUE\n"
        "NUMBER = int((Path(__file__).parent / 'number.txt').read_text())\n"
        "def sample(s): s.fix('x', VALUE + NUMBER)\n"
        "def train(run): import late_beside; return late_beside.VALUE\n"
    )
    copy = write(text, "elsewhere/copy.py")
    search = load(copy, folder=tmp_path)
    write("VALUE = 6\n", "late_beside.py")
    assert search.path == copy
    assert search.train is not None
    assert search.train(None) == 6


def test_a_relative_path_is_as_good(write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(SAMPLE + "HERE = __file__\n", "a 0/é.py")
    monkeypatch.chdir(tmp_path)
    load(Path("a 0/é.py"))
    assert str(tmp_path / "a 0" / "é.py") == sys.modules[MODULE].HERE
    with pytest.raises(HpqError, match=r"^a 0/bad\.py:1: "):
        load(write("1/0", "a 0/bad.py").relative_to(tmp_path))


def test_what_a_file_prints_while_it_is_loaded_is_not_on_stdout(write, capsys) -> None:
    load(write("print('hello')\n" + SAMPLE))
    assert capsys.readouterr() == ("", "hello\n")


def test_classes_of_a_search_file_travel_to_forked_workers(write) -> None:
    text = (
        "from dataclasses import dataclass\n@dataclass\nclass Item:\n    value: int\n"
        "def double(item): return Item(2 * item.value)\n" + SAMPLE
    )
    load(write(text))
    module = sys.modules[MODULE]
    assert pickle.loads(pickle.dumps(module.Item(3))) == module.Item(3)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.map(module.double, [module.Item(3)]) == [module.Item(6)]
