"""The colours of the picture that are drawn with matplotlib."""

from hpq.queue.states import State

# Told apart by hue and lightness under the common kinds of colour blindness, and by form without any colour.
COLOURS = {
    State.FINISHED: "#1f5fbf",
    State.UNFINISHED: "#f39200",
    State.RUNNING: "#f39200",
    State.CRASHED: "#d1001f",
}
