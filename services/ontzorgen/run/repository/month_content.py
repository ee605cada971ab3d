"""The lines of a month as one compact JSON text, and a month of a household read back from its row.

A charge is [kind, creditor, charge, due] and, if not just that was paid for this month, [..., paid, month]; the kind by
the number of its account, the charge's id in base64. A correction has its month, what is due and what was paid, and,
for what an earlier month left unpaid, that month. A payment is [day of the month, payee, cents].
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from services.ontzorgen.household.rules.deductions import build_attachment_key
from services.ontzorgen.ledger.rules import CREDITOR_OF
from services.ontzorgen.run.rules.month import HouseholdMonth
from services.ontzorgen.statement.rules.attachments import AttachmentMonth
from services.ontzorgen.statement.rules.holiday import BeyondRight
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction, CreditorCredit
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.situation import AttachmentKind, build_unpaid_key
from services.ontzorgen.statement.rules.statement import CASE_MANAGER, Statement, StatementStatus
from shared.calendar import month_of
from shared.events.codes import ChargeKind, ShortfallSolution

# Columns that are empty where a month has nothing of the kind.
SELDOM: Final = (
    "income_cents",
    "reduction_cents",
    "attachment_cents",
    "set_off_cents",
    "holiday_paid_cents",
    "holiday_handed_over_cents",
)
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
    lines: list[Any] = [charges, _encode_payments(name, statement.payments)]
    extras = _encode_extras(month)
    if statement.corrections or extras:
        lines.append([_encode_correction(correction) for correction in statement.corrections])
    if extras:
        lines.append(extras)
    return _encode(lines).decode()


def abbreviate_charge(key: str, kind: ChargeKind, creditor: str) -> tuple[int, str, str]:
    """Return how a charge is named in a month's content."""
    return _NUMBER[kind], creditor, _abbreviate_id(key)


def list_seldom_cents(month: HouseholdMonth) -> tuple[int | None, ...]:
    """Return the values of the columns `SELDOM`."""
    statement = month.statement
    return (
        statement.income_cents or None,
        statement.reduction_cents or None,
        statement.attachment_cents or None,
        month.set_off_cents or None,
        statement.holiday_paid_cents or None,
        statement.holiday_handed_over_cents or None,
    )


def _abbreviate_id(key: str) -> str:
    """Return the id at the end of a key in base64."""
    return b64encode(bytes.fromhex(key[-36:].replace("-", "")))[:22].decode()


def _expand_id(abbreviated: str) -> UUID:
    return UUID(bytes=b64decode(abbreviated + "=="))


def _expand_charge(number: int, creditor: str, charge: str) -> tuple[str, ChargeKind, str]:
    kind = _KIND_OF[number]
    return f"{creditor}/{kind._value_}/{_expand_id(charge)}", kind, creditor


def _encode_payments(month: str, payments: Iterable[Payment]) -> list[Any]:
    return [(on.day if month_of(on) == month else on, payee, cents) for on, payee, cents in payments]


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
    return extras | _encode_seldom(statement)


def _encode_seldom(statement: Statement) -> dict[str, Any]:
    """Return what a month has of income, attachments and holiday allowance beside its columns."""
    extras: dict[str, Any] = {}
    if statement.income_exempt_cents:
        extras["exempt"] = statement.income_exempt_cents
    if statement.protected_cents:
        extras["protected"] = statement.protected_cents
    if statement.attachments:
        extras["attached"] = [
            (kind is AttachmentKind.SET_OFF, creditor, _abbreviate_id(key), cents)
            for key, kind, creditor, cents in statement.attachments
        ]
    if statement.holiday_payments:
        extras["holiday"] = _encode_payments(statement.month, statement.holiday_payments)
    if statement.holiday_beyond_right:
        extras["beyond"] = statement.holiday_beyond_right
    return extras


def read_month(row: asyncpg.Record) -> HouseholdMonth:
    """Return the month of a row, as it was computed."""
    name = row["month"]
    charges, payments, *optional = _decode(row["content"])
    extras: dict[str, Any] = optional[1] if len(optional) > 1 else {}
    attachment_cents = row["attachment_cents"] or 0
    statement = Statement(
        month=name,
        status=_STATUS[row["status"]],
        norm_cents=row["norm_cents"],
        payable_cents=row["payable_cents"],
        holiday_reserve_cents=row["holiday_reserve_cents"],
        routed_allowances_cents=row["routed_allowances_cents"],
        grants_cents=row["grants_cents"],
        available_cents=row["payable_cents"] - attachment_cents + row["routed_allowances_cents"] + row["grants_cents"],
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
        income_cents=row["income_cents"] or 0,
        income_exempt_cents=extras.get("exempt", 0),
        reduction_cents=row["reduction_cents"] or 0,
        attachments=tuple([_read_attachment(*attached) for attached in extras.get("attached", ())]),
        attachment_cents=attachment_cents,
        protected_cents=extras.get("protected", 0),
        holiday_paid_cents=row["holiday_paid_cents"] or 0,
        holiday_handed_over_cents=row["holiday_handed_over_cents"] or 0,
        holiday_payments=tuple([_read_payment(name, *payment) for payment in extras.get("holiday", ())]),
        holiday_beyond_right=tuple([BeyondRight(*part) for part in extras.get("beyond", ())]),
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


def _read_attachment(is_set_off: bool, creditor: str, abbreviated: str, cents: int) -> AttachmentMonth:  # noqa: FBT001 - in the order of the content
    kind = AttachmentKind.SET_OFF if is_set_off else AttachmentKind.ATTACHMENT
    return AttachmentMonth(build_attachment_key(_expand_id(abbreviated)), kind, creditor, cents)


def _read_payment(month: str, on: int | str, payee: str, cents: int) -> Payment:
    day = date(int(month[:4]), int(month[5:]), on) if isinstance(on, int) else date.fromisoformat(on)
    return Payment(day, payee, cents)
