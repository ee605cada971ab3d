"""The months of households: many at once into the database, and back as they were computed.

A month is one row: its amounts as columns, so that the database can check and add them up, and its lines as one compact
JSON text. A charge stands there as [kind, creditor, charge, due] and, where it says more, [..., paid, for which month];
the kind by the number of its account, the charge's id in base64. A correction says for which month, what it is and what
was paid, and, of what an earlier month left unpaid, that month. A payment is [day of the month, payee, cents].
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.ledger.rules import CREDITOR_OF
from services.ontzorgen.run.rules.month import KeptMonth
from services.ontzorgen.run.rules.run import Part, Run, Totals
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction, CreditorCredit
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.situation import build_unpaid_key
from services.ontzorgen.statement.rules.statement import CASE_MANAGER, Statement, StatementStatus
from shared.calendar import month_of, months_between
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind, ShortfallSolution

_COLUMNS: Final = (
    "norm_cents",
    "payable_cents",
    "holiday_reserve_cents",
    "routed_allowances_cents",
    "grants_cents",
    "loans_cents",
    "charges_total_cents",
    "missing_cents",
    "correction_cents",
    "deducted_cents",
    "remainder_cents",
    "shortfall_cents",
)
_AMOUNTS: Final = ", ".join(_COLUMNS)
ADD: Final = f"""
INSERT INTO statement (municipality, month, run_id, household_id, status, {_AMOUNTS}, payments, content)
SELECT $1, $2, $3, made.* FROM unnest(
    $4::uuid[], $5::text[], {", ".join(f"${place}::int[]" for place in range(6, 6 + len(_COLUMNS)))},
    ${6 + len(_COLUMNS)}::smallint[], ${7 + len(_COLUMNS)}::text[]
) AS made
"""  # noqa: S608 - names of our own columns
# A steady month has its payments only as content: what comes before and after them stands in its bill.
READ: Final = f"""
s.household_id, s.month, s.status, {", ".join(f"s.{name}" for name in _COLUMNS)},
CASE WHEN s.bill_id IS NULL THEN s.content ELSE '[' || b.charges || ',' || s.content || b.more || ']' END AS content
"""
MONTHS: Final = """
statement s LEFT JOIN steady_bill b
ON b.municipality = s.municipality AND b.household_id = s.household_id AND b.id = s.bill_id
"""
IN_PART: Final = """
s.municipality = $1 AND s.month = $2 AND s.run_id = $3 AND s.household_id BETWEEN $4::uuid AND $5::uuid
"""
_OF_HOUSEHOLD: Final = f"""
SELECT {READ}, s.run_id, r.proposed_on AS run_on FROM {MONTHS}
JOIN run r ON r.municipality = s.municipality AND r.id = s.run_id
WHERE s.municipality = $1 AND s.household_id = $2 AND s.month = ANY($3::text[]) ORDER BY s.month
"""  # noqa: S608 - names of our own columns
_BEFORE: Final = f"""
SELECT {READ} FROM {MONTHS}
WHERE s.municipality = $1 AND s.household_id = ANY($2::uuid[]) AND s.month = ANY($3::text[])
ORDER BY s.household_id, s.month
"""  # noqa: S608 - names of our own columns
_TOTALS: Final = """
SELECT count(*) AS households, coalesce(sum(norm_cents), 0) AS norm_cents,
    coalesce(sum(deducted_cents), 0) AS deducted_cents, coalesce(sum(remainder_cents), 0) AS remainder_cents,
    coalesce(sum(shortfall_cents), 0) AS shortfall_cents, coalesce(sum(correction_cents), 0) AS correction_cents,
    coalesce(sum(payments), 0) AS payments
FROM statement WHERE municipality = $1 AND month = $2 AND run_id = $3
"""
# A month is hashed as its columns and its lines stand, one line each. A bill's name is the hash of what it says.
_CONTENT: Final = f"""
SELECT string_agg(concat_ws('|', s.household_id, s.status, {", ".join(f"s.{name}" for name in _COLUMNS)}, s.content,
    s.bill_id) || E'\\n', '' ORDER BY s.household_id)
