"""The scatter plots: every hyperparameter against the loss, the panels that the picture has."""

import textwrap

import numpy as np
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from hpq.results.picture.panel import Panel
from hpq.results.picture.panels import Picture
from hpq.results.plain import number_text, plain, value_text
from hpq.tui import raster
from hpq.tui.frame import UP_LABEL, title, up_labels, x_axis
from hpq.tui.key import colour_key
from hpq.tui.keymap import Scope, bindings
from hpq.tui.messages import RunOpened, RunSelected
from hpq.tui.page import Page, lay_out
from hpq.tui.palette import DARK, Depth, Palette, style
from hpq.tui.panel import DrawnPanel, Inks

_HEAD = 1  # a row above the panels: what is drawn, and which run is selected
_REACH = 6.0  # of a click, in quarters of a cell's height
_MIN_GUTTER = 5
_LEAST_SELECTED = 12  # characters, below which nothing is said of the selected run


class Plots(Widget, can_focus=True):
    """Panels on pages. The caller gives it a picture; it tells which run was selected."""

    BINDINGS = bindings(Scope.PLOTS)
    DEFAULT_CSS = "Plots { width: 1fr; height: 1fr; }"

    def __init__(self, palette: Palette = DARK, depth: Depth = Depth.MANY) -> None:
        super().__init__()
        self._palette, self._depth = palette, depth
        self._inks = Inks(palette, depth)
        self._picture: Picture | None = None
        self._message = ""
        self._note = ""
        self._selected: int | None = None
        self._active = 0  # of the panels of the picture
        self._is_zoomed = False
        self._page: Page | None = None
        self._first = 0  # panel on the page
        self._drawn: list[DrawnPanel] = []
        self._lines: list[Strip] = []
        self._frame_key: object = None

    # What is shown

    def show(self, picture: Picture | str, selected: int | None, note: str = "") -> None:
        """Show a picture, or say why there is none. `selected` is a row of its columns."""
        self._picture, self._message = (None, picture) if isinstance(picture, str) else (picture, "")
        self._selected, self._note = selected, note
        self._draw()

    def select(self, selected: int | None) -> None:
        """Light a run up in every panel."""
        if selected != self._selected:
            self._selected = selected
            self._draw()

    def recolour(self, palette: Palette, depth: Depth) -> None:
        self._palette, self._depth = palette, depth
        self._inks, self._frame_key = Inks(palette, depth), None
        self._draw()

    @property
    def picture(self) -> Picture | None:
        return self._picture

    @property
    def is_zoomed(self) -> bool:
        return self._is_zoomed

    @property
    def panels(self) -> list[Panel]:
        """The panels on the page."""
        if self._picture is None or self._page is None:
            return []
        return list(self._picture.panels[self._first : self._first + self._page.capacity])

    def lines(self) -> list[Strip]:
        """Return what is drawn, line by line."""
        return self._lines

    def render_line(self, y: int) -> Strip:
        width, plain_style = self.size.width, self._plain_style()
        strip = self._lines[y] if y < len(self._lines) else Strip.blank(width, plain_style)
        return strip.adjust_cell_length(width, plain_style)  # drawn for another size until it is drawn anew

    def on_resize(self) -> None:
        self._draw()

    # Drawing

    def _draw(self) -> None:
        width, height = self.size
        if not width or not height:
            return
        if self._picture is None:
            self._frame_key, self._page, self._drawn = None, None, []
            self._lines = self._message_lines(width, height)
            self.refresh()
            return
        self._active = min(self._active, len(self._picture.panels) - 1)
        self._draw_picture(self._picture, width, height)

    def _draw_picture(self, picture: Picture, width: int, height: int) -> None:
        page, first = self._lay_out(picture, width, height - _HEAD)
        shown = picture.panels[first : first + page.capacity]
        key = (
            page,
            first,
            height,
            self.has_focus,
            self._active,
            picture.loss,
            _share_text(picture),
            picture.bunched,
            [(p.name, p.axis, p.up_name, p.up) for p in shown],
        )
        is_same_frame = key == self._frame_key
        if not is_same_frame:
            self._frame_key, self._page, self._first = key, page, first
            self._drawn = [DrawnPanel(page, self._inks) for _ in shown]
        y = np.nan_to_num(picture.loss.fractions(picture.losses))
        changed: set[int] = set()
        for index, (drawn, panel) in enumerate(zip(self._drawn, shown, strict=True)):
            top = _HEAD + index // page.columns * page.block_height + 1
            changed.update(top + row for row in drawn.draw(panel, picture, y, self._selected))
        head = self._head(picture, page, width)
        if not is_same_frame:
            self._lines = [head, *(self._line(row, shown, width) for row in range(height - _HEAD))]
            self.refresh()
            return
        for row in changed:
            self._lines[row] = self._line(row - _HEAD, shown, width)
        if head != self._lines[0]:
            self._lines[0] = head
            changed.add(0)
        if changed:
            self.refresh(*(Region(0, row, width, 1) for row in sorted(changed)))

    def _lay_out(self, picture: Picture, width: int, height: int) -> tuple[Page, int]:
        """Return the page, and the first panel that it shows."""
        up = picture.up(picture.panels[self._active])
        longest = max((min(UP_LABEL, cell_len(label)) for _, label in up.ticks), default=0)
        gutter = max(_MIN_GUTTER, longest + 1)
        has_strip = picture.share is not None
        if self._is_zoomed:
            return lay_out(1, width, height, gutter, has_strip=has_strip), self._active
        page = lay_out(len(picture.panels), width, height, gutter, has_strip=has_strip)
        return page, self._active // page.capacity * page.capacity

    def _line(self, row: int, shown: tuple[Panel, ...], width: int) -> Strip:
        page = self._page
        assert page is not None
        block, within = divmod(row, page.block_height)
        indices = range(block * page.columns, min(len(shown), (block + 1) * page.columns))
        if not indices:
            return Strip.blank(width, self._plain_style())
        segments = [self._gutter(page, within)]
        for index in indices:
            segments += self._block(page, index, shown[index], within)
        length = page.gutter + len(indices) * (page.width + 2)  # known: to count it costs as much as drawing
        return Strip(segments, length).adjust_cell_length(width, self._plain_style())

    def _gutter(self, page: Page, within: int) -> Segment:
        label, row = "", within - 1 - page.strip  # of the plot
        if self._picture and within > 0:
            labels = self._up_labels(self._picture, page)
            label = _share_text(self._picture) if row < 0 else labels.get(row, "")
        return Segment(" " * (page.gutter - cell_len(label)) + label, self._style(self._palette.muted))

    def _up_labels(self, picture: Picture, page: Page) -> dict[int, str]:
        return up_labels(picture.up(picture.panels[self._first]), page.height)

    def _block(self, page: Page, index: int, panel: Panel, within: int) -> list[Segment]:
        """Return one line of one panel, with the axis on its left and the gap on its right."""
        axis_style, gap = self._style(self._palette.axis), Segment(" ", self._plain_style())
        if within == 0:
            return [gap, *self._title(panel, page.width, self._first + index), gap]
        row = within - 1 - page.strip  # of the plot
        if row < page.height:
            assert self._picture is not None
            is_tick = row in self._up_labels(self._picture, page)
            edge = gap if row < 0 else Segment("┤" if is_tick else "│", axis_style)
            return [edge, *self._drawn[index].lines[within - 1], gap]
        line, labels = x_axis(panel.axis, page.width)
        if row == page.height:
            return [Segment("└" + line, axis_style), gap]
        return [gap, Segment(labels, self._style(self._palette.muted)), gap]

    def _title(self, panel: Panel, width: int, index: int) -> list[Segment]:
        """Return a panel's name, with a star where crashes bunch along it."""
        is_active = self.has_focus and index == self._active
        colour = self._palette.accent if is_active else self._palette.foreground
        name = f"{panel.up_name} ↑  {panel.name} →" if panel.up else panel.name
        name = f"▸ {name}" if is_active else name
        bold = style(colour, self._palette.background, bold=True)
        if self._picture is None or panel.name not in self._picture.bunched:
            return [Segment(title(name, width), bold)]
        head, star, tail = title(f"{name} *", width).rpartition("*")
        red = style(self._palette.crashed, self._palette.background, bold=True)
        return [Segment(head, bold), Segment(star, red), Segment(tail, bold)]

    def _head(self, picture: Picture, page: Page, width: int) -> Strip:
        """Return the line above the panels: what is drawn, and the selected run."""
        palette = self._palette
        text = Text(no_wrap=True, style=self._plain_style())
        if not picture.look.pairs:  # where the loss is told with the colours
            text.append(f" {picture.loss_label}", self._style(palette.muted))
        if picture.shades is not None:
            told = colour_key(picture.shades, picture.dots, palette, self._depth)
            text.append("  " if text else " ").append_text(told)
        for note in filter(None, (self._note, picture.panels[self._active].note)):
            text.append(f"  {note}", self._style(palette.accent))
        right = self._selected_text(picture)
        pages = -(-len(picture.panels) // page.capacity)
        if pages > 1 and not self._is_zoomed:
            right += f"  [ {self._first // page.capacity + 1}/{pages} ]"
        room = width - text.cell_len - 2
        if len(right) > room:
            right = plain(right, room) if room > _LEAST_SELECTED else ""
        text.append(" " * max(1, width - text.cell_len - len(right) - 1))
        text.append(right + " ", self._style(palette.foreground))
        return Strip(text.render(self.app.console, end="")).apply_style(self._plain_style()).crop(0, width)

    def _selected_text(self, picture: Picture) -> str:
        if self._selected is None or self._selected >= len(picture.columns.runs):
            return ""
        run, panel = picture.columns.runs[self._selected], picture.panels[self._active]
        names = (name for name in (panel.name, panel.up_name) if name in run.params)
        told = [run.id, *(f"{plain(name, 24)}={value_text(run.params[name], 16)}" for name in names)]
        loss = picture.losses[self._selected]
        told.append(str(run.state) if np.isnan(loss) else number_text(float(loss)))
        return " ".join(told)

    def _message_lines(self, width: int, height: int) -> list[Strip]:
        lines = [line.center(width) for line in textwrap.wrap(self._message, max(10, width - 8))]
        above = max(0, (height - len(lines)) // 2)
        shown = Segment("", self._plain_style())
        blank = Strip.blank(width, self._plain_style())
        body = [Strip([shown._replace(text=line, style=self._style(self._palette.muted))]) for line in lines]
        return ([blank] * above + body + [blank] * height)[:height]

    def _style(self, colour: str) -> Style:
        return style(colour, self._palette.background)

    def _plain_style(self) -> Style:
        return self._style(self._palette.foreground)

    # Keys and mouse

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._draw()

    def action_zoom(self) -> None:
        self._is_zoomed = not self._is_zoomed
        self._draw()

    def action_panel(self, step: int) -> None:
        """Make the panel before or after the active one."""
        if self._picture is not None:
            self._active = (self._active + step) % len(self._picture.panels)
            self._draw()

    def action_panel_row(self, step: int) -> None:
        if self._picture is not None and self._page is not None:
            wanted = self._active + step * (1 if self._is_zoomed else self._page.columns)
            if 0 <= wanted < len(self._picture.panels):
                self._active = wanted
                self._draw()

    def turn_page(self, step: int) -> None:
        """Show the panels before or after those on the page."""
        if self._picture is not None and self._page is not None:
            capacity = 1 if self._is_zoomed else self._page.capacity
            pages = -(-len(self._picture.panels) // capacity)
            self._active = (self._active // capacity + step) % pages * capacity
            self._draw()

    def action_dot(self, across: int, down: int) -> None:
        drawn = self._active_panel()
        row = drawn.next_row(self._selected, across, down) if drawn else None
        if row is not None:
            self._tell_selected(row)

    def _tell_selected(self, row: int) -> None:
        if self._picture is not None:
            self.post_message(RunSelected(self._picture.columns.runs[row].id))

    def action_open(self) -> None:
        self.post_message(RunOpened())

    def _active_panel(self) -> DrawnPanel | None:
        index = self._active - self._first
        return self._drawn[index] if 0 <= index < len(self._drawn) else None

    def on_click(self, event: events.Click) -> None:
        if self._page is None or event.y < _HEAD:
            return
        found = self._page.locate(event.x, event.y - _HEAD)
        if found is None or found[0] >= len(self._drawn):
            return
        index, column, row = found
        self._active = self._first + index
        places = (column + 0.5) * raster.ACROSS, (row + 0.5) * raster.DOWN
        chosen = self._drawn[index].row_at(*places, _REACH)
        self._draw()
        if chosen is not None:
            self._tell_selected(chosen)
        if event.chain == 2:
            self.post_message(RunOpened())


def _share_text(picture: Picture) -> str:
    """Return the share of all runs that crashed, beside the strips."""
    return "" if picture.share is None else f"{100 * picture.share:.0f} %"
