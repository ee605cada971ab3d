"""How many people are in which class of self-reliance: of a municipality, and of all together.

Nobody can be recognised: a number below five is not shown, and neither is what it could be derived from. Where one
class is too small all classes are left out; over all municipalities, a class is shown only if those that do not show
it have none of it or at least five together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.ontzorgen.independence.rules.providers import SUPPRESSED_BELOW
from shared.events.codes import SelfRelianceClass

CLASSES: tuple[SelfRelianceClass | None, ...] = (*SelfRelianceClass, None)
ClassCounts = Mapping[SelfRelianceClass | None, int]


@dataclass(frozen=True)
class ClassFigures:
    """People in relief by their own class. None is for what is too small to show; `municipality` None: over all."""

    municipality: str | None
    people: int | None
    not_self_reliant: int | None = None
    limited: int | None = None
    self_reliant: int | None = None
    not_measured: int | None = None

    @property
    def shows_classes(self) -> bool:
        return self.not_measured is not None


def count_classes(municipality: str | None, counts: ClassCounts) -> ClassFigures:
    """Return the figures of these counts."""
    parts = [counts.get(measured, 0) for measured in CLASSES]
    people = sum(parts)
    if not _can_show(people):
        return ClassFigures(municipality, None)
    if not all(map(_can_show, parts)):
        return ClassFigures(municipality, people)
    return ClassFigures(municipality, people, *parts)


def sum_classes(by_municipality: Mapping[str, ClassCounts]) -> tuple[ClassFigures, Sequence[ClassFigures]]:
    """Return the figures over all municipalities, and those of each."""
    named = {municipality: count_classes(municipality, counts) for municipality, counts in by_municipality.items()}
    each = [named[municipality] for municipality in sorted(named)]
    over_all = count_classes(None, _add_up(by_municipality.values()))
    without_classes = _add_up(by_municipality[name] for name, figures in named.items() if not figures.shows_classes)
    unseen = _add_up(by_municipality[name] for name, figures in named.items() if figures.people is None)
    if not _can_show(sum(unseen.values())):
        return ClassFigures(None, None), each
    if not all(map(_can_show, without_classes.values())):
        return ClassFigures(None, over_all.people), each
    return over_all, each


def _add_up(counts: Iterable[ClassCounts]) -> ClassCounts:
    total: Counter[SelfRelianceClass | None] = Counter()
    for of_municipality in counts:
        total.update(of_municipality)
    return total


def _can_show(number: int) -> bool:
    return number == 0 or number >= SUPPRESSED_BELOW
