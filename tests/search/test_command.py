"""Commands: what is filled in is one word for the shell, and what is named exists."""

import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpq.errors import HpqError
from hpq.search.command import check_command, fill, quote

PARAMS = {
    "lr": 0.001,
    "convnet.depth": 8,
    "flag": True,
    "none": None,
    "name": "a b; rm -rf ~",
    "layers": [1, 2],
    "deep": {"a": "é"},
}


@pytest.mark.parametrize(
    ("template", "command"),
    [
        ("t --lr {lr}", "t --lr 0.001"),
        ("t {convnet.depth} {flag} {none}", "t 8 true null"),
        ("t {name}", "t 'a b; rm -rf ~'"),
        ("t {layers}", "t '[1, 2]'"),
        ("t {merger.depth:8} {lr:8}", "t 8 0.001"),
        ("t {merger.depth:}", "t "),
        ("t {merger.depth:--no merger}", "t --no merger"),
        ("t {{lr}} {{{lr}}} ${{HOME}}", "t {lr} {0.001} ${HOME}"),
        ("t {id} {dir} {seed}", "t run-1 '/a b' 5"),
        ("t\n  {lr}", "t\n  0.001"),
    ],
)
def test_a_command_is_filled_with_quoted_values(template: str, command: str) -> None:
    assert fill(template, PARAMS, {"id": "run-1", "dir": "/a b", "seed": "5"}) == command


def test_a_hyperparameter_goes_before_what_the_run_is_called() -> None:
    assert fill("{seed} {id}", {"seed": 9}, {"seed": "5", "id": "x-1"}) == "9 x-1"


def test_a_name_that_the_run_lacks_is_told() -> None:
    with pytest.raises(HpqError, match=r"\{b\}.*\{b:DEFAULT\}"):
        fill("t {b}", {"a": 1}, {})


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
@settings(max_examples=20)
def test_a_shell_reads_a_value_as_it_was(value: str) -> None:
    command = f"printf %s {quote(value)}; printf '|%s' {quote([value])}"
    out = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True).stdout.decode()
    assert out == f"{value}|{json.dumps([value])}"


@pytest.mark.parametrize("template", ["t {a}", "t {a:1} {b:1}", "t {id} {dir} {seed}", "t", "{{x}} {{{a}}}"])
def test_what_runs_have_may_be_named(template: str) -> None:
    check_command(template, ["a"], ["a", "b"])


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("t {b}", "{b}, which some runs do not have; write {b:DEFAULT}"),
        ("t {m}", "{m}, which is not drawn; there are a, b, and id, dir, seed"),
        ("t {m:1}", "{m}, which is not drawn"),
        ("t ${HOME}", "a literal brace is written {{"),
        ("awk '{print $1}'", "{print $1}, which is not drawn"),
        ("t {}", "{}, which is not drawn"),
        ("t {a", "lone '{'; a literal brace is written '{{'"),
        ("t a}", "lone '}'; a literal brace is written '}}'"),
    ],
)
def test_what_no_run_or_not_every_run_has_is_told(template: str, told: str) -> None:
    with pytest.raises(HpqError) as refused:
        check_command(template, ["a"], ["a", "b"], "search.py: ")
    assert str(refused.value).startswith("search.py: the command ")
    assert told in str(refused.value)
