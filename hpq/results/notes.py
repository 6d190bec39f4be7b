"""What a picture says below its legend of what else is drawn."""

from hpq.results.panels import Picture


def notes(picture: Picture) -> str:
    """Return sentences for one paragraph, or an empty text."""
    if picture.share is None:
        return ""
    return (
        "Strips: the share of runs that crashed, with its 95 % interval. "
        f"The line is that of all, {100 * picture.share:.0f} %. Red: more crash here, blue: fewer."
    )
