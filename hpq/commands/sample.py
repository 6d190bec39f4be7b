"""`hpq sample RUN`: fill in pictures with the network that a run trained."""

import argparse
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hpq.commands.arguments import add_json, read_selection
from hpq.commands.best import as_trained, best_attempt
from hpq.commands.values import box, count, positive, temperature
from hpq.errors import HpqError, UsageError
from hpq.queue.files import write_whole
from hpq.queue.outputs import SHEET, sample_numbers
from hpq.queue.paths import AttemptPaths

if TYPE_CHECKING:
    from hpq.model.filling import Filled, Way
    from hpq.model.subjects import Subject
    from hpq.model.trained import Trained
    from hpq.queue.paths import RootPaths
    from hpq.queue.runs import Run

STRATEGIES = ("gibbs", "orderless", "greedy", "antigreedy")  # as the model has them, which imports torch
MASKS = ("contiguish", "orderless", "square", "centre")
_COUNT = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs=1, metavar="RUN", help="the run's id, such as blog-017")
    parser.add_argument(
        "--strategy", choices=STRATEGIES, default="gibbs", help="how values are drawn (default: gibbs)"
    )
    parser.add_argument(
        "--steps", type=positive, default=100, metavar="N", help="passes through the network (default: 100)"
    )
    parser.add_argument(
        "--temperature",
        type=temperature,
        default=0.5,
        metavar="T",
        help="1 as the network says, 0 always the likeliest (default: 0.5)",
    )
    parser.add_argument(
        "--seed", type=count, default=0, metavar="S", help="another gives other samples (default: 0)"
    )
    parser.add_argument(
        "--count", type=positive, metavar="N", help=f"pictures of the validation set (default: {_COUNT})"
    )
    parser.add_argument(
        "--mask", choices=MASKS, help="what is hidden of them (default: as the run was trained)"
    )
    parser.add_argument("--image", type=Path, metavar="FILE", help="a picture of your own instead")
    parser.add_argument("--box", type=box, metavar="X,Y,W,H", help="what of it to fill in, in its pixels")
    parser.add_argument("--caption", metavar="TEXT", help="what it shows (default: nothing is said)")
    parser.add_argument("--device", choices=["cpu", "cuda"], help="default: a GPU if there is one")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="folder (default: a new one in the run's own)"
    )
    parser.set_defaults(state=[])
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    _check(options)
    paths, reader, runs = read_selection(options)
    if len(runs) != 1:
        raise UsageError(f"{options.runs[0]!r} names {len(runs)} runs, and pictures are filled in by one")
    (run,) = runs
    attempt = best_attempt(paths, reader, run)
    _check_writable(options.output or attempt.samples)  # before minutes are spent

    from hpq.model.filling import Way
    from hpq.model.trained import choose_device, load_trained

    trained = load_trained(run.params, attempt.folder, choose_device(options.device))
    subject = _subject(options, trained, paths, run, reader.header(run))
    way = Way(options.strategy, options.steps, options.temperature, options.seed)
    filled = _fill_in(trained, subject, way)
    files = _files(subject, filled, _foot(run, trained, way))
    folder = _write(files, attempt, options.output)
    if options.json:
        listed = [str(folder / name) for name in files]
        told = {"run": run.id, "step": trained.step, "loss": trained.loss, "folder": str(folder)}
        print(json.dumps({**told, "sheet": str(folder / SHEET), "files": listed}))
    else:
        print(folder, folder / SHEET, sep="\n")
    return 0


def _check(options: argparse.Namespace) -> None:
    if options.image is None:
        for name in ("box", "caption"):
            if getattr(options, name) is not None:
                raise UsageError(f"--{name} is of a picture of your own: name it with --image")
        return
    if options.box is None:
        raise UsageError("say with --box what of the picture to fill in: x,y,width,height in its pixels")
    for name in ("mask", "count"):
        if getattr(options, name) is not None:
            raise UsageError(f"--image and --{name} exclude each other: one picture is filled in, in its box")


