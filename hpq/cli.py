"""The command line: parse, call, print. Errors are one sentence on stderr, and never a traceback."""

import argparse
import os
import signal
import sys
from collections.abc import Container, Sequence
from importlib import import_module
from typing import Any, NoReturn

from hpq import __version__
from hpq.commands.values import whole
from hpq.errors import HpqError, UsageError

COMMANDS = {
    "enqueue": "sample runs and queue them",
    "run": "train what waits, on GPUs or CPU",
    "status": "say how the searches stand",
    "ls": "list runs",
    "show": "show a run: parameters, losses, attempts",
    "logs": "print what a run printed",
    "cancel": "take runs back, or stop them",
    "requeue": "queue runs that ended once more",
    "replicate": "queue finished runs again with other seeds, to see what was luck",
    "pause": "let runners take nothing new",
    "resume": "let runners take runs again",
    "wait": "wait until runs ended",
    "tui": "watch runs and plots in the terminal",
    "plot": "draw the picture",
    "report": "say what the picture shows: crashes that bunch, a direction, luck",
    "sample": "fill in pictures with a trained run",
    "eval": "compare a trained run with fills that need no network",
    "demo": "a small search from end to end",
    "completion": "print completion for a shell",
}
EXIT_FAILED = 1
EXIT_CALLED_WRONGLY = 2


class Parser(argparse.ArgumentParser):
    """argparse with our form of errors, and with help formatted by rich only when it is shown."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self.register("type", int, whole)  # whose error speaks of no `int`

    def format_help(self) -> str:
        from rich_argparse import RawDescriptionRichHelpFormatter  # imports rich: for help alone

        self.formatter_class = RawDescriptionRichHelpFormatter
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see `{self.prog} --help`)")


def build_parser(only: Container[str] = COMMANDS) -> Parser:
    """Return the parser of all commands; those that are not in `only` have no options.

    Each command's module is imported for its options, so a call pays for one.
    """
    parser = Parser(prog="hpq", description="Random hyperparameter search on one multi-GPU workstation.")
    parser.add_argument("--version", action="version", version=f"hpq {__version__}")
    _add_root(parser, default=None)
    commands = parser.add_subparsers(prog="hpq", dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name in only:
            _add_root(command, default=argparse.SUPPRESS)  # so that one before the command stays
            import_module(f"hpq.commands.{name}").add_arguments(command)
    return parser


def _add_root(parser: argparse.ArgumentParser, default: str | None) -> None:
    told = "the folder of everything (default: HPQ_ROOT, or runs)"
    parser.add_argument("--root", metavar="DIR", default=default, help=told)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0, 1 when it failed, 2 when it was called wrongly."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.exit(_call(words))
    except UsageError as error:
        _fail(error, EXIT_CALLED_WRONGLY)
    except HpqError as error:
        _fail(error, EXIT_FAILED)
    except BrokenPipeError:  # as when `hpq ls | head` has seen enough
        _leave_stdout()
        sys.exit(128 + signal.SIGPIPE)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except OSError as error:
        where = f"{str(error.filename)!r}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}", EXIT_FAILED)


def _call(words: list[str]) -> int:
    parser = build_parser(only=words)
    options, unknown = parser.parse_known_args(words)
    if unknown:
        command = f"hpq {options.command or ''}".rstrip()
        raise UsageError(f"unrecognized arguments: {' '.join(unknown)} (see `{command} --help`)")
    if options.command is None:
        parser.print_help()
        return 0
    code = import_module(f"hpq.commands.{options.command}").main(options)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:  # the terminal is gone, and what was done is done
        _leave_stdout()
    return int(code or 0)


def _leave_stdout() -> None:
    """Send what is still to be written nowhere: Python would complain when it cannot flush at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _fail(error: object, code: int) -> NoReturn:
    print(f"hpq: {error}", file=sys.stderr)
    sys.exit(code)
