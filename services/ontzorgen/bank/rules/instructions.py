"""What leaves for the bank: each released payment is one instruction, and its ids are derived from what is paid.

The same payment always has the same id, here and at the bank, so a repeat is refused there and a file made again is
the same to the byte. The id is what the bank sees as end-to-end id: a hash in hexadecimal that holds nothing personal.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid5

from shared.calendar import target_day_from
from shared.errors.refusals import ConflictError
from shared.events.codes import ChargeKind

ID_CHARACTERS_MAX = 35  # ISO 20022 Max35Text
NAME_CHARACTERS_MAX = 70
REMITTANCE_CHARACTERS_MAX = 140
MUNICIPALITY_HOLDER = "municipality"
ACCOUNT_REASONS = frozenset({"AC01", "AC02", "AC03", "AC04", "AC05", "AC06", "AC07", "AC13", "BE01", "BE05", "RC01"})


class PaidLine(NamedTuple):
    """A line of a household's month that money goes to; a negative correction is set off against its creditor.

    A line without a kind is money to a person: `key` and `creditor` then hold the payee, and `on` the day.
    """

    key: str
    kind: ChargeKind | None
    creditor: str
    for_month: str
    is_correction: bool
    on: date | None
    cents: int


def net(lines: Sequence[PaidLine]) -> list[PaidLine]:
    """What is transferred: each negative correction takes from what the same creditor gets, from its last line on.

    ValueError when a creditor would have to pay: the month sets off no more than the creditor gets.
    """
    left = [line for line in lines if line.cents > 0]
    for negative in (line for line in lines if line.cents < 0):
        owed = -negative.cents
        for place in range(len(left) - 1, -1, -1):
            line = left[place]
            if line.kind is not None and line.creditor == negative.creditor:
                taken = min(owed, line.cents)
                left[place], owed = line._replace(cents=line.cents - taken), owed - taken
        if owed:
            raise ValueError("A correction takes more than its creditor gets: the month is not as it was computed.")
    return [line for line in left if line.cents]


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid and on which account. `holder` is the key under which a later account of the same payee is kept."""

    holder: str
    name: str
    iban: str
    remittance: str


@dataclass(frozen=True, slots=True)
class ReleasedLine:
    """One payment of a released run: a charge, a correction of an earlier month, or money to the person.

    `key` is the charge's own key, or the payee ("person", "partner"). `payee` is None while no account is known.
    """

    household_id: UUID
    run_id: UUID
    month: str
    key: str
    kind: ChargeKind | None
    for_month: str
    is_correction: bool
    on: date
    amount_cents: int
    payee: Payee | None


@dataclass(frozen=True, slots=True)
class Instruction:
    """One payment to the bank. `id` is also its end-to-end id; `replaces` is the refused one that this makes good."""

    id: UUID
    household_id: UUID
    run_id: UUID
    month: str
    key: str
    kind: ChargeKind | None
    for_month: str
    is_correction: bool
    execute_on: date
    amount_cents: int
    holder: str
    name: str
    iban: str
    remittance: str
    attempt: int = 1
    replaces: UUID | None = None

    @property
    def end_to_end_id(self) -> str:
        return self.id.hex


def instruct(line: ReleasedLine, earliest: date) -> Instruction:
    """The instruction for a line whose payee is known: on a day the banks settle, not before `earliest`."""
    if line.payee is None or line.amount_cents <= 0:
        raise ValueError("A line without an account or an amount can not be paid: hold it.")
    paid_on = "" if line.kind is not None else line.on.isoformat()  # a person is paid several times a month
    what = "correction" if line.is_correction else "payment"
    identity = f"{what} {line.household_id} {line.month} {line.key} {line.for_month} {paid_on}"
    return Instruction(
        id=uuid5(line.run_id, identity),
        household_id=line.household_id,
        run_id=line.run_id,
        month=line.month,
        key=line.key,
        kind=line.kind,
        for_month=line.for_month,
        is_correction=line.is_correction,
        execute_on=target_day_from(max(line.on, earliest)),
        amount_cents=line.amount_cents,
        holder=line.payee.holder,
        name=line.payee.name,
        iban=line.payee.iban,
        remittance=line.payee.remittance,
    )


def is_mended(refused: Instruction, reason_code: str, current: tuple[str, str] | None) -> bool:
    """Whether a payment refused for its account has another one by now; `current` is the name and IBAN in force."""
    return reason_code in ACCOUNT_REASONS and current is not None and current[1] != refused.iban


def instruct_anew(
    refused: Instruction, reason_code: str, current: tuple[str, str] | None, earliest: date
) -> Instruction:
    """A new instruction for one that the bank refused or gave back, with a new id and a link to the old one."""
    if current is None:
        raise ConflictError(
            "No confirmed account of this payee is known: enter it and let a colleague confirm it first."
        )
    if reason_code in ACCOUNT_REASONS and not is_mended(refused, reason_code, current):
        raise ConflictError(
            "The bank refused this account: enter the right account and let a colleague confirm it first."
        )
    return replace(
        refused,
        id=uuid5(refused.id, "anew"),
        name=current[0],
        iban=current[1],
        execute_on=target_day_from(earliest),
        attempt=refused.attempt + 1,
        replaces=refused.id,
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """The payments of one file that the bank executes on one day, as one PmtInf."""

    id: str
    execute_on: date
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What one file holds. Everything in it is derived, but for the moment it was first made."""

    id: str
    number: int
    batches: tuple[Batch, ...]

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        return tuple(one for batch in self.batches for one in batch.instructions)

    @property
    def total_cents(self) -> int:
        return sum(one.amount_cents for batch in self.batches for one in batch.instructions)


def plan_file(number: int, instructions: Sequence[Instruction]) -> FilePlan:
    """The file for these instructions, in the order of day and id, whatever order they come in."""
    ordered = sorted(instructions, key=_day_and_id)
    message_id = _hashed("file", (f"{one.end_to_end_id} {one.amount_cents}" for one in ordered))
    by_day: dict[date, list[Instruction]] = {}
    for one in ordered:
        by_day.setdefault(one.execute_on, []).append(one)
    batches = (Batch(_hashed("batch", (message_id, str(day))), day, tuple(of_day)) for day, of_day in by_day.items())
    return FilePlan(message_id, number, tuple(batches))


def _day_and_id(instruction: Instruction) -> tuple[date, str]:
    return instruction.execute_on, instruction.end_to_end_id


def _hashed(kind: str, parts: Iterable[str]) -> str:
    digest = hashlib.sha256(kind.encode())
    for part in parts:
        digest.update(b"\n" + part.encode())
    return digest.hexdigest()[:32]
