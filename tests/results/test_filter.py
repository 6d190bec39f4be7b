"""Filters let those runs pass that their words mean, whatever the runs hold."""

import re
from pathlib import Path

import pytest

from hpq.errors import UsageError
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.filter import parse_filter

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "filter.md"

RUNS = [
    Run(
        "blog-001",
        "blog",
        1,
        State.FINISHED,
        {
            "batch_size": 16,
            "merger.kind": "conv",
            "lr": 0.001,
            "layers": [0, 2],
            "shuffled": True,
            "data": "Photos",
            "loss": "l1",
            "code": "7",
        },
        best=0.4,
        loss=0.5,
        step=2000,
        attempt=1,
        slot="gpu1",
    ),
    Run(
        "blog-002",
        "blog",
        2,
        State.CRASHED,
        {
            "batch_size": 32,
            "merger.kind": "attention",
            "lr": 0.0123456,
            "layers": [1, 2, 3],
            "shuffled": False,
            "code": 7,
            "loss": "l2",
        },
        attempt=1,
        slot="gpu0",
        reason="CUDA out of memory",
    ),
    Run(
        "blog-003",
        "blog",
        3,
        State.UNFINISHED,
        {"convnet.kind": "Conv [2d]", "lr": 5, "layers": [], "note": 'kind:conv out of "memory"'},
        best=0.9,
        loss=1.5,
        step=10,
        attempt=2,
        slot="gpu1",
        reason="time limit",
    ),
    Run(
        "odd-001",
        "odd",
        1,
        State.QUEUED,
        {"batch_size": 64, "data": None},
        priority=5,
        replicates="blog-017",
    ),
]

# What each example of the page means, by the number of the run above.
EXAMPLES = {
    "memory": [2, 3],
    "state:crashed": [2],
    "state:cr": [2],
    "batch_size>20": [2, 4],
    "batch_size>=32": [2, 4],
    "batch_size<32": [1],
    "batch_size<=32": [1, 2],
    "merger.kind=conv": [1],
    "merger.kind!=conv": [2],
    "kind:conv": [1, 3],
    "merger.kind:": [1, 2],
    "state:crashed|unfinished": [2, 3],
    "batch_size=16|32": [1, 2],
    "-reason:memory": [1, 3, 4],
    "!reason:memory": [1, 3, 4],
    'reason:"out of memory"': [2],
    '"kind:conv"': [3],
    "run>2": [3],
    "slot:gpu1": [1, 3],
    "replicates:": [4],
    "-replicates:": [1, 2, 3],
    "replicates=blog-017": [4],
    "best<0.5": [1],
    ".loss=l1": [1],
    "lr=1e-3": [1],
    "lr=0.01235": [2],
    "shuffled=true": [1],
    "data=Photos": [1],
    'code="7"': [1],
    "layers=[0,2]": [1],
    'layers="[0, 2]"': [1],
    "layers=2": [1],
    "layers>2": [2],
    "lr>1": [3],
    "lr<=1": [1, 2],
    "lr=1": [],
    "lr!=1": [1, 2, 3],
    "lr:1": [1, 2],
    "-lr>1": [1, 2, 4],
    "state:crashed batch_size>20": [2],
    "-reason:memory state:crashed|unfinished": [3],
}


def passing(text: str, runs: list[Run] = RUNS) -> list[int]:
    """Return which runs pass, counted from 1."""
    rows = parse_filter(text).rows(Columns(runs))
    assert rows.shape == (len(runs),)
    assert rows.dtype == bool
    return [row + 1 for row in range(len(runs)) if rows[row]]


def shown_filters() -> set[str]:
    """Return the filters that the page shows: code with a sign, or after --where."""
    page = PAGE.read_text()
    found = set(re.findall(r"--where[ =]'([^']+)'", page))
    code = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL))
    words = [text.replace("\\|", "|") for text in code if not text.startswith(("hpq", "--"))]
    return found | {text for text in words if re.search(r".[:<>=]|^\"", text)} | {"memory"}


