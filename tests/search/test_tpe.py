"""Draws by TPE: what it is told, what it makes of it, and that the same past gives the same draw."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpq.search import tpe
from hpq.search.draw import Draw
from hpq.search.samplers import draw_run
from hpq.search.tpe import STARTUP, Past, draw_tpe

KINDS = ["conv", ["attention", 8], None, 1, True]


def sample(s: Draw) -> None:
    """A space with all that a space can have: conditions, moving ranges, steps, any JSON value, subsets."""
    s.float("lr", 1e-5, 1e-1, log=True)
    n = s.int("layers", 1, 40)
    s.int("kernel", 1, n)
    kind = s.choice("kind", KINDS)
    if kind == "conv":
        s.int("radius", 1, 9, step=2)
        if s.bool("gated"):
            s.choice("gate", ["tanh", "relu"] if n > 20 else ["relu"])
    s.float("drop", 0, 0.5, step=0.05)
    s.int("width", 8, 512, log=True)
    s.subset("merged", range(n), size=(1, min(5, n)))
    s.fix("steps", 1000)


def crashes(values) -> bool:
    return values["layers"] * values["width"] > 4000


def past(count: int, seed: int = 7) -> list[Past]:
    draws = [draw_run(sample, seed, number).values for number in range(1, 1 + count)]
    return [Past(values, None if crashes(values) else abs(values["layers"] - 7.0)) for values in draws]


@pytest.mark.parametrize("ended", [0, STARTUP - 1])
def test_while_few_runs_have_ended_draws_are_those_of_random(ended: int) -> None:
    pasts = [*past(ended), *(Past(each.values, is_live=True) for each in past(30))]
    assert draw_tpe(sample, 7, 99, {}, pasts).values == draw_run(sample, 7, 99).values


def test_while_all_crash_draws_are_random() -> None:
    pasts = [Past(each.values) for each in past(30)]
    assert draw_tpe(sample, 7, 99, {}, pasts).values == draw_run(sample, 7, 99).values


@settings(max_examples=20)
@given(seed=st.integers(0, 2**64), count=st.integers(STARTUP, 40))
def test_every_value_lies_in_its_domain(seed: int, count: int) -> None:
    draw = draw_tpe(sample, seed, count + 1, {}, past(count, seed))
    again = Draw(lambda name, _: draw.values[name])
    sample(again)
    assert again.values == draw.values
    for name, domain in draw.domains.items():
        value = draw.values[name]
        if domain.items and domain.kind != "subset":
            assert value in domain.items
        elif domain.items:
            assert value == sorted({*value})
            assert {*value} <= {*domain.items}
            assert domain.low <= len(value) <= domain.high
        else:
            assert domain.low <= value <= domain.high
            assert type(value) is (int if domain.kind == "int" else float)


def test_it_goes_where_losses_are_low_and_runs_live() -> None:
    pasts = past(60)
    drawn = [draw_tpe(sample, 7, number, {}, pasts).values for number in range(61, 91)]
    at_random = [draw_run(sample, 7, number).values for number in range(61, 91)]
    assert sum(map(crashes, drawn)) < sum(map(crashes, at_random)) / 2
    assert sum(abs(values["layers"] - 7) <= 4 for values in drawn) > 20


@pytest.mark.parametrize("crash_is", ["told", "kept from it"])
def test_of_crashes_it_learns_where_they_are(crash_is: str) -> None:
    def above_half(s: Draw) -> None:
        s.float("x", 0, 1)

    draws = [draw_run(above_half, 3, number).values for number in range(1, 61)]
    told = [Past(values, None if values["x"] > 0.5 else 1 - values["x"]) for values in draws]
    told = told if crash_is == "told" else [each for each in told if not each.is_crash]
    drawn = [draw_tpe(above_half, 3, number, {}, told).values["x"] for number in range(61, 101)]
    crashed = sum(x > 0.5 for x in drawn)
    assert crashed < 14 if crash_is == "told" else crashed > 20


def test_runs_that_train_keep_others_away() -> None:
    def line(s: Draw) -> None:
        s.float("x", 0, 1)

    pasts = [Past({"x": index / 20}, abs(index / 20 - 0.5)) for index in range(21)]
    live = [Past({"x": 0.5 + index / 1000}, is_live=True) for index in range(-8, 8)]
    alone = [abs(draw_tpe(line, 7, number, {}, pasts).values["x"] - 0.5) for number in range(40)]
    among = [abs(draw_tpe(line, 7, number, {}, pasts + live).values["x"] - 0.5) for number in range(40)]
    assert sum(among) > 1.5 * sum(alone)


def test_what_is_fixed_stays_so_and_does_not_matter_to_the_rest() -> None:
    drawn = draw_tpe(sample, 7, 61, {"layers": 3, "kind": "conv", "steps": 5}, past(60)).values
    assert (drawn["layers"], drawn["kind"], drawn["steps"]) == (3, "conv", 5)
    assert drawn["kernel"] <= 3
    assert len(drawn["merged"]) <= 3


def test_the_past_may_come_from_another_space() -> None:
    """Values that lie outside today's, of other kinds, or of names that are gone or new, are left out."""
    odd = [
        Past({**each.values, "kernel": 10**6, "kind": "gone", "lr": "fast", "gone": 1}, each.loss)
        for each in past(20)
    ]
    wrong = [Past({"layers": "many", "merged": 7}, 0.0), Past({}, 0.0), Past({"width": None})]
    assert draw_tpe(sample, 7, 99, {}, [*odd, *wrong]).values.keys() >= {"lr", "layers", "merged"}


