"""`hpq eval RUN`: how well a run's network fills in the centre of pictures, beside what needs no network."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from hpq.commands.arguments import add_json, read_selection
from hpq.commands.best import as_trained, best_attempt
from hpq.errors import HpqError
from hpq.queue.runs import Run

if TYPE_CHECKING:
    from hpq.model.data import Data
    from hpq.model.evaluation import Scores
    from hpq.model.trained import Trained


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="ids (blog-017) or ranges (blog-3..5)")
    parser.add_argument("--device", choices=["cpu", "cuda"], help="default: a GPU if there is one")
    parser.set_defaults(state=[])
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    paths, reader, runs = read_selection(options)
    attempts = [best_attempt(paths, reader, run) for run in runs]  # first what needs no torch
    from hpq.model.data import load_data
    from hpq.model.evaluation import score_baselines, score_network
    from hpq.model.trained import choose_device, load_trained

    device = choose_device(options.device)
    baselines: dict[tuple[object, ...], dict[str, Scores]] = {}  # by the pictures that they are of
    told = []
    for run, attempt in zip(runs, attempts, strict=True):
        trained = load_trained(run.params, attempt.folder, device)
        with as_trained(paths, run, reader.header(run)) as (cache, seed):
            data = load_data(replace(trained.options, validation_examples=0), cache, seed)
        if data.vocabulary.words != trained.vocabulary.words:
            raise HpqError(
                f"the captions of {trained.options.data!r} have changed since {run.id} learned them"
            )
        pictures = trained.options.pictures
        if pictures not in baselines:
            baselines[pictures] = score_baselines(data.training.pictures, data.validation.pictures)
        scores = score_network(trained.network, data.validation)
        if options.json:
            told.append(_as_json(run, trained, data, scores, baselines[pictures]))
        else:
            _print(run, trained, data, scores, baselines[pictures])
    if options.json:
        print(json.dumps(told[0] if len(told) == 1 else told))
    return 0


def _as_json(
    run: Run, trained: "Trained", data: "Data", scores: "Scores", baselines: Mapping[str, "Scores"]
) -> dict[str, object]:
    return {
        "id": run.id,
        "step": trained.step,
        "loss": trained.loss,
        "data": trained.options.data,
        "size": trained.options.size,
        "training_pictures": len(data.training),
        "pictures": len(data.validation),
        "scores": asdict(scores),
        "baselines": {name: asdict(each) for name, each in baselines.items()},
    }


def _print(
    run: Run, trained: "Trained", data: "Data", scores: "Scores", baselines: Mapping[str, "Scores"]
) -> None:
    """Print a table, best first, and in words how far the run is ahead of what needs no network."""
    from rich.text import Text

    from hpq.results.plain import number_text, plain
    from hpq.results.text import print_tables, scores_table

    half = trained.options.size // 2
    name = f"{run.id}, step {trained.step:,}"
    rows = sorted([(name, scores), *baselines.items()], key=lambda row: row[1].squared_error)
    best, theirs = min(baselines.items(), key=lambda row: row[1].squared_error)
    gain = 1 - scores.squared_error / theirs.squared_error
    print_tables(
        Text(
            f"The central {half}×{half} of {len(data.validation):,} pictures of "
            f"{plain(trained.options.data)}, with {len(data.training):,} to learn from. "
            "Errors are of values in 0 … 1, entropies in nats."
        ),
        scores_table([(label, list(asdict(each).values())) for label, each in rows], mark=name),
        Text(
            f"{run.id} has {abs(gain):.1%} {'less' if gain > 0 else 'more'} squared error than "
            f"the best of the others, {best}; its validation loss was {number_text(trained.loss)}."
        ),
    )
