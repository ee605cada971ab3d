"""What ontzorgen does, one function per command or event: load, decide, save, emit."""

from datetime import date
from uuid import UUID

from services.ontzorgen import domain, metrics
from services.ontzorgen.domain import Charge, HouseholdFile, Mandate
from services.ontzorgen.policies.law import the_law
from services.ontzorgen.repository import households as repository
from shared.counting import count_on_commit
from shared.database import Transaction
from shared.events import PIPSigned
from shared.http import Caller, not_found
from shared.messaging import DONE, HoldReason, Outcome, Park, Received
from shared.refusals import ConflictError, RefusedError

_ID_IN_USE = "This id is in use for another household: send a new id."


async def on_pip_signed(received: Received[PIPSigned], tx: Transaction) -> Outcome:
    """Relief starts once per household: a partner's plan names the same household and changes nothing."""
    if not received.data.relief_agreed:
        return DONE
    try:
        household, started = domain.start_relief(received.data, the_law())
    except RefusedError as refusal:
        return Park(HoldReason.REFUSED, str(refusal))
    if await repository.add_household(tx, household):
        tx.emit(started)
        count_on_commit(tx, metrics.RELIEF_STARTED.inc)
    return DONE


async def add_charge(household_id: UUID, charge: Charge, tx: Transaction) -> Charge:
    file = await _locked(household_id, tx)
    if domain.add_charge(file.charges, charge) and not await repository.add_charge(tx, household_id, charge):
        raise ConflictError(_ID_IN_USE)
    return charge


async def add_mandate(household_id: UUID, mandate: Mandate, tx: Transaction) -> Mandate:
    file = await _locked(household_id, tx)
    told = domain.add_mandate(household_id, file.household.person_id, file.mandates, mandate)
    if told and not await repository.add_mandate(tx, household_id, mandate):
        raise ConflictError(_ID_IN_USE)
    tx.emit(*told)
    return next((known for known in file.mandates if known.id == mandate.id), mandate)


async def revoke_mandate(household_id: UUID, mandate_id: UUID, on: date, tx: Transaction) -> Mandate:
    await _locked(household_id, tx)
    mandate = await repository.mandate(tx, household_id, mandate_id)
    if mandate is None:
        raise not_found("mandate")
    revoked = domain.revoke(mandate, on)
    await repository.save(tx, revoked)
    return revoked


async def read_file(household_id: UUID, reader: Caller, tx: Transaction) -> HouseholdFile:
    """A household's file, for whoever may read it; the reading is put on record."""
    file = await repository.file_of(tx, household_id)
    if file is None:
        raise not_found("household")
    await repository.log_reading(tx, reader, file.household.person_id)
    return file


async def _locked(household_id: UUID, tx: Transaction) -> HouseholdFile:
    file = await repository.file_of(tx, household_id, lock=True)
    if file is None:
        raise not_found("household")
    return file
