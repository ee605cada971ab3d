"""Applications on behalf of people of a household: recorded, decided, and listed."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.households import get_household, read_household
from services.ontzorgen.household.handlers.people import find_person
from services.ontzorgen.household.rules.recorder import require_new_id
from services.ontzorgen.independence.handlers.person_tasks import complete_tasks_of_person
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import applications
from services.ontzorgen.independence.rules.applications import Application, ApplicationOutcome, apply, decide
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction
from shared.http.requests import not_found


async def record_application(application: Application, tx: Transaction) -> Application:
    """Record that something was applied for. The same twice is recorded once."""
    household = await get_household(application.household_id, tx)
    person_id = await find_person(household, application.person_id, application.applied_on, tx)
    earlier = await applications.list_applications(tx, household.id)
    policy = find_policy(application.applied_on, tx)
    application, is_new = apply(earlier, replace(application, person_id=person_id), policy)
    if is_new:
        require_new_id(is_new=await applications.add_application(tx, application))
    return application


async def decide_application(
    household_id: UUID, application_id: UUID, outcome: ApplicationOutcome, decided_on: date, tx: Transaction
) -> Application:
    """Record the decision on an application, which completes its task once no other waits for this person."""
    household = await get_household(household_id, tx)
    application = await applications.lock_application(tx, application_id)
    if application is None or application.household_id != household_id:
        raise not_found("application")
    decided = decide(application, outcome, decided_on)
    await applications.save_application(tx, decided)
    person_id = decided.person_id or household.person_id
    others = await applications.list_applications(tx, household_id)
    if not any(
        other.decided_on is None and other.person_id == person_id and other.id != decided.id for other in others
    ):
        await complete_tasks_of_person(household, person_id, [TaskKind.APPLICATION_UNDECIDED], decided_on, tx)
    return decided


async def list_applications(household_id: UUID, person_id: UUID | None, tx: Transaction) -> list[Application]:
    """Return what was applied for in a household, or for one person of it."""
    await read_household(household_id, tx)
    listed = await applications.list_applications(tx, household_id)
    return [application for application in listed if person_id in (None, application.person_id)]
