"""meedoen statement with income, reductions, attachments and discounts, and the holiday allowance that it pays."""

import json
from typing import Any

import pytest
from statement_command import Command

from meedoen.statement.values import CHARGE_KINDS

ALONE = {"right_from": "2026-07-01", "household": {"kind": "single", "adults": [{"age": 30}]}}
AMOUNTS = ("income_cents", "income_exempt_cents", "reduction_cents", "payable_cents", "attachment_cents")
SEIZED = {"creditor": "bailiff", "cents": 10_000, "protected_cents": 100_000}


def amounts(statement: dict[str, Any]) -> list[int]:
    return [statement[name] for name in AMOUNTS]


def test_june_pays_the_holiday_allowance_of_the_months_before(command: Command) -> None:
    document = {"right_from": "2026-02-01", "household": {"kind": "single", "adults": [{"age": 30}]}}
    (june,) = command.statements(document, "--month", "2026-06")
    assert (june["payable_cents"], june["holiday_paid_cents"]) == (133_143, 28_028)
    assert june["holiday_payments"] == [{"on": "2026-06-05", "payee": "person", "cents": 28_028}]
    *_, july = command.statements(document, "--months", "6")
    assert (july["holiday_paid_cents"], july["holiday_handed_over_cents"]) == (0, 7_007 + 7_097)


def test_everything_that_lowers_a_benefit_has_its_amount_and_its_lines(command: Command) -> None:
    document = ALONE | {
        "income": [
            {"kind": "earnings", "cents": 60_000, "from": "2026-07-01", "exempt_percent": 25},
            {"kind": "part benefit", "cents": 10_000, "until": "2026-07-31"},
        ],
        "reductions": [{"percent": 10, "from": "2026-07-01", "until": "2026-07-31"}],
        "attachments": [SEIZED | {"from": "2026-07-01"}, SEIZED | {"kind": "set-off", "protected_cents": 60_000}],
        "discounts": [{"creditor": "woonstad", "percent": 5, "from": "2026-07-01"}],
        "charges": [{"kind": "rent", "creditor": "woonstad", "cents": 60_000}],
    }
    july, august = command.statements(document, "--months", "2")
    # 1,419.46 - 450.00 - 100.00 - 141.95 = 727.51; 95 % of it is 691.13; only the set-off leaves its protected income.
    assert amounts(july) == [55_000, 15_000, 14_195, 69_113, 9_113]
    assert july["attachments"] == [{"kind": "set_off", "creditor": "bailiff", "cents": 9_113}]
    assert (july["protected_cents"], july["available_cents"], july["charges_total_cents"]) == (100_000, 60_000, 57_000)
    assert amounts(august) == [45_000, 15_000, 0, 92_099, 10_000]
    for statement in (july, august):
        assert sum(line["cents"] for line in statement["income_lines"]) == statement["available_cents"]
        assert statement["lines"][0]["basis"] == "agreement with woonstad: 5 % off"
    assert [line["text"] for line in july["income_lines"]][1:6] == [
        "Earnings, taken off the norm",
        "Another benefit, taken off the norm",
        "Part of the earnings, exempt",
        "Reduction of 10 % for not meeting duties",
        "Holiday allowance, set aside",
    ]


def test_a_household_without_any_of_it_has_zeros(command: Command) -> None:
    (july,) = command.statements(ALONE)
    assert amounts(july) == [0, 0, 0, 134_849, 0]
    assert (july["attachments"], july["protected_cents"], july["holiday_payments"]) == ([], 0, [])


@pytest.mark.parametrize("kind", ["wages", "Salary", "loon"])
def test_earnings_are_known_by_other_words(command: Command, kind: str) -> None:
    income = [{"kind": kind, "cents": 10_000, "exempt_percent": 25}]
    assert command.statements(ALONE | {"income": income})[0]["income_exempt_cents"] == 2_500
    income = [{"kind": "pension", "cents": 10_000}]
    assert command.statements(ALONE | {"income": income})[0]["income_cents"] == 10_000


def test_the_partner_has_an_age_of_their_own(command: Command) -> None:
    couple = {"kind": "couple", "adults": [{"age": 24}, {"age": 40}]}
    income = [
        {"kind": "earnings", "cents": 10_000, "exempt_percent": 25, "payee": payee} for payee in ("person", "partner")
    ]
    (july,) = command.statements({"month": "2026-07", "household": couple, "income": income})
    assert (july["income_cents"], july["income_exempt_cents"]) == (17_500, 2_500)


def test_a_discount_that_became_known_late_is_corrected(command: Command) -> None:
    discounts = [{"creditor": "rent", "percent": 10, "from": "2026-08-01", "known_on": "2026-08-20"}]
    charges = [{"kind": "rent", "cents": 60_000}]
    months = command.statements(ALONE | {"charges": charges, "discounts": discounts}, "--months", "4")
    assert [month["charges_total_cents"] for month in months] == [60_000, 60_000, 54_000, 54_000]
    assert [month["correction_cents"] for month in months] == [0, 0, -6_000, 0]


