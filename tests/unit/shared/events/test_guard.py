"""The guard: whatever way a BSN, an IBAN or an address is written, it is refused; what only looks like one is not.

The numbers are drawn at random by the tests; none of them is anybody's.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.nl import bsn

from shared.events import EventData, catalogue
from shared.events.envelope import write_event
from shared.events.guard import (
    PersonalDataFoundError,
    find_personal_data,
    refuse_personal_data,
    refuse_personal_data_in_json,
)
from shared.testing.samples import sample

BSN = "a number that passes the BSN eleven-test"
SEPARATORS = [
    "",
    " ",
    ".",
    "-",
    "/",
    "_",
    ",",
    " - ",
    "\u00a0",
    "\u2009",
    "\u2013",
    "\t",
    "\u200b" * 5,
    "\u00ad",
    ":",
    "'",
]
PASSING = next(str(number) for number in range(123_400_000, 123_500_000) if bsn.is_valid(str(number)))
WORDS = st.text(st.characters(categories=["L", "Zs", "Po"], exclude_characters="%@"), max_size=12)


@st.composite
def eleven_test_numbers(draw: st.DrawFn) -> str:
    """Eight or nine digits that pass: the last digit follows from the others, and ten is no digit."""
    first = draw(st.lists(st.integers(0, 9), min_size=8, max_size=8).filter(lambda d: _check_digit(d) < 10))
    number = "".join(map(str, [*first, _check_digit(first)]))
    return number[1:] if number[0] == "0" and number[1] != "0" and draw(st.booleans()) else number


def _check_digit(digits: list[int]) -> int:
    return sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11


@st.composite
def separated(draw: st.DrawFn) -> str:
    """A passing number with a separator of one style between any of its digits."""
    number, separator = draw(eleven_test_numbers().filter(bsn.is_valid)), draw(st.sampled_from(SEPARATORS))
    cuts = draw(st.lists(st.booleans(), min_size=len(number) - 1, max_size=len(number) - 1))
    return number[0] + "".join((separator if cut else "") + digit for cut, digit in zip(cuts, number[1:], strict=True))


@st.composite
def ibans(draw: st.DrawFn) -> str:
    """A Dutch IBAN with right check digits, whole or in groups of four, in either case."""
    body = draw(st.sampled_from(["ABNA", "INGB", "RABO", "TRIO"])) + draw(st.from_regex(r"[0-9]{10}", fullmatch=True))
    digits = "".join(str(int(char, 36)) for char in f"{body}NL00")
    compact = f"NL{98 - int(digits) % 97:02d}{body}"
    separator = draw(st.sampled_from(["", " ", "-", ".", "\u00a0"]))
    text = separator.join(compact[at : at + 4] for at in range(0, len(compact), 4))
    return draw(st.sampled_from([text, text.lower(), text.title()]))


# As they are issued: at most one zero in front.
issued_numbers = eleven_test_numbers().filter(lambda number: bsn.is_valid(number) and int(number) >= 10_000_000)
addresses = st.builds(
    "{}@{}.{}".format,
    st.from_regex(r"[a-z][a-z0-9._+-]{0,20}", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
    st.sampled_from(["nl", "example", "co.uk"]),
)

# Each way in which a number got past the guard once, or could: gaps, ids around it, hexadecimal, quoting, pieces.
EVASIONS: list[Callable[[str], Any]] = [
    (" " * 4).join,
    lambda number: f"{number[:4]}{'.' * 60}{number[4:]}",
    lambda number: f"{number[:2]}{' -_/' * 9}{number[2:5]}\n\n\n\n\n{number[5:]}",
    lambda number: f"00000000-0000-4000-8000-{number:0>12}",
    lambda number: (
        f"{number:f<32}"[:8] + "-ffff-7fff-bfff-ffffffffffff"
        if len(number) == 8
        else f"ffffffff-ffff-4fff-8fff-fff{number}"
    ),
    lambda number: f"urn:uuid:aaaaaaaa-aaaa-4aaa-8aaa-{number:a>12}",
    lambda number: f"{number:0>31}a",
    lambda number: f"{number:a<64}",
    lambda number: f"00-{number:f>32}-ffffffffffffffff-01",
    lambda number: f"0x{int(number):x}",
    lambda number: f"id 0X{int(number):08X}",
    lambda number: number.encode().hex(),
    lambda number: number.encode().hex(" "),
    lambda number: "".join(f"\\x{byte:02x}" for byte in number.encode()),
    lambda number: "".join(f"&#{ord(digit)};" for digit in number),
    lambda number: "".join(f"&amp;#x{ord(digit):x};" for digit in number),
    lambda number: "".join(f"%25{ord(digit):02x}" for digit in number),
    lambda number: [int(digit) for digit in number],
    lambda number: [number[:3], number[3:5], int(number[5]), *number[6:]],
    lambda number: {"parts": [list(number)]},
    lambda number: "".join(chr(0x1D7D8 + int(digit)) for digit in number),
    "\u2060".join,
    "\u0301".join,
    "\u0628".join,
    lambda number: f"{number:0>19}",
    lambda number: f"0x{int(number):016x}",
    lambda number: f"{int(number):#b} {int(number):#o}",
    lambda number: list(number.encode()),
    lambda number: [int(number[:4]), int(number[4:])] if number[4] != "0" else list(number.encode()),
    lambda number: {"value": int(number) / 10},
    lambda number: "".join(f"%25252525{ord(digit):02x}" for digit in number),
]
MAIL_EVASIONS = [
    "iemand @ a.example",
    "iemand@ a.example",
    "iemand   @\n\n a . example",
    "iemand [at] a [dot] example",
    "iemand(at)a(punt)example",
    "iemand\uff20a\uff0eexample",
    "iemand&#64;a.example",
    "iemand%2540a.example",
    '"iemand"@a.example',
    "iemand [apenstaartje] a [punt] example",
    "iemand@a\u3002example",
    "iemand@a\uff61example",
]

PLACES: list[Any] = [
    lambda text: text,
    lambda text: {"subject": text},
    lambda text: {"data": {"note": text}},
    lambda text: {"data": {text: 1}},
    lambda text: {"data": {"lines": [{"note": "x"}, {"notes": ["y", [text]]}]}},
    lambda text: {"data": [[[{text: None}]]]},
]
places = st.sampled_from(PLACES)


def assert_refused(document: Any, kind: str) -> None:
    """Both doors refuse it: the document itself and its bytes, escaped or not."""
    with pytest.raises(PersonalDataFoundError, match=kind):
        refuse_personal_data(document)
    for payload in (msgspec.json.encode(document), json.dumps(document).encode()):
        with pytest.raises(PersonalDataFoundError, match=kind):
            refuse_personal_data_in_json(payload)


def assert_let_through(document: Any) -> None:
    refuse_personal_data(document)
    refuse_personal_data_in_json(msgspec.json.encode(document))


class TestRefused:
    @given(separated(), WORDS, WORDS, places)
    @example(("\u200b" * 5).join(PASSING), "", "", PLACES[0])
    @example(f"{PASSING[:4]}-{PASSING[4:6]}-{PASSING[6:]}", "", "", PLACES[0])
    def test_a_number_that_passes_the_eleven_test(self, number: str, before: str, after: str, embed: Any) -> None:
        assert_refused(embed(f"{before}{number}{after}"), BSN)

    @given(eleven_test_numbers().filter(bsn.is_valid), st.integers(0, 99), st.integers(0, 99), places)
    def test_a_number_among_other_numbers(self, number: str, before: int, after: int, embed: Any) -> None:
        assert_refused(embed(f"{before} {number} {after}"), BSN)

    @given(eleven_test_numbers().filter(bsn.is_valid), st.sampled_from([0x0660, 0x06F0, 0xFF10, 0x0966]), places)
    def test_a_number_in_other_digits_than_ours(self, number: str, zero: int, embed: Any) -> None:
        assert_refused(embed("".join(chr(zero + int(digit)) for digit in number)), BSN)

    @given(eleven_test_numbers().filter(bsn.is_valid), places)
    def test_a_number_quoted_for_an_address_on_the_web(self, number: str, embed: Any) -> None:
        assert_refused(embed(f"https://a.example/p?n={number[:3]}%20{number[3:]}"), BSN)
        assert_refused(embed("".join(f"%{ord(digit):02x}" for digit in number)), BSN)

    @given(ibans(), WORDS, places)
    def test_an_iban_in_any_style(self, account: str, before: str, embed: Any) -> None:
        assert_refused(embed(f"{before} {account}"), "holds")

    @given(ibans(), places)
    def test_an_iban_is_named_as_one(self, account: str, embed: Any) -> None:
        assert_refused(embed(account), "an IBAN|eleven-test")
        assert_refused(embed(f"rekening {account} graag"), "an IBAN|eleven-test")

    @given(addresses, WORDS, places)
    def test_an_email_address(self, address: str, before: str, embed: Any) -> None:
        assert_refused(embed(f"{before} {address}"), "an e-mail address")
        assert_refused(embed(address.upper().replace("@", "%40")), "an e-mail address")

    @pytest.mark.parametrize("local", [str(UUID(int=7)), "2026-07-01", "a" * 40])
    def test_an_email_address_whose_name_is_harmless_by_itself(self, local: str) -> None:
        assert_refused({"data": f"{local}@a.example"}, "an e-mail address")

    @given(eleven_test_numbers().filter(bsn.is_valid), st.uuids())
    def test_a_number_that_leans_on_an_id_or_a_date(self, number: str, uuid: UUID) -> None:
        assert_refused({"data": f"{number} {uuid}"}, BSN)
        assert_refused({"data": f"{uuid}/{number}"}, BSN)
        assert_refused({"data": f"{number} 2026-07-01"}, BSN)
        assert_refused({"data": f"2026-07-01T10:00:00Z {number}"}, BSN)

    @given(st.dates().filter(lambda day: 1900 <= day.year < 2100), st.sampled_from(["", "-", " ", " - "]))
    def test_a_number_that_begins_or_ends_as_a_date(self, day: Any, gap: str) -> None:
        last = _check_digit([int(digit) for digit in f"{day:%Y%m%d}"])
        assert last > 9 or find_personal_data(f"{day}{gap}{last}") == BSN
        firsts = [first for first in range(1, 10) if bsn.is_valid(f"{first}{day:%Y%m%d}")]
        assert all(find_personal_data(f"{first}{gap}{day}") == BSN for first in firsts)

    def test_a_number_that_runs_on_as_an_id(self) -> None:
        assert_refused({"data": f"{PASSING}-aaaa-4aaa-8aaa-aaaaaaaaaaaa"}, BSN)

    @given(st.from_regex(r"[A-Z]{24}", fullmatch=True))
    def test_an_iban_of_letters_alone(self, body: str) -> None:
        check = 98 - int("".join(str(int(char, 36)) for char in f"{body}AZ00")) % 97
        assert_refused({"data": f"AZ{check:02d}{body}"}, "an IBAN")

    def test_an_iban_of_a_bank_that_no_list_knows(self) -> None:
        """Right by the check of all IBANs, wrong by Belgium's own."""
        assert not iban.is_valid("BE27000000000001")
        assert_refused({"data": "BE27 0000 0000 0001"}, "an IBAN")

    @given(issued_numbers)
    def test_a_json_number(self, number: str) -> None:
        assert_refused({"data": {"count": int(number)}}, BSN)
        assert_refused({"data": {"share": float(number)}}, BSN)
        assert_refused({"data": [[{"cents": int(number)}]]}, BSN)

    @given(issued_numbers, st.sampled_from(EVASIONS))
    def test_a_number_spelled_in_another_way(self, number: str, spell: Callable[[str], Any]) -> None:
        assert_refused({"data": spell(number)}, BSN)

    @pytest.mark.parametrize("text", MAIL_EVASIONS)
    def test_an_email_address_spelled_in_another_way(self, text: str) -> None:
        assert_refused({"data": f"mail naar {text} graag"}, "an e-mail address")

    def test_an_email_address_as_the_bytes_of_its_letters(self) -> None:
        assert_refused({"data": list(b"mail naar iemand@a.example")}, "an e-mail address")

    @given(st.integers(4, 60))
    def test_a_number_of_which_a_part_looks_like_a_day_or_an_amount(self, gap: int) -> None:
        numbers = (f"1999-{month:02}{' ' * gap}{rest:03}" for month in range(1, 13) for rest in range(1_000))
        passing = next(number for number in numbers if bsn.is_valid(number.replace("-", "").replace(" ", "")))
        assert_refused({"data": passing}, BSN)
        assert_refused({"data": f"{PASSING[:3]}{'.' * gap}EUR {PASSING[3:7]},{PASSING[7:]}".replace("EUR", "€")}, BSN)

    @given(ibans(), st.integers(1, 40))
    def test_an_iban_with_long_gaps_everywhere(self, account: str, gap: int) -> None:
        assert_refused({"data": (" ." * gap).join(account)}, "an IBAN|eleven-test")