FROM statement s WHERE {IN_PART}
"""  # noqa: S608 - names of our own columns
_PERIOD: Final = "SELECT first_day, last_day FROM household WHERE municipality = $1 AND id = $2"
_LOANS: Final = """
SELECT g.household_id, sum(g.amount_cents) AS cents FROM relief_grant g
WHERE g.municipality = $1 AND g.month = $2 AND g.household_id = ANY($3::uuid[]) AND g.form = 'loan' AND g.is_routed
AND NOT EXISTS (SELECT FROM relief_grant n WHERE n.municipality = $1 AND n.replaces = g.id) GROUP BY g.household_id
"""
_KIND: Final = {kind.value: kind for kind in ChargeKind}
_NUMBER: Final = {kind: account.value for kind, account in CREDITOR_OF.items()}
_KIND_OF: Final = {number: kind for kind, number in _NUMBER.items()}
_STATUS: Final = {status.value: status for status in StatementStatus}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.decode


def content_of(month: KeptMonth) -> str:
    """The lines of a month as a compact text; what is as usual is left out."""
    made = month.statement
    name = made.month
    charges = [
        (*short(key, kind, creditor), due)
        if due == paid and for_month == name
        else (*short(key, kind, creditor), due, paid, for_month)
        for key, kind, creditor, for_month, due, paid, _ in made.charges
    ]
    payments = [(on.day if month_of(on) == name else on, payee, cents) for on, payee, cents in made.payments]
    lines: list[Any] = [charges, payments]
    more = _more(month)
    if made.corrections or more:
        late = made.corrections
        lines.append([(*short(*one[:3]), *one[3:], *([one.unpaid_in] if one.unpaid_in else [])) for one in late])
    if more:
        lines.append(more)
    return _encode(lines).decode()


def short(key: str, kind: ChargeKind, creditor: str) -> tuple[int, str, str]:
    """How a charge is named in a month's content."""
    return _NUMBER[kind], creditor, b64encode(bytes.fromhex(key[-36:].replace("-", "")))[:22].decode()


def _key(number: int, creditor: str, charge: str) -> tuple[str, ChargeKind, str]:
    kind = _KIND_OF[number]
    return f"{creditor}/{kind._value_}/{UUID(bytes=b64decode(charge + '=='))}", kind, creditor


def _more(month: KeptMonth) -> dict[str, Any]:
    made = month.statement
    more: dict[str, Any] = {}
    if made.solutions:
        more["solutions"] = made.solutions
    if made.task_for:
        more["task"] = 1
    if made.norm_outdated:
        more["outdated"] = 1
    if made.left_to_person:
        more["left"] = made.left_to_person
    if made.creditor_credits:
        more["waiting"] = [(*short(*one[:3]), *one[3:]) for one in made.creditor_credits]
    if not month.has_charges:
        more["none"] = 1
    return more


def month_of_row(row: asyncpg.Record) -> KeptMonth:
    """The month as it was computed."""
    name = row["month"]
    charges, payments, *rest = _decode(row["content"])
    more: dict[str, Any] = rest[1] if len(rest) > 1 else {}
    correction_cents = row["correction_cents"]
    made = Statement(
        month=name,
        status=_STATUS[row["status"]],
        norm_cents=row["norm_cents"],
        payable_cents=row["payable_cents"],
        holiday_reserve_cents=row["holiday_reserve_cents"],
        routed_allowances_cents=row["routed_allowances_cents"],
        grants_cents=row["grants_cents"],
        available_cents=row["payable_cents"] + row["routed_allowances_cents"] + row["grants_cents"],
        charges=tuple([_charge(one, name) for one in charges]),
        corrections=tuple([_correction(*one) for one in rest[0]]) if rest else (),
        charges_total_cents=row["charges_total_cents"],
        correction_cents=correction_cents,
        remainder_cents=row["remainder_cents"],
        shortfall_cents=row["shortfall_cents"],
        payments=tuple([_payment(name, *one) for one in payments]),
        solutions=tuple([ShortfallSolution(one) for one in more.get("solutions", ())]),
        task_for=CASE_MANAGER if "task" in more else None,
        norm_outdated="outdated" in more,
        left_to_person=tuple([_KIND[one] for one in more.get("left", ())]),
        creditor_credits=tuple([CreditorCredit(*_key(*one[:3]), *one[3:]) for one in more.get("waiting", ())]),
    )
    return KeptMonth(row["household_id"], made, row["loans_cents"], row["missing_cents"], "none" not in more)


