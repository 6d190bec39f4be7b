"""Dry draws: what makes no sense is told with file and line before anything is queued."""

import pytest

from hpq.errors import HpqError, UsageError
from hpq.search.check import DRY_DRAWS, Report, check
from hpq.search.domains import Kind
from hpq.search.file import load


@pytest.fixture
def check_file(write):
    def check_file(text: str, **fixed) -> Report:
        path = write(text)
        search = load(path)
        return check(search.sample, path, 7, fixed, search.command)

    return check_file


N = "    s.int('n', 1, 9)\n"
WRONG = [
    ("def sample(s):\n" + N + "    s.float('lr', 1, 0.1)\n", ":3: 'lr': low 1 is above high 0.1; swap them"),
    ("def sample(s):\n    s.uniform('n', 1, 9)\n", ":2: there is no s.uniform"),
    ("def sample(s):\n    s.int('n', 1)\n", ":2: TypeError: Draw.int() missing 1 required"),
    ("def sample(s):\n    s.int('a', 1, 9)\n    s.int('a.b', 1, 9)\n", ":3: 'a' is a value, and the group"),
    (
        "def sample(s):\n    if s.bool('f'): s.bool('a')\n    else: s.bool('a.b')\n",
        ": 'a' is a value, and the group of 'a.b' too",
    ),
    ("def sample(s):\n    s.subset('a', [1], size=2)\n", ":2: 'a': a subset of up to 2"),
    (
        "def sample(s):\n    n = s.int('n', 1, 9)\n    s.subset('a', range(n), size=(2, 4))\n",
        ":3: 'a': a subset of up to 4 was asked for, of",
    ),
    ("def sample(s):\n    s.choice('a', [{1}])\n", ":2: 'a': a value is JSON"),
    (
        "def deep(s):\n    return 1 / 0\ndef sample(s):\n    deep(s)\n",
        ":2: ZeroDivisionError: division by zero",
    ),
    ("def sample(s):\n    exit('no')\n", ":2: SystemExit: no"),
    ("def sample(s):\n    pass\n", "sample(s) draws nothing"),
    (
        "def sample(s):\n    if s.bool('b'):\n        s.int('x', 1, 2)\n    else:\n        s.bool('x')\n",
        "'x' is bool in some runs, int in others",
    ),
    ("command = 'a {m}'\ndef sample(s):\n" + N, "search.py: the command names {m}, which is not drawn"),
    (
        "command = 'a {m}'\ndef sample(s):\n    if s.bool('b'): s.fix('m', 1)\n",
        "search.py: the command needs {m}, which some runs do not have",
    ),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_what_makes_no_sense_is_told_in_one_sentence(check_file, text: str, told: str) -> None:
    with pytest.raises(HpqError) as refused:
        check_file(text)
    assert told in str(refused.value)
    assert "search.py" in str(refused.value)
    assert "\n" not in str(refused.value)


SHAKY = [  # beside `seen`, which counts the calls
    "import random; s.fix('x', random.random())",
    "import time; s.fix('x', time.perf_counter())",
    "s.int('x', 1, 1 + len(seen))",
    "s.choice('x', [seen, 1])",
    "s.bool('b')\n    if len(seen) % 2: s.fix('x', None)",
    "s.bool('b')\n    if len(seen) > 501: s.bool('x')",
]


@pytest.mark.parametrize("body", SHAKY)
def test_a_draw_that_cannot_be_repeated_names_what_differs(check_file, body: str) -> None:
    with pytest.raises(HpqError, match=r"search\.py: 'x' differs between two draws of run \d+ .*through s"):
        check_file(f"seen = []\ndef sample(s):\n    seen.append(1)\n    {body}\n")


def test_randomness_that_can_be_repeated_is_fine(check_file) -> None:
    check_file("import random\ndef sample(s):\n    s.fix('x', random.Random(s.int('n', 1, 9)).random())\n")


def test_a_report_tells_what_is_drawn_and_how_often(check_file) -> None:
    report = check_file(
        "def sample(s):\n    if s.bool('b'): s.int('n', 1, 9)\n    else: s.fix('n', 4)\n"
        "    if s.float('u', 0, 1) < 0.1: s.fix('rare', 1)\n"
    )
    assert {name: domain.kind for name, domain in report.domains.items()} == {
        "b": Kind.BOOL,
        "n": Kind.INT,  # wherever it is drawn, though some runs fix it
        "u": Kind.FLOAT,
        "rare": Kind.FIX,
    }
    assert report.always == ["b", "n", "u"]
    assert 0.03 * DRY_DRAWS < report.counts["rare"] < 0.2 * DRY_DRAWS


def test_a_name_that_is_set_and_never_drawn_lists_the_known(check_file) -> None:
    text = "def sample(s):\n    s.int('net.depth', 1, 9)\n    s.bool('b')\n"
    with pytest.raises(UsageError) as refused:
        check_file(text, **{"net.dept": 3})
    assert str(refused.value) == (
        "--set net.dept: no such hyperparameter; did you mean 'net.depth'? there are b, net.depth"
    )
    with pytest.raises(UsageError, match=r"--set zzz: no such hyperparameter; there are b, net\.depth"):
        check_file(text, zzz=3)


def test_a_value_of_the_wrong_kind_is_the_callers_fault_and_not_the_files(check_file) -> None:
    with pytest.raises(UsageError, match=r"^--set n: it is a whole number"):
        check_file("def sample(s):\n" + N, n="x")


def test_what_sample_prints_is_printed_nowhere(check_file, capsys) -> None:
    check_file("def sample(s):\n" + N + "    print('again')\n")
    assert capsys.readouterr() == ("", "")
