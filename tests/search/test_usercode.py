"""Errors of what users wrote: one line, which names theirs."""

from pathlib import Path

import pytest

from hpq.errors import HpqError, UsageError
from hpq.search.domains import SpaceError
from hpq.search.usercode import user_code

HERE = Path(__file__)


def told_of(error: BaseException, path: Path | None = HERE) -> str:
    with pytest.raises(HpqError) as refused, user_code(path):
        raise error
    return str(refused.value)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("a\n  b"), "ValueError: a b"),
        (KeyError("a"), "KeyError: 'a'"),
        (AssertionError(), "AssertionError"),
        (SystemExit(2), "SystemExit: 2"),
        (SpaceError("'x': no"), "'x': no"),
    ],
)
def test_an_error_is_one_line_with_its_place(error: BaseException, told: str) -> None:
    place, _, text = told_of(error).partition(": ")
    assert text == told
    assert place.startswith(f"{HERE}:")
    assert "raise error" in HERE.read_text().splitlines()[int(place.rpartition(":")[2]) - 1]


def test_the_error_itself_stays_for_a_traceback() -> None:
    error = ValueError("x")
    with pytest.raises(HpqError) as refused, user_code(HERE):
        raise error
    assert refused.value.__cause__ is error


def test_an_error_that_came_through_other_files_alone_names_those(tmp_path: Path) -> None:
    told = told_of(ValueError("x"), tmp_path / "search.py")
    assert told.startswith(f"{tmp_path / 'search.py'}: ValueError: x ({HERE}:")


@pytest.mark.parametrize("error", [UsageError("x"), HpqError("x"), KeyboardInterrupt(), GeneratorExit()])
def test_what_is_not_the_users_fault_passes(error: BaseException) -> None:
    with pytest.raises(type(error)) as passed, user_code(HERE):
        raise error
    assert passed.value is error


def test_a_fault_of_hpq_s_own_code_stays_one() -> None:
    error = ValueError("x")
    with pytest.raises(ValueError, match="x") as passed, user_code(None):
        raise error
    assert passed.value is error


def test_prints_go_to_stderr_or_nowhere(capsys) -> None:
    with user_code(HERE):
        print("shown")
    with user_code(HERE, is_quiet=True):
        print("hidden")
    print("after")
    assert capsys.readouterr() == ("after\n", "shown\n")
