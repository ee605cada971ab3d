"""The months of households: many at once into the database, and back as they were computed.

A month is one row: its amounts as columns, so that the database can check and add them up, and its lines as one compact
JSON text. A charge is [kind, creditor, charge, due] and, if not just that was paid for this month, [..., paid, month];
the kind by the number of its account, the charge's id in base64. A correction has its month, what is due and what was
paid, and, for what an earlier month left unpaid, that month. A payment is [day of the month, payee, cents].
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
from services.ontzorgen.run.rules.month import HouseholdMonth, RunMonth
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
INSERT_MONTHS: Final = f"""
INSERT INTO statement (municipality, month, run_id, household_id, status, {_AMOUNTS}, payments, content)
SELECT $1, $2, $3, new.* FROM unnest(
    $4::uuid[], $5::text[], {", ".join(f"${number}::int[]" for number in range(6, 6 + len(_COLUMNS)))},
    ${6 + len(_COLUMNS)}::smallint[], ${7 + len(_COLUMNS)}::text[]
) AS new
"""  # noqa: S608 - names of our own columns
# A recurring month has only its payments as content: what comes before and after them is in its stored charges.
MONTH_COLUMNS: Final = f"""
s.household_id, s.month, s.status, {", ".join(f"s.{name}" for name in _COLUMNS)},
CASE WHEN s.bill_id IS NULL THEN s.content ELSE '[' || b.charges || ',' || s.content || b.more || ']' END AS content
"""
MONTH_TABLES: Final = """
statement s LEFT JOIN steady_bill b
ON b.municipality = s.municipality AND b.household_id = s.household_id AND b.id = s.bill_id
"""
IN_PART: Final = """
s.municipality = $1 AND s.month = $2 AND s.run_id = $3 AND s.household_id BETWEEN $4::uuid AND $5::uuid
"""
_OF_HOUSEHOLD: Final = f"""
SELECT {MONTH_COLUMNS}, s.run_id, r.proposed_on AS run_on FROM {MONTH_TABLES}
JOIN run r ON r.municipality = s.municipality AND r.id = s.run_id
WHERE s.municipality = $1 AND s.household_id = $2 AND s.month = ANY($3::text[]) ORDER BY s.month
"""  # noqa: S608 - names of our own columns
_BEFORE: Final = f"""
SELECT {MONTH_COLUMNS} FROM {MONTH_TABLES}
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
# Each month is hashed as one line of its columns and its content. A bill's id is the hash of its content.
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


def encode_content(month: HouseholdMonth) -> str:
    """Return the lines of a month as a compact text; what is as usual is left out."""
    statement = month.statement
    name = statement.month
    charges = [
        (*abbreviate_charge(key, kind, creditor), due)
        if due == paid and for_month == name
        else (*abbreviate_charge(key, kind, creditor), due, paid, for_month)
        for key, kind, creditor, for_month, due, paid, _ in statement.charges
    ]
    payments = [(on.day if month_of(on) == name else on, payee, cents) for on, payee, cents in statement.payments]
    lines: list[Any] = [charges, payments]
    extras = _encode_extras(month)
    if statement.corrections or extras:
        lines.append([_encode_correction(correction) for correction in statement.corrections])
    if extras:
        lines.append(extras)
    return _encode(lines).decode()


def abbreviate_charge(key: str, kind: ChargeKind, creditor: str) -> tuple[int, str, str]:
    """Return how a charge is named in a month's content."""
    return _NUMBER[kind], creditor, b64encode(bytes.fromhex(key[-36:].replace("-", "")))[:22].decode()


def _expand_charge(number: int, creditor: str, charge: str) -> tuple[str, ChargeKind, str]:
    kind = _KIND_OF[number]
    return f"{creditor}/{kind._value_}/{UUID(bytes=b64decode(charge + '=='))}", kind, creditor


def _encode_correction(correction: Correction) -> tuple[Any, ...]:
    unpaid_in = [correction.unpaid_in] if correction.unpaid_in else []
    return (*abbreviate_charge(*correction[:3]), *correction[3:], *unpaid_in)


def _encode_extras(month: HouseholdMonth) -> dict[str, Any]:
    statement = month.statement
    extras: dict[str, Any] = {}
    if statement.solutions:
        extras["solutions"] = statement.solutions
    if statement.task_for:
        extras["task"] = 1
    if statement.norm_outdated:
        extras["outdated"] = 1
    if statement.left_to_person:
        extras["left"] = statement.left_to_person
    if statement.creditor_credits:
        extras["waiting"] = [(*abbreviate_charge(*credit[:3]), *credit[3:]) for credit in statement.creditor_credits]
    if not month.has_charges:
        extras["none"] = 1
    return extras


