"""What is entered for a household in relief, as ontzorgen takes it: the pilots' only module that knows its paths."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from demo.commands import Person, confirm_account, relief_command
from demo.rng import SeededRandom
from demo.story import COLLEAGUE, Command, Step, Wave
from shared.events.codes import (
    ChargeKind,
    ExtensionGround,
    HouseholdType,
    MeasurementMoment,
    PhaseOutStep,
    SelfRelianceClass,
    ShortfallSolution,
    TargetGroup,
)
from shared.identity import Role

DEBIT_DAY = 6  # the day after the fifth, on which money is paid
LADDER = ("do_together", "do_alone", "let_go")


@dataclass(frozen=True)
class ReliefHousehold:
    """A household in relief, by the person whose plan it is in."""

    person: Person
    household_id: UUID

    def enter(self, step: Step, day: date, path: str, body: Mapping[str, Any], **overrides: Any) -> Command:
        return relief_command(step, self.person, day, f"/households/{self.household_id}/{path}", body, **overrides)


def office_person(rng: SeededRandom, municipality: str) -> Person:
    """Return the person in whose name the office enters what concerns no household."""
    return Person(rng.id("relief office", municipality), municipality, "nl", TargetGroup.ASYLUM_STATUS_HOLDER, None)


def register_creditor(office: Person, day: date, body: Mapping[str, Any]) -> list[Command]:
    """Register a creditor by one user and confirm its account by another."""
    wave, path = Wave.SETTING_UP, f"/creditors/versions/{body['id']}"
    entered = relief_command(Step.CREDITOR, office, day, "/creditors", {"from_day": day, **body}, wave=wave)
    return [entered, confirm_account(office, day, path, wave=wave)]


def agree_discount(
    office: Person, day: date, *, agreement_id: UUID, creditor: str, kind: ChargeKind, percent: int
) -> Command:
    body = {
        "id": agreement_id,
        "creditor": creditor,
        "kind": kind,
        "discount_percent": percent,
        "guaranteed_months": 6,
        "from_day": day,
    }
    return relief_command(Step.DISCOUNT, office, day, "/discount-agreements", body, wave=Wave.SETTING_UP)


def hold_meeting(office: Person, day: date, *, meeting_id: UUID, participants: int, found_it_helps: int) -> Command:
    body = {
        "id": meeting_id,
        "held_on": day,
        "participants": participants,
        "found_it_helps": found_it_helps,
        "found_it_does_not": participants - found_it_helps,
    }
    return relief_command(Step.MEETING, office, day, "/sounding-board-meetings", body)


def enter_account(
    person: Person, day: date, *, account_id: UUID, holder: Mapping[str, Any], iban: str
) -> list[Command]:
    """Enter an account by one user and confirm it by another."""
    body = {"id": account_id, **holder, "iban": iban}
    entry_command = relief_command(Step.ACCOUNT, person, day, "/bank-accounts", body)
    path = f"/bank-accounts/{account_id}/confirmations"
    return [entry_command, relief_command(Step.CONFIRMATION, person, day, path, {}, user=COLLEAGUE)]


def enter_accounts(rng: SeededRandom, household: ReliefHousehold, day: date, ibans: Iterable[str]) -> Iterator[Command]:
    """Enter the account of the person, and that of the partner if there is one."""
    for payee, iban in zip(("person", "partner"), ibans, strict=False):
        account_id = rng.id("account", household.household_id, payee)
        holder = {"household_id": household.household_id, "payee": payee, "name": "Bewoner Voorbeeld"}
        yield from enter_account(household.person, day, account_id=account_id, holder=holder, iban=iban)


def enter_own_account(rng: SeededRandom, municipality: str, day: date, iban: str) -> list[Command]:
    """Enter the account that a municipality pays from."""
    account_id = rng.id("account of the municipality", municipality)
    holder = {"name": "Gemeente Voorbeeld"}
    commands = enter_account(office_person(rng, municipality), day, account_id=account_id, holder=holder, iban=iban)
    return [replace(command, wave=Wave.SETTING_UP) for command in commands]


def apply_and_decide(
    household: ReliefHousehold, day: date, decided_on: date, *, application_id: UUID, kind: ChargeKind
) -> list[Command]:
    """Apply on behalf of a household for childcare or travel, and record that it was granted."""
    applied = household.enter(
        Step.APPLICATION, day, "applications", {"id": application_id, "kind": kind, "applied_on": day}
    )
    outcome = {"outcome": "granted", "decided_on": decided_on}
    path = f"applications/{application_id}/decisions"
    return [applied, household.enter(Step.APPLICATION_DECISION, decided_on, path, outcome)]


def measure(
    household: ReliefHousehold, day: date, outcome: SelfRelianceClass, *, moment: MeasurementMoment, id_: UUID
) -> Command:
    body = {
        "id": id_,
        "outcome": outcome,
        "moment": moment,
        "measured_on": day,
        "measured_by": "case_manager",
        "instrument": "mesis",
    }
    return household.enter(Step.MEASUREMENT, day, "measurements", body)


def live_alone(household: ReliefHousehold, day: date, *, id_: UUID, since: date, age: int) -> Command:
    body = {"id": id_, "from_day": since, "kind": HouseholdType.SINGLE, "adults": [{"age": age}]}
    return household.enter(Step.COMPOSITION, day, "compositions", body)


def earn(household: ReliefHousehold, day: date, *, id_: UUID, since: date, cents: int, exempt_percent: int) -> Command:
    body = {"id": id_, "kind": "earnings", "amount_cents": cents, "exempt_percent": exempt_percent, "from_day": since}
    return household.enter(Step.INCOME, day, "income", {**body, "known_on": day})


def attach(
    household: ReliefHousehold, day: date, *, id_: UUID, since: date, creditor: str, cents: int, protected_cents: int
) -> Command:
    body = {"id": id_, "creditor": creditor, "reference": "beslag", "amount_cents": cents, "from_day": since}
    return household.enter(
        Step.ATTACHMENT, day, "attachments", {**body, "protected_cents": protected_cents, "known_on": day}
    )


def grant(
    household: ReliefHousehold, day: date, *, grant_id: UUID, kind: str, month: str, amount_cents: int
) -> Command:
    body = {"id": grant_id, "kind": kind, "form": "gift", "amount_cents": amount_cents, "month": month}
    return household.enter(Step.GRANT, day, "grants", body)


def lend(
    household: ReliefHousehold,
    day: date,
    *,
    grant_id: UUID,
    month: str,
    amount_cents: int,
    repay_from: str,
    repay_cents: int,
) -> Command:
    body = {
        "id": grant_id,
        "kind": "furnishing_credit",
        "form": "loan",
        "amount_cents": amount_cents,
        "month": month,
        "repay_from": repay_from,
        "repay_cents": repay_cents,
        "agreed_on": day,
    }
    return household.enter(Step.GRANT, day, "grants", body)


def repay(household: ReliefHousehold, day: date, *, loan_id: UUID, repayment_id: UUID, amount_cents: int) -> Command:
    body = {"id": repayment_id, "paid_on": day, "amount_cents": amount_cents, "from_remainder": True}
    return household.enter(Step.REPAYMENT, day, f"loans/{loan_id}/repayments", body)


def resolve(household: ReliefHousehold, day: date, *, month: str, for_month: str, granted_cents: int) -> Command:
    body = {
        "solution": ShortfallSolution.SPECIAL_ASSISTANCE,
        "resolved_on": day,
        "granted_cents": granted_cents,
        "for_month": for_month,
    }
    return household.enter(Step.RESOLUTION, day, f"shortfalls/{month}/resolutions", body, role=Role.CASE_MANAGER)


def guide(household: ReliefHousehold, day: date, provider: str) -> Command:
    return household.enter(Step.GUIDANCE, day, "guidance-providers", {"provider": provider, "from_day": day})


def start_coaching(household: ReliefHousehold, day: date) -> Command:
    return household.enter(Step.COACHING, day, "coaching", {"started_on": day})


def hold_coaching_talk(household: ReliefHousehold, day: date, *, talk_id: UUID, minutes: int, ladder: str) -> Command:
    body = {"id": talk_id, "held_on": day, "minutes": minutes, "ladder": ladder}
    return household.enter(Step.SESSION, day, "coaching-sessions", body)


def enrol(household: ReliefHousehold, day: date, *, enrolment_id: UUID, course: str, lessons: int | None) -> Command:
    body = {"id": enrolment_id, "course": course, "enrolled_on": day, **({"lessons": lessons} if lessons else {})}
    return household.enter(Step.ENROLMENT, day, "enrolments", body)


def attend(household: ReliefHousehold, day: date, *, enrolment_id: UUID, lesson_no: int, is_attended: bool) -> Command:
    body = {"lesson_no": lesson_no, "given_on": day, "is_attended": is_attended}
    return household.enter(Step.LESSON, day, f"enrolments/{enrolment_id}/lessons", body)


def decide_monthly_money(
    household: ReliefHousehold, day: date, *, id_: UUID, pay_on: tuple[date, ...]
) -> list[Command]:
    """Decide together (budget manager, coach, person) that money is paid on these days from then on."""
    parties = ["budget_manager", "budget_coach", "person"]
    decision = {"id": id_, "rhythm": "monthly", "decided_on": day, "from_day": pay_on[0], "parties": parties}
    terms = {"id": id_, "from_day": pay_on[0], "pay_on": pay_on}
    return [
        household.enter(Step.MONEY_DECISION, day, "money-decisions", decision),
        household.enter(Step.PAYMENT_TERMS, day, "payment-terms", terms),
    ]


def extend(household: ReliefHousehold, day: date, *, id_: UUID, months: int) -> Command:
    grounds = [ExtensionGround.NOT_SELF_RELIANT_AT_RETEST]
    body = {"id": id_, "outcome": "extend", "decided_on": day, "grounds": grounds, "months": months}
    return household.enter(Step.DECISION, day, "decisions", body)


def begin_phase_out(household: ReliefHousehold, day: date, id_: UUID) -> Command:
    return household.enter(Step.DECISION, day, "decisions", {"id": id_, "outcome": "phase_out", "decided_on": day})


def end(household: ReliefHousehold, day: date, id_: UUID) -> Command:
    body = {"id": id_, "outcome": "end", "decided_on": day, "reason": "phased_out"}
    return household.enter(Step.DECISION, day, "decisions", body)


def inform_creditor(household: ReliefHousehold, day: date, creditor: str) -> Command:
    return household.enter(Step.CREDITOR_INFORMED, day, "creditors-told", {"creditor": creditor, "told_on": day})


def agree_debit(household: ReliefHousehold, day: date, *, id_: UUID, creditor: str, kind: ChargeKind) -> Command:
    body = {"id": id_, "creditor": creditor, "kind": kind, "day_of_month": DEBIT_DAY, "agreed_on": day}
    return household.enter(Step.DIRECT_DEBIT, day, "direct-debits", body)


def take_step(household: ReliefHousehold, day: date, step: PhaseOutStep, kind: ChargeKind | None = None) -> Command:
    body = {"step": step, "taken_on": day, **({"kind": kind} if kind else {})}
    return household.enter(Step.PHASE_OUT_STEP, day, "phase-out-steps", body)


def report_arrears(household: ReliefHousehold, day: date, *, creditor: str, kind: ChargeKind) -> Command:
    body = {"creditor": creditor, "kind": kind, "months_in_arrears": 1, "signalled_on": day}
    return household.enter(Step.ARREARS, day, "arrears-messages", body)
