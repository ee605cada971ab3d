"""Queries on credits. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from services.recruitment.targets.tables import CreditRow
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events import AmbassadorCredited


async def add_credits(tx: Transaction, credits_earned: Sequence[AmbassadorCredited]) -> None:
    """Insert a credit for each of the facts; one that is there already stays."""
    for fact in credits_earned:
        await rows.add(
            tx,
            CreditRow,
            ambassador_id=fact.ambassador_id,
            person_id=fact.person_id,
            credited_on=fact.credited_on,
        )


async def count_credits(tx: Transaction) -> Mapping[UUID, int]:
    """Count the credits of each ambassador who has any."""
    query = select(col(CreditRow.ambassador_id), func.count()).group_by(col(CreditRow.ambassador_id))
    return dict((await tx.session.execute(query)).all())
