"""The report as Markdown, for a blog post: the picture, and under each question what it says."""

import os
import re
from urllib.parse import quote

from hpq.results.report.report import Report
from hpq.results.report.words import heading, sections, title

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&]|^[-+]|(?<=^\d)[.)])")  # what Markdown or its HTML would take


def markdown(report: Report, picture: str | None) -> str:
    """Return the report with the picture in a file of that name beside it, where there is one."""
    lines = [f"# {escaped(title(report))}", "", escaped(heading(report)) + "."]
    if picture is not None:
        lines += ["", f"![{_ALT}]({quote(os.fsencode(picture))})"]
    for section in sections(report):
        first, *others = section.sentences
        lines += ["", f"## {section.title}", "", f"**{escaped(first)}**", *_listed(others)]
    return "\n".join(lines) + "\n"


_ALT = "Each hyperparameter against the loss: dots for runs with a loss, red lines for runs that crashed"


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", text)


def _listed(sentences: list[str]) -> list[str]:
    return ["", *(f"- {escaped(sentence)}" for sentence in sentences)] if sentences else []
