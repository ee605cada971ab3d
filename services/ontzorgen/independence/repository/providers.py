"""The queries of providers: who guides a household, and the counts to compare them by.

A household's class before and after is its own person's; its lessons are everyone's.
"""

from datetime import date
from typing import Final
from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.providers import Guidance, ProviderRecord
from services.ontzorgen.independence.tables.providers import GuidanceRow
from shared.database.transactions import Transaction
from shared.events.codes import SelfRelianceClass

_PROVIDER_RECORDS: Final = """
SELECT g.provider,
    (SELECT outcome FROM measurement m WHERE m.municipality = g.municipality AND m.household_id = g.household_id
     AND m.person_id = h.person_id AND m.measured_on < COALESCE(g.until_day, 'infinity')
     ORDER BY m.measured_on, m.place LIMIT 1) AS first_class,
    (SELECT outcome FROM measurement m WHERE m.municipality = g.municipality AND m.household_id = g.household_id
     AND m.person_id = h.person_id AND m.measured_on >= g.from_day AND m.measured_on < COALESCE(g.until_day, 'infinity')
     ORDER BY m.measured_on DESC, m.place DESC LIMIT 1) AS last_class,
    count(l.lesson_no) AS lessons_given, count(l.lesson_no) FILTER (WHERE l.is_attended) AS lessons_attended
FROM (SELECT *, lead(from_day) OVER (PARTITION BY household_id ORDER BY from_day) AS until_day FROM guidance
      WHERE municipality = $1) g
JOIN household h ON h.municipality = g.municipality AND h.id = g.household_id
LEFT JOIN enrolment e ON e.municipality = g.municipality AND e.household_id = g.household_id
LEFT JOIN lesson l ON l.municipality = e.municipality AND l.enrolment_id = e.id
    AND l.given_on >= g.from_day AND l.given_on < COALESCE(g.until_day, 'infinity')
GROUP BY g.municipality, g.household_id, h.person_id, g.provider, g.from_day, g.until_day
"""


async def add_guidance(tx: Transaction, guidance: Guidance) -> None:
    await records.add(tx, GuidanceRow, guidance)


async def find_guidance(tx: Transaction, household_id: UUID, from_day: date) -> Guidance | None:
    """Return who guides a household from exactly this day on; None if nothing was recorded for it."""
    return await records.find(tx, GuidanceRow, Guidance, household_id, from_day)


async def list_provider_records(tx: Transaction) -> list[ProviderRecord]:
    """Return each household's time with each provider, counted."""
    return [
        ProviderRecord(
            provider=row["provider"],
            first_class=SelfRelianceClass(row["first_class"]) if row["last_class"] else None,
            last_class=SelfRelianceClass(row["last_class"]) if row["last_class"] else None,
            lessons_given=row["lessons_given"],
            lessons_attended=row["lessons_attended"],
        )
        for row in await tx.rows(_PROVIDER_RECORDS, tx.municipality)
    ]
