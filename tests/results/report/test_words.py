"""The sentences of a report: what they say, and that odd names stay harmless in them."""

from typing import Any

import pytest

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.report.markdown import markdown
from hpq.results.report.report import Report, make_report
from hpq.results.report.words import heading, sections

NASTY = "a | <b> [/bold] \x1b[31m\n`$x_1$`"


def runs(count: int, crashed: Any = lambda _: False) -> list[Run]:
    made = []
    for index in range(1, count + 1):
        is_crash = crashed(index)
        state = State.CRASHED if is_crash else State.FINISHED
        loss = None if is_crash else 1.0 + (index * 37 % 101) / 100
        params = {"depth": index, NASTY: index * 7 % count}
        why = "out of memory" if is_crash else ""
        made.append(Run(f"x-{index:03d}", "x", index, state, params, loss=loss, best=loss, reason=why))
    return made


def told(report: Report) -> str:
    return "\n".join(sentence for section in sections(report) for sentence in section.sentences)


def test_no_crash_is_told_as_such() -> None:
    assert "No run crashed, of 40 that began." in told(make_report(runs(40)))


def test_nothing_but_crashes_is_told_as_such() -> None:
    report = make_report(runs(40, lambda _: True))
    assert "All 40 runs crashed, so there is nothing to compare them with" in told(report)
    assert "no run finished" in told(report).lower() or "0 runs finished" in told(report)


def test_one_crash_is_too_few() -> None:
    assert "1 of 40 (2 %) crashed, which is too few to compare" in told(
        make_report(runs(40, lambda i: i == 3))
    )


def test_no_runs_at_all_are_told_as_such() -> None:
    assert "There is nothing to compare yet" in told(make_report([]))


def test_what_is_not_flagged_is_never_called_even() -> None:
    text = told(make_report(runs(100, lambda index: index * 61 % 97 < 40)))
    assert "no hyperparameter tells which" in text
    assert "That does not make them even: what 100 runs show in four of five such searches" in text


def test_with_very_few_runs_no_slope_is_promised() -> None:
    text = told(make_report(runs(14, lambda index: index % 3 == 0)))
    assert "even a share that climbs along a hyperparameter from 0 % to 57 % may stay unseen" in text


def test_a_part_without_any_loss_is_called_not_searched() -> None:
    text = told(make_report(runs(100, lambda index: index > 70)))
    assert "depth: with 71 and more, 30 of 30 (100 %) crashed, elsewhere 0 of 70 (0 %)" in text
    assert "this part, 30 % of the draws, was not searched at all" in text


def test_unfinished_runs_are_told_to_be_left_out_of_the_losses() -> None:
    made = [run._replace(state=State.UNFINISHED) if run.number > 60 else run for run in runs(100)]
    text = told(make_report(made))
    assert "Left out are 40 unfinished runs" in text
    assert "Runs that did not finish bunch along depth, and those that survive mislead" in text
    assert "Left out is 1 unfinished run: what it would" in told(make_report([*made[:60], made[-1]]))


def test_draws_of_tpe_make_p_values_hints() -> None:
    made = runs(40, lambda index: index % 4 == 0)
    report = make_report(made, ["random"] * 10 + ["tpe"] * 30)
    assert told(report).count("30 draws are TPE's") == 2
    assert "TPE" not in told(make_report(made, ["random"] * 40))


def test_the_heading_counts_draws_and_names_the_best() -> None:
    made = runs(40, lambda index: index == 3)
    replicate = made[0]._replace(id="x-041", number=41, replicates="x-001")
    text = heading(make_report([*made, replicate]))
    best = min((run for run in made if run.best), key=lambda run: run.best or 0.0)
    assert text.startswith("x: 40 runs (39 finished, 1 crashed); 1 replicate besides; the lowest loss is ")
    assert text.endswith(f"of {best.id}")


@pytest.mark.parametrize("name", [NASTY, "depth"])
def test_names_stay_harmless_in_text_and_markdown(name: str) -> None:
    made = [run._replace(drawn={name: run.number}) for run in runs(100, lambda index: index > 70)]
    report = make_report(made)
    text, written = told(report), markdown(report, "picture.png")
    assert "\x1b" not in text + written
    assert all("\n" not in sentence for section in sections(report) for sentence in section.sentences)
    assert "<b>" not in written.replace("\\<b\\>", "")
    assert "](picture.png)" in written


def with_params(count: int, params: Any, crashed: Any = lambda _: False) -> list[Run]:
    return [run._replace(drawn=params(run.number)) for run in runs(count, crashed)]


def test_two_crashes_of_many_runs_are_not_none_in_percent() -> None:
    assert "2 of 1,000 (below 1 %) crashed" in told(make_report(runs(1000, lambda i: i in (300, 700))))
    assert "998 of 1,000 (above 99 %) crashed" in told(make_report(runs(1000, lambda i: i % 500)))


