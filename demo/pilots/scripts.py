"""What each pilot does with its households, month by month. What sets a pilot apart is written here and nowhere else.

Months of relief are counted from 0; months 6 and 7 are those after it. Households are counted from 0 too.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from demo.commands import Person
from demo.homes import Kind, iban
from demo.pilots import entries, letting_go
from demo.pilots.entries import LADDER, InRelief
from demo.pilots.played import MONTHS, Played, visit
from demo.rng import Dice
from demo.story import Command
from shared.calendar import add_months
from shared.events.codes import ChargeKind, MeasurementMoment, SelfRelianceClass

FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = range(6)


def script(one: Played) -> Iterator[Command]:
    """What a pilot does for one household after its charges are entered."""
    scripts = {
        "gm0502": _capelle,
        "gm0518": _den_haag,
        "gm0779": _dongemond,
        "gm0385": _edam,
        "gm0531": _drechtsteden,
    }
    return scripts[one.home.person.municipality](one)


def _capelle(one: Played) -> Iterator[Command]:
    """The first rent as a gift; measured again; half a year more, or letting go step by step."""
    if one.number in (FIRST, SECOND, THIRD):
        rent_cents = one.charges[0].amount_cents
        yield _gift(one, "first_rent", 0, rent_cents)
    yield from _course(one, "geldwijzer", 4, {1: 1, 2: 1, 3: 1, 4: 1})
    yield from _coaching(one, {0: (60,), 2: (60,), 4: (60,)})
    if one.number in (FIRST, SECOND):
        yield from _retest(one, SelfRelianceClass.NOT_SELF_RELIANT)
        yield _extension(one)
        return
    yield from _retest(one, SelfRelianceClass.SELF_RELIANT)
    if one.number in (THIRD, FOURTH):
        yield from letting_go.together_then_alone(one)


def _den_haag(one: Played) -> Iterator[Command]:
    """Eight lessons for everyone, and an hour and a half with a coach each month for the low class."""
    misses = {8} if one.number == FOURTH else set()
    course = "administration-fixed-charges-and-income"
    yield from _course(one, course, None, {0: 2, 1: 2, 2: 1, 3: 1, 4: 1, 5: 1}, misses)
    if one.household.is_withheld_in_full:
        yield from _coaching(one, dict.fromkeys(range(MONTHS), (45, 45)))
    if one.number == FIRST:
        account_id = one.dice.id("account", one.home.household_id, "mended")
        holder = {"household_id": one.home.household_id, "payee": "person", "name": "Bewoner Voorbeeld"}
        day = one.visit(0, weekday=2)
        yield from entries.give_account(
            one.home.person, day, account_id=account_id, holder=holder, iban=iban(2_000_000)
        )
    if one.number == SIXTH:
        yield from letting_go.by_direct_debit(one)


def _dongemond(one: Played) -> Iterator[Command]:
    """A furnishing credit carries the charges of two months, and is repaid; suppliers call the municipality first."""
    repay_cents = 5_000
    loans = [one.dice.id("loan", one.home.household_id, place) for place in (0, 1)]
    for place, loan_id in enumerate(loans):
        yield entries.lend(
            one.home,
            _before(one),
            grant_id=loan_id,
            month=one.month(place),
            amount_cents=one.month_cents,
            repay_from=one.month(3),
            repay_cents=repay_cents,
        )
    for place in (3, 4, 5):
        repayment_id = one.dice.id("repayment", loans[0], place)
        yield entries.repay(
            one.home, one.visit(place), loan_id=loans[0], repayment_id=repayment_id, amount_cents=repay_cents
        )
    yield from _course(one, "financial-self-reliance-and-budget-manag", 3, {1: 1, 2: 1, 3: 1})
    yield from _coaching(one, {0: (30,), 3: (30,)})
    if one.number == SECOND:
        yield _arrears(one, 3, ChargeKind.ENERGY)
    if one.number == THIRD:
        yield _arrears(one, MONTHS, ChargeKind.RENT)
    if one.number == FIRST:
        yield from letting_go.alone_after_debits(one)


def _edam(one: Played) -> Iterator[Command]:
    """Bridging money pays a month ahead; who is young gets supplementary assistance; debits follow the benefit."""
    yield _gift(one, "bridging_allowance", 0, one.month_cents)
    if one.household.kind is Kind.YOUNG:
        # More than the norm leaves uncovered at the highest charges that are drawn.
        yield entries.resolve(one.home, one.visit(0), month=one.month(0), for_month=one.month(1), granted_cents=50_000)
        for place in range(1, MONTHS):
            yield _gift(one, "supplementary_assistance", place, one.month_cents, day=one.visit(0))
    yield from _course(
        one, "eurowijzer", 5, {0: 1, 1: 1, 2: 1, 3: 1, 4: 1}, misses={5} if one.number == THIRD else set()
    )
    yield from _coaching(one, {1: (30,), 4: (30,)})
    if one.number in (FIRST, FIFTH):
        yield from letting_go.by_direct_debit(one)
    if one.number == THIRD:
        yield _arrears(one, MONTHS, ChargeKind.ENERGY)


def _drechtsteden(one: Played) -> Iterator[Command]:
    """Weekly money, then monthly by joint decision; a coach who stays; the course has a second part."""
    if one.household.measured is SelfRelianceClass.LIMITED:
        decision_id = one.dice.id("money", one.home.household_id)
        pay_on = tuple(add_months(one.first_day, place) + timedelta(days=4) for place in (3, 4, 5))
        yield from entries.decide_monthly_money(one.home, one.visit(2), id_=decision_id, pay_on=pay_on)
    yield from _coaching(one, dict.fromkeys(range(MONTHS + 2), (60,)))
    yield from _course(one, "omgaan-met-geld", None, {0: 2, 1: 1})
    yield from _course(one, "omgaan-met-geld-refresher", None, {MONTHS: 1})
    if one.number == FIRST:
        yield from _retest(one, SelfRelianceClass.NOT_SELF_RELIANT)
        yield _extension(one)
    if one.number == FIFTH:
        yield from letting_go.through_every_step(one)


def sounding_board(dice: Dice, office: Person, first_day: date) -> Iterator[Command]:
    """Participants say twice whether it helps."""
    for place in (2, 4):
        meeting_id = dice.id("sounding board", place)
        yield entries.hold_meeting(
            office, visit(first_day, place), meeting_id=meeting_id, participants=6, found_it_helps=3 + place // 2
        )


def of_zoetermeer(dice: Dice, home: InRelief, number: int, signed_on: date, relief_from: date) -> Iterator[Command]:
    """Guidance by one of several providers, and a course: nothing else than the law asks for."""
    providers = ("piezo", "vluchtelingenwerk", "humanitas-and-schuldhulpmaatje")
    measured = tuple(SelfRelianceClass)[number % 3]
    measurement_id = dice.id("measurement", home.household_id, "start")
    yield entries.measure(home, signed_on, measured, moment=MeasurementMoment.START, id_=measurement_id)
    yield entries.guide(home, signed_on, providers[number % 3])
    course, lessons = (("eurowijzer", 3), ("een-goede-start", 2))[number % 2]
    enrolment_id = dice.id("enrolment", home.household_id, course)
    days = [day for place in range(1, 6) if (day := visit(relief_from, place)) > signed_on][:lessons]
    yield entries.enrol(home, days[0], enrolment_id=enrolment_id, course=course, lessons=lessons)
    for lesson_no, day in enumerate(days, 1):
        is_attended = not (number == FIFTH and lesson_no == lessons)
        yield entries.attend(home, day, enrolment_id=enrolment_id, lesson_no=lesson_no, is_attended=is_attended)


def _before(one: Played) -> date:
    return one.first_day - timedelta(days=1)


def _gift(one: Played, kind: str, place: int, amount_cents: int, day: date | None = None) -> Command:
    grant_id = one.dice.id("grant", one.home.household_id, kind, place)
    on = day or _before(one)
    return entries.give(one.home, on, grant_id=grant_id, kind=kind, month=one.month(place), amount_cents=amount_cents)


def _coaching(one: Played, minutes_by_visit: dict[int, tuple[int, ...]]) -> Iterator[Command]:
    yield entries.start_coaching(one.home, one.visit(0))
    for place, talks in minutes_by_visit.items():
        ladder = LADDER[min(place // 2, 2)]
        for number, minutes in enumerate(talks):
            talk_id = one.dice.id("talk", one.home.household_id, place, number)
            day = one.visit(place, weekday=2 * number)
            yield entries.talk(one.home, day, talk_id=talk_id, minutes=minutes, ladder=ladder)


def _course(
    one: Played, course: str, lessons: int | None, lessons_by_visit: dict[int, int], misses: Iterable[int] = ()
) -> Iterator[Command]:
    enrolment_id = one.dice.id("enrolment", one.home.household_id, course)
    first = min(lessons_by_visit)
    yield entries.enrol(one.home, one.visit(first), enrolment_id=enrolment_id, course=course, lessons=lessons)
    lesson_no = 0
    for place, count in lessons_by_visit.items():
        for number in range(count):
            lesson_no += 1
            day = one.visit(place, weekday=1 + 2 * number)
            is_attended = lesson_no not in misses
            yield entries.attend(one.home, day, enrolment_id=enrolment_id, lesson_no=lesson_no, is_attended=is_attended)


def _retest(one: Played, outcome: SelfRelianceClass) -> Iterator[Command]:
    id_ = one.dice.id("measurement", one.home.household_id, "six months")
    yield entries.measure(one.home, one.visit(5), outcome, moment=MeasurementMoment.SIX_MONTHS, id_=id_)


def _extension(one: Played) -> Command:
    id_ = one.dice.id("decision", one.home.household_id, "extend")
    return entries.extend(one.home, one.visit(5, weekday=1), id_=id_, months=6)


def _arrears(one: Played, place: int, kind: ChargeKind) -> Command:
    creditor = next(charge.creditor for charge in one.charges if charge.kind is kind)
    return entries.tell_of_arrears(one.home, one.visit(place), creditor=creditor, kind=kind)
