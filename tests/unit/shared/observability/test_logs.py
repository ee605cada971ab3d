"""Logs are JSON lines without personal data, whichever library writes them."""

import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from stdnum import iban
from stdnum.nl import bsn

from shared.observability.logs import TEXT_CHARACTERS_MAX, configure_logging
from shared.observability.tracing import current_trace_id, span_from
from shared.settings import SettingsError

# Computed here, so that no file holds a number that could be a person's.
PASSING_NUMBER = next(text for text in map(str, range(999_999_900, 1_000_000_000)) if bsn.is_valid(text))
ACCOUNT = f"NL{iban.calc_check_digits('NL00TEST0000000001')}TEST0000000001"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("intake", "info", stream)
    yield stream
    structlog.configure(**before)
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def line(stream: io.StringIO) -> dict[str, Any]:
    (only,) = lines(stream)
    return only


def test_a_line_says_when_where_and_in_which_trace(stream: io.StringIO) -> None:
    with span_from(None, "work"):
        structlog.get_logger("a").info("run_finished", households=35)
        trace_id = current_trace_id()
    entry = line(stream)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "run_finished", "households": 35, "level": "info", "service": "intake", "trace_id": trace_id
    }  # fmt: skip


def test_lines_of_libraries_are_json_too_and_keep_to_their_first_line(stream: io.StringIO) -> None:
    logging.getLogger("aiokafka.conn").warning("Closing %s\nclient: <object at 0x7f>", "connection 3")
    entry = line(stream)
    assert (entry["event"], entry["logger"], entry["level"]) == ("Closing connection 3", "aiokafka.conn", "warning")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"call {PASSING_NUMBER} back", "BSN"),
        (f"paid from {ACCOUNT}", "IBAN"),
        ("mail abel@example.org", "e-mail"),
    ],
)
def test_what_looks_like_a_person_is_left_out_wherever_it_stands(stream: io.StringIO, text: str, kind: str) -> None:
    logger = structlog.get_logger("a")
    logger.info("direct", remark=text)
    logger.info("nested", found={"here": [text]})
    logger.info(text)
    logging.getLogger("library").warning("says %s", text)
    assert kind in lines(stream)[0]["remark"]
    assert len(lines(stream)) == 4
    assert not any(word in stream.getvalue() for word in (PASSING_NUMBER, ACCOUNT, "abel@"))


def test_keys_that_tell_of_a_person_are_left_out_whatever_they_hold(stream: io.StringIO) -> None:
    structlog.get_logger("a").info("file_opened", name="Abel Zonnebloem", token="ey.x.y", person_id="018f")
    entry = line(stream)
    assert (entry["name"], entry["token"], entry["person_id"]) == ("[left out]", "[left out]", "018f")


def test_an_error_of_others_is_told_by_class_and_place(stream: io.StringIO) -> None:
    try:
        set[str]().remove("Abel Zonnebloem")
    except KeyError:
        structlog.get_logger("a").exception("handler_failed")
        logging.getLogger("library").exception("it went wrong")
    assert "Abel" not in stream.getvalue()
    for entry in lines(stream):
        assert entry["error_type"] == "KeyError"
        assert "test_an_error_of_others" in entry["error_at"][-1]


def test_an_error_of_our_own_keeps_its_sentence(stream: io.StringIO) -> None:
    structlog.get_logger("a").error("not_started", exc_info=SettingsError("DATABASE_URL is missing: set it."))
    assert line(stream)["error"] == "DATABASE_URL is missing: set it."


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    structlog.get_logger("a").debug("detail")
    logging.getLogger("library").info("chatter")
    assert not lines(stream)


def test_a_long_text_is_cut_before_it_is_searched_and_nothing_at_the_cut_slips_through(stream: io.StringIO) -> None:
    log = structlog.get_logger("a")
    began = time.process_time()
    log.info("long", text="1 " * 5_000_000)
    assert time.process_time() - began < 1
    address = "somebody@people.example"
    for shift in range(len(address)):
        log.info("cut", text="x " * (TEXT_CHARACTERS_MAX // 2 - 12) + "y" * shift + f" {address}")
    assert "someb" not in stream.getvalue()
