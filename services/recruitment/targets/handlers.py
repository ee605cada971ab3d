"""What is done with targets and credits: show them, and count a signed plan."""

from datetime import date

from services.recruitment.ambassadors.handlers import list_ids_by_seniority
from services.recruitment.candidates.handlers import count_signed_plans, record_signed_plan
from services.recruitment.policies.handlers import policy_in_force
from services.recruitment.targets import repository, rules
from services.recruitment.targets.rules import PersonalTarget, Targets
from shared.database.transactions import Transaction
from shared.events import PIPSigned
from shared.messaging import DONE, Outcome, Received


async def read_targets(on: date, tx: Transaction) -> Targets:
    """Return the group's target by the policy of a day, each ambassador's share, and what is credited so far."""
    policy = policy_in_force(tx.municipality, on)
    shares = rules.share_group_target(policy.group_target_signed_plans, await list_ids_by_seniority(tx))
    credited = await repository.count_credits(tx)
    return Targets(
        group_target=policy.group_target_signed_plans,
        signed_plans=await count_signed_plans(tx),
        evaluation_interval_weeks=policy.evaluation_interval_weeks,
        ambassadors=[
            PersonalTarget(ambassador_id, share, credited.get(ambassador_id, 0))
            for ambassador_id, share in shares.items()
        ],
    )


async def on_pip_signed(received: Received[PIPSigned], tx: Transaction) -> Outcome:
    """Count a candidate's first signed plan for the ambassadors who brought the candidate."""
    plan = received.data
    candidate = await record_signed_plan(plan.person_id, plan.signed_on, tx)
    if candidate is not None:
        credited = rules.credit_ambassadors(candidate.id, candidate.ambassador_ids, plan.signed_on)
        await repository.add_credits(tx, credited)
        tx.emit(*credited)
    return DONE
