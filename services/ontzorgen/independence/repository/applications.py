"""The queries of applications."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.applications import Application
from services.ontzorgen.independence.tables.applications import ApplicationRow
from shared.database.transactions import Transaction


async def add_application(tx: Transaction, application: Application) -> bool:
    """Add an application; False when its id is in use."""
    return await records.add(tx, ApplicationRow, application)


async def lock_application(tx: Transaction, application_id: UUID) -> Application | None:
    """Return the application, locked; None if there is no such application."""
    return await records.find(tx, ApplicationRow, Application, application_id, lock=True)


async def save_application(tx: Transaction, application: Application) -> None:
    """Write back an application that this transaction has locked."""
    await records.save(tx, ApplicationRow, application, application.id)


async def list_applications(tx: Transaction, household_id: UUID) -> list[Application]:
    return await records.list_states(tx, ApplicationRow, Application, household_id=household_id)
