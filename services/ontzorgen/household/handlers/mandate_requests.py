"""Mandates on their way to a creditor: asked, step by step by its procedure, until they are valid or refused."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.ontzorgen.household.formats.mandate_form import MandateForm, write_mandate_form
from services.ontzorgen.household.handlers.households import add_mandate, read_file
from services.ontzorgen.household.handlers.recording import lock_file
from services.ontzorgen.household.repository import creditors, file, mandate_requests
from services.ontzorgen.household.rules import charges
from services.ontzorgen.household.rules.charges import MandateProcedure, find_public_code
from services.ontzorgen.household.rules.household import HouseholdFile
from services.ontzorgen.household.rules.mandate_requests import (
    MandateProgress,
    MandateRequest,
    MandateStep,
    MandateStepKind,
    answer_by,
    ask_mandate,
    build_mandate,
    list_progress,
    refused_task,
    take_step,
    task_id_of,
    unanswered_task,
)
from services.ontzorgen.household.rules.recorder import Recorder, require_new_id
from services.ontzorgen.policies.handlers import find_municipality_name, policy_in_force
from services.ontzorgen.tasks.handlers import complete_tasks, raise_task, raise_tasks
from shared.database.transactions import Transaction
from shared.events import MandateRefused
from shared.events.codes import ChargeKind
from shared.http.requests import not_found, require_found


@dataclass(frozen=True)
class AskedMandate:
    """What is asked for; without a procedure it goes by the creditor's own."""

    id: UUID
    kind: ChargeKind
    creditor: str
    asked_on: date
    procedure: MandateProcedure | None = None
    from_day: date | None = None
    until_day: date | None = None
    regeldag_id: UUID | None = None


@dataclass(frozen=True)
class MandateView:
    """How far a mandate has come, with the last day for the step that is awaited."""

    progress: MandateProgress
    answer_by: date | None


async def ask(household_id: UUID, mandate: AskedMandate, tx: Transaction, by: Recorder) -> MandateView:
    """Record that a mandate is asked for. The same twice is recorded once."""
    household_file = await lock_file(household_id, tx)
    creditor = await creditors.find_creditor(tx, mandate.creditor, mandate.asked_on)
    usual = creditor.mandate_procedure if creditor else MandateProcedure.SIGNED_FORM
    existing = await _list_progress(household_id, tx)
    procedure = next((earlier.request.procedure for earlier in existing if earlier.request.id == mandate.id), usual)
    request = MandateRequest(**vars(mandate) | {"procedure": mandate.procedure or procedure})
    progress = ask_mandate(existing, household_file.mandates, request)
    if progress is None:
        require_new_id(is_new=await file.add_version(tx, household_id, request, by))
        progress = MandateProgress(request)
    return _view(progress, tx)


async def record_step(household_id: UUID, step: MandateStep, tx: Transaction, by: Recorder) -> MandateView:
    """Record a step: one makes the mandate valid, a refusal leaves a task and ends a mandate that was valid."""
    household_file = await lock_file(household_id, tx)
    earlier = next(
        (item for item in await _list_progress(household_id, tx) if item.request.id == step.mandate_id), None
    )
    progress = require_found(earlier, "mandate that was asked")
    after = take_step(progress, step)
    if after is None:
        return _view(progress, tx)
    require_new_id(is_new=await file.add_version(tx, household_id, step, by))
    if progress.waits_since is not None:
        await complete_tasks([task_id_of(step.mandate_id, progress.waits_since)], step.taken_on, tx)
    mandate = build_mandate(after)
    if mandate is not None:
        await add_mandate(household_id, mandate, tx, by)
    if step.step is MandateStepKind.REFUSED:
        await _end_refused(household_file, after.request, step, tx, by)
    return _view(after, tx)


