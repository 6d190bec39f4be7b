"""`hpq report`: a real search in which crashes bunch, told in words, as JSON and as Markdown."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SEARCH = """
def sample(s):
    s.int("depth", 1, 100)
    s.int("size", 1, 100)
    s.choice("kind", ["a*b", "[/bold]"])

def train(run):
    if run.params["depth"] > 60:
        raise MemoryError("no memory is left")
    run.log(1, loss=1 + run.params["size"] / 50 + run.seed % 100 / 1000)
"""


@pytest.fixture(scope="module")
def root(module_hpq: Any) -> Any:
    """A root with a search whose deep runs crash and whose small ones are better."""
    module_hpq.write("odd.py", SEARCH)
    module_hpq("enqueue", "odd.py", "-n", "60", "--seed", "3")
    module_hpq("run", "--workers", "2")
    return module_hpq


@pytest.fixture(scope="module")
def told(root: Any) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(root("report", "--json"))
    return report


def test_a_program_is_told_of_crashes_that_bunch(told: dict[str, Any]) -> None:
    (bunch,) = told["crashes"]["bunched"]
    assert (bunch["name"], bunch["n"], bunch["cause"]) == ("depth", 60, None)
    assert bunch["p"] <= 0.001
    assert bunch["inside"]["share"] == 1.0
    assert bunch["effect"] == bunch["inside"]["share"] - bunch["outside"]["share"]
    assert told["crashes"]["causes"] == [
        {"cause": "out of memory", "n": told["crashes"]["crashed"], "is_tested": False, "bunched": []}
    ]


def test_a_program_is_told_of_a_direction_and_of_no_leaders(told: dict[str, Any]) -> None:
    (direction,) = told["direction"]["found"]
    assert direction["name"] == "size"
    assert direction["where"].startswith("up to ")
    assert direction["effect"] < -0.3
    assert told["direction"]["adjusted_for"] == ["depth"]
    assert told["leaders"] == []
    assert told["best"]["name"].startswith("odd-")


def test_people_are_told_the_same_in_sentences(root: Any, told: dict[str, Any]) -> None:
    text = root("report")
    assert text.startswith(f"odd: 60 runs ({told['counts']['finished']} finished, ")
    assert "Yes, along depth: crashes are not spread evenly" in text
    assert "No run with a loss lies there: this part" in text
    assert "Cause of all crashes: out of memory." in text
    assert "Yes: the loss of finished runs depends on size." in text
    for sentences in told["sentences"].values():
        assert all(sentence in text for sentence in sentences)


def test_every_finding_names_its_test_its_runs_and_its_p(told: dict[str, Any]) -> None:
    findings = [
        sentence
        for sentences in told["sentences"].values()
        for sentence in sentences
        if "p = " in sentence or "p ≤" in sentence
    ]
    assert len(findings) == 3
    assert all("n = " in sentence for sentence in findings)


def test_markdown_has_the_picture_beside_it(root: Any, tmp_path: Path) -> None:
    printed = root("report", "-o", tmp_path / "my report.md")
    assert printed.strip() == str(tmp_path / "my report.md")
    text = (tmp_path / "my report.md").read_text()
    assert text.startswith("# odd\n")
    assert "](my%20report.png)" in text
    assert "## Do crashes bunch?\n\n**Yes, along depth" in text
    assert (tmp_path / "my report.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my report.md", "my report.png"]


def test_a_terminal_gets_lines_that_fit(root: Any) -> None:
    here, there = pty.openpty()
    environment = {**root.environment, "COLUMNS": "60", "TERM": "xterm"}
    command = [sys.executable, "-m", "hpq", "report"]
    process = subprocess.Popen(command, cwd=root.folder, env=environment, stdout=there, stderr=there)
    os.close(there)
    parts = []
    while True:
        try:
            parts.append(os.read(here, 65536))
        except OSError:  # how a terminal without a writer ends
            break
    os.close(here)
    assert process.wait() == 0
    lines = b"".join(parts).decode().splitlines()
    assert any(line.startswith("\x1b[1mDo crashes bunch?") for line in lines)
    assert all(len(line.strip("\r")) <= 60 for line in lines if "\x1b" not in line)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["-o", "report.txt"], 2, "a report's name ends in .md, and 'report.txt' does not"),
        (["-o", "nowhere/report.md"], 1, "there is no folder 'nowhere'"),
        (["-o", "folder.md"], 1, "'folder.md' is a folder, and the report needs the name of a file"),
        (["od"], 2, "did you mean 'odd'?"),
        (["--where", "deep>3"], 2, "deep"),
        (["--where", "best>1e9"], 2, "no run passes --where 'best>1e9'; `hpq ls` lists what there is"),
    ],
)
def test_what_is_called_wrongly_is_told_in_one_sentence(
    root: Any, words: list[str], code: int, message: str
) -> None:
    (root.folder / "folder.md").mkdir(exist_ok=True)
    told = root("report", *words, code=code)
    assert told.startswith("hpq: ")
    assert message in told
    assert len(told.splitlines()) == 1
    assert not (root.folder / "folder.png").exists()


def test_a_selection_is_reported_on_alone(root: Any) -> None:
    report = json.loads(root("report", "odd-1..30", "--json"))
    assert sum(report["counts"].values()) == 30


def test_several_searches_must_be_named(root: Any, tmp_path: Path) -> None:
    root.write("other.py", SEARCH)
    root("enqueue", "other.py", "-n", "2")
    try:
        told = root("report", code=2)
        assert "there are 2 searches, odd, other: say which to report on, such as `hpq report odd`" in told
        assert root("report", "odd").startswith("odd: 60 runs")
        assert root("report", "odd", "other").startswith("odd, other: 62 runs")
        waiting = root("report", "other", "-o", tmp_path / "waiting.md")
        assert waiting.strip().endswith("waiting.md")
        assert [path.name for path in tmp_path.iterdir()] == ["waiting.md"]
        assert "There is nothing to compare yet" in (tmp_path / "waiting.md").read_text()
    finally:
        root("cancel", "other")
