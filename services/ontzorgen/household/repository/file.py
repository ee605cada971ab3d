"""Every query on a household's file. It only grows: a version is added, with who recorded it, and none is changed.

`situations` is what a run reads. It takes one row per household: the document in it is derived from the versions when
the file changes, and the database removes it when a version is added, so it is never older than they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache, partial
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_type_hints
from uuid import UUID

import asyncpg
import msgspec
from sqlmodel import SQLModel

from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.composition import CompositionVersion
from services.ontzorgen.household.rules.file import MonthsInput, months_input
from services.ontzorgen.household.rules.household import Household, HouseholdFile
from services.ontzorgen.household.rules.loans import Repayment
from services.ontzorgen.household.rules.means import Allowance, Asset, Claim, Grant, PaymentTerms, folded, standing
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.rules.regeldag import Regeldag, RegeldagStep
from services.ontzorgen.household.rules.right import RightVersion
from services.ontzorgen.household.rules.unpaid import UnpaidCharge
from services.ontzorgen.household.tables.file import (
    AllowanceRow,
    AssetRow,
    ChargeRow,
    ClaimRow,
    CompositionRow,
    GrantRow,
    LoanRepaymentRow,
    MandateRow,
    PaymentTermsRow,
    RegeldagRow,
    RegeldagStepRow,
    RightVersionRow,
    UnpaidChargeRow,
)
from services.ontzorgen.independence.repository.self_reliance import load_self_reliance
from services.ontzorgen.statement.rules.situation import Adult, ChargeTerms, Child, Situation
from shared.database import rows
from shared.database.transactions import Transaction

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Part = TypeVar("Part", bound="DataclassInstance")
DERIVED_AT_ONCE_HOUSEHOLDS_MAX: Final = 1_000

_ROW_OF: Final[dict[type, type[SQLModel]]] = {
    Allowance: AllowanceRow,
    Asset: AssetRow,
    Charge: ChargeRow,
    Claim: ClaimRow,
    CompositionVersion: CompositionRow,
    Grant: GrantRow,
    Mandate: MandateRow,
    PaymentTerms: PaymentTermsRow,
    Regeldag: RegeldagRow,
    RegeldagStep: RegeldagStepRow,
    Repayment: LoanRepaymentRow,
    RightVersion: RightVersionRow,
    UnpaidCharge: UnpaidChargeRow,
}
_REVOKED: Final = {"revoked_on": "r.revoked_on", "last_month": "r.last_month"}
_WITH_REVOCATION: Final = " LEFT JOIN mandate_revocation r ON r.municipality = t.municipality AND r.mandate_id = t.id"
_KEPT: Final = """
SELECT {columns}, k.document FROM household h
LEFT JOIN household_situation k ON k.municipality = h.municipality AND k.household_id = h.id
WHERE h.municipality = $1 AND h.id = ANY($2::uuid[]) ORDER BY h.id
"""
_LOCK: Final = "SELECT id FROM household WHERE municipality = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE"
_KEEP: Final = """
INSERT INTO household_situation (municipality, household_id, document)
SELECT $1, made.* FROM unnest($2::uuid[], $3::bytea[]) AS made(household_id, document)
ON CONFLICT (municipality, household_id) DO UPDATE SET document = excluded.document
"""
_encode = msgspec.json.Encoder().encode
decoded = msgspec.json.Decoder(MonthsInput).decode


@dataclass(frozen=True, slots=True)
class LoadedHousehold:
    """A household with all that its months follow from."""

    household: Household
    months: MonthsInput

    @property
    def situation(self) -> Situation:
        return self.months.situation

    @property
    def missing_mandates(self) -> tuple[ChargeTerms, ...]:
        """What is asked in months without a mandate, as terms cut to those months."""
        return self.months.without_mandate


async def situations(tx: Transaction, household_ids: Sequence[UUID], *, lock: bool = False) -> list[LoadedHousehold]:
    """These households in order of id, ready for their months; with `lock` no file changes until the end of this."""
    await tx.flush()
    driver, wanted = await tx.driver(), list(household_ids)
    found = await driver.fetch(_kept(lock=lock), tx.municipality, wanted)
    missing = [row["id"] for row in found if row["document"] is None]
    if missing:
        for start in range(0, len(missing), DERIVED_AT_ONCE_HOUSEHOLDS_MAX):
            await derive(tx, missing[start : start + DERIVED_AT_ONCE_HOUSEHOLDS_MAX])
        found = await driver.fetch(_kept(lock=lock), tx.municipality, wanted)
    read = _reader(Household)
    return [LoadedHousehold(read(row), decoded(row[-1])) for row in found]


async def derive(tx: Transaction, household_ids: Sequence[UUID]) -> list[LoadedHousehold]:
    """Work out the documents of these households anew. Their files are locked: what changes after this, comes after."""
    await hold(tx, household_ids)
    driver, wanted = await tx.driver(), list(household_ids)
    read = _reader(Household)
    found = [read(row) for row in await driver.fetch(_kept(lock=False), tx.municipality, wanted)]
    made = [LoadedHousehold(file.household, months_input(file)) for file in await files(tx, found)]
    documents = [_encode(one.months) for one in made]
    await driver.execute(_KEEP, tx.municipality, [one.household.id for one in made], documents)
    return made


async def hold(tx: Transaction, household_ids: Sequence[UUID]) -> None:
    """Lock these files: nothing of them changes from here to the end, and what is read next is as new as that."""
    await tx.flush()
    await (await tx.driver()).execute(_LOCK, tx.municipality, list(household_ids))


async def files(tx: Transaction, found: Sequence[Household]) -> list[HouseholdFile]:
    """The households with all that their months depend on."""
    ids = [one.id for one in found]
    charges, mandates = await parts(tx, Charge, ids), await parts(tx, Mandate, ids)
    lived, allowed = await parts(tx, CompositionVersion, ids), await parts(tx, Allowance, ids)
    granted, claimed = await parts(tx, Grant, ids), await parts(tx, Claim, ids)
    terms, unpaid = await parts(tx, PaymentTerms, ids), await parts(tx, UnpaidCharge, ids)
    grown = await load_self_reliance(tx, ids)
    return [
        HouseholdFile(
            one,
            tuple(charges.get(one.id, ())),
            tuple(mandates.get(one.id, ())),
            standing(lived.get(one.id, ())),
            standing(allowed.get(one.id, ())),
            standing(granted.get(one.id, ())),
            standing(claimed.get(one.id, ())),
            folded(terms.get(one.id, ())),
            grown[one.id].latest_class,
            grown[one.id].let_go_months,
            grown[one.id].weekly,
            tuple(unpaid.get(one.id, ())),
        )
        for one in found
    ]


async def parts(tx: Transaction, kind: type[Part], household_ids: Sequence[UUID]) -> dict[UUID, list[Part]]:
    """Every version of one kind of these households, each household's in the order of recording."""
    await tx.flush()
    found = await (await tx.driver()).fetch(_query(kind), tx.municipality, list(household_ids))
    read = _reader(kind)
    by_household: dict[UUID, list[Part]] = {}
    for row in found:
        by_household.setdefault(row[-1], []).append(read(row))
    return by_household


