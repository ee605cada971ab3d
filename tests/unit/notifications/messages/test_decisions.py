"""Which letters are decisions, on which articles, and until when one may object."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.notifications.messages.rules.decisions import GROUNDS, Act, find_decision, find_objection_end
from services.notifications.messages.rules.notices import NOTICES, Audience
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
from shared.events.codes import ReliefEndReason, ShortfallSolution, StartMoneyKind
from shared.testing.samples import sample

SENT_ON = date(2026, 9, 14)
NOTHING_WITHHELD = {"income_cents": None, "reduction_cents": None, "attachment_cents": None, "set_off_cents": None}


def fact(event: type[EventData], **changes: Any) -> EventData:
    return sample(event).model_copy(update=changes)


def articles_of(event: type[EventData], **changes: Any) -> tuple[str, ...] | None:
    decision = find_decision(fact(event, **changes), SENT_ON)
    return None if decision is None else decision.articles


class TestTable:
    @pytest.mark.parametrize(
        ("event", "articles"),
        [
            (PIPSigned, ("15",)),
            (ReliefStarted, ("56a",)),
            (ReliefExtended, ("57",)),
            (PhaseOutStarted, ("56a", "57")),
            (ReliefEnded, ("56a", "57")),
        ],
    )
    def test_these_facts_are_always_decisions(self, event: type[EventData], articles: tuple[str, ...]) -> None:
        decision = find_decision(fact(event), SENT_ON)
        assert decision is not None
        assert decision.articles == articles
        assert decision.act is (Act.INTEGRATION if event is PIPSigned else Act.PARTICIPATION)

    def test_every_end_of_relief_is_one(self) -> None:
        assert {articles_of(ReliefEnded, reason=reason) for reason in ReliefEndReason} == {("56a", "57")}

    @pytest.mark.parametrize(
        ("withheld", "articles"),
        [
            ({}, None),
            ({"attachment_cents": 5_000}, None),
            ({"income_cents": 5_000}, ("31", "32")),
            ({"reduction_cents": 5_000}, ("18",)),
            ({"attachment_cents": 5_000, "set_off_cents": 5_000}, ("58", "60")),
            ({"income_cents": 1, "reduction_cents": 1, "set_off_cents": 1}, ("18", "31", "32", "58", "60")),
            ({"income_cents": 0}, None),
        ],
    )
    def test_a_month_is_one_when_the_municipality_itself_takes_something_off(
        self, withheld: dict[str, int], articles: tuple[str, ...] | None
    ) -> None:
        assert articles_of(FixedChargesDeducted, **NOTHING_WITHHELD | withheld) == articles

    def test_a_shortfall_is_resolved_by_a_decision_when_it_grants_money(self) -> None:
        granted = {solution: articles_of(ShortfallResolved, solution=solution) for solution in ShortfallSolution}
        assert {solution: articles for solution, articles in granted.items() if articles} == {
            ShortfallSolution.YOUTH_SUPPLEMENT: ("20",),
            ShortfallSolution.BRIDGING_MONEY: ("35",),
            ShortfallSolution.SPECIAL_ASSISTANCE: ("35",),
        }

    @pytest.mark.parametrize(("month", "article"), [("2025-12", "12"), ("2026-01", "20")])
    def test_the_norm_of_the_young_is_raised_since_2026_and_special_assistance_before(
        self, month: str, article: str
    ) -> None:
        youth = {"solution": ShortfallSolution.YOUTH_SUPPLEMENT, "resolved_on": date(2026, 1, 20)}
        assert articles_of(ShortfallResolved, month=month, **youth) == (article,)

    @pytest.mark.parametrize(
        ("kind", "month", "articles"),
        [
            (StartMoneyKind.FIRST_RENT, "2026-09", ("35", "48")),
            (StartMoneyKind.FURNISHING_CREDIT, "2026-09", ("35", "51")),
            (StartMoneyKind.BRIDGING, "2026-09", ("35", "56a")),
            (StartMoneyKind.SUPPLEMENTARY, "2026-09", ("35",)),
            (StartMoneyKind.SUPPLEMENTARY, "2025-09", ("12",)),
        ],
    )
    def test_start_money_is_decided_on_by_the_article_of_its_kind(
        self, kind: StartMoneyKind, month: str, articles: tuple[str, ...]
    ) -> None:
        assert articles_of(StartMoneyDecided, kind=kind, month=month) == articles

    def test_all_else_is_a_notice(self) -> None:
        assert all(find_decision(fact(event), SENT_ON) is None for event in NOTICES.keys() - GROUNDS.keys())

    def test_each_decision_goes_to_the_person(self) -> None:
        assert all(
            notice.audience is Audience.PERSON and NOTICES[event] for event in GROUNDS for notice in NOTICES[event]
        )

    def test_the_day_is_that_of_the_fact_or_that_on_which_the_letter_is_sent(self) -> None:
        extended = find_decision(fact(ReliefExtended, decided_on=date(2026, 9, 1)), SENT_ON)
        started = find_decision(fact(ReliefStarted), SENT_ON)
        assert extended is not None
        assert started is not None
        assert (extended.decided_on, started.decided_on) == (date(2026, 9, 1), SENT_ON)
        assert {extended.sent_on, started.sent_on} == {SENT_ON}


class TestTerm:
    @pytest.mark.parametrize(
        ("sent_on", "last_day"),
        [
            (date(2026, 6, 1), date(2026, 7, 13)),  # a Monday, six weeks later
            (date(2026, 6, 6), date(2026, 7, 20)),  # Saturday 18 July
            (date(2026, 6, 7), date(2026, 7, 20)),  # Sunday 19 July
            (date(2026, 11, 13), date(2026, 12, 28)),  # Christmas, Boxing Day, Sunday
            (date(2026, 11, 20), date(2027, 1, 4)),  # New Year's Day, Saturday, Sunday
            (date(2025, 11, 20), date(2026, 1, 5)),  # New Year's Day, 2 January by decree, Saturday, Sunday
            (date(2027, 2, 12), date(2027, 3, 30)),  # Goede Vrijdag until Easter Monday
            (date(2027, 3, 24), date(2027, 5, 10)),  # 5 May, Ascension Day, 7 May by decree, Saturday, Sunday
            (date(2026, 3, 16), date(2026, 4, 28)),  # King's Day
        ],
    )
    def test_six_weeks_end_on_a_day_on_which_offices_work(self, sent_on: date, last_day: date) -> None:
        assert find_objection_end(sent_on) == last_day

    def test_it_is_never_shorter_than_six_weeks(self) -> None:
        days = [date(2026, 1, 1) + timedelta(days=number) for number in range(3 * 365)]
        assert all(timedelta(days=42) <= find_objection_end(day) - day <= timedelta(days=48) for day in days)
