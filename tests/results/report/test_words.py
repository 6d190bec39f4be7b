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
    assert "even a share that climbs from 0 to 100 % along a hyperparameter may stay unseen" in text


def test_a_part_without_any_loss_is_called_not_searched() -> None:
    text = told(make_report(runs(100, lambda index: index > 70)))
    assert "depth: at 71 and more 30 of 30 (100 %) crashed, elsewhere 0 of 70 (0 %)" in text
    assert "this part, 30 % of the draws, was not searched at all" in text


def test_unfinished_runs_are_told_to_be_left_out_of_the_losses() -> None:
    made = [run._replace(state=State.UNFINISHED) if run.number > 60 else run for run in runs(100)]
    text = told(make_report(made))
    assert "Left out are 40 unfinished runs" in text
    assert "Runs that did not finish bunch along depth, and those that survive mislead" in text
    assert "Left out is 1 unfinished run: what it would" in told(make_report([*made[:60], made[-1]]))


def test_draws_of_tpe_make_p_values_hints() -> None:
    made = runs(40)
    report = make_report(made, ["random"] * 10 + ["tpe"] * 30)
    assert "Of the draws 30 are TPE's" in told(report)
    assert "TPE" not in told(make_report(made, ["random"] * 40))


def test_the_heading_counts_draws_and_names_the_best() -> None:
    made = runs(40, lambda index: index == 3)
    replicate = made[0]._replace(id="x-041", number=41, replicates="x-001")
    text = heading(make_report([*made, replicate]))
    best = min((run for run in made if run.best), key=lambda run: run.best or 0.0)
    assert text.startswith("x: 40 runs (39 finished, 1 crashed); 1 replicates besides; the lowest loss is ")
    assert text.endswith(f"of {best.id}")


@pytest.mark.parametrize("name", [NASTY, "depth"])
def test_names_stay_harmless_in_text_and_markdown(name: str) -> None:
    made = [run._replace(drawn={name: run.number}) for run in runs(100, lambda index: index > 70)]
    report = make_report(made)
    text, written = told(report), markdown(report, "picture.png")
    assert "\x1b" not in text + written
    assert all("\n" not in sentence for section in sections(report) for sentence in section.sentences)
    assert "<b>" not in written.replace("\\<b\\>", "")
    assert "](<picture.png>)" in written