class TestTime:
    @pytest.mark.parametrize(
        "unit", ["1", "1 ", "a", "a@", "@", "1" + " " * 50, "NL00", "NL91ABNA041716430", "3" * 9, "%25"]
    )
    def test_it_is_linear_in_the_text(self, unit: str) -> None:
        """Eight times the text takes far less than the 64 times of a quadratic search; the best of three counts."""
        short, long = (unit * (size // len(unit)) for size in (8_000, 64_000))
        assert measure_best(long) < 24 * measure_best(short) + 0.01


def measure_best(text: str) -> float:
    payload = msgspec.json.encode({"data": text})
    durations = []
    for _ in range(3):
        began = time.process_time()
        with contextlib.suppress(PersonalDataFoundError):
            refuse_personal_data_in_json(payload)
        with contextlib.suppress(PersonalDataFoundError):
            refuse_personal_data({"data": text})
        durations.append(time.process_time() - began)
    return min(durations)


class TestLetThrough:
    @given(st.uuids(), places)
    def test_ids(self, uuid: UUID, embed: Any) -> None:
        assert_let_through(embed(str(uuid)))
        assert_let_through(embed(str(uuid).upper()))
        assert_let_through(embed(f"urn:uuid:{uuid}"))
        assert_let_through(embed(f"{uuid}, {uuid}"))

    def test_ids_that_begin_with_a_number(self) -> None:
        eight = next(str(number) for number in range(12_340_000, 12_350_000) if bsn.is_valid(f"0{number}"))
        assert_let_through({"data": f"urn:uuid:{eight}-1c4e-4aaa-8aaa-aaaaaaaaaaaa"})

    @given(st.uuids())
    def test_two_halves_with_an_id_between_them(self, uuid: UUID) -> None:
        assert_let_through({"data": f"{PASSING[:4]} {uuid} {PASSING[4:]}"})

    @given(st.dates().filter(lambda day: 1900 <= day.year < 2100), st.datetimes(), places)
    def test_days_months_and_moments(self, day: Any, moment: Any, embed: Any) -> None:
        assert_let_through(embed(day.isoformat()))
        assert_let_through(embed(day.isoformat()[:7]))
        assert_let_through(embed(f"{day}/{day}"))
        assert_let_through(embed(f"from {day} to {day}"))
        moment = moment.replace(year=day.year, day=1)
        assert_let_through(embed(moment.isoformat() + "Z"))
        assert_let_through(embed(moment.isoformat(timespec="microseconds") + "+02:00"))
        assert_let_through(embed(moment.isoformat(" ", "minutes")))

    @given(st.binary(min_size=24, max_size=24), places)
    def test_traceparents_and_hashes(self, random: bytes, embed: Any) -> None:
        assert_let_through(embed(f"00-{random[:16].hex()}-{random[16:].hex()}-01"))
        for name in ("md5", "sha1", "sha256", "sha512"):
            assert_let_through(embed(hashlib.new(name, random, usedforsecurity=False).hexdigest()))

    @given(st.integers(0, 2**31), st.lists(st.integers(0, 10**10), max_size=12), st.integers(0, 9_999_999))
    def test_amounts_and_counts_that_are_no_text(self, amount: int, amounts: list[int], count: int) -> None:
        lines = {"lines": [{"due_cents": amount}], "all_cents": amounts}
        assert_let_through({"data": {"amount_cents": amount, "count": count} | lines})

    @given(st.integers(0, 10**9))
    def test_amounts_written_as_money(self, cents: int) -> None:
        plain = f"{cents // 100}.{cents % 100:02d}"
        dutch = f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"
        for text in (f"EUR {plain}", f"€ {dutch}", f"€{dutch} per maand", f"€\u00a0{dutch}"):
            assert_let_through({"data": text})

    @given(st.from_regex(r"(BU|bu)[0-9]{8}|(WK|wk)[0-9]{6}|(GM|gm)[0-9]{4}", fullmatch=True))
    def test_cbs_codes(self, code: str) -> None:
        assert_let_through({"data": {"neighbourhood": code}})

    @given(st.from_regex(r"[0-9]{9}", fullmatch=True).filter(lambda number: not bsn.is_valid(number)))
    def test_numbers_that_fail_the_eleven_test(self, number: str) -> None:
        assert find_personal_data(number) is None

    @given(st.from_regex(r"[0-9]{10,20}", fullmatch=True))
    def test_longer_numbers_in_one_piece(self, number: str) -> None:
        assert find_personal_data(f"urn:nld:oin:{number}") is None

    @given(ibans().map(lambda text: text.replace(" ", "")))
    def test_an_account_with_a_wrong_check_digit(self, account: str) -> None:
        wrong = f"{account[:2]}{(int(account[2:4]) + 1) % 100:02d}{account[4:]}" if account[2:4].isdigit() else "NL00"
        assert find_personal_data(wrong) != "an IBAN"

    @pytest.mark.parametrize(
        "text", ["@", "a@b", "@ampersand", "one @ two", "16:00 @ school. Come", "1 of 9", "b1_route", "16:00", ""]
    )
    def test_texts_that_only_look_like_something(self, text: str) -> None:
        assert find_personal_data(text) is None

    @pytest.mark.parametrize("event", [entry.model for entry in catalogue().values()], ids=lambda event: event.__name__)
    def test_every_event_of_the_catalogue(self, event: type[EventData]) -> None:
        write_event(sample(event), municipality="gm0637")


class TestTheSentence:
    def test_it_names_the_field_and_never_the_value(self) -> None:
        document = {"data": {"lines": [{"kind": "rent"}, {"reference": f"{PASSING[:4]}.{PASSING[4:]}"}]}}
        with pytest.raises(PersonalDataFoundError, match=r"'data.lines\[1\].reference' holds a number") as refusal:
            refuse_personal_data(document)
        assert PASSING[:4] not in str(refusal.value)

    def test_a_key_that_is_personal_data_is_not_repeated_either(self) -> None:
        with pytest.raises(PersonalDataFoundError) as refusal:
            refuse_personal_data({"data": {"somebody@a.example": 1}})
        assert "somebody" not in str(refusal.value)


@pytest.mark.parametrize("payload", [b"[" * 40 + b"]" * 40, b'{"a":null,"b":true,"c":1.5}', b"[]"])
def test_documents_without_texts_pass(payload: bytes) -> None:
    refuse_personal_data_in_json(payload)
