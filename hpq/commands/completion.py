"""`hpq completion`: a script that completes hpq's words in a shell."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=["bash", "zsh", "tcsh"], help="the shell to complete in")


def main(options: argparse.Namespace) -> int:
    import shtab  # needed by no other command

    from hpq.cli import build_parser

    print(shtab.complete(build_parser(), options.shell))
    return 0
