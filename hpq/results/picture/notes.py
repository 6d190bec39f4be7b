"""What a picture says below its legend of what else is drawn."""

from hpq.results.picture.panels import Picture


def notes(picture: Picture) -> str:
    """Return sentences for one paragraph, or an empty text."""
    told = []
    if picture.share is not None:
        told.append(
            "Strips: the share of runs that crashed, with its 95 % interval. "
            f"The line is that of all, {100 * picture.share:.0f} %. Red: more crash here, blue: fewer."
        )
    if any(panel.name in picture.bunched for panel in picture.panels):
        told.append("Titles with *: crashes bunch along it, more than chance explains.")
    return " ".join(told)