def read_month(row: asyncpg.Record) -> HouseholdMonth:
    """Return the month of a row, as it was computed."""
    name = row["month"]
    charges, payments, *optional = _decode(row["content"])
    extras: dict[str, Any] = optional[1] if len(optional) > 1 else {}
    statement = Statement(
        month=name,
        status=_STATUS[row["status"]],
        norm_cents=row["norm_cents"],
        payable_cents=row["payable_cents"],
        holiday_reserve_cents=row["holiday_reserve_cents"],
        routed_allowances_cents=row["routed_allowances_cents"],
        grants_cents=row["grants_cents"],
        available_cents=row["payable_cents"] + row["routed_allowances_cents"] + row["grants_cents"],
        charges=tuple([_read_charge(charge, name) for charge in charges]),
        corrections=tuple([_read_correction(*correction) for correction in optional[0]]) if optional else (),
        charges_total_cents=row["charges_total_cents"],
        correction_cents=row["correction_cents"],
        remainder_cents=row["remainder_cents"],
        shortfall_cents=row["shortfall_cents"],
        payments=tuple([_read_payment(name, *payment) for payment in payments]),
        solutions=tuple([ShortfallSolution(solution) for solution in extras.get("solutions", ())]),
        task_for=CASE_MANAGER if "task" in extras else None,
        norm_outdated="outdated" in extras,
        left_to_person=tuple([_KIND[kind] for kind in extras.get("left", ())]),
        creditor_credits=tuple(
            [CreditorCredit(*_expand_charge(*credit[:3]), *credit[3:]) for credit in extras.get("waiting", ())]
        ),
    )
    return HouseholdMonth(
        row["household_id"], statement, row["loans_cents"], row["missing_cents"], "none" not in extras
    )


def _read_charge(content: Sequence[Any], month: str) -> ChargeMonth:
    number, creditor, charge, due_cents, *optional = content
    paid_cents, for_month = optional or (due_cents, month)
    key, kind, creditor = _expand_charge(number, creditor, charge)
    return ChargeMonth(key, kind, creditor, for_month, due_cents, paid_cents, due_cents - paid_cents)


def _read_correction(number: int, creditor: str, charge: str, *amounts: Any) -> Correction:
    key, kind, creditor = _expand_charge(number, creditor, charge)
    for_month, cents, paid_cents, *unpaid_in = amounts
    return Correction(
        build_unpaid_key(unpaid_in[0], key) if unpaid_in else key, kind, creditor, for_month, cents, paid_cents
    )


def _read_payment(month: str, on: int | str, payee: str, cents: int) -> Payment:
    day = date(int(month[:4]), int(month[5:]), on) if isinstance(on, int) else date.fromisoformat(on)
    return Payment(day, payee, cents)


def insert_arguments(run: Run, municipality: str, months: Sequence[HouseholdMonth]) -> list[Any]:
    """Return the arguments of `INSERT_MONTHS` for these months."""
    columns: list[list[Any]] = [[] for _ in range(4 + len(_COLUMNS))]
    for month in months:
        statement = month.statement
        values = (
            month.household_id,
            statement.status.value,
            statement.norm_cents,
            statement.payable_cents,
            statement.holiday_reserve_cents,
            statement.routed_allowances_cents,
            statement.grants_cents,
            month.loans_cents,
            statement.charges_total_cents,
            month.missing_cents,
            statement.correction_cents,
            month.deducted_cents,
            statement.remainder_cents,
            statement.shortfall_cents,
            month.payments,
            encode_content(month),
        )
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return [municipality, run.month, run.id, *columns]


async def sum_months(tx: Transaction, run: Run) -> Totals:
    """Return the sums of the months of a run, as the database adds them up."""
    row = await (await tx.driver()).fetchrow(_TOTALS, tx.municipality, run.month, run.id)
    return Totals(**{name: int(value) for name, value in (row or {}).items()})


async def hash_content(tx: Transaction, run: Run, parts: Iterable[Part]) -> str:
    """Return the hash over every month of a run, in order of the household's id; the parts make no difference."""
    driver, digest = await tx.driver(), sha256()
    for part in parts:
        text = await driver.fetchval(_CONTENT, tx.municipality, run.month, run.id, *part.bounds)
        digest.update((text or "").encode())
    return digest.hexdigest()


async def list_months(tx: Transaction, household_id: UUID) -> list[RunMonth]:
    """Return a household's months, oldest first."""
    await tx.flush()
    driver = await tx.driver()
    period = await driver.fetchrow(_PERIOD, tx.municipality, household_id)
    if period is None:
        return []
    names = list(months_between(month_of(period["first_day"]), month_of(period["last_day"])))
    rows = await driver.fetch(_OF_HOUSEHOLD, tx.municipality, household_id, names)
    return [RunMonth(row["run_id"], row["run_on"], read_month(row)) for row in rows]


async def list_months_before(tx: Transaction, month: str, households: Sequence[Household]) -> list[HouseholdMonth]:
    """Return the months of these households before a month, by household and oldest first."""
    if not households:
        return []
    await tx.flush()
    first_month = month_of(min(household.first_day for household in households))
    earlier, ids = list(months_between(first_month, month))[:-1], [household.id for household in households]
    rows = await (await tx.driver()).fetch(_BEFORE, tx.municipality, ids, earlier)
    return [read_month(row) for row in rows]


async def find_month(tx: Transaction, household_id: UUID, month: str) -> HouseholdMonth | None:
    """Return one month of a household; None if it was not run."""
    row = await (await tx.driver()).fetchrow(_OF_HOUSEHOLD, tx.municipality, household_id, [month])
    return read_month(row) if row else None


async def sum_loans(tx: Transaction, month: str, household_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return which part of these households' grants of a month is lent."""
    if not household_ids:
        return {}
    rows = await (await tx.driver()).fetch(_LOANS, tx.municipality, month, list(household_ids))
    return {row["household_id"]: int(row["cents"]) for row in rows}


async def delete_months(tx: Transaction, run: Run) -> None:
    """Delete the months of a withdrawn proposal; the database refuses it for a run that was sealed."""
    statement = "DELETE FROM statement WHERE municipality = $1 AND month = $2 AND run_id = $3"
    await (await tx.driver()).execute(statement, tx.municipality, run.month, run.id)
