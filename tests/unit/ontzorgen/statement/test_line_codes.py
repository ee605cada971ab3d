"""A line's code with its parameters and amount says all that its text says, so a screen can put it in other words."""

from collections.abc import Iterator
from random import Random

# The plain implementation and the random lives stand beside the tests, which are no package.
from plain_policy import PlainPolicy, statements_of
from random_lives import random_life

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.lines import MEANINGS, Line, LineCode
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.wording import explain_charges, explain_income

LIVES = 120
AS_RUN = {code for code in LineCode if code.endswith("_as_run")}
# No random life has these: its months follow each other without a shortfall that is made good, a debt, income known
# late, or a table of norms that is not there yet.
RARE = {
    LineCode.DEBT_RECORDED,
    LineCode.NORMS_OUTDATED,
    LineCode.HOLIDAY_BEYOND_RIGHT,
    LineCode.CORRECTION_UNPAID_THEN,
}


def list_lines() -> Iterator[Line]:
    for seed in range(LIVES):
        situation, choices, months = random_life(Random(seed))
        for statement in statements_of(situation, choices, months):
            rules = MonthRules.resolve(load_law(), PlainPolicy(choices), statement.month)
            yield from explain_charges(statement, situation, rules)
            yield from explain_income(statement, situation, rules)


def test_every_line_has_the_parameters_of_its_code_and_its_text_follows_from_them() -> None:
    texts: dict[tuple[str, str, int], str] = {}
    for line in list_lines():
        assert line.parameters.keys() == set(MEANINGS[line.code].parameters), line
        known = texts.setdefault((line.code, repr(line.parameters), line.cents), line.text)
        assert known == line.text, f"{line.code} leaves out what tells these apart"
    assert {code for code, _, _ in texts} >= set(LineCode) - AS_RUN - RARE
    assert MEANINGS.keys() == set(LineCode)
