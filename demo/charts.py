"""Positions in a chart, in percent of its width and height, so that a page can be wide or narrow.

Percentages scale bars and leave letters unchanged, unlike a library that draws for one fixed width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

_STEPS = (1, 2, 2.5, 5, 10)
TICKS_MAX = 5


@dataclass(frozen=True)
class Column:
    """What one column of a chart shows: amounts by series, from below, and a sentence about it."""

    label: str
    sentence: str
    amounts: Mapping[str, float]

    @property
    def height(self) -> float:
        return sum(self.amounts.values())


@dataclass(frozen=True)
class Block:
    """A part of a column, placed."""

    series: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class PlacedColumn:
    """A column with its blocks; `x` and `width` are the whole of its place, for the label and the pointer."""

    label: str
    sentence: str
    x: float
    width: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Tick:
    """A line across the chart."""

    amount: float
    y: float


@dataclass(frozen=True)
class Plot:
    """A chart of stacked columns."""

    columns: tuple[PlacedColumn, ...]
    ticks: tuple[Tick, ...]


def stack_columns(columns: Sequence[Column], gap: float, highest: float = 0) -> Plot:
    """Place columns beside each other, their amounts stacked; `gap` is the share of a slot that stays empty.

    The scale reaches `highest` too, so that several charts can have one scale.
    """
    ticks = nice_ticks(max(highest, *(column.height for column in columns), 0))
    top = ticks[-1]
    slot_width = 100 / max(1, len(columns))
    return Plot(
        columns=tuple(
            _place_column(column, number * slot_width, slot_width, gap, top) for number, column in enumerate(columns)
        ),
        ticks=tuple(Tick(amount, _round(100 - 100 * amount / top)) for amount in ticks),
    )


def nice_ticks(highest: float) -> list[float]:
    """Return zero and a few round amounts, the last of which reaches the highest."""
    power = 1.0
    while highest > power * _STEPS[-1] * TICKS_MAX:
        power *= 10
    step = next(step * power for step in _STEPS if highest <= step * power * TICKS_MAX)
    count = max(1, -(-highest // step))
    return [number * step for number in range(int(count) + 1)]


def percent_of(amount: float, total: float) -> float:
    """Return the percentage of the total, for the length of a bar."""
    return _round(100 * amount / total) if total else 0.0


def _place_column(column: Column, x: float, slot_width: float, gap: float, top: float) -> PlacedColumn:
    ends = list(accumulate(column.amounts.values()))
    blocks = tuple(
        Block(
            series=series,
            x=_round(x + slot_width * gap / 2),
            y=_round(100 - 100 * end / top),
            width=_round(slot_width * (1 - gap)),
            height=_round(100 * amount / top),
        )
        for (series, amount), end in zip(column.amounts.items(), ends, strict=True)
        if amount
    )
    return PlacedColumn(column.label, column.sentence, _round(x), _round(slot_width), blocks)


def _round(percent: float) -> float:
    return round(percent, 2)
