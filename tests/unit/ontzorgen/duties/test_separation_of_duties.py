"""No one person moves money to an account of his own choice: every sequence of acts by every set of up to three people.

Each rule is needed: without it the same search finds a sequence in which money goes astray.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations_with_replacement, product
from typing import Any

import pytest
from payment_model import Office, Rules, search

from services.ontzorgen.household.rules import charge_versions, creditors
from services.ontzorgen.household.rules.charges import Charge
from services.ontzorgen.household.rules.creditors import Creditor
from services.ontzorgen.run.rules import run as run_rules
from services.ontzorgen.run.rules.run import Run
from shared.identity import Role

MANAGER, TREASURER = frozenset({Role.BUDGET_MANAGER}), frozenset({Role.TREASURER})
BOTH = MANAGER | TREASURER
EVERYBODY_MAY = Office((BOTH,) * 3)
ACTS_MAX = 9


def list_offices() -> Iterator[Office]:
    """Return every assignment of roles to up to three people; the colleagues are told apart by their roles alone."""
    each = (MANAGER, TREASURER, BOTH)
    for colleagues in range(3):
        for own, others in product(each, combinations_with_replacement(each, colleagues)):
            yield Office((own, *others))


@pytest.mark.parametrize("approvers_required", [1, 2])
def test_no_sequence_of_acts_lets_one_person_move_money_to_an_account_of_his_choice(approvers_required: int) -> None:
    hole, states = search(replace(EVERYBODY_MAY, approvers_required=approvers_required), Rules(), ACTS_MAX)
    assert hole is None
    assert states > 5_000, "the search saw next to nothing"


def test_no_assignment_of_roles_lets_one_person_move_money_to_an_account_of_his_choice() -> None:
    holes = {office.roles: search(office, Rules(), ACTS_MAX - 2)[0] for office in list_offices()}
    assert len(holes) == 3 + 9 + 18
    assert not {roles: hole for roles, hole in holes.items() if hole}


def record_usable(*arguments: Any, **facts: Any) -> tuple[Creditor, bool]:
    version, is_new = creditors.record_creditor(*arguments, **facts)
    return replace(version, needs_confirmation=False), is_new


def add_usable(charge: Charge, *_: Any, **__: Any) -> Charge:
    return charge


def change_usable(*arguments: Any) -> tuple[Charge, bool]:
    version, is_new = charge_versions.change_charge(*arguments)
    return replace(version, needs_confirmation=False), is_new


def approve_by_authors(run: Run, approvers: Any, subject: str, _authors: Any) -> tuple[Run, Any]:
    return run_rules.approve_run(run, approvers, subject, ())


def release_by_approvers(run: Run, content: str, on: Any, _approvers: Any, subject: str) -> Run:
    return run_rules.release_run(run, content, on, (), subject)


ASTRAY, ALONE = "money went to an account", "one person took the run"
RULES_OFF = {
    "an account of the register is paid unconfirmed": (Rules(record_creditor=record_usable), ASTRAY),
    "a new account of a charge is paid unconfirmed": (Rules(compare_account=add_usable), ASTRAY),
    "a changed account of a charge is paid unconfirmed": (Rules(change_charge=change_usable), ASTRAY),
    "whoever entered an account confirms it": (Rules(refuse_same_person=lambda *_: None), ASTRAY),
    "whoever entered something approves alone": (Rules(approve_run=approve_by_authors), ASTRAY),
    "whoever approved releases": (Rules(release_run=release_by_approvers), ALONE),
}


@pytest.mark.parametrize("rule", RULES_OFF)
def test_without_a_rule_a_sequence_is_found(rule: str) -> None:
    rules, consequence = RULES_OFF[rule]
    hole, _ = search(EVERYBODY_MAY, rules, ACTS_MAX)
    assert hole is not None, "the rule is not needed, or the search does not see why"
    assert hole[-1].startswith(consequence)


def test_without_a_right_of_its_own_budget_managers_export() -> None:
    managers = Office((MANAGER,) * 3)
    assert search(managers, Rules(), ACTS_MAX)[0] is None
    hole, _ = search(managers, Rules(payment_files_role=Role.BUDGET_MANAGER), ACTS_MAX)
    assert hole is not None
    assert hole[-1] == "money left though nobody has the right to export"
