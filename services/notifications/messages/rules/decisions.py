"""Which letters are decisions (beschikkingen), by which article, and until when one may object.

A letter of a fact without a line here is a notice: it says what happens and decides nothing. What the person wills (a
mandate) or a creditor (an attachment) is no decision of the municipality. Income, a reduction and a set-off have no
letter of their own: the month's letter that shows them is the decision. So is the end of relief, also when its time is
over: one may want it to go on (Participatiewet 57). The norm of the young is raised since 2026 (20(3)); before, they
had special assistance (12).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.calendar import legal_term_end
from shared.events import (
    EventData,
    FixedChargesDeducted,
    PhaseOutStarted,
    PIPSigned,
    ReliefEnded,
    ReliefExtended,
    ReliefStarted,
    ShortfallResolved,
    StartMoneyDecided,
)
from shared.events.codes import ShortfallSolution, StartMoneyKind

OBJECTION_WEEKS = 6
"""Awb 6:7. The first day is the one after the decision was sent (6:8)."""


Months = tuple[str | None, str | None]


class Act(StrEnum):
    """The Act on which a decision rests."""

    PARTICIPATION = "participation_act"
    INTEGRATION = "integration_act"


@dataclass(frozen=True)
class Ground:
    """An article that makes a fact a decision: always, or only with one of these values in a field of the fact.

    Without `codes`, any value but none and zero will do. `decided_on` is the field with the day of the decision; a
    fact without it is decided on the day on which the letter is sent. `months` are the first and last month of which
    the article holds; None is open.
    """

    articles: tuple[str, ...]
    act: Act = Act.PARTICIPATION
    field: str | None = None
    codes: tuple[str, ...] = ()
    decided_on: str | None = None
    months: Months = (None, None)

    def holds(self, fact: EventData) -> bool:
        """Return whether it holds for a fact."""
        first, last = self.months
        month = getattr(fact, "month", "")
        if (first is not None and month < first) or (last is not None and month > last):
            return False
        if self.field is None:
            return True
        value = getattr(fact, self.field)
        return value in self.codes if self.codes else bool(value)


_BEFORE_2026, _SINCE_2026 = (None, "2025-12"), ("2026-01", None)


def _on_start_money(kind: StartMoneyKind, *articles: str, months: Months = (None, None)) -> Ground:
    return Ground(articles, field="kind", codes=(kind,), decided_on="decided_on", months=months)


GROUNDS: Mapping[type[EventData], tuple[Ground, ...]] = {
    PIPSigned: (Ground(("15",), Act.INTEGRATION, decided_on="signed_on"),),
    ReliefStarted: (Ground(("56a",)),),
    ReliefExtended: (Ground(("57",), decided_on="decided_on"),),
    PhaseOutStarted: (Ground(("56a", "57")),),
    ReliefEnded: (Ground(("56a", "57")),),
    FixedChargesDeducted: (
        Ground(("18",), field="reduction_cents"),
        Ground(("31", "32"), field="income_cents"),
        Ground(("58", "60"), field="set_off_cents"),
    ),
    ShortfallResolved: (
        Ground(
            ("35",),
            field="solution",
            codes=(ShortfallSolution.SPECIAL_ASSISTANCE, ShortfallSolution.BRIDGING_MONEY),
            decided_on="resolved_on",
        ),
        *(
            Ground(
                (article,),
                field="solution",
                codes=(ShortfallSolution.YOUTH_SUPPLEMENT,),
                decided_on="resolved_on",
                months=months,
            )
            for article, months in (("12", _BEFORE_2026), ("20", _SINCE_2026))
        ),
    ),
    StartMoneyDecided: (
        _on_start_money(StartMoneyKind.FIRST_RENT, "35", "48"),
        _on_start_money(StartMoneyKind.FURNISHING_CREDIT, "35", "51"),
        _on_start_money(StartMoneyKind.BRIDGING, "35", "56a"),
        _on_start_money(StartMoneyKind.SUPPLEMENTARY, "12", months=_BEFORE_2026),
        _on_start_money(StartMoneyKind.SUPPLEMENTARY, "35", months=_SINCE_2026),
    ),
}


@dataclass(frozen=True)
class Decision:
    """What a letter of a decision must say besides the decision itself (Awb 3:45)."""

    act: Act
    articles: tuple[str, ...]
    decided_on: date
    sent_on: date
    object_until: date


def find_decision(fact: EventData, sent_on: date) -> Decision | None:
    """Return what makes the letter of a fact, sent on a day, a decision; None for a notice."""
    grounds = [ground for ground in GROUNDS.get(type(fact), ()) if ground.holds(fact)]
    if not grounds:
        return None
    field = grounds[0].decided_on
    return Decision(
        act=grounds[0].act,
        articles=tuple(article for ground in grounds for article in ground.articles),
        decided_on=getattr(fact, field) if field else sent_on,
        sent_on=sent_on,
        object_until=find_objection_end(sent_on),
    )


def find_objection_end(sent_on: date) -> date:
    """Return the last day on which one may object to a decision that is sent on a day."""
    return legal_term_end(sent_on + timedelta(weeks=OBJECTION_WEEKS))