def test_a_discount_for_one_kind_leaves_the_others_of_that_creditor_as_they_are(command: Command) -> None:
    charges = [{"kind": kind, "creditor": "both", "cents": 10_000} for kind in ("electricity", "water")]
    for kind, cents in (("gas", 19_000), ("Water", 19_000), ("rent", 20_000), (None, 18_000)):
        discounts = [{"creditor": "both", "percent": 10, "from": "2026-07-01"} | ({"kind": kind} if kind else {})]
        (july,) = command.statements({"month": "2026-07", "charges": charges, "discounts": discounts})
        assert july["charges_total_cents"] == cents


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"income": [{"cents": 1}]}, "income.0.kind: This field is missing: give it."),
    ({"income": [{"kind": "", "cents": 1}]}, "income.0.kind: Give a text."),
    ({"income": [{"kind": "other", "cents": -1}]}, "income.0.cents: Give at least 0."),
    ({"income": [{"kind": "other", "cents": 1.5}]}, "income.0.cents: Give a whole number."),
    ({"income": [{"kind": "earnings", "cents": 1, "exempt_percent": 26}]}, "income.0.exempt_percent: Give at most 25."),
    ({"income": [{"kind": "earnings", "cents": 1, "exempt_percent": -1}]}, "income.0.exempt_percent: Give at least 0."),
    (
        {"income": [{"kind": "other", "cents": 1, "exempt_percent": 5}]},
        (
            "income.0.exempt_percent: Only earnings can be exempt (Participatiewet art. 31(2)(n)): "
            "leave exempt_percent out, or give 0."
        ),
    ),
    (
        {"income": [{"kind": "other", "cents": 1, "payee": "partner"}]},
        "income.0.payee: A household of this kind has no partner: give person, or leave payee out.",
    ),
    (
        {
            "household": {"kind": "couple", "adults": [{"age": 30}, {"age": 30, "has_right": False}]},
            "income": [{"kind": "other", "cents": 1, "payee": "partner"}],
        },
        (
            "income.0.payee: The partner has no right: "
            "enter what counts of it (Participatiewet art. 32(3)) for the person."
        ),
    ),
    (
        {"income": [{"kind": "other", "cents": 1, "payee": "child"}]},
        "income.0.payee: Give one of 'person' or 'partner'.",
    ),
    ({"reductions": [{"percent": 0}]}, "reductions.0.percent: Give at least 1."),
    ({"reductions": [{"percent": 101}]}, "reductions.0.percent: Give at most 100."),
    ({"attachments": [SEIZED | {"protected_cents": -1}]}, "attachments.0.protected_cents: Give at least 0."),
    ({"attachments": [SEIZED | {"kind": "gift"}]}, "attachments.0.kind: Give one of 'attachment' or 'set_off'."),
    (
        {"attachments": [{"creditor": "bailiff", "cents": 1}]},
        "attachments.0.protected_cents: This field is missing: give it.",
    ),
    ({"discounts": [{"percent": 5}]}, "discounts.0.creditor: This field is missing: give it."),
    ({"discounts": [{"creditor": "x", "percent": 101}]}, "discounts.0.percent: Give at most 100."),
    ({"discounts": [{"creditor": "x", "percent": 0}]}, "discounts.0.percent: Give at least 1."),
    (
        {"discounts": [{"creditor": "x", "percent": 5, "kind": "rant"}]},
        f"discounts.0.kind: Give one of {', '.join(CHARGE_KINDS)}.",
    ),
    (
        {"discounts": [{"creditor": "x", "percent": 5, "form": 1}]},
        "discounts.0.form: This field is not known here: leave it out.",
    ),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG)
def test_what_can_not_be_used_is_refused_in_a_sentence(command: Command, fields: dict[str, Any], sentence: str) -> None:
    assert command(ALONE | fields) == (2, "", [sentence])


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("income", {"kind": "other", "cents": 1}),
        ("reductions", {"percent": 5}),
        ("attachments", SEIZED),
        ("discounts", {"creditor": "anyone", "percent": 5}),
    ],
)
def test_what_ends_before_it_begins_is_refused_at_its_place(command: Command, name: str, entry: dict[str, Any]) -> None:
    backwards = entry | {"from": "2026-08-02", "until": "2026-08-01"}
    code, _, sentences = command(ALONE | {name: [{}, entry, backwards]})
    assert code == 2
    assert sentences[-1] == f"{name}.2.until: It ends before it begins: give a later until, or leave it out."
    assert json.dumps(command.statements(ALONE | {name: [entry | {"until": "2026-06-01"}]}))
