"""What a household has and owes beside its norm: allowances, grants, claims, assets and payment terms."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from household_in_relief import FIRST_DAY, HOUSEHOLD

from services.ontzorgen.household.rules.file import derive_months_input
from services.ontzorgen.household.rules.household import HouseholdFile
from services.ontzorgen.household.rules.means import (
    Allowance,
    Asset,
    AssetKind,
    Claim,
    Grant,
    GrantForm,
    PaymentTerms,
    add_item,
    combine_terms,
    drop_replaced,
    over_limit_cents,
)
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.situation import AllowanceKind
from shared.errors.refusals import ConflictError
from shared.events.codes import HouseholdType

LOAN = Grant(
    uuid4(), GrantKind.FURNISHING_CREDIT, GrantForm.LOAN, 250_000, "2026-09", repay_from="2026-12", repay_cents=60_000
)


class TestMeans:
    def test_only_what_was_not_replaced_counts_and_nothing_is_replaced_twice(self) -> None:
        first = Allowance(uuid4(), AllowanceKind.CARE, 12_900, is_routed=True)
        second = replace(first, id=uuid4(), amount_cents=13_100, replaces=first.id)
        assert drop_replaced([first, second]) == (second,)
        assert add_item([first, second], replace(second, id=uuid4(), replaces=second.id))
        with pytest.raises(ConflictError, match="replaced already"):
            add_item([first, second], replace(second, id=uuid4()))
        assert not add_item([first, second], first)

    @pytest.mark.row("start-liquidity")
    def test_grants_that_are_routed_and_claims_reach_the_month(self) -> None:
        aside = replace(LOAN, id=uuid4(), is_routed=False)
        file = HouseholdFile(
            HOUSEHOLD, (), (), grants=(LOAN, aside), claims=(Claim(uuid4(), "coa", 5_000, 90_000, FIRST_DAY),)
        )
        situation = derive_months_input(file).situation
        assert [(grant.kind, grant.amount_cents) for grant in situation.grants] == [
            (GrantKind.FURNISHING_CREDIT, 250_000)
        ]
        assert [(claim.creditor, claim.amount_cents) for claim in situation.claims] == [("coa", 5_000)]

    def test_of_each_of_the_payment_terms_the_last_one_recorded_counts(self) -> None:
        dates = PaymentTerms(uuid4(), FIRST_DAY, pay_on=(date(2026, 10, 2),))
        ahead = PaymentTerms(uuid4(), FIRST_DAY, prepay=True)
        terms = combine_terms([dates, ahead])
        assert terms is not None
        assert (terms.prepay, terms.pay_on) == (True, (date(2026, 10, 2),))

    @pytest.mark.row("shortage-allowances")
    def test_assets_are_compared_with_the_limit_of_the_law_by_the_last_one_of_each_kind(self) -> None:
        limit_cents = load_law().get_asset_limit(FIRST_DAY).get_limit_cents(HouseholdType.SINGLE)
        assets = [
            Asset(uuid4(), AssetKind.SAVINGS, limit_cents, date(2026, 9, 1)),
            Asset(uuid4(), AssetKind.IND_PENALTY_MONEY, 150_000, date(2026, 9, 10)),
            Asset(uuid4(), AssetKind.SAVINGS, limit_cents - 100_000, date(2026, 9, 12)),
        ]
        over_cents = [over_limit_cents(assets, date(2026, 9, day), limit_cents) for day in (1, 10, 12)]
        assert over_cents == [0, 150_000, 50_000]