def test_all_but_one_that_crashed_leave_too_few() -> None:
    text = told(make_report(runs(40, lambda i: i != 3)))
    assert "39 of 40 (98 %) crashed, which leaves too few to compare them with" in text


def test_the_only_run_that_crashed_is_told_as_such() -> None:
    assert told(make_report(runs(1, lambda _: True))).startswith("The only run crashed")


@pytest.mark.parametrize("params", [{}, {"depth": 3}])
def test_where_no_hyperparameter_varies_that_is_what_lacks(params: dict[str, Any]) -> None:
    text = told(make_report(with_params(60, lambda _: params, lambda i: i % 3 == 0)))
    assert "20 of 60 (33 %) crashed, and no hyperparameter has different values often enough" in text
    assert "40 runs finished, and no hyperparameter has different values often enough among them" in text


def test_one_and_one_point_zero_do_not_vary() -> None:
    report = make_report(with_params(60, lambda i: {"depth": 1 if i % 2 else 1.0}, lambda i: i % 3 == 0))
    assert (report.crashes.tried, report.directions.tried) == (0, 0)


def test_one_hyperparameter_is_one() -> None:
    text = told(make_report(with_params(60, lambda i: {"depth": i * 31 % 60}, lambda i: i % 3 == 0)))
    assert "chi-squared for categories, of 1 hyperparameter;" in text
    assert "depends on none of 1 hyperparameter as far" in text


def test_no_slope_is_promised_that_the_share_of_crashes_has_no_room_for() -> None:
    few = told(make_report(runs(100, lambda index: index % 10 == 0)))
    assert "a share that climbs along a hyperparameter from 0 % to 20 % may stay unseen" in few
    most = told(make_report(runs(100, lambda index: index % 10)))
    assert "a share that climbs along a hyperparameter from 80 % to 100 % may stay unseen" in most


def test_equal_losses_are_told_as_such() -> None:
    text = told(make_report([run._replace(best=1.0) for run in runs(60)]))
    assert "No direction: all 60 runs that finished have the same loss." in text
    assert "of the variance" not in text


def test_a_share_is_of_the_draws_that_have_the_hyperparameter() -> None:
    made = with_params(120, lambda i: {"depth": i} if i % 2 else {"size": 1}, lambda i: i % 2 and i > 80)
    assert "this part, 33 % of the draws that have it, was not searched at all" in told(make_report(made))


def test_many_categories_are_counted_and_not_listed() -> None:
    params = {number: {"word": f"word{number % 100}" if number % 2 else "usual"} for number in range(201)}
    made = with_params(200, params.get, lambda i: i % 2)
    assert "word: with word1 or word3 or word5 or word7 or word9 or 45 others, 100 of 100" in told(
        make_report(made)
    )
    long = told(make_report(with_params(60, lambda i: {"word": "xy"[i % 2] * 1000}, lambda i: i % 2)))
    assert len(long) < 3000


def test_a_cause_that_bunches_is_told_once() -> None:
    made = [
        run._replace(reason="boom" if run.number > 100 else "out of memory") if run.reason else run
        for run in runs(200, lambda index: index % 2)
    ]
    sentences = told(make_report(made)).splitlines()
    assert sum("crashed by out of memory" in sentence for sentence in sentences) == 1
    assert len(set(sentences)) == len(sentences)


def test_a_pair_of_coarse_values_is_told_with_the_runs_where_it_is_lowest() -> None:
    made = with_params(200, lambda i: {"a": int(i % 5 == 0), "b": int(i % 3 == 0)})
    made = [
        run._replace(state=State.CRASHED, best=None) if sum(run.params.values()) * 2 > run.number % 4 else run
        for run in made
    ]
    (pair,) = make_report(made).crashes.pairs
    assert pair.lowest.runs > 0
    assert pair.highest.runs > 0
    assert pair.highest.share > pair.lowest.share


def test_replicates_alone_are_no_draws() -> None:
    replicates = [run._replace(replicates=f"y-{run.number}") for run in runs(2)]
    assert heading(make_report(replicates)) == "x: no draws; 2 replicates besides"
    assert heading(make_report([])) == "No search: no draws"


@pytest.mark.parametrize("name", ["- depth", "+ depth", "1. depth", "&lt;"])
def test_names_make_no_lists_and_no_entities_in_markdown(name: str) -> None:
    report = make_report(with_params(100, lambda i: {name: i}, lambda i: i > 70))
    special = next(char for char in name if char in "-+.&")
    assert f"\n- {name.replace(special, chr(92) + special)}: with" in markdown(report, None)


def test_a_picture_of_any_name_stands_in_markdown() -> None:
    assert "](a%29%3E%0A%FF.png)" in markdown(make_report(runs(9)), "a)>\n\udcff.png")
