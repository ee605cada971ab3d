"""The versions in households' files. A file only grows: a version is added, with its recorder, and none is changed."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache, partial
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_type_hints
from uuid import UUID

import asyncpg
import msgspec
from sqlmodel import SQLModel

from services.ontzorgen.household.repository.hooks import mark_file_changed
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.composition import CompositionVersion
from services.ontzorgen.household.rules.deductions import Attachment, Income, Reduction
from services.ontzorgen.household.rules.household import Household, HouseholdFile
from services.ontzorgen.household.rules.loans import Repayment
from services.ontzorgen.household.rules.means import (
    Allowance,
    Asset,
    Claim,
    Grant,
    PaymentTerms,
    combine_terms,
    drop_replaced,
)
from services.ontzorgen.household.rules.people import HouseholdPerson
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.rules.regeldag import Regeldag, RegeldagStep
from services.ontzorgen.household.rules.right import RightVersion
from services.ontzorgen.household.rules.unpaid import UnpaidCharge
from services.ontzorgen.household.tables.file import (
    AllowanceRow,
    AssetRow,
    AttachmentRow,
    ChargeRow,
    ClaimRow,
    CompositionRow,
    GrantRow,
    HouseholdPersonRow,
    IncomeRow,
    LoanRepaymentRow,
    MandateRevocationRow,
    MandateRow,
    PaymentTermsRow,
    ReductionRow,
    RegeldagRow,
    RegeldagStepRow,
    RightVersionRow,
    UnpaidChargeRow,
)
from services.ontzorgen.statement.rules.situation import Adult, Child
from shared.database import rows
from shared.database.transactions import Transaction
from shared.identity import new_id

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Part = TypeVar("Part", bound="DataclassInstance")

_ROW_OF: Final[dict[type, type[SQLModel]]] = {
    Allowance: AllowanceRow,
    Asset: AssetRow,
    Attachment: AttachmentRow,
    Charge: ChargeRow,
    Claim: ClaimRow,
    CompositionVersion: CompositionRow,
    Grant: GrantRow,
    HouseholdPerson: HouseholdPersonRow,
    Income: IncomeRow,
    Mandate: MandateRow,
    PaymentTerms: PaymentTermsRow,
    Reduction: ReductionRow,
    Regeldag: RegeldagRow,
    RegeldagStep: RegeldagStepRow,
    Repayment: LoanRepaymentRow,
    RightVersion: RightVersionRow,
    UnpaidCharge: UnpaidChargeRow,
}
# Months do not follow from these; the database keeps the derived document when one of them is added.
_WITHOUT_EFFECT_ON_MONTHS: Final = frozenset({Asset, Regeldag, RegeldagStep, Repayment})
_LOCK_SHARED: Final = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))"
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_REVOKED: Final = {"revoked_on": "r.revoked_on", "last_month": "r.last_month"}
_WITH_REVOCATION: Final = " LEFT JOIN mandate_revocation r ON r.municipality = t.municipality AND r.mandate_id = t.id"


async def load_files(tx: Transaction, households: Sequence[Household]) -> list[HouseholdFile]:
    """Return the files of these households, in their order."""
    ids = [household.id for household in households]
    charges = await list_versions_by_household(tx, Charge, ids)
    mandates = await list_versions_by_household(tx, Mandate, ids)
    compositions = await list_versions_by_household(tx, CompositionVersion, ids)
    allowances = await list_versions_by_household(tx, Allowance, ids)
    grants = await list_versions_by_household(tx, Grant, ids)
    claims = await list_versions_by_household(tx, Claim, ids)
    terms = await list_versions_by_household(tx, PaymentTerms, ids)
    unpaid = await list_versions_by_household(tx, UnpaidCharge, ids)
    income = await list_versions_by_household(tx, Income, ids)
    reductions = await list_versions_by_household(tx, Reduction, ids)
    attachments = await list_versions_by_household(tx, Attachment, ids)
    return [
        HouseholdFile(
            household=household,
            charges=tuple(charges.get(household.id, ())),
            mandates=tuple(mandates.get(household.id, ())),
            compositions=drop_replaced(compositions.get(household.id, ())),
            allowances=drop_replaced(allowances.get(household.id, ())),
            grants=drop_replaced(grants.get(household.id, ())),
            claims=drop_replaced(claims.get(household.id, ())),
            payment_terms=combine_terms(terms.get(household.id, ())),
            unpaid=tuple(unpaid.get(household.id, ())),
            income=drop_replaced(income.get(household.id, ())),
            reductions=drop_replaced(reductions.get(household.id, ())),
            attachments=drop_replaced(attachments.get(household.id, ())),
        )
        for household in households
    ]


async def list_versions_by_household(
    tx: Transaction, kind: type[Part], household_ids: Sequence[UUID]
) -> dict[UUID, list[Part]]:
    """Return every version of one kind, each household's in the order of recording; no entry for one without any."""
    await tx.flush()
    read = row_reader(kind)
    by_household: dict[UUID, list[Part]] = {}
    for row in await (await tx.driver()).fetch(_query(kind), tx.municipality, list(household_ids)):
        by_household.setdefault(row[-1], []).append(read(row))
    return by_household


