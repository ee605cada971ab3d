"""Money to begin with, as the policy and the household's charges have it: what is proposed, and what is decided on it.

A pure function of situation, law and policy. What a creditor asks is covered once: by the first rent, then by the
furnishing credit, then by the bridging allowance; supplementary assistance tops up the young whom that leaves short.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid5

from services.ontzorgen.household.rules.means import Grant, GrantForm
from services.ontzorgen.policies.rules.law import FULL_NORM_YEARS, Law
from services.ontzorgen.policies.rules.relief import GrantKind, ReliefPolicy
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, find_last_month
from services.ontzorgen.statement.rules.norm import is_young
from services.ontzorgen.statement.rules.situation import Adult, ParentsSupport, Situation
from services.ontzorgen.statement.rules.statement import Statement, compute_statements
from shared.calendar import month_end, month_of, months_between, next_month
from shared.errors.refusals import ConflictError, Fault, refuse_if_any, require_same_content
from shared.events import StartMoneyDecided
from shared.events.codes import ChargeKind, StartMoneyKind
from shared.identity import Role

_YOUNG_BEFORE_THE_CAP = (
    "Participatiewet art. 12"  # special assistance for the young, before art. 20(3) raised their norm
)
_ARTICLES = {
    GrantKind.FIRST_RENT: "Participatiewet art. 35(1), 48(1)",
    GrantKind.FURNISHING_CREDIT: "Participatiewet art. 35(1), 51(1)",
    GrantKind.BRIDGING: "Participatiewet art. 35(1), 56a",
    GrantKind.SUPPLEMENTARY: "Participatiewet art. 35(1)",
}

Decided = Collection[tuple[GrantKind, str]]
PolicyOfMonth = Callable[[str], ReliefPolicy]


@dataclass(frozen=True)
class Proposal:
    """Start money that the policy proposes for a month: at most `limit_cents`, decided on by one role.

    `article` is its ground in law, `policy` the choice of the municipality; a loan has the schedule of its repayment.
    """

    id: UUID
    kind: GrantKind
    form: GrantForm
    amount_cents: int
    limit_cents: int
    month: str
    article: str
    policy: str
    decided_by: Role
    repay_from: str | None = None
    repay_cents: int | None = None


class StartMoneyOutcome(StrEnum):
    """What is decided on a proposal."""

    APPROVED = "approved"
    LOWERED = "lowered"
    DECLINED = "declined"


@dataclass(frozen=True)
class Decision:
    """What was decided on a proposal; `amount_cents` None: as proposed, and nothing when declined."""

    id: UUID
    proposal_id: UUID
    outcome: StartMoneyOutcome
    decided_on: date
    amount_cents: int | None = None
    reason: str | None = None
    agreed_on: date | None = None


class _Draft(NamedTuple):
    """What a kind is wanted for in a month, and the most it may come to; a loan is repaid `after` that month."""

    kind: GrantKind
    month: str
    wanted_cents: int
    limit_cents: int
    after: str


def propose_start_money(
    household_id: UUID, situation: Situation, law: Law, policy_of: PolicyOfMonth, decided: Decided = ()
) -> tuple[Proposal, ...]:
    """Return what is to be decided on, in order of months; nothing for a kind and month that was decided on.

    What was granted already in the same month is taken off. WrongInputError if there is no norm for the household.
    """
    policy = policy_of(month_of(situation.right_from))
    if not policy.gives_start_money:
        return ()
    months = tuple(months_between(month_of(situation.right_from), find_last_month(situation)))
    statements = compute_statements(situation, law, policy_of, months)

    def propose(drafts: Iterable[_Draft]) -> list[Proposal]:
        undecided = (draft for draft in drafts if (draft.kind, draft.month) not in decided)
        proposals = (_propose(household_id, draft, situation, law, policy) for draft in undecided)
        return [proposal for proposal in proposals if proposal is not None]

    proposals = propose(_draft_for_charges(statements, policy, situation))
    if policy.find_grant_key(GrantKind.SUPPLEMENTARY):
        of_21 = compute_statements(_let_grow_up(situation), law, policy_of, months)
        proposals += propose(_draft_supplements(statements, of_21, proposals))
    return tuple(sorted(proposals, key=lambda proposal: proposal.month))


def decide_on(
    proposal: Proposal, recorded: Decision | None, decision: Decision, *, first_payable: str
) -> tuple[int, bool]:
    """Return how many cents are granted, and whether the decision is new; the same sent twice is decided once.

    `first_payable` is the first month that a grant still reaches.
    """
    if recorded is not None and recorded.id != decision.id:
        raise ConflictError(
            "start_money_already_decided",
            f"This was decided on {recorded.decided_on} already: nothing is left to decide.",
        )
    if recorded is not None:
        require_same_content(recorded, decision)
        return _grant_cents(proposal, recorded), False
    if not proposal.amount_cents:
        raise ConflictError(
            "start_money_not_proposed", "Nothing is proposed here any more, as the charges or the household changed."
        )
    refuse_if_any(list(_find_faults(proposal, decision)))
    if decision.outcome is not StartMoneyOutcome.DECLINED and proposal.month < first_payable:
        raise ConflictError(
            "run_made_without_start_money",
            f"A run of {proposal.month} was made without this money, so it would reach nobody: decline it, and resolve "
            "a shortfall where there is one.",
        )
    return _grant_cents(proposal, decision), True


def build_grant(proposal: Proposal, decision: Decision, amount_cents: int) -> Grant:
    """Return the grant by which an approved proposal is given; its id follows from the proposal."""
    return Grant(
        id=uuid5(proposal.id, "grant"),
        kind=proposal.kind,
        form=proposal.form,
        amount_cents=amount_cents,
        month=proposal.month,
        repay_from=proposal.repay_from,
        repay_cents=proposal.repay_cents,
        agreed_on=decision.agreed_on,
    )


def build_decided_event(
    household_id: UUID, person_id: UUID, proposal: Proposal, decision: Decision, granted_cents: int
) -> StartMoneyDecided:
    """Return the event that a decision publishes; why it is lowered or declined stays in the file."""
    is_lent = proposal.form is GrantForm.LOAN and granted_cents > 0
    return StartMoneyDecided(
        household_id=household_id,
        person_id=person_id,
        kind=StartMoneyKind(proposal.kind),
        month=proposal.month,
        proposed_cents=proposal.amount_cents,
        granted_cents=granted_cents,
        decided_on=decision.decided_on,
        repay_from=proposal.repay_from if is_lent else None,
        repay_cents=proposal.repay_cents if is_lent else None,
    )


def _draft_for_charges(statements: Iterable[Statement], policy: ReliefPolicy, situation: Situation) -> Iterator[_Draft]:
    """Yield first rent, furnishing credit and bridging allowance: what is asked, each charge of a month once."""
    first = month_of(situation.right_from)
    credit_months = list(months_between(first, find_last_month(situation)))[: policy.furnishing_credit_months]
    has_had_rent = False
    for statement in statements:
        month, charges = statement.month, list(statement.charges)
        rent = [charge for charge in charges if charge.kind is ChargeKind.RENT]
        if policy.find_grant_key(GrantKind.FIRST_RENT) and rent and not has_had_rent:
            has_had_rent = True
            first_rent = [charge for charge in rent if charge.for_month == min(due.for_month for due in rent)]
            charges = [charge for charge in charges if charge not in first_rent]
            yield _draft(GrantKind.FIRST_RENT, month, first_rent)
        in_credit = [charge for charge in charges if charge.for_month in credit_months]
        if in_credit:
            charges = [charge for charge in charges if charge not in in_credit]
            yield _draft(GrantKind.FURNISHING_CREDIT, month, in_credit)._replace(after=credit_months[-1])
        if policy.find_grant_key(GrantKind.BRIDGING) and month == first:
            yield _draft(GrantKind.BRIDGING, month, [charge for charge in charges if charge.for_month > month])


def _draft(kind: GrantKind, month: str, charges: Iterable[ChargeMonth]) -> _Draft:
    cents = sum(charge.due_cents for charge in charges)
    return _Draft(kind, month, cents, limit_cents=cents, after=month)


def _draft_supplements(
    statements: Iterable[Statement], of_21: Iterable[Statement], proposals: Iterable[Proposal]
) -> Iterator[_Draft]:
    """Yield what the young come out short in each month, at most up to what someone of 21 has."""
    added: Counter[str] = Counter()
    for proposal in proposals:
        added[proposal.month] += proposal.amount_cents
    for statement, grown in zip(statements, of_21, strict=True):
        month = statement.month
        limit_cents = grown.payable_cents - statement.payable_cents
        yield _Draft(GrantKind.SUPPLEMENTARY, month, statement.shortfall_cents - added[month], limit_cents, after=month)


def _let_grow_up(situation: Situation) -> Situation:
    """Return the situation in which those of 18 to 20 are 21, except those whose parents can support them."""

    def grow(adult: Adult, day: date) -> Adult:
        is_short = is_young(adult, day) and adult.parents_support is not ParentsSupport.ABLE
        return Adult(age=FULL_NORM_YEARS) if is_short else adult

    compositions = tuple(
        replace(
            composition,
            adults=tuple(grow(adult, max(composition.from_day, situation.right_from)) for adult in composition.adults),
        )
        for composition in situation.compositions
    )
    return replace(situation, compositions=compositions)


def _propose(
    household_id: UUID, draft: _Draft, situation: Situation, law: Law, policy: ReliefPolicy
) -> Proposal | None:
    """Return the proposal that a draft comes to under the policy's limit; None if nothing is left of it."""
    kind, month = draft.kind, draft.month
    terms = policy.get_start_money_terms(kind)
    granted_cents = sum(grant.amount_cents for grant in situation.grants if (grant.kind, grant.month) == (kind, month))
    limit_cents = draft.limit_cents if terms.limit_cents is None else min(draft.limit_cents, terms.limit_cents)
    limit_cents -= granted_cents
    amount_cents = min(draft.wanted_cents, limit_cents)
    if amount_cents <= 0:
        return None
    return Proposal(
        id=uuid5(household_id, f"start money {kind} {month}"),
        kind=kind,
        form=GrantForm.LOAN if terms.is_loan else GrantForm.GIFT,
        amount_cents=amount_cents,
        limit_cents=limit_cents,
        month=month,
        article=terms.article or _find_article(kind, month, law),
        policy=f"policy {policy.source_file} {policy.valid_from}: {policy.find_grant_key(kind)}",
        decided_by=terms.decided_by,
        repay_from=next_month(draft.after) if terms.is_loan else None,
        repay_cents=-(-amount_cents // terms.repay_months) if terms.is_loan else None,
    )


def _find_article(kind: GrantKind, month: str, law: Law) -> str:
    day_law = law.in_force(month_end(month))
    if kind is GrantKind.SUPPLEMENTARY and day_law is not None and day_law.youth_cap is None:
        return _YOUNG_BEFORE_THE_CAP
    return _ARTICLES[kind]


def _grant_cents(proposal: Proposal, decision: Decision) -> int:
    """Return what a decision grants."""
    if decision.outcome is StartMoneyOutcome.DECLINED:
        return 0
    return proposal.amount_cents if decision.amount_cents is None else decision.amount_cents


def _find_faults(proposal: Proposal, decision: Decision) -> Iterator[Fault]:
    outcome, cents = decision.outcome, decision.amount_cents
    proposed_cents, limit_cents = proposal.amount_cents, proposal.limit_cents
    if outcome is not StartMoneyOutcome.APPROVED and not decision.reason:
        yield Fault("reason", "reason_missing", "Say why it is lowered or declined: the person is told.")
    if outcome is StartMoneyOutcome.DECLINED and cents:
        yield Fault("amount_cents", "amount_declined", "What is declined has no amount: leave it out.")
    if outcome is StartMoneyOutcome.LOWERED and not 0 < (cents or 0) < proposed_cents:
        sentence = f"What is lowered has an amount below the {proposed_cents} cents proposed: give it, or decline."
        yield Fault("amount_cents", "not_lowered", sentence)
    if outcome is StartMoneyOutcome.APPROVED and cents is not None and cents > limit_cents:
        sentence = f"At most {limit_cents} cents may be granted here ({proposal.article}): give that or less."
        yield Fault("amount_cents", "above_the_limit", sentence)
    if outcome is StartMoneyOutcome.APPROVED and cents is not None and cents < proposed_cents:
        sentence = f"This is less than the {proposed_cents} cents proposed: give lowered as outcome, with the reason."
        yield Fault("amount_cents", "lowered_unsaid", sentence)
    if decision.agreed_on is not None and proposal.form is GrantForm.GIFT:
        yield Fault("agreed_on", "gift_repaid", "A gift is not repaid: leave this out.")
