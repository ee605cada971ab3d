"""The commands of the season as the services' HTTP interfaces take them: the one place that knows paths and bodies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from demo.figures import Neighbourhood
from demo.story import COLLEAGUE, Command, Step, Wave
from shared.events.codes import ChargeKind, OutreachChannel, TargetGroup
from shared.identity import Role

_INVENTED_ADDRESS = {"street": "Voorbeeldweg", "house_number": 1, "postcode": "2799 ZZ", "town": "Zoetermeer"}


@dataclass(frozen=True)
class Person:
    """A person in the story; nothing but codes is known of anyone."""

    id: UUID
    municipality: str
    language: str
    target_group: TargetGroup
    email: str | None


@dataclass(frozen=True)
class Meeting:
    """An outreach in which someone may be found."""

    id: UUID
    day: date
    channel: OutreachChannel
    neighbourhood: str
    ambassador_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class FixedCharge:
    """What a creditor charges each month; without an IBAN, to the account in the register of creditors."""

    kind: ChargeKind
    creditor: str
    iban: str | None
    amount_cents: int


def put_neighbourhood(day: date, municipality: str, subject: UUID, neighbourhood: Neighbourhood) -> Command:
    counts = neighbourhood.model_dump(exclude={"code"})
    path = f"/neighbourhoods/{neighbourhood.code}"
    return _recruitment_command(Step.NEIGHBOURHOOD, day, municipality, subject, path, counts, method="PUT")


def appoint(
    day: date, municipality: str, subject: UUID, *, ambassador_id: UUID, neighbourhood: str, languages: Sequence[str]
) -> Command:
    body = {
        "id": ambassador_id,
        "neighbourhood": neighbourhood,
        "appointed_on": day,
        "own_trajectory_completed": True,
        "dutch_level": "a2",
        "languages": languages,
    }
    return _recruitment_command(Step.AMBASSADOR, day, municipality, subject, "/ambassadors", body)


def form_pair(day: date, municipality: str, subject: UUID, *, pair_id: UUID, members: Sequence[UUID]) -> Command:
    body = {"id": pair_id, "ambassador_ids": members, "formed_on": day}
    return _recruitment_command(Step.PAIR, day, municipality, subject, "/pairs", body)


def hold_outreach(municipality: str, meeting: Meeting, people_reached: int) -> Command:
    body = {**_meeting_fields(meeting), "id": meeting.id, "people_reached": people_reached, "held_on": meeting.day}
    return _recruitment_command(Step.OUTREACH, meeting.day, municipality, meeting.id, "/outreaches", body)


def register(person: Person, day: date, meeting: Meeting) -> Command:
    body = {
        **_meeting_fields(meeting),
        "id": person.id,
        "target_group": person.target_group,
        "language": person.language,
        "recruited_on": day,
        "consent_on": meeting.day,
    }
    return _recruitment_command(Step.CANDIDATE, day, person.municipality, person.id, "/candidates", body)


def withdraw(person: Person, day: date) -> Command:
    path = f"/candidates/{person.id}/withdrawals"
    return _recruitment_command(Step.WITHDRAWAL, day, person.municipality, person.id, path, {"withdrawn_on": day})


def give_contact(person: Person, day: date) -> Command:
    """Enter how a person is reached: by e-mail, or by letter at an invented address."""
    letter = {"channel": "letter", "name": f"Lezer {person.id.hex[:6].upper()}", "address": _INVENTED_ADDRESS}
    reach = {"channel": "email", "email": person.email} if person.email else letter
    return Command(
        step=Step.CONTACT,
        wave=Wave.PEOPLE,
        day=day,
        municipality=person.municipality,
        subject=person.id,
        service="notifications",
        role=Role.CASE_MANAGER,
        method="PUT",
        path=f"/people/{person.id}/contact",
        body={"language": person.language, **reach},
    )


def open_file(person: Person, day: date, notified_on: date) -> Command:
    body = {
        "id": person.id,
        "target_group": person.target_group,
        "language": person.language,
        "opened_on": day,
        "obligation_notified_on": notified_on,
    }
    return _intake_command(Step.FILE, person, day, "", body)


def register_in_brp(person: Person, day: date) -> Command:
    return _intake_command(Step.REGISTRATION, person, day, "obligation-notices", {"registered_on": day})


def plan_talk(person: Person, day: date, planned_on: date) -> Command:
    return _intake_command(Step.TALK, person, day, "intakes", {"planned_on": planned_on})


def record_parts(person: Person, day: date, parts: Mapping[str, Any]) -> Command:
    return _intake_command(Step.PARTS, person, day, "intake-parts", {"recorded_on": day, **parts})


def complete_intake(person: Person, day: date, deviation: Mapping[str, Any] | None) -> Command:
    body = {"completed_on": day, **({"deviation": deviation} if deviation else {})}
    return _intake_command(Step.INTAKE, person, day, "intake-completions", body)


def draft_plan(person: Person, day: date, plan_id: UUID, contents: Mapping[str, Any]) -> Command:
    recall = {"route": (Step.INTAKE, "decided_route")}
    return _intake_command(Step.PLAN, person, day, "plans", {"id": plan_id, "drafted_on": day, **contents}, recall)


def sign_plan(person: Person, day: date, plan_id: UUID) -> Command:
    return _intake_command(Step.SIGNATURE, person, day, f"plans/{plan_id}/signatures", {"signed_on": day})


def add_charge(
    person: Person, day: date, household_id: UUID, *, charge_id: UUID, charge: FixedCharge, since: date
) -> Command:
    body = {
        "id": charge_id,
        "kind": charge.kind,
        "creditor": charge.creditor,
        "iban": charge.iban,
        "reference": f"meedoen {charge.kind.replace('_', ' ')}",
        "amount_cents": charge.amount_cents,
        "from_day": since,
    }
    return relief_command(Step.CHARGE, person, day, f"/households/{household_id}/charges", body)


def enter_charge(
    person: Person, day: date, household_id: UUID, *, charge_id: UUID, charge: FixedCharge, since: date
) -> list[Command]:
    """Add a charge by one user; an account of its own is confirmed by another."""
    entered = add_charge(person, day, household_id, charge_id=charge_id, charge=charge, since=since)
    if charge.iban is None:
        return [entered]
    return [entered, confirm_account(person, day, f"/households/{household_id}/charges/{charge_id}")]


def confirm_account(person: Person, day: date, path: str, **overrides: Any) -> Command:
    """Confirm an account that someone else entered, by the path of what brought it."""
    body = {"confirmed_on": day}
    return relief_command(Step.CONFIRMATION, person, day, f"{path}/confirmations", body, user=COLLEAGUE, **overrides)


def add_mandate(
    person: Person, day: date, household_id: UUID, *, mandate_id: UUID, charge: FixedCharge, since: date
) -> Command:
    body = {"id": mandate_id, "kind": charge.kind, "creditor": charge.creditor, "granted_on": since}
    return relief_command(Step.MANDATE, person, day, f"/households/{household_id}/mandates", body)


def _meeting_fields(meeting: Meeting) -> dict[str, Any]:
    return {
        "channel": meeting.channel,
        "neighbourhood": meeting.neighbourhood,
        "ambassador_ids": meeting.ambassador_ids,
    }


def _recruitment_command(
    step: Step, day: date, municipality: str, subject: UUID, path: str, body: Mapping[str, Any], **overrides: Any
) -> Command:
    setting_up = step in (Step.NEIGHBOURHOOD, Step.AMBASSADOR, Step.PAIR)
    return Command(
        step=step,
        wave=Wave.SETTING_UP if setting_up else Wave.PEOPLE,
        day=day,
        municipality=municipality,
        subject=subject,
        service="recruitment",
        role=Role.AMBASSADOR_COORDINATOR,
        path=path,
        body=to_jsonable_python(body),
        **overrides,
    )


def _intake_command(
    step: Step,
    person: Person,
    day: date,
    path: str,
    body: Mapping[str, Any],
    recall: Mapping[str, tuple[Step, str]] | None = None,
) -> Command:
    return Command(
        step=step,
        wave=Wave.PEOPLE,
        day=day,
        municipality=person.municipality,
        subject=person.id,
        service="intake",
        role=Role.CASE_MANAGER,
        path=f"/newcomers/{person.id}/{path}" if path else "/newcomers",
        body=to_jsonable_python(body),
        recall=recall or {},
    )


def relief_command(
    step: Step, person: Person, day: date, path: str, body: Mapping[str, Any], **overrides: Any
) -> Command:
    """Return a command of a budget manager; `overrides` overrides the role, the user or the wave."""
    options: dict[str, Any] = {"wave": Wave.MONEY, "role": Role.BUDGET_MANAGER, **overrides}
    return Command(
        step=step,
        day=day,
        municipality=person.municipality,
        subject=person.id,
        service="ontzorgen",
        path=path,
        body=to_jsonable_python(body),
        **options,
    )
