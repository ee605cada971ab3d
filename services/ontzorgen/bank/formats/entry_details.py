"""The payments inside an entry of a camt.053 statement: their ids, their references, and what each says it moved.

What an entry moved is said by the entry alone. Payments that do not add up to it leave a rest, such as charges.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from services.ontzorgen.bank.formats.entry_lines import AMOUNT_VALUES, DETAIL_VALUES, ENTRY_VALUES
from services.ontzorgen.bank.formats.xml_pieces import AMOUNTS_CACHED_MAX, parse_cents
from services.ontzorgen.bank.rules.bank_statements import Detail
from services.ontzorgen.bank.rules.matching import parse_sent_id
from services.ontzorgen.bank.rules.messages import BankFileError, is_placeholder
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED

EURO = "EUR"
_REASON = re.compile(r"[A-Z0-9]{1,4}")

# A payment as it was read: its amount has no sign yet, and beside it stands what it says of its direction.
UnsignedDetail = tuple[Detail, str]


def read_single_detail(values: list[str], entry_cents: int) -> tuple[Detail, int]:
    """Return the only payment in an entry, as nearly all are, and what it says that the entry moved besides it."""
    (said_cents, end_to_end_id, reference, code), _ = _read_detail(values, ENTRY_VALUES)
    rest_cents = 0 if said_cents is None else entry_cents + (said_cents if entry_cents < 0 else -said_cents)
    return Detail(entry_cents, end_to_end_id, reference, code), rest_cents


def read_details(values: list[str], start: int = 0) -> list[UnsignedDetail]:
    """Return the payments whose values stand from there on, one after the other."""
    return [_read_detail(values, at) for at in range(start, len(values) - 1, DETAIL_VALUES)]


def sign_details(unsigned: Sequence[UnsignedDetail], entry_cents: int) -> tuple[tuple[Detail, ...], int]:
    """Return the payments in an entry with signed amounts, and what of the entry they leave unexplained.

    They are signed like their entry. Only where they then do not add up to it, each is taken in its own direction.
    """
    if len(unsigned) == 1:
        ((detail, _),) = unsigned
        return (detail._replace(amount_cents=entry_cents),), 0
    if not unsigned or any(detail.amount_cents is None for detail, _ in unsigned):
        return tuple(_sign(unsigned, entry_cents, is_netted=False)), 0
    details = _sign(unsigned, entry_cents, is_netted=False)
    if _sum_cents(details) != entry_cents:
        details = _sign(unsigned, entry_cents, is_netted=True)
    return tuple(details), entry_cents - _sum_cents(details)


def _sign(unsigned: Sequence[UnsignedDetail], entry_cents: int, *, is_netted: bool) -> list[Detail]:
    entry_sign = "DBIT" if entry_cents < 0 else "CRDT"
    return [
        detail._replace(amount_cents=-detail.amount_cents)
        if detail.amount_cents is not None and ((sign if is_netted else "") or entry_sign) == "DBIT"
        else detail
        for detail, sign in unsigned
    ]


def _sum_cents(details: Sequence[Detail]) -> int:
    return sum(detail.amount_cents or 0 for detail in details)


def _read_detail(values: list[str], at: int) -> UnsignedDetail:
    sign, *amounts = values[at : at + AMOUNT_VALUES]
    end_to_end_id, instruction_id, plain, structured, code = values[at + AMOUNT_VALUES : at + DETAIL_VALUES]
    if instruction_id and parse_sent_id(instruction_id) is not None and not _is_of_ours(end_to_end_id):
        end_to_end_id = instruction_id
    reference = structured or plain.rstrip()
    return Detail(_parse_payment_cents(*amounts), end_to_end_id, reference, _normalise_reason(code)), sign


def _is_of_ours(end_to_end_id: str) -> bool:
    """Return whether an id has the form of ours: some banks put one of their own in its place."""
    return parse_sent_id(end_to_end_id) is not None and not is_placeholder(end_to_end_id)


@lru_cache(maxsize=AMOUNTS_CACHED_MAX)
def _parse_payment_cents(
    amount: str, currency: str, moved: str, moved_currency: str, instructed: str, instructed_currency: str
) -> int | None:
    """Return what a payment says of itself: in Amt, in AmtDtls, or nowhere when it is the only one.

    None also for an amount in another currency or not in whole cents: what moved is then said by the entry alone.
    """
    for said, said_in in ((amount, currency), (moved, moved_currency), (instructed, instructed_currency)):
        if said:
            return _parse_euro_cents(said) if said_in == EURO else None
    return None


def _parse_euro_cents(amount: str) -> int | None:
    try:
        return parse_cents(amount)
    except BankFileError:
        return None


def _normalise_reason(code: str) -> str:
    return code if not code or _REASON.fullmatch(code) else UNEXPLAINED