def _charge(kept: Sequence[Any], month: str) -> ChargeMonth:
    number, creditor, charge, due, *more = kept
    paid, for_month = more or (due, month)
    return ChargeMonth(*_key(number, creditor, charge), for_month, due, paid, due - paid)


def _correction(number: int, creditor: str, charge: str, *amounts: Any) -> Correction:
    key, kind, creditor = _key(number, creditor, charge)
    for_month, cents, paid_cents, *unpaid_in = amounts
    return Correction(
        build_unpaid_key(unpaid_in[0], key) if unpaid_in else key, kind, creditor, for_month, cents, paid_cents
    )


def _payment(month: str, on: int | str, payee: str, cents: int) -> Payment:
    day = date(int(month[:4]), int(month[5:]), on) if isinstance(on, int) else date.fromisoformat(on)
    return Payment(day, payee, cents)


def arguments(run: Run, municipality: str, months: Sequence[KeptMonth]) -> list[Any]:
    """What `ADD` is given for these months."""
    columns: list[list[Any]] = [[] for _ in range(4 + len(_COLUMNS))]
    for month in months:
        made = month.statement
        values = (
            month.household_id,
            made.status.value,
            made.norm_cents,
            made.payable_cents,
            made.holiday_reserve_cents,
            made.routed_allowances_cents,
            made.grants_cents,
            month.loans_cents,
            made.charges_total_cents,
            month.missing_cents,
            made.correction_cents,
            month.deducted_cents,
            made.remainder_cents,
            made.shortfall_cents,
            month.payments,
            content_of(month),
        )
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return [municipality, run.month, run.id, *columns]


async def totals(tx: Transaction, run: Run) -> Totals:
    """What the months of a run come to, as the database adds them up."""
    row = await (await tx.driver()).fetchrow(_TOTALS, tx.municipality, run.month, run.id)
    return Totals(**{name: int(value) for name, value in (row or {}).items()})


async def content_sha256(tx: Transaction, run: Run, parts: Iterable[Part]) -> str:
    """The hash over every month of a run, in order of the household's id, read part by part.

    How many parts there are makes no difference.
    """
    driver, found = await tx.driver(), sha256()
    for part in parts:
        text = await driver.fetchval(_CONTENT, tx.municipality, run.month, run.id, *part.bounds)
        found.update((text or "").encode())
    return found.hexdigest()


async def of_household(tx: Transaction, household_id: UUID) -> list[tuple[asyncpg.Record, KeptMonth]]:
    """A household's months, oldest first: the row with `run_id` and `run_on`, and the month itself."""
    wanted = await names(tx, household_id)
    found = await (await tx.driver()).fetch(_OF_HOUSEHOLD, tx.municipality, household_id, wanted)
    return [(row, month_of_row(row)) for row in found]


async def before(tx: Transaction, name: str, households: Sequence[Household]) -> list[KeptMonth]:
    """The months of these households before a month, by household and oldest first."""
    if not households:
        return []
    await tx.flush()
    wanted = list(months_between(month_of(min(one.first_day for one in households)), name))[:-1]
    found = await (await tx.driver()).fetch(_BEFORE, tx.municipality, [one.id for one in households], wanted)
    return [month_of_row(row) for row in found]


async def names(tx: Transaction, household_id: UUID) -> list[str]:
    """The months of a household's relief, by which its months and entries are found."""
    await tx.flush()
    period = await (await tx.driver()).fetchrow(_PERIOD, tx.municipality, household_id)
    return [] if period is None else list(months_between(month_of(period["first_day"]), month_of(period["last_day"])))


async def month(tx: Transaction, household_id: UUID, name: str) -> KeptMonth | None:
    """One month of a household."""
    found = await (await tx.driver()).fetch(_OF_HOUSEHOLD, tx.municipality, household_id, [name])
    return month_of_row(found[0]) if found else None


async def loans(tx: Transaction, name: str, household_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Which part of these households' grants of a month is lent."""
    if not household_ids:
        return {}
    found = await (await tx.driver()).fetch(_LOANS, tx.municipality, name, list(household_ids))
    return {row["household_id"]: int(row["cents"]) for row in found}


async def remove(tx: Transaction, run: Run) -> None:
    """The months of a withdrawn proposal; the database refuses it for one that was sealed."""
    statement = "DELETE FROM statement WHERE municipality = $1 AND month = $2 AND run_id = $3"
    await (await tx.driver()).execute(statement, tx.municipality, run.month, run.id)