def test_every_example_of_the_page_means_what_it_says() -> None:
    assert shown_filters() == EXAMPLES.keys()
    for text, expected in EXAMPLES.items():
        assert passing(text) == expected, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [1, 2, 3, 4]),
        ("  \t ", [1, 2, 3, 4]),
        ("state:un", [3]),
        ("state:c|q", [2, 4]),
        ("state:CRASHED", [2]),
        ("state=crashed", [2]),
        ("state!=crashed", [1, 3, 4]),
        ("-state:crashed -state:queued", [1, 3]),
        ("-blog", [4]),
        ("blog-002|odd", [2, 4]),
        ("run=blog-003|odd-001", [3, 4]),
        ("run=1", [1, 4]),
        ("id:-001", [1, 4]),
        ("search=odd", [4]),
        ("why:", [2, 3]),
        ("-slot:", [4]),
        ("best:", [1, 3]),
        ("best!=0.4", [3]),
        ("attempt==0", [4]),
        ("priority>0", [4]),
        ("step:00", [1]),
        ("step=2e3", [1]),
        ("batch_size>20 -batch_size>40", [2]),
        ("batch_size=16.0", [1]),
        ("lr=5|0.001", [1, 3]),
        ("kind=conv", [1]),
        ("kind!=conv|attention", [3]),
        ("kind:[2D]", [3]),
        ("kind:.*", []),
        ("kind:^conv$|(", []),
        ("code=7", [1, 2]),
        ("code:7", [1, 2]),
        ("data=none", [4]),
        ("data=None", [4]),
        ("shuffled=True|False", [1, 2]),
        ("shuffled>0", []),
        ("layers=0", [3]),
        ("layers<1", [3]),
        ("layers=[1,2,3]|[]", [2, 3]),
        ('layers:"1, 2"', [2]),
        (".loss:l", [1, 2]),
        ("loss>1", [3]),
        ("merger.kind>1", []),
        ("photos", [1]),
        ('"[2d]"', [3]),
        ('-"out of"', [1, 4]),
        ('reason:"out of"|limit', [2, 3]),
        ("state:crashed|", [2]),
    ],
)
def test_a_filter_means(text: str, expected: list[int]) -> None:
    assert passing(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("state:dead", ["'dead'", "crashed", "unfinished"]),
        ("state=crash", ["'crash'", "crashed"]),
        ("state>3", ["state is text", "state:3"]),
        ("reason<x", ["reason is text", "reason:x"]),
        ("lr>high", ["'high'", "lr>0.5"]),
        ("lr>nan", ["'nan'"]),
        ("lr>", [">", "without blanks"]),
        ("lr > 1", [">", "without blanks"]),
        ("lr=", ["="]),
        (">=3", [">="]),
        (":conv", [":"]),
        ("lr=>3", ["=>", ">="]),
        ("-", ["-state:queued"]),
        ("!", ["!state:queued"]),
        ('reason:"out of', ["quote"]),
    ],
)
def test_a_wrong_filter_is_told_in_one_sentence(text: str, told: list[str]) -> None:
    with pytest.raises(UsageError) as error:
        parse_filter(text)
    assert "\n" not in str(error.value)
    assert all(word in str(error.value) for word in told), str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("batchsize>3", ["'batchsize'", "did you mean 'batch_size'?", "merger.kind"]),
        ("kinds:conv", ["did you mean 'kind'?"]),
        ("-lrr=1", ["'lrr'", "'lr'"]),
        ("a.lr=1", ["'a.lr'"]),
        ("ind:conv", ["'ind'"]),
        (".batch=1", ["'batch'"]),
        ("\x1b[31m:1", ["'\\x1b[31m'"]),
    ],
)
def test_a_name_that_no_run_has_is_told_with_those_that_are_known(text: str, told: list[str]) -> None:
    wanted = parse_filter(text)
    with pytest.raises(UsageError) as error:
        wanted.rows(Columns(RUNS))
    assert all(word in str(error.value) for word in told), str(error.value)


def test_a_whole_name_is_no_part_of_another() -> None:
    runs = [
        RUNS[0]._replace(drawn={"lr": 1, "a.lr": 5}),
        RUNS[0]._replace(drawn={"a.lr": 1, "b.lr": 5}),
    ]
    assert passing("lr=1", runs) == [1]
    assert passing("a.lr=1", runs) == [2]
    runs = [run._replace(drawn={"b." + name: value for name, value in run.params.items()}) for run in runs]
    assert passing("lr=5", runs) == [1, 2]
    assert passing("lr!=5", runs) == []


def test_no_runs_pass_no_filter_and_disturb_none() -> None:
    for text in ("", "x", "-x", "state:crashed", "best>1", "best:1", "run=1", "slot:"):
        assert passing(text, []) == []


def test_what_is_shown_of_a_value_is_found_again_when_there_are_more_values() -> None:
    first = Columns(RUNS[:2])
    assert parse_filter("merger.kind:att").rows(first).tolist() == [False, True]
    more = [*RUNS, RUNS[0]._replace(drawn={"merger.kind": "Attractive"})]
    assert parse_filter("merger.kind:att").rows(first.successor(more)).tolist() == [
        False,
        True,
        *[False] * 2,
        True,
    ]


def test_a_filter_equals_one_that_says_the_same() -> None:
    assert parse_filter("state:crashed lr>0.1 -x") == parse_filter(" state:cr  lr>.1 -X ")
    assert parse_filter("lr>1") != parse_filter("lr>=1")
