"""`hpq report`: what the picture says, in words and numbers."""

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hpq.commands.arguments import add_json, add_selection, need_passing, read_selection
from hpq.commands.plot import draw_picture
from hpq.errors import HpqError, UsageError
from hpq.queue.files import write_whole
from hpq.queue.reader import Reader
from hpq.queue.runs import Run

if TYPE_CHECKING:
    from hpq.results.report.report import Report

_WIDEST = 100  # characters of a line, beyond which eyes lose it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE.md", help="write Markdown, and the picture beside it"
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    from hpq.results.report.report import make_report  # imports scipy

    if options.output:
        _check_path(options.output)
    _, reader, runs = read_selection(options)
    need_passing(runs, options)
    _check_searches(runs, options)
    report = make_report(runs, [_sampler(reader, run) for run in runs if not run.replicates])
    if options.output:
        _write(report, runs, options.output)
    if options.json:
        from hpq.results.report.as_json import report_as_json

        print(json.dumps(report_as_json(report)))
    elif options.output:
        print(options.output)
    else:
        from hpq.results.lines import print_lines

        print_lines(_lines(report))
    return 0


def _check_path(path: Path) -> None:
    """Raise HpqError when no report can be written to a path, before work is spent on it."""
    if path.suffix.lower() != ".md":
        raise UsageError(f"a report's name ends in .md, and {str(path)!r} does not")
    if not path.parent.is_dir():
        raise HpqError(f"there is no folder {str(path.parent)!r} to put the report in")
    if path.is_dir():
        raise HpqError(f"{str(path)!r} is a folder, and the report needs the name of a file")


def _check_searches(runs: list[Run], options: argparse.Namespace) -> None:
    """Raise UsageError for several searches that nobody named: their spaces may have nothing in common."""
    names = sorted({run.search for run in runs})
    if len(names) > 1 and not options.runs:
        raise UsageError(
            f"there are {len(names)} searches, {', '.join(names)}: say which to report on, such as "
            f"`hpq report {names[0]}`, or name several that draw from one space"
        )


def _sampler(reader: Reader, run: Run) -> str:
    return str(reader.header(run).get("sampler", ""))


def _write(report: "Report", runs: list[Run], path: Path) -> None:
    """Write Markdown to a path and the picture beside it; the text that names the picture comes last."""
    from hpq.results.picture.panels import DRAWN
    from hpq.results.report.markdown import markdown

    picture = path.with_suffix(".png") if any(state in report.counts for state in DRAWN) else None
    if picture:
        draw_picture(runs, picture)
    text = markdown(report, picture.name if picture else None)
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise HpqError(f"the report cannot be written to {str(path)!r}: {error.strerror}") from error


def _lines(report: "Report") -> Iterator[str]:
    """Yield the report for a terminal, wrapped where stdout is one."""
    from hpq.results.lines import can_show_colours, styled
    from hpq.results.report.words import heading, sections

    style = "bold" if can_show_colours() else ""
    yield from _wrapped(heading(report))
    for section in sections(report):
        first, *others = section.sentences
        yield ""
        yield styled(section.title, style)
        yield from _wrapped(first, "  ")
        for sentence in others:
            yield from _wrapped(sentence, "  - ")


def _wrapped(text: str, begin: str = "") -> list[str]:
    if not sys.stdout.isatty():
        return [begin + text]
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    return textwrap.wrap(
        text, max(width, 20), initial_indent=begin, subsequent_indent=" " * len(begin), break_on_hyphens=False
    )
