"""What is said of leaders: their gap, their replicates, and how far those differ."""

import pytest

from hpq.results.report.leaders import Leader, Luck
from hpq.results.report.luck_words import luck_sentences
from hpq.results.report.repeats import Judgement, Noise, Repeats

AHEAD = Luck(100, True, 1, 0.01, 1, 0.6, (Leader("x-7", 0.01, 100, 0.2, -0.4),))


def judgement(losses: tuple[float, ...] = (0.3, 0.5), failed: int = 0, p: float | None = 0.2) -> Judgement:
    return Judgement(Repeats("x-7", 0.2, losses, failed), sum(losses) / len(losses), 0.6, p)


def told(luck: Luck) -> str:
    return "\n".join(luck_sentences(luck))


def test_a_leader_is_named_with_its_gap_and_how_to_repeat_it() -> None:
    first, gap, advice = luck_sentences(AHEAD)
    assert first == "x-7 is ahead: the lowest loss of the others is 0.6."
    assert gap == (
        "A gap behind the lowest loss cuts it off from the pack (normalised spacings, n = 100, p = 0.01)."
    )
    assert "`hpq replicate x-7 -n 2`" in advice


def test_what_chance_makes_is_told_of_several_as_of_one() -> None:
    text = told(Luck(100, True, 0, 0.3, 3))
    assert "the clearest gap is behind the 3 lowest losses, and chance makes such gaps" in text


def test_replicates_are_told_where_runs_are_too_few_for_a_gap() -> None:
    text = told(Luck(12, rival=0.6, judged=(judgement(),), noise=Noise(0.1, 4, 3)))
    assert text.startswith("By their losses alone that cannot be told: 12 runs finished, which is too few.")
    assert (
        "trained 2 times more with other seeds its mean is 0.4, beside 0.6, the lowest of the others" in text
    )
    assert "not ahead (Student's t, n = 2, p = 0.2)." in text


def test_one_replicate_and_those_that_failed_are_told() -> None:
    text = told(Luck(12, judged=(judgement((0.4,), failed=2, p=None),)))
    assert "trained once more with other seeds its mean is 0.4; 2 more did not finish" in text
    assert text.endswith("too few replicates to tell.")


def test_replicates_of_which_none_finished_are_told() -> None:
    text = told(Luck(100, True, 1, 0.01, 1, 0.6, AHEAD.leaders, lost=(Repeats("x-7", 0.2, (), 1),)))
    assert "x-7 had 0.2; of 1 replicate of it none finished." in text
    assert "hpq replicate" not in text


@pytest.mark.parametrize(
    ("deviation", "is_log", "size"),
    [
        (0.5, True, "a factor of 1.65"),
        (0.012, True, "1.2 %"),
        (0.0001, True, "0.01 %"),
        (0.5, False, "0.5"),
        (300.0, True, "a factor of 1.94e130"),
    ],
)
def test_noise_is_told_in_units_of_the_loss(deviation: float, is_log: bool, size: str) -> None:
    text = told(Luck(100, is_log, 0, 0.3, 1, noise=Noise(deviation, 1, 1)))
    assert f"differ by {size}, a standard deviation (1 run repeated, 1 degree of freedom)." in text


def test_replicates_that_do_not_differ_are_told_to_tell_nothing() -> None:
    text = told(Luck(100, judged=(judgement(p=None),), noise=Noise(0.0, 4, 3)))
    assert "the lowest of the others: replicates that do not differ tell nothing." in text
    assert "have the very same loss (3 runs repeated, 4 degrees of freedom)" in text
