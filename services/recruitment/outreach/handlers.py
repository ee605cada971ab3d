"""What is done with outreaches, one function per command: load, decide, save, emit."""

from services.recruitment.ambassadors.handlers import find_on_record
from services.recruitment.outreach import repository, rules
from services.recruitment.outreach.rules import Outreach
from services.recruitment.policies.handlers import policy_in_force
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content


async def hold_outreach(outreach: Outreach, tx: Transaction) -> Outreach:
    policy = policy_in_force(tx.municipality, outreach.held_on)
    on_record = await find_on_record(outreach.neighbourhood, outreach.ambassador_ids, tx)
    outreach_held = rules.hold_outreach(outreach, on_record, ambassadors_min=policy.outreach_ambassadors_min)
    if existing := await repository.add_outreach(tx, outreach):
        return require_same_content(existing, outreach)
    tx.emit(outreach_held)
    return outreach
