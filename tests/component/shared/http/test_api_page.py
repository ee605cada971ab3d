"""The API as a page for people: shown where a setting says so, whole, without anything from elsewhere."""

import re
from collections.abc import Awaitable, Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from meedoen.docs.pages import load_contract, service_names
from shared.http.api_page import render_api_page
from shared.testing.running_service import RunningService

ClientFor = Callable[..., Awaitable[RunningService]]
PAGE = "http://service/docs"
_VOID = {"meta", "br", "link", "img", "input"}


class Elements(HTMLParser):
    """Which elements are still open at the end, and which addresses a browser would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "srcset") or tag == "link"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()} closes something else"


def details(page: str, anchor: str) -> str:
    """One operation of the page, as text without markup."""
    one = page.partition(f'id="{anchor}"')[2].partition('<details class="operation"')[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split())


async def test_the_page_is_off_unless_a_setting_turns_it_on_and_then_needs_no_token(client_for: ClientFor) -> None:
    assert (await (await client_for("recruitment")).get(PAGE)).status_code == 404
    answer = await (await client_for("recruitment", docs_page_enabled=True)).get(PAGE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "/v1/candidates/{person_id}/withdrawals" in answer.text


@pytest.mark.parametrize("service", service_names())
def test_every_operation_stands_on_the_page_which_fetches_nothing(service: str) -> None:
    document = load_contract(service).openapi()
    page = render_api_page(document, service)
    operations = [(method, path) for path, item in document["paths"].items() for method in item]
    for method, path in operations:
        assert f'<span class="method">{method.upper()}</span> <code>/v1{path}</code>' in page
    assert page.count('class="operation"') == len(operations)
    elements = Elements(page)
    assert (elements.open, elements.fetched) == ([], [])
    assert "<script" not in page
    assert not re.search(r"url\(|@import", page)


def test_an_operation_shows_fields_with_their_allowed_values_and_a_curl() -> None:
    page = render_api_page(load_contract("ontzorgen").openapi(), "ontzorgen")
    shown = details(page, "post-households-household-id-charges")
    assert "household_id * uuid, in path" in shown
    assert "kind * string Soort vaste last rent health_insurance energy water telephone" in shown
    assert "amount_cents * integer Bedrag per maand in eurocenten; from 1; up to 100000000" in shown
    assert "until_day date or null Laatste dag; leeg als die niet bekend is" in shown
    assert 'curl --request POST "$ONTZORGEN_URL/v1/households/{household_id}/charges"' in shown
    assert '"kind": "rent"' in shown
    assert "409 Past niet bij wat er is vastgelegd" in shown


def test_what_stands_inside_another_is_shown_below_it_and_a_file_is_sent_as_it_is() -> None:
    plans = details(render_api_page(load_contract("intake").openapi(), "intake"), "post-newcomers-person-id-plans")
    assert re.search(r"relief object or null .* household_type \* string Leefvorm single single_parent couple", plans)
    assert "support list of string Ondersteuning; at most 6 items social_guide" in plans
    bank = details(render_api_page(load_contract("ontzorgen").openapi(), "ontzorgen"), "post-bank-statements")
    assert "--data-binary @FILE" in bank


def test_texts_are_escaped_and_a_schema_inside_itself_ends() -> None:
    node: dict[str, Any] = {
        "properties": {"<b>": {"type": "string"}, "next": {"$ref": "#/components/schemas/Node"}},
        "required": ["<b>"],
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}}
    operation = {"tags": ["t"], "requestBody": body, "responses": {"201": {"description": "<i>"}}}
    document = {
        "info": {"title": "<script>", "version": "1", "description": "&"},
        "paths": {"/nodes": {"post": operation}},
        "components": {"schemas": {"Node": node}},
    }
    page = render_api_page(document, "intake")
    assert "<script>" not in page
    assert "<code>&lt;b&gt;</code>" in page
    assert "<i>" not in page
    assert page.count("<code>next</code>") == 1