async def list_versions(tx: Transaction, kind: type[Part], household_id: UUID) -> list[Part]:
    """Return every version of one kind of a household, in the order of recording."""
    return (await list_versions_by_household(tx, kind, [household_id])).get(household_id, [])


async def add_version(tx: Transaction, household_id: UUID, version: Any, recorder: Recorder) -> bool:
    """Record a version; False if its id is in use. Its household counts as changed if months follow from it."""
    row = _ROW_OF[type(version)]
    values = {name: value for name, value in rows.to_values(version).items() if name in row.model_fields}
    for name in ("adults", "children"):
        if name in values:
            values[name] = msgspec.to_builtins(values[name])
    is_new = await rows.add(
        tx, row, household_id=household_id, recorded_role=recorder.role, recorded_by=recorder.by, **values
    )
    if is_new and type(version) not in _WITHOUT_EFFECT_ON_MONTHS:
        mark_file_changed(tx, household_id)
    return is_new


async def add_revocation(tx: Transaction, household_id: UUID, mandate: Mandate, recorder: Recorder) -> None:
    """Record that a mandate was revoked."""
    await rows.add(
        tx,
        MandateRevocationRow,
        id=new_id(),
        household_id=household_id,
        mandate_id=mandate.id,
        revoked_on=mandate.revoked_on,
        last_month=mandate.last_month,
        recorded_role=recorder.role,
        recorded_by=recorder.by,
    )
    mark_file_changed(tx, household_id)


def table_of(kind: type[Any]) -> str:
    """Return the table in which versions of a kind are recorded."""
    return str(_ROW_OF[kind].__tablename__)


async def lock_against_runs(tx: Transaction) -> None:
    """Let no run begin until this transaction ends. Call it before any other lock: a run that begins locks so too."""
    await (await tx.driver()).execute(_LOCK_SHARED, f"files {tx.municipality}")


async def lock_against_changes(tx: Transaction) -> None:
    """Wait for the changes that called `lock_against_runs`; later ones wait until this transaction ends."""
    await (await tx.driver()).execute(_LOCK, f"files {tx.municipality}")


@cache
def _query(kind: type[Any]) -> str:
    """Return the query for every field of the kind, and the household last."""
    revoked = _REVOKED if kind is Mandate else {}
    columns = ", ".join(revoked.get(field.name, f"t.{field.name}") for field in fields(kind))
    table = table_of(kind)
    join = _WITH_REVOCATION if kind is Mandate else ""
    where = "t.municipality = $1 AND t.household_id = ANY($2::uuid[]) ORDER BY t.record_no"
    return f"SELECT {columns}, t.household_id FROM {table} t{join} WHERE {where}"  # noqa: S608 - names of our own fields


@cache
def row_reader(kind: type[Part]) -> Callable[[asyncpg.Record], Part]:
    """Return how a row becomes a state: column by column, with codes made members of their lists."""
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    converters = [(index, convert) for index, name in enumerate(names) if (convert := _converter(hints[name]))]
    width = len(names)

    def read(row: asyncpg.Record) -> Part:
        values = list(row[:width])
        for index, convert in converters:
            values[index] = convert(values[index])
        return kind(*values)

    return read


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    """Return how a column's value becomes the field's; None if it is that already."""
    types = [part for part in (hint, *get_args(hint)) if part is not NoneType]
    for part in types:
        if isinstance(part, type) and issubclass(part, StrEnum):
            members: dict[str | None, StrEnum | None] = {None: None, **{member.value: member for member in part}}
            return members.__getitem__
    if Adult in types or Child in types:
        return partial(msgspec.convert, type=hint)
    if any(getattr(part, "__origin__", None) is tuple for part in types):
        return lambda value: None if value is None else tuple(value)
    return None