async def _end_refused(
    household_file: HouseholdFile, request: MandateRequest, step: MandateStep, tx: Transaction, by: Recorder
) -> None:
    """Leave a task, and pay no later month under a mandate that was valid without the creditor's acceptance."""
    household, ended_on = household_file.household, None
    await raise_task(household.id, refused_task(step.mandate_id, step.taken_on), step.taken_on, tx)
    for mandate in household_file.mandates:
        if mandate.id == step.mandate_id and mandate.revoked_on is None:
            ends_on = max(step.taken_on, mandate.granted_on)
            ended = charges.revoke_mandate(mandate, ends_on, household.next_month)
            await file.add_revocation(tx, household.id, ended, by)
            ended_on = ends_on
    tx.emit(
        MandateRefused(
            household_id=household.id,
            person_id=household.person_id,
            mandate_id=request.id,
            kind=request.kind,
            refused_on=step.taken_on,
            ended_on=ended_on,
            creditor=find_public_code(request.creditor),
        )
    )


async def list_mandates(household_id: UUID, tx: Transaction) -> list[MandateView]:
    """Return every mandate that was asked for, with its steps."""
    await read_file(household_id, tx)
    return [_view(progress, tx) for progress in await _list_progress(household_id, tx)]


async def write_form(household_id: UUID, mandate_id: UUID, tx: Transaction) -> bytes:
    """Return the form of a mandate, asked for or granted, as a PDF."""
    household_file = await read_file(household_id, tx)
    requests = [progress.request for progress in await _list_progress(household_id, tx)]
    granted = [
        MandateRequest(
            mandate.id,
            mandate.kind,
            mandate.creditor,
            mandate.granted_on,
            mandate.procedure or MandateProcedure.SIGNED_FORM,
            mandate.granted_on,
            mandate.until_day,
        )
        for mandate in household_file.mandates
        if mandate.id not in {request.id for request in requests}
    ]
    form_request = next((request for request in (*requests, *granted) if request.id == mandate_id), None)
    if form_request is None:
        raise not_found("mandate")
    together = [
        request
        for request in (*requests, *granted)
        if (request.creditor, request.asked_on, request.procedure)
        == (form_request.creditor, form_request.asked_on, form_request.procedure)
    ]
    kinds = tuple(dict.fromkeys(request.kind for request in together))
    creditor = await creditors.find_creditor(tx, form_request.creditor, form_request.asked_on)
    references = (
        charge.reference
        for charge in household_file.charges
        if charge.creditor == form_request.creditor and charge.kind in kinds
    )
    return write_mandate_form(
        MandateForm(
            number=str(form_request.id),
            municipality=find_municipality_name(tx.municipality) or tx.municipality.upper(),
            creditor_name=creditor.name if creditor else form_request.creditor,
            creditor_iban=creditor.iban if creditor else None,
            references=tuple(dict.fromkeys(references)),
            kinds=kinds,
            procedure=form_request.procedure,
            first_day=form_request.from_day,
            last_day=form_request.until_day,
        )
    )


async def raise_unanswered(day: date, tx: Transaction) -> None:
    """Raise a task for each mandate whose next step is awaited for longer than the policy allows."""
    answer_days = policy_in_force(tx.municipality, day).mandate_answer_days
    waiting = await mandate_requests.list_waiting(tx, day - timedelta(days=answer_days))
    tasks = ((mandate.household_id, unanswered_task(mandate.mandate_id, mandate.since, day)) for mandate in waiting)
    await raise_tasks(tasks, day, tx)


async def _list_progress(household_id: UUID, tx: Transaction) -> list[MandateProgress]:
    requests = await file.list_versions(tx, MandateRequest, household_id)
    return list_progress(requests, await file.list_versions(tx, MandateStep, household_id) if requests else ())


def _view(progress: MandateProgress, tx: Transaction) -> MandateView:
    answer_days = policy_in_force(
        tx.municipality, progress.waits_since or progress.request.asked_on
    ).mandate_answer_days
    return MandateView(progress, answer_by(progress, answer_days))
