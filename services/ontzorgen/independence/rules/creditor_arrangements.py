"""What is arranged with each creditor for the end of relief: it is told, and the direct debit follows its own day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.ontzorgen.independence.rules.phase_out import (
    DEBIT_DAY_MAX,
    Creditor,
    DirectDebit,
    find_debit_days,
    follows_pay_day,
)
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from shared.calendar import add_months
from shared.events.codes import ChargeKind


class RegisteredCreditor(Protocol):
    """What a creditor on the register agreed to, as far as letting go follows it."""

    @property
    def debit_day(self) -> int | None: ...
    @property
    def calls_first(self) -> bool: ...


@dataclass(frozen=True)
class CreditorArrangement:
    """What is arranged with one creditor for one kind of charge: the end, and the day of the direct debit.

    `own_debit_day` is the day on which the creditor itself collects; `first_debit_on` the first day of the direct debit
    on or after the first benefit that the person pays from.
    """

    creditor: str
    kind: ChargeKind
    is_told: bool
    suggested_debit_day: int
    agreed_debit_day: int | None
    own_debit_day: int | None
    first_debit_on: date
    calls_first: bool


def suggest_debit_day(pay_day: int, own_day: int | None = None, *, follows_benefit: bool = False) -> int:
    """Return the creditor's own day; else the one right after the benefit is paid, so that the money is there.

    Where direct debits must follow the benefit, a creditor's own day counts only in the week after it.
    """
    if own_day is not None and (not follows_benefit or follows_pay_day(own_day, pay_day)):
        return own_day
    return pay_day + 1 if pay_day < DEBIT_DAY_MAX else 1


def find_first_debit(last_day: date, pay_day: int, debit_day: int) -> date:
    """Return the first direct debit on or after the first benefit paid after the last month of relief."""
    paid_on = add_months(last_day.replace(day=1), 1).replace(day=pay_day)
    debit_on = paid_on.replace(day=debit_day)
    return debit_on if debit_on >= paid_on else add_months(debit_on, 1)


def list_arrangements(
    file_creditors: tuple[Sequence[Creditor], Sequence[Creditor]],
    debits: Iterable[DirectDebit],
    policy: IndependencePolicy,
    last_day: date,
    register: Mapping[str, RegisteredCreditor],
) -> list[CreditorArrangement]:
    """Return whom to inform and with whom to agree on a direct debit, and which day goes with the benefit.

    `file_creditors` are all creditors of a household, and those that were not informed.
    """
    creditors, uninformed = file_creditors
    days = find_debit_days(debits)
    arrangements = []
    for creditor in creditors:
        registered = register.get(creditor.creditor)
        own_day = registered.debit_day if registered else None
        agreed = days.get((creditor.creditor, creditor.kind))
        suggested = suggest_debit_day(policy.pay_day, own_day, follows_benefit=policy.debits_follow_benefit)
        arrangements.append(
            CreditorArrangement(
                creditor=creditor.creditor,
                kind=creditor.kind,
                is_told=creditor not in uninformed,
                suggested_debit_day=suggested,
                agreed_debit_day=agreed,
                own_debit_day=own_day,
                first_debit_on=find_first_debit(last_day, policy.pay_day, agreed or suggested),
                calls_first=registered is not None and registered.calls_first,
            )
        )
    return arrangements
