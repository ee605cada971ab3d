"""What was read before: the same statement again, and the same entry in another one. Neither is counted twice."""

from collections import Counter
from dataclasses import replace
from datetime import date
from hashlib import md5
from uuid import UUID

import pytest

from services.ontzorgen.bank.rules.bank_statements import (
    Detail,
    Entry,
    KnownStatement,
    StatementHead,
    build_fingerprint,
    find_same,
    require_own_account,
    require_seen,
    select_new,
)
from services.ontzorgen.bank.rules.messages import ForeignFileError
from shared.errors.refusals import ConflictError

DAY, NEXT = date(2026, 7, 2), date(2026, 7, 3)
IBAN = "NL91ABNA0417164300"
HEAD = StatementHead(1, "S1", IBAN, "EUR", 1_000, 400, DAY, DAY, sequence=41)
KNOWN = KnownStatement(DAY, 1_000, 400, DAY, sequence=41)
EMPTY = replace(KNOWN, first_on=None)


class TestStatements:
    @pytest.mark.parametrize(
        ("known", "head", "first_on", "is_same"),
        [
            (KNOWN, HEAD, DAY, True),
            (KNOWN, replace(HEAD, sequence=42), DAY, False),
            (KNOWN, replace(HEAD, sequence=None), DAY, True),
            (replace(KNOWN, sequence=None), HEAD, DAY, True),
            (KNOWN, HEAD, NEXT, False),
            (KNOWN, HEAD, None, False),
            (EMPTY, HEAD, DAY, False),
            (EMPTY, HEAD, None, True),
            (EMPTY, replace(HEAD, closed_on=NEXT), None, False),
            (replace(EMPTY, closed_on=None), HEAD, None, True),
        ],
    )
    def test_it_is_the_same_on_the_same_day_and_not_with_another_number(
        self, known: KnownStatement, head: StatementHead, first_on: date | None, *, is_same: bool
    ) -> None:
        assert find_same([known], head, first_on) == (known if is_same else None)

    @pytest.mark.parametrize("balances", [{"opening_cents": 999}, {"closing_cents": 401}])
    def test_other_balances_than_before_are_for_the_bank_to_explain(self, balances: dict[str, int]) -> None:
        other = replace(KNOWN, **balances)  # type: ignore[arg-type]  # a builder
        with pytest.raises(ConflictError, match="with other balances: ask the bank"):
            find_same([other], HEAD, DAY)
        assert find_same([other, KNOWN], HEAD, DAY) == KNOWN
        assert find_same([other], HEAD, NEXT) is None

    def test_a_statement_that_the_bank_gave_no_id_is_never_the_same_as_another(self) -> None:
        assert find_same([KNOWN], replace(HEAD, id="NOTPROVIDED"), DAY) is None
        assert find_same([], HEAD, DAY) is None

    def test_only_the_municipalitys_own_accounts_are_read_and_nothing_new_slips_into_an_old_statement(self) -> None:
        require_own_account(HEAD, {IBAN})
        with pytest.raises(ForeignFileError, match="not this municipality's: send your own"):
            require_own_account(HEAD, {"NL39RABO0300065264"})
        require_seen([])
        with pytest.raises(ConflictError, match="with other entries: ask the bank"):
            require_seen([UUID(int=1)])


def build_entry(*ids: str, reference: str = "R1", **more: str) -> Entry:
    return Entry(1, reference, DAY, -500, more.get("batch_id", ""), tuple(Detail(-500, one, "", "") for one in ids))


class TestFingerprints:
    @pytest.mark.parametrize(
        ("entry", "text"),
        [
            (build_entry("AB1"), "|R1|2026-07-02|-500|ab1"),
            (build_entry("NOTPROVIDED"), "|R1|2026-07-02|-500|"),
            (build_entry(), "|R1|2026-07-02|-500|"),
            (build_entry("AB1", "CD2"), "|R1|2026-07-02|-500|"),
            (build_entry("AB1", "NOTPROVIDED", "CD2", reference="NONREF"), "||2026-07-02|-500|ab1,cd2"),
            (build_entry("AB1", reference="", batch_id="B1"), "||2026-07-02|-500|ab1"),
            (build_entry("NOTPROVIDED", reference="", batch_id="B1"), "||2026-07-02|-500|B1"),
            (build_entry(reference="")._replace(file_id="F1"), "||2026-07-02|-500|F1"),
            (build_entry(reference="", batch_id="B1")._replace(file_id="F1"), "||2026-07-02|-500|B1"),
        ],
    )
    def test_it_is_of_what_the_bank_repeats_and_never_changes_as_it_is_stored(self, entry: Entry, text: str) -> None:
        assert build_fingerprint(entry, IBAN) == md5(f"{IBAN}{text}".encode(), usedforsecurity=False).hexdigest()

    def test_an_entry_that_nothing_identifies_has_none(self) -> None:
        assert build_fingerprint(build_entry("NOTPROVIDED", reference="NONREF"), IBAN) is None
        assert build_fingerprint(build_entry(reference=""), IBAN) is None


class TestNewEntries:
    @pytest.mark.parametrize(
        ("fingerprints", "earlier", "own", "skipped", "new", "skipped_after"),
        [
            ("aa", {}, {}, {}, [0, 1], {}),
            ("ab", {"a": 1}, {}, {}, [1], {"a": 1}),
            ("aaa", {"a": 2}, {}, {}, [2], {"a": 2}),
            ("aaaa", {"a": 1}, {}, {}, [1, 2, 3], {"a": 1}),
            ("aa", {"a": 2}, {"a": 1}, {}, [1], {"a": 1}),
            ("aa", {"a": 2}, {}, {"a": 1}, [1], {"a": 2}),
            ("aa", {"a": 2}, {"a": 1}, {"a": 1}, [0, 1], {"a": 1}),
            ("aba", {"a": 1, "b": 1}, {}, {}, [2], {"a": 1, "b": 1}),
            (".a.", {"a": 1}, {}, {}, [0, 2], {"a": 1}),
        ],
    )
    def test_as_many_are_left_out_as_other_statements_had(
        self,
        fingerprints: str,
        earlier: dict[str, int],
        own: dict[str, int],
        skipped: dict[str, int],
        new: list[int],
        skipped_after: dict[str, int],
    ) -> None:
        entries = [Entry(number, "", DAY, -500, "", ()) for number in range(len(fingerprints))]
        left_out = Counter(skipped)
        named = [None if one == "." else one for one in fingerprints]  # a dot: nothing identifies it
        assert [entry.number for entry in select_new(entries, named, earlier, own, left_out)] == new
        assert +left_out == skipped_after

    def test_every_entry_has_its_fingerprint(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            select_new([build_entry()], [], {}, {}, Counter())