async def part(tx: Transaction, kind: type[Part], household_id: UUID) -> list[Part]:
    """Every version of one kind of a household."""
    return (await parts(tx, kind, [household_id])).get(household_id, [])


async def add(tx: Transaction, household_id: UUID, state: Any, recorder: Recorder) -> bool:
    """Record a version; False when its id is in use."""
    row = _ROW_OF[type(state)]
    values = {name: value for name, value in rows.values_of(state).items() if name in row.model_fields}
    for name in ("adults", "children"):
        if name in values:
            values[name] = msgspec.to_builtins(values[name])
    return await rows.add(
        tx, row, household_id=household_id, recorded_role=recorder.role, recorded_by=recorder.by, **values
    )


@cache
def _kept(*, lock: bool) -> str:
    columns = ", ".join(f"h.{field.name}" for field in fields(Household))
    return _KEPT.format(columns=columns) + (" FOR UPDATE OF h" if lock else "")


@cache
def _query(kind: type[Any]) -> str:
    """Every field of the kind, and the household last."""
    replaced = _REVOKED if kind is Mandate else {}
    columns = ", ".join(replaced.get(field.name, f"t.{field.name}") for field in fields(kind))
    table = _ROW_OF[kind].__tablename__
    more = _WITH_REVOCATION if kind is Mandate else ""
    where = "t.municipality = $1 AND t.household_id = ANY($2::uuid[]) ORDER BY t.record_no"
    return f"SELECT {columns}, t.household_id FROM {table} t{more} WHERE {where}"  # noqa: S608 - names of our own fields


@cache
def _reader(kind: type[Part]) -> Callable[[asyncpg.Record], Part]:
    """How a row becomes a state: by place, with codes made members of their lists."""
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    made = [(place, change) for place, name in enumerate(names) if (change := _change_of(hints[name]))]
    width = len(names)

    def read(row: asyncpg.Record) -> Part:
        values = list(row[:width])
        for place, change in made:
            values[place] = change(values[place])
        return kind(*values)

    return read


def _change_of(hint: Any) -> Callable[[Any], Any] | None:
    """How a column's value becomes the field's; None when it is that already."""
    kinds = [one for one in (hint, *get_args(hint)) if one is not NoneType]
    for one in kinds:
        if isinstance(one, type) and issubclass(one, StrEnum):
            members: dict[str | None, StrEnum | None] = {None: None, **{member.value: member for member in one}}
            return members.__getitem__
    if Adult in kinds or Child in kinds:
        return partial(msgspec.convert, type=hint)
    if any(getattr(one, "__origin__", None) is tuple for one in kinds):
        return lambda value: None if value is None else tuple(value)
    return None