def _check_writable(folder: Path) -> None:
    """Raise HpqError where a folder is none or can be neither written to nor made."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise HpqError(f"{str(there)!r} is no folder to write pictures to: name another with -o")
    if not os.access(there, os.W_OK | os.X_OK):
        raise HpqError(f"{str(there)!r} may not be written to: name another folder with -o")


def _subject(
    options: argparse.Namespace, trained: "Trained", paths: "RootPaths", run: "Run", header: dict[str, object]
) -> "Subject":
    from hpq.model.crops import Box
    from hpq.model.subjects import own_picture, unknown_words, validation_pictures
    from hpq.results.plain import plain

    if options.image is None:
        with as_trained(paths, run, header) as (cache, seed):
            return validation_pictures(trained, cache, seed, options.count or _COUNT, options.mask)
    caption = options.caption or ""
    subject = own_picture(trained, options.image, Box(*options.box), caption)
    if unknown := unknown_words(trained, caption):
        words = ", ".join(map(plain, unknown))
        print(f"hpq: {run.id} never learned these words and cannot tell them apart: {words}", file=sys.stderr)
    return subject


def _fill_in(trained: "Trained", subject: "Subject", way: "Way") -> "Filled":
    from hpq.model.filling import count_passes, fill_in

    try:
        with _progress(count_passes(subject.batch, way)) as passed:
            return fill_in(trained, subject.pixels, subject.batch, way, passed)
    except (MemoryError, RuntimeError) as error:  # what torch raises of a device
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise HpqError(
            f"the network could not be run ({reason}): try a smaller --count, or another --device"
        ) from None


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal; call what is given after each pass."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("filling in", total=total)
        yield lambda: bar.advance(task)


def _foot(run: "Run", trained: "Trained", way: "Way") -> str:
    from hpq.results.plain import number_text

    return (
        f"{run.id} · step {trained.step:,} · validation loss {number_text(trained.loss)} · {way.strategy} · "
        f"{way.steps} passes · temperature {number_text(way.temperature)} · seed {way.seed}"
    )


def _files(subject: "Subject", filled: "Filled", foot: str) -> dict[str, bytes]:
    """Return what is written, by name; the sheet is the last."""
    from hpq.model.pixels import hide
    from hpq.model.sheets import Row, animation, png, sheet

    masked = hide(subject.pixels, subject.batch.mask)
    files: dict[str, bytes] = {}
    pictures = zip(subject.pixels, masked, filled.samples[0], strict=True)
    for number, kinds in enumerate(pictures, start=1):
        for kind, picture in zip(("original", "masked", "filled"), kinds, strict=True):
            files[f"{number}-{kind}.png"] = png(picture)
    if subject.crop is not None:
        files["full.png"] = png(subject.crop.paste(filled.samples[0][0]))
    if filled.process:
        files["gibbs.gif"] = animation(filled.process)
    heads = ("original", "masked", *["sample"] * len(filled.samples), "mean prediction")
    columns = (subject.pixels, masked, *filled.samples, filled.means)
    rows = [Row(*told) for told in zip(zip(*columns, strict=True), subject.captions, strict=True)]
    return {**files, SHEET: png(sheet(heads, rows, foot))}


def _write(files: dict[str, bytes], attempt: AttemptPaths, output: Path | None) -> Path:
    """Write files to a folder, by default to a new one, which is there with all of them or not at all."""
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        _write_all(files, output)
        return output
    folder = _new_folder(attempt)
    try:
        _write_all(files, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _write_all(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        write_whole(folder / name, data)


def _new_folder(attempt: AttemptPaths) -> Path:
    attempt.samples.mkdir(exist_ok=True)
    number = max(sample_numbers(attempt), default=0)
    while True:
        number += 1
        with contextlib.suppress(FileExistsError):  # another one was faster
            folder = attempt.samples / str(number)
            folder.mkdir()
            return folder
