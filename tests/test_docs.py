"""What the documents show works: links, commands, code."""

import argparse
import json
import re
import shlex
from pathlib import Path

import pytest

from hpq.cli import COMMANDS, build_parser

ROOT = Path(__file__).resolve().parent.parent
NAMES = {"hpq show", "hpq root, format 1", *(f"hpq {name}" for name in COMMANDS)}
PAGES = [ROOT / "README.md", ROOT / "runs" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a page in a language; a block without one is what is typed in a shell."""
    found: list[list[str]] = []
    fence: str | None = None
    for line in page.read_text().splitlines():
        if line.startswith("```"):
            fence = line[3:] if fence is None else None
            if fence == language:
                found.append([])
        elif fence == language:
            found[-1].append(line)
    return ["\n".join(lines) + "\n" for lines in found]


def commands(page: Path) -> list[str]:
    """Return the calls of hpq in a page: lines of shell blocks, and code within sentences."""
    lines = [line for block in blocks(page, "") for line in block.splitlines() if line.startswith("hpq ")]
    inline = re.findall(r"`(hpq [^`]+)`", page.read_text())
    calls = [call.partition("#")[0].strip() for line in [*lines, *inline] for call in re.split(r"&&|·", line)]
    return [call for call in calls if call.startswith("hpq ") and not set(call) & set("[|…$")]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_are_ones_that_hpq_knows(page: Path) -> None:
    parser = build_parser()
    for call in commands(page):
        words = shlex.split(call)[1:]
        if call in NAMES or any(word.isupper() for word in words):
            continue  # it names a command or shows a form, and calls nothing
        if words:
            parser.parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_python_is_python(page: Path) -> None:
    for block in blocks(page, "python"):
        compile(block, page.name, "exec")


def test_the_reference_lists_every_command_and_every_option() -> None:
    reference = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    for name in COMMANDS:
        assert f"`hpq {name}" in reference
    parser = build_parser()
    (subparsers,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    options = {
        option
        for command in subparsers.choices.values()
        for action in command._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    assert {option for option in options if option not in reference} == set()


def test_the_how_to_on_other_languages_is_followed_to_the_letter(hpq) -> None:
    page = ROOT / "docs" / "how-to" / "other-languages.md"
    (search,), (program,) = blocks(page, "python"), blocks(page, "awk")
    hpq.write("descend.py", search)
    hpq.write("descend.awk", program)
    hpq("enqueue", "descend.py", "-n", "6", "--set", "steps=50")
    hpq("run", "--workers", "2")
    runs = hpq.ls().values()
    assert {run["state"] for run in runs} == {"finished"}
    assert all(run["step"] == 50 for run in runs)


def test_the_tutorial_is_followed_to_the_letter(hpq) -> None:
    page = ROOT / "docs" / "tutorial" / "first-search.md"
    (search,) = blocks(page, "python")
    hpq.write("quadratic.py", search)
    calls = commands(page)
    for call in calls[: calls.index("hpq replicate quadratic-058")]:
        if call.startswith("hpq"):
            hpq(*shlex.split(call)[1:])
    assert {run["state"] for run in hpq.ls().values()} == {"finished", "unfinished", "crashed"}
    report = json.loads(hpq("report", "--json"))
    assert report["best"]["name"] == "quadratic-058"
    assert {found["name"] for found in report["crashes"]["bunched"]} == {"batch_size", "dimensions"}
    assert [found["name"] for found in report["direction"]["found"]] == ["lr"]
    for picture in ("quadratic.png", "plane.png", "momentum.png"):
        assert (hpq.folder / picture).stat().st_size > 10_000
