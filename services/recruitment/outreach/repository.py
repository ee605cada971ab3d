"""Queries on outreaches. Row-level security keeps each of them to the municipality of the transaction."""

from services.recruitment.outreach.rules import Outreach
from services.recruitment.outreach.tables import OutreachRow
from shared.database import rows
from shared.database.transactions import Transaction


async def add_outreach(tx: Transaction, outreach: Outreach) -> Outreach | None:
    """Insert an outreach. Return None if it is new, else the outreach that has this id."""
    return await rows.add_or_load(tx, OutreachRow, outreach)
