"""meedoen statement: a household's file to statements as JSON, and every fault in it in one go."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# The command stands beside the tests, which are no package.
from statement_command import Command

EXAMPLES = Path(__file__).parents[3] / "examples" / "statements"
ROWS = {
    "capelle-aan-den-ijssel": "pilot-ontzorgen-capelle-aan-den-ijssel",
    "den-haag": "pilot-ontzorgen-den-haag",
    "dongemond": "pilot-ontzorgen-geertruidenberg",
    "edam-volendam": "pilot-ontzorgen-edam-volendam",
    "drechtsteden": "pilot-ontzorgen-hendrik-ido-ambacht",
    "zoetermeer": "pilot-ontzorgen-zoetermeer",
}
RENT = {"kind": "rent", "cents": 60_000}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.row(row)) for name, row in ROWS.items()])
def test_each_pilot_has_an_example_with_what_comes_of_it(command: Command, name: str) -> None:
    expected = json.loads((EXAMPLES / "expected" / f"{name}.json").read_text())
    document = (EXAMPLES / f"{name}.json").read_text()
    code, out, _ = command(document, "--months", str(len(expected["statements"])))
    assert (code, json.loads(out)) == (0, expected)


def test_every_example_adds_up() -> None:
    for path in (EXAMPLES / "expected").glob("*.json"):
        for month in json.loads(path.read_text())["statements"]:
            charged_cents = month["charges_total_cents"] + month["correction_cents"]
            assert charged_cents == sum(line["cents"] for line in month["lines"])
            assert charged_cents == month["available_cents"] - month["remainder_cents"] + month["shortfall_cents"]
            assert month["available_cents"] == sum(line["cents"] for line in month["income_lines"])
            assert month["remainder_cents"] == sum(payment["cents"] for payment in month["payments"])


def test_what_is_left_out_has_its_default(command: Command) -> None:
    code, out, _ = command({"month": "2026-09", "charges": [RENT], "grants": [{"kind": "gift", "cents": 5}]})
    result = json.loads(out)
    (september,) = result["statements"]
    assert (code, result["period"]) == (0, {"first_day": "2026-09-01", "last_day": "2027-02-28"})
    assert (september["month"], september["norm_cents"], september["available_cents"]) == ("2026-09", 141_946, 134_854)
    due = {"for_month": "2026-09", "due_cents": 60_000, "paid_cents": 60_000, "unpaid_cents": 0}
    assert september["charges"] == [{"kind": "rent", "creditor": "rent", **due}]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *[("furnishing", "Furnishing credit"), ("Special", "Special assistance"), ("bridging", "Bridging allowance")],
        *[("first rent", "First rent"), ("gift", "Other grant")],
    ],
)
def test_a_grant_is_known_by_the_short_name_too(command: Command, kind: str, text: str) -> None:
    (july,) = command.statements({"month": "2026-07", "grants": [{"kind": kind, "cents": 5, "month": "2026-07"}]})
    assert (text, 5) in [(line["text"], line["cents"]) for line in july["income_lines"]]


def test_a_couple_without_adults_has_two_and_gas_and_electricity_are_energy(command: Command) -> None:
    charges = [{"kind": "gas", "creditor": "E", "cents": 1}, {"kind": "electricity", "creditor": "E", "cents": 2}]
    (july,) = command.statements({"right_from": "2026-07-01", "household": {"kind": "couple"}, "charges": charges})
    assert july["norm_cents"] == 202_779
    assert [(line["kind"], line["due_cents"]) for line in july["charges"]] == [("energy", 2), ("energy", 1)]
    assert [line["payee"] for line in july["payments"]] == ["person", "partner"]


@pytest.mark.parametrize(
    ("options", "months"),
    [
        ((), ["2026-10"]),
        (("--month", "2026-09"), ["2026-09"]),
        (("--months", "3"), ["2026-10", "2026-11", "2026-12"]),
    ],
)
def test_one_month_or_several_are_printed(command: Command, options: tuple[str, ...], months: list[str]) -> None:
    document = {"month": "2026-10", "right_from": "2026-09-16", "charges": [RENT]}
    assert [statement["month"] for statement in command.statements(document, *options)] == months


def test_a_month_alone_has_the_corrections_of_those_before(command: Command) -> None:
    rose = {"kind": "rent", "cents": 62_000, "from": "2026-08-16", "known_on": "2026-09-10"}
    document = {"right_from": "2026-07-01", "charges": [RENT, rose]}
    (october,) = command.statements(document, "--month", "2026-10")
    assert october["correction_cents"] == 3_032


@pytest.mark.parametrize(
    "later", [{"from": "2026-09-01"}, {"from": "2026-09-01", "until": "2026-12-31"}, {"from": "2026-09-01", "cents": 0}]
)
def test_an_amount_that_ends_for_one_known_later_was_paid_until_then(command: Command, later: dict[str, Any]) -> None:
    charges = [RENT | {"until": "2026-08-31"}, RENT | {"cents": 61_000, "known_on": "2026-09-20"} | later]
    other = RENT | {"creditor": "another"}
    document = {"right_from": "2026-08-01", "charges": [*charges, other], "household": {"kind": "couple"}}
    _, september, october = command.statements(document, "--months", "3")
    assert (september["charges_total_cents"], september["correction_cents"]) == (120_000, 0)
    cents = charges[1]["cents"]
    assert october["charges_total_cents"] == cents + 60_000
    assert october["correction_cents"] == (1_000 if cents else 0)  # what a creditor owes waits for what it is due


def test_a_charge_between_two_others_that_became_known_late_overlaps_neither(command: Command) -> None:
    between = RENT | {"cents": 61_000, "from": "2026-09-01", "until": "2026-09-30", "known_on": "2026-09-20"}
    charges = [RENT | {"until": "2026-08-31"}, between, RENT | {"cents": 62_000, "from": "2026-10-01"}]
    statements = command.statements({"right_from": "2026-08-01", "charges": charges}, "--months", "3")
    assert [statement["charges_total_cents"] for statement in statements] == [60_000, 60_000, 62_000]
    assert [statement["correction_cents"] for statement in statements] == [0, 0, 1_000]


def test_null_is_left_out_and_words_are_taken_as_people_write_them(command: Command) -> None:
    charges = [
        {"kind": "huur", "cents": 5, "from": None, "until": "2026-08-31"},
        {"kind": "Health insurance", "creditor": None, "cents": 7, "known_on": None},
    ]
    household = {"kind": "Single parent", "adults": [{"age": 30, "parents_can_support": None}], "cost_sharers": None}
    document = {"right_from": "2026-09-01", "month": None, "grants": None, "payment_dates": {"2026-09": []}}
    (september,) = command.statements(document | {"charges": charges, "household": household})
    assert [(line["kind"], line["due_cents"]) for line in september["charges"]] == [("health_insurance", 7)]
    assert [line["text"] for line in september["lines"]] == ["Health insurance for 2026-09"]
    code, _, errors = command(document | {"colour": None})
    assert (code, errors) == (2, ["colour: This field is not known here: leave it out."])


def test_first_due_is_a_month_or_a_date_and_dates_of_payment_are_the_households(command: Command) -> None:
    dates = {"2026-10": ["2026-10-16", "2026-10-02"]}
    for first_due in ("2026-10", "2026-10-01"):
        document = {"right_from": "2026-09-16", "charges": [RENT | {"first_due": first_due}], "payment_dates": dates}
        september, october = command.statements(document, "--months", "2")
        assert (september["charges_total_cents"], october["charges_total_cents"]) == (0, 90_000)
        assert [line["on"] for line in october["payments"]] == ["2026-10-02", "2026-10-16"]


def test_a_municipality_is_a_code_in_any_case_or_a_name_and_an_unknown_one_does_as_the_default(
    command: Command,
) -> None:
    document = {"month": "2026-09", "charges": [{"kind": "liability_insurance", "cents": 900}]}
    municipalities = ("GM0779", "0779", "dongemond", "Drimmelen", "Utrecht", "gm0344")
    statements = [command.statements(document | {"municipality": municipality})[0] for municipality in municipalities]
    assert [statement["charges_total_cents"] for statement in statements] == [900, 900, 900, 900, 0, 0]
    assert [statement["policy"] for statement in statements] == [*["gm0779"] * 4, "default", "default"]


COUPLE_OF_22_AND_19 = {"kind": "couple", "adults": [{"age": 22}, {"age": 19}], "children": [{"age": 2}]}


@pytest.mark.parametrize(
    ("right_from", "household", "norm_cents"),
    [
        ("2026-09-01", COUPLE_OF_22_AND_19 | {"cost_sharers": 1}, 176_988),
        ("2026-09-01", {"kind": "couple", "adults": [{"age": 68}, {"age": 19}], "cost_sharers": 1}, 143_847),
        ("2028-02-01", {"adults": [{"born_on": "1961-01-15"}]}, 141_946),
        ("2028-04-15", {"adults": [{"born_on": "1961-01-15"}]}, round(158_734 * 16 / 30)),
        ("2026-09-01", {"kind": "couple", "adults": [{"age": 30}, {"age": 30, "has_right": False}]}, 101_390),
        ("2026-09-01", {"adults": [{"age": 30, "in_institution": True}]}, 49_644),
    ],
)
def test_each_kind_of_household_has_its_norm(
    command: Command, right_from: str, household: dict[str, Any], norm_cents: int
) -> None:
    (month,) = command.statements({"right_from": right_from, "household": household})
    assert month["norm_cents"] == norm_cents


def test_beside_a_spouse_without_a_right_a_decision_gives_the_norm_of_a_single_and_the_other_is_paid(
    command: Command,
) -> None:
    spouse = {"age": 30, "has_right": False, "single_norm_ground": "Lives elsewhere"}
    document = {"right_from": "2026-09-01", "household": {"kind": "couple", "adults": [{"age": 30}, spouse]}}
    (september,) = command.statements(document)
    assert september["norm_cents"] == 141_946
    assert [payment["payee"] for payment in september["payments"]] == ["person"]
    norm = september["income_lines"][0]
    assert norm["text"] == "Norm for one adult of 21 or older beside a spouse without a right, as decided"
    assert norm["basis"] == "Participatiewet art. 18(1), table of 2026-07-01"


@pytest.mark.parametrize("with_option", [True, False])
def test_a_new_municipality_is_a_file_in_a_folder(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_option: bool
) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "gm9999.toml").write_text('names = ["Nieuwland"]\n[[policy]]\nvalid_from = 2026-01-01\nprepay = true\n')
    if not with_option:
        monkeypatch.setenv("MEEDOEN_POLICIES", str(folder))
    options = ("--policies", str(folder)) if with_option else ()
    (july,) = command.statements({"municipality": "Nieuwland", "month": "2026-07", "charges": [RENT]}, *options)
    assert july["charges_total_cents"] == 120_000


FAULTY = {
    "municipality": "gm12",
    "month": "2026-08",
    "right_from": "2026-09-16",
    "right_until": "2026-09-01",
    "colour": "red",
    "household": {"adults": [{"age": 19}, {"age": 2.5}]},
    "charges": [
        {"kind": "rent", "cents": 60_000.0},
        {"kind": "rent", "cents": -1},
        {"kind": "water", "cents": True},
        {"kind": "energy", "cents": 100},
        {"kind": "energy", "cents": 120, "from": "2026-10-01"},
        {"kind": "tv", "cents": 1, "until": "2026-02-30"},
        {"kind": "internet", "cents": 5, "from": "2026-02-01", "until": "2026-01-01"},
        {"kind": "boat", "cents": 1},
    ],
    "grants": [{"kind": "gift"}],
    "prepay": "yes",
    "payment_dates": {"2026-09": ["2026-10-02"]},
}


def test_everything_wrong_is_told_at_once_and_nothing_is_printed(command: Command) -> None:
    code, out, sentences = command(FAULTY)
    assert (code, out) == (2, "")
    faulty_fields = {sentence.partition(": ")[0] for sentence in sentences}
    charges = {
        *(f"charges.{index}.cents" for index in range(3)),
        "charges.5.until",
        "charges.6.until",
        "charges.7.kind",
    }
    assert faulty_fields == charges | {
        *("municipality", "right_until", "colour", "household.adults.1.age", "charges.4"),
        *("grants.0.cents", "prepay", "payment_dates.2026-09"),
    }
    assert all(sentence.endswith(".") for sentence in sentences)


FIRST_ADULT = "household.adults.0"
SPOUSE_IS_SECOND = "The first adult has a right to assistance: list the spouse without a right as the second."
NOT_DECIDED = "Only beside a spouse without a right is this decided: give has_right false, or leave it out."
YOUNG_IN_INSTITUTION = "Someone of 18 to 20 in an institution has no right (art. 13(2)(a)): say so, or correct the age."


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ('{"month": "2026-09"', "file: The file is not JSON at line 1: give one JSON object."),
        ("[]", "file: The file holds no JSON object: give one household in {}."),
        ('{"month": "2026-09", "month": "2026-10"}', "file: A field is given twice in one object: give it once."),
        ('{"cents": ' + "9" * 5000 + "}", "file: A number has more than 20 digits: give whole cents, as in 65000."),
        ("[" * 100_000, "file: The file is not JSON: give one JSON object."),
        ("{}", "right_from: Give right_from, the first day with a right, or month."),
        ({"month": "2025-06"}, "month: There is no norm for 2025-06-01: enter the table from before 2025-07-01 first."),
        ({"month": "2026-9"}, "month: Give a month such as 2026-07, in a year from 1900 to 2100."),
        ({"right_from": "20260901"}, "right_from: Give a date such as 2026-07-01, in a year from 1900 to 2100."),
        (
            {"month": "2026-09", "household": {"adults": [{"age": 17}]}},
            "household.adults: An adult is under 18 on a day with a right: list them as a child, or correct the age.",
        ),
        (
            {"month": "2026-09", "claims": [{"creditor": "CO\0A", "cents": 1}]},
            "claims.0.creditor: Give a name in one line, without control characters.",
        ),
        ({"month": "2026-09", "household": {"adults": [{}]}}, "household.adults.0: Give either age or born_on."),
        (
            {"month": "2026-09", "household": {"kind": "couple", "adults": [{"age": 30}]}},
            "household: A household of this kind has exactly two adults: give as many, or another kind.",
        ),
        ({"month": "2026-09", "charges": [RENT | {"cents": "1"}]}, "charges.0.cents: Give a whole number."),
        (
            {"month": "2026-09", "household": {"adults": [{"age": 30, "has_right": False}]}},
            f"{FIRST_ADULT}.has_right: {SPOUSE_IS_SECOND}",
        ),
        (
            {"month": "2026-09", "household": {"adults": [{"age": 30, "single_norm_ground": "abroad"}]}},
            f"{FIRST_ADULT}.single_norm_ground: {NOT_DECIDED}",
        ),
        (
            {"month": "2026-09", "household": {"adults": [{"age": 19, "in_institution": True}]}},
            f"household.adults: {YOUNG_IN_INSTITUTION}",
        ),
    ],
)
def test_what_can_not_be_used_is_refused_in_a_sentence(command: Command, document: object, sentence: str) -> None:
    assert command(document) == (2, "", [sentence])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--month", "2026-13"), "Give a month such as 2026-07"),
        (("--month", "2026-09", "--months", "2"), "Give either --month for one month, or --months for several"),
        (("--months", "0"), "Invalid value for '--months'"),
        (("--policies", "/nowhere"), "/nowhere is not a directory"),
    ],
)
def test_options_that_do_not_fit_are_refused(command: Command, options: tuple[str, ...], sentence: str) -> None:
    code, out, errors = command({"right_from": "2026-09-16"}, *options)
    assert (code, out) == (2, "")
    assert sentence in errors[0]


def test_it_starts_without_database_or_broker() -> None:
    code = "import sys, meedoen.statement.evaluation, meedoen.cli.statement; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"sqlalchemy", "sqlmodel", "asyncpg", "alembic", "faststream", "aiokafka", "confluent_kafka", "fastapi"}
    assert heavy.isdisjoint(loaded)