def test_a_space_that_raises_over_old_values_has_no_past() -> None:
    def strict(s: Draw) -> None:
        {"a": 1, "b": 2}[s.choice("kind", ["a", "b"])]
        s.float("x", 0, 1)

    old = [Past({"kind": "c", "x": 0.9}, 0.0)] * 20
    assert 0 <= draw_tpe(strict, 7, 1, {}, old).values["x"] <= 1


def test_extreme_ranges_can_be_drawn_from() -> None:
    def extreme(s: Draw) -> None:
        s.int("whole", -(10**300), 10**300)
        s.int("log", 1, 2**70, log=True)
        s.float("wide", -1e300, 1e300)
        s.float("low", 1e-300, 1e300, log=True)
        s.int("one", 5, 5)
        s.float("point", 0.1, 0.1)
        s.choice("only", ["x"])
        s.subset("none", [], size=0)
        s.float("steps", 0, 1, step=2.0**-50)

    draws = [draw_run(extreme, 7, number) for number in range(30)]
    pasts = [Past(draw.values, number / 7 if number % 3 else None) for number, draw in enumerate(draws)]
    for number in range(100, 130):
        draw = draw_tpe(extreme, 7, number, {}, pasts)
        for name, domain in draw.domains.items():
            if not domain.items and name != "none":
                assert domain.low <= draw.values[name] <= domain.high


def test_the_same_past_gives_the_same_draw_in_every_process() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_tpe import past, sample, draw_tpe\n"
        "print(draw_tpe(sample, 7, 41, {}, past(40)).values)\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script, Path(__file__).parent],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert told == {f"{draw_tpe(sample, 7, 41, {}, past(40)).values}\n"}


def test_runs_with_one_past_draw_differently() -> None:
    drawn = [draw_tpe(sample, 7, number, {}, past(40)).values for number in (41, 42)]
    assert drawn[0] != drawn[1]


def test_of_a_long_past_the_best_and_the_newest_are_told(monkeypatch) -> None:
    monkeypatch.setattr(tpe, "_RECENT", 4)
    monkeypatch.setattr(tpe, "_GOOD", 2)
    losses = [0.1, 5.0, 0.2, 7.0, 8.0, None, 9.0, 6.0, None]
    told = tpe._of_use([Past({}, loss) for loss in losses])
    assert [each.loss for each in told] == [0.1, 0.2, 7.0, 8.0, None, 9.0, 6.0, None]


def test_of_many_crashes_only_so_many_are_told_that_none_counts_as_good() -> None:
    told = tpe._of_use([Past({})] * 50 + [Past({}, 1.0)] * 2 + [Past({}, is_live=True)])
    assert (sum(each.is_crash for each in told), len(told)) == (18, 21)


def test_nothing_is_printed_and_optuna_speaks_as_before(capfd) -> None:
    import optuna

    verbosity = optuna.logging.get_verbosity()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_tpe(sample, 7, 41, {}, past(40))
    assert optuna.logging.get_verbosity() == verbosity
    assert capfd.readouterr() == ("", "")


def test_without_optuna_one_sentence_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(tpe, "find_spec", lambda _: None)
    with pytest.raises(tpe.NoOptunaError, match=r"it is not installed: pip install 'hpq\[tpe\]'"):
        tpe.check_optuna()
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(tpe.NoOptunaError, match="its import fails"):
        tpe.import_optuna()
