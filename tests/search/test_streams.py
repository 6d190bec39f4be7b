"""Random numbers: uniform, and a function of their four arguments."""

import itertools

from scipy import stats

from hpq.search.streams import run_seed, uniform


def test_numbers_are_uniform_along_each_argument() -> None:
    for argument in range(4):
        drawn = []
        for count in range(2000):
            arguments = [7, 7, "x", 7]
            arguments[argument] = f"x{count}" if argument == 2 else count
            drawn.append(uniform(*arguments))
        assert stats.kstest(drawn, "uniform").pvalue > 0.01


def test_no_two_arguments_can_be_taken_for_one_another() -> None:
    arguments = itertools.product([1, 11, -1], [1, 11], ["1", "11", "a", "a.b"], [1, 11])
    drawn = [uniform(*each) for each in arguments]
    assert len(set(drawn)) == len(drawn)


def test_numbers_are_the_same_for_ever() -> None:
    assert uniform(7, 1, "lr") == 0.6262865135817264
    assert uniform(7, 1, "lr", 3) == 0.6323900295010928


def test_training_seeds_fit_what_takes_seeds_and_differ_by_run() -> None:
    seeds = {run_seed(0, number) for number in range(1, 2001)}
    assert len(seeds) == 2000
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert run_seed(0, 1) != run_seed(1, 1)
