"""What each pilot does with its households, month by month. The differences between pilots are written here only.

Months of relief are counted from 0; months 6 and 7 are those after it. Households are counted from 0 too.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from demo.commands import Person
from demo.homes import HOMES, Kind, iban
from demo.pilots import entries, phase_out
from demo.pilots.entries import LADDER, ReliefHousehold
from demo.pilots.homes import CREDITORS
from demo.pilots.pilot_case import MONTHS, PilotCase, visit
from demo.rng import SeededRandom
from demo.story import Command
from shared.calendar import add_months
from shared.events.codes import ChargeKind, MeasurementMoment, SelfRelianceClass

FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = range(6)


def play_script(case: PilotCase) -> Iterator[Command]:
    """Yield what a pilot does for one household after its charges are entered."""
    scripts = {
        "gm0502": _play_capelle,
        "gm0518": _play_den_haag,
        "gm0779": _play_dongemond,
        "gm0385": _play_edam,
        "gm0531": _play_drechtsteden,
    }
    return scripts[case.household.person.municipality](case)


def _play_capelle(case: PilotCase) -> Iterator[Command]:
    """Give the first rent; measure again; then extend by half a year, or phase out step by step."""
    if case.number in (FIRST, SECOND, THIRD):
        rent_cents = case.charges[0].amount_cents
        yield _give(case, "first_rent", 0, rent_cents)
    yield from _follow_course(case, "geldwijzer", 4, {1: 1, 2: 1, 3: 1, 4: 1})
    yield from _coach(case, {0: (60,), 2: (60,), 4: (60,)})
    if case.number in (FIRST, SECOND):
        yield from _measure_again(case, SelfRelianceClass.NOT_SELF_RELIANT)
        yield _extend(case)
        return
    yield from _measure_again(case, SelfRelianceClass.SELF_RELIANT)
    if case.number in (THIRD, FOURTH):
        yield from phase_out.pay_together_then_alone(case)


def _play_den_haag(case: PilotCase) -> Iterator[Command]:
    """Give everyone eight lessons, and the low class an hour and a half with a coach each month."""
    misses = {8} if case.number == FOURTH else set()
    course = "administration-fixed-charges-and-income"
    yield from _follow_course(case, course, None, {0: 2, 1: 2, 2: 1, 3: 1, 4: 1, 5: 1}, misses)
    if case.profile.is_deducted_in_full:
        yield from _coach(case, dict.fromkeys(range(MONTHS), (45, 45)))
    if case.number == FIRST:
        account_id = case.rng.id("account", case.household.household_id, "mended")
        holder = {"household_id": case.household.household_id, "payee": "person", "name": "Bewoner Voorbeeld"}
        day = case.visit(0, weekday=2)
        yield from entries.enter_account(
            case.household.person, day, account_id=account_id, holder=holder, iban=iban(2_000_000)
        )
    if case.number == FOURTH:
        yield from _earn(case)
    if case.number == SIXTH:
        yield _attach(case)
        yield from phase_out.pay_by_direct_debit(case)


def _earn(case: PilotCase) -> Iterator[Command]:
    """Work some hours from the first day on: a quarter of it is left to someone of 27 or older."""
    day, since = _day_before_relief(case), case.first_day
    member_id, income_id = (case.rng.id(what, case.household.household_id) for what in ("member", "income"))
    yield entries.live_alone(case.household, day, id_=member_id, since=since, age=31)
    yield entries.earn(case.household, day, id_=income_id, since=since, cents=20_000, exempt_percent=25)


def _attach(case: PilotCase) -> Command:
    """Take an attachment for the health insurer, far above the protected income."""
    attachment_id = case.rng.id("attachment", case.household.household_id)
    return entries.attach(
        case.household,
        _day_before_relief(case),
        id_=attachment_id,
        since=case.first_day,
        creditor=CREDITORS[ChargeKind.HEALTH_INSURANCE][0],
        cents=2_500,
        protected_cents=110_000,
    )


def _play_dongemond(case: PilotCase) -> Iterator[Command]:
    """Lend a furnishing credit for the charges of two months, repaid later; suppliers call the municipality first."""
    repay_cents = 5_000
    loans = [case.rng.id("loan", case.household.household_id, month_index) for month_index in (0, 1)]
    for month_index, loan_id in enumerate(loans):
        yield entries.lend(
            case.household,
            _day_before_relief(case),
            grant_id=loan_id,
            month=case.month(month_index),
            amount_cents=case.month_cents,
            repay_from=case.month(3),
            repay_cents=repay_cents,
        )
    for month_index in (3, 4, 5):
        repayment_id = case.rng.id("repayment", loans[0], month_index)
        yield entries.repay(
            case.household,
            case.visit(month_index),
            loan_id=loans[0],
            repayment_id=repayment_id,
            amount_cents=repay_cents,
        )
    yield from entries.apply_and_decide(
        case.household,
        case.visit(0),
        case.visit(1),
        application_id=case.rng.id("application", case.household.household_id),
        kind=ChargeKind.CHILDCARE if HOMES[case.profile.kind].has_children else ChargeKind.TRAVEL,
    )
    yield from _follow_course(case, "financial-self-reliance-and-budget-manag", 3, {1: 1, 2: 1, 3: 1})
    yield from _coach(case, {0: (30,), 3: (30,)})
    if case.number == SECOND:
        yield _report_arrears(case, 3, ChargeKind.ENERGY)
    if case.number == THIRD:
        yield _report_arrears(case, MONTHS, ChargeKind.RENT)
    if case.number == FIRST:
        yield from phase_out.pay_alone_after_debits(case)


def _play_edam(case: PilotCase) -> Iterator[Command]:
    """Pay a month ahead from bridging money; supplement the young; let debits follow the benefit."""
    yield _give(case, "bridging_allowance", 0, case.month_cents)
    if case.profile.kind is Kind.YOUNG:
        # More than the norm leaves uncovered at the highest charges that are drawn.
        yield entries.resolve(
            case.household, case.visit(0), month=case.month(0), for_month=case.month(1), granted_cents=50_000
        )
        for month_index in range(1, MONTHS):
            yield _give(case, "supplementary_assistance", month_index, case.month_cents, day=case.visit(0))
    yield from _follow_course(
        case, "eurowijzer", 5, {0: 1, 1: 1, 2: 1, 3: 1, 4: 1}, misses={5} if case.number == THIRD else set()
    )
    yield from _coach(case, {1: (30,), 4: (30,)})
    if case.number in (FIRST, FIFTH):
        yield from phase_out.pay_by_direct_debit(case)
    if case.number == THIRD:
        yield _report_arrears(case, MONTHS, ChargeKind.ENERGY)


def _play_drechtsteden(case: PilotCase) -> Iterator[Command]:
    """Pay weekly, then monthly by joint decision; the coach stays and the course has a second part."""
    if case.profile.start_class is SelfRelianceClass.LIMITED:
        decision_id = case.rng.id("money", case.household.household_id)
        pay_on = tuple(add_months(case.first_day, month_index) + timedelta(days=4) for month_index in (3, 4, 5))
        yield from entries.decide_monthly_money(case.household, case.visit(2), id_=decision_id, pay_on=pay_on)
    yield from _coach(case, dict.fromkeys(range(MONTHS + 2), (60,)))
    yield from _follow_course(case, "omgaan-met-geld", None, {0: 2, 1: 1})
    yield from _follow_course(case, "omgaan-met-geld-refresher", None, {MONTHS: 1})
    if case.number == FIRST:
        yield from _measure_again(case, SelfRelianceClass.NOT_SELF_RELIANT)
        yield _extend(case)
    if case.number == FIFTH:
        yield from phase_out.take_every_step(case)


def hold_sounding_board(rng: SeededRandom, office: Person, first_day: date) -> Iterator[Command]:
    """Ask participants twice whether it helps."""
    for month_index in (2, 4):
        meeting_id = rng.id("sounding board", month_index)
        yield entries.hold_meeting(
            office,
            visit(first_day, month_index),
            meeting_id=meeting_id,
            participants=6,
            found_it_helps=3 + month_index // 2,
        )


def play_zoetermeer(
    rng: SeededRandom, household: ReliefHousehold, number: int, signed_on: date, relief_from: date
) -> Iterator[Command]:
    """Give guidance by one of several providers, and a course: nothing beyond the law."""
    providers = ("piezo", "vluchtelingenwerk", "humanitas-and-schuldhulpmaatje")
    start_class = tuple(SelfRelianceClass)[number % 3]
    measurement_id = rng.id("measurement", household.household_id, "start")
    yield entries.measure(household, signed_on, start_class, moment=MeasurementMoment.START, id_=measurement_id)
    yield entries.guide(household, signed_on, providers[number % 3])
    course, lessons = (("eurowijzer", 3), ("een-goede-start", 2))[number % 2]
    enrolment_id = rng.id("enrolment", household.household_id, course)
    days = [day for month_index in range(1, 6) if (day := visit(relief_from, month_index)) > signed_on][:lessons]
    yield entries.enrol(household, days[0], enrolment_id=enrolment_id, course=course, lessons=lessons)
    for lesson_no, day in enumerate(days, 1):
        is_attended = not (number == FIFTH and lesson_no == lessons)
        yield entries.attend(household, day, enrolment_id=enrolment_id, lesson_no=lesson_no, is_attended=is_attended)


def _day_before_relief(case: PilotCase) -> date:
    return case.first_day - timedelta(days=1)


def _give(case: PilotCase, kind: str, month_index: int, amount_cents: int, day: date | None = None) -> Command:
    grant_id = case.rng.id("grant", case.household.household_id, kind, month_index)
    on = day or _day_before_relief(case)
    return entries.grant(
        case.household, on, grant_id=grant_id, kind=kind, month=case.month(month_index), amount_cents=amount_cents
    )


def _coach(case: PilotCase, minutes_by_visit: dict[int, tuple[int, ...]]) -> Iterator[Command]:
    yield entries.start_coaching(case.household, case.visit(0))
    for month_index, talks in minutes_by_visit.items():
        ladder = LADDER[min(month_index // 2, 2)]
        for number, minutes in enumerate(talks):
            talk_id = case.rng.id("talk", case.household.household_id, month_index, number)
            day = case.visit(month_index, weekday=2 * number)
            yield entries.hold_coaching_talk(case.household, day, talk_id=talk_id, minutes=minutes, ladder=ladder)


def _follow_course(
    case: PilotCase, course: str, lessons: int | None, lessons_by_visit: dict[int, int], misses: Iterable[int] = ()
) -> Iterator[Command]:
    enrolment_id = case.rng.id("enrolment", case.household.household_id, course)
    first = min(lessons_by_visit)
    yield entries.enrol(case.household, case.visit(first), enrolment_id=enrolment_id, course=course, lessons=lessons)
    lesson_no = 0
    for month_index, count in lessons_by_visit.items():
        for number in range(count):
            lesson_no += 1
            day = case.visit(month_index, weekday=1 + 2 * number)
            is_attended = lesson_no not in misses
            yield entries.attend(
                case.household, day, enrolment_id=enrolment_id, lesson_no=lesson_no, is_attended=is_attended
            )


def _measure_again(case: PilotCase, outcome: SelfRelianceClass) -> Iterator[Command]:
    id_ = case.rng.id("measurement", case.household.household_id, "six months")
    yield entries.measure(case.household, case.visit(5), outcome, moment=MeasurementMoment.SIX_MONTHS, id_=id_)


def _extend(case: PilotCase) -> Command:
    id_ = case.rng.id("decision", case.household.household_id, "extend")
    return entries.extend(case.household, case.visit(5, weekday=1), id_=id_, months=6)


def _report_arrears(case: PilotCase, month_index: int, kind: ChargeKind) -> Command:
    creditor = next(charge.creditor for charge in case.charges if charge.kind is kind)
    return entries.report_arrears(case.household, case.visit(month_index), creditor=creditor, kind=kind)
