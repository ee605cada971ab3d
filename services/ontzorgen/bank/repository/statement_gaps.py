"""The queries of whether statements follow one another: their balances and numbers, and the pages of longer ones."""

from typing import Final

from services.ontzorgen.bank.rules.bank_statements import PageEnd, StatementHead
from services.ontzorgen.bank.rules.statement_gaps import StatementSpan
from shared.database.transactions import Transaction

_SPANS: Final = """
SELECT s.statement_no, s.message_sha256, s.opening_cents, s.closing_cents, s.opened_on, s.closed_on, s.sequence,
    p.first_no, coalesce(p.page, 1), coalesce(p.is_last, true), coalesce(p.sum_cents, 0)
FROM bank_statement s
LEFT JOIN bank_statement_page p ON p.municipality = s.municipality AND p.statement_no = s.statement_no
WHERE s.municipality = $1 AND s.iban = $2 AND ($3::bigint IS NULL OR p.first_no = $3) ORDER BY s.statement_no
"""
# The pages of one statement have its id, and come within weeks of each other; another one may have the id next year.
_FIRST_NO: Final = """
SELECT p.first_no FROM bank_statement_page p
JOIN bank_statement s ON s.municipality = p.municipality AND s.statement_no = p.statement_no
JOIN bank_statement new ON new.municipality = s.municipality AND new.statement_no = $4
WHERE s.municipality = $1 AND s.iban = $2 AND s.id = $3 AND abs(
    coalesce(s.closed_on, s.opened_on, s.first_on) - coalesce(new.closed_on, new.opened_on, new.first_on)) <= 31
GROUP BY p.first_no
HAVING NOT bool_or(p.page = $5) AND NOT (bool_or(p.is_last) AND count(*) = max(p.page))
ORDER BY p.first_no DESC LIMIT 1
"""
_ADD_PAGE: Final = """
INSERT INTO bank_statement_page (municipality, statement_no, first_no, page, is_last, sum_cents)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def list_spans(tx: Transaction, iban: str, first_no: int | None = None) -> list[StatementSpan]:
    """Return the statements of an account, or only the pages of the one that is named by the first of them."""
    records = await (await tx.driver()).fetch(_SPANS, tx.municipality, iban, first_no)
    return [StatementSpan(*record) for record in records]


async def add_page(tx: Transaction, head: StatementHead, statement_no: int, end: PageEnd) -> int:
    """Add a page to those of its statement that are here, and return the number of the one that was read first."""
    driver = await tx.driver()
    first_no = await driver.fetchval(_FIRST_NO, tx.municipality, head.iban, head.id, statement_no, head.page)
    first_no = statement_no if first_no is None else int(first_no)
    await driver.execute(_ADD_PAGE, tx.municipality, statement_no, first_no, head.page, end.is_last, end.sum_cents)
    return first_no
