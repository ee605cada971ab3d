"""The query of how many people are in which class of self-reliance on a day."""

from datetime import date
from typing import Final

from shared.database.transactions import Transaction
from shared.events.codes import SelfRelianceClass

_COUNTS: Final = """
SELECT (
    SELECT m.outcome FROM measurement m WHERE m.municipality = $1 AND m.household_id = who.household_id
    AND m.person_id = who.person_id AND m.measured_on <= $2::date ORDER BY m.measured_on DESC, m.place DESC LIMIT 1
) AS class, count(*) AS people
FROM (
    SELECT h.id AS household_id, h.person_id FROM household h
    WHERE h.municipality = $1 AND $2::date BETWEEN h.first_day AND h.last_day
    UNION ALL
    SELECT h.id, p.person_id FROM household_person p
    JOIN household h ON h.municipality = p.municipality AND h.id = p.household_id
    WHERE p.municipality = $1 AND $2::date BETWEEN h.first_day AND h.last_day
    AND $2::date BETWEEN p.from_day AND COALESCE(p.until_day, 'infinity')
    AND NOT EXISTS (SELECT FROM household_person later
                    WHERE later.municipality = p.municipality AND later.replaces = p.id)
) who GROUP BY 1
"""


async def count_people(tx: Transaction, on: date) -> dict[SelfRelianceClass | None, int]:
    """Return how many people in relief on a day are in each class; None: not measured by then."""
    return {
        SelfRelianceClass(row["class"]) if row["class"] else None: row["people"]
        for row in await tx.rows(_COUNTS, tx.municipality, on)
    }
