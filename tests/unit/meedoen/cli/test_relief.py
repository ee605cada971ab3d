"""Relief on the command line: every operation has a command, and what goes wrong is a sentence and never a token."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from meedoen.cli.main import main
from meedoen.cli.relief import endpoint
from meedoen.cli.relief.charges import ChargeChange, NewCharge, NewMandate, request_fields
from meedoen.cli.relief.client import error_from_problem
from meedoen.cli.relief.context import COMMANDS, CommandContext
from meedoen.cli.relief.downloads import find_target
from meedoen.cli.relief.errors import RefusedError
from meedoen.cli.relief.operations import Operation, find_operation, list_operations
from meedoen.cli.relief.output import format_value, show
from meedoen.cli.relief.parsing import parse_cents
from meedoen.stack.state import DatabaseState, ProcessState, RunState
from shared.auth.local_issuer import LocalIssuer

DOCUMENT = json.loads((Path(__file__).parents[4] / "docs" / "openapi" / "ontzorgen.json").read_text())
OPERATIONS = list_operations(DOCUMENT)
TOKEN = "invented.token.nobody-has"
HOME = "0198aaaa-0000-7000-8000-000000000001"
OWN_ID = "01a2178b-0109-719a-a446-9cf6d23ead51"


def meedoen(
    *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Exit code, output and errors of one command."""
    monkeypatch.setattr(sys, "argv", ["meedoen", "relief", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, captured.out, captured.err


def context(state: Path, **options: Any) -> CommandContext:
    nothing: dict[str, Any] = dict.fromkeys(("url", "token", "municipality", "subject", "role"))
    return CommandContext(**{"operation": "GET /tasks", "state": state, "as_json": False, **nothing, **options})


def operation(key: str) -> Operation:
    return find_operation(OPERATIONS, key)


class TestOperations:
    def test_every_operation_of_the_service_has_a_command_and_no_command_asks_for_another(self) -> None:
        elsewhere = {"GET /access-log"}  # meedoen audit list, for every service
        assert (
            COMMANDS.list_operations() - {"GET /openapi.json"}
            == {operation_entry.key for operation_entry in OPERATIONS} - elsewhere
        )

    def test_no_two_operations_share_a_name(self) -> None:
        assert len({operation_entry.name for operation_entry in OPERATIONS}) == len(OPERATIONS)
        assert operation("confirm-account").path.startswith("/bank-accounts")

    @pytest.mark.parametrize(
        ("words", "arguments"),
        [
            ("charges add", NewCharge("rent", "woonstad", "612.50", "huur 12", "2026-07-01", "2026-12-31", "IBAN")),
            ("charges change", ChargeChange("612.50", "2026-07-01", "today", "2026-12-31", "IBAN", "huur 12")),
            ("mandates grant", NewMandate("rent", "woonstad", "2026-07-01", "2026-12-31", "standing", "2026-07")),
        ],
    )
    def test_a_command_of_every_day_sends_what_the_service_takes(self, words: str, arguments: Any) -> None:
        schema, body = operation(COMMANDS.find_operation(words) or "").schema, request_fields(arguments)
        assert set(schema["required"]) <= set(body) <= set(schema["properties"])
        assert body.get("amount_cents", 61_250) == 61_250

    def test_fields_are_read_as_the_document_has_them(self) -> None:
        recorded = operation("record_allowance").body(["kind=care_allowance", "amount=131,07", "is_routed=yes"])
        assert recorded == {"kind": "care_allowance", "amount_cents": 13_107, "is_routed": True}
        lives = ["from_day=2026-07-01", "kind=couple", "adults.0.age=34", "adults.1.age=33", "children.0.age=4"]
        composition = operation("record_composition").body(lives, {"sharers": 1})
        assert (composition["adults"], composition["children"], composition["sharers"]) == (
            [{"age": 34}, {"age": 33}],
            [{"age": 4}],
            1,
        )
        paid = operation("record_terms").body(["from_day=today", "pay_on=2026-07-03,2026-07-17", "prepay="])
        assert (paid["pay_on"], paid["prepay"]) == (["2026-07-03", "2026-07-17"], None)

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["kind=zorg"], "kind: 'zorg' is not one of care_allowance, rent_allowance"),
            (["kinds=care_allowance"], "Field 'kinds' does not exist (did you mean kind"),
            (["kind=care_allowance"], "Missing: amount_cents=..., is_routed=.... The fields are in"),
            (["amount=131.1"], "'131.1' is not an amount in euros: write it as 612.50"),
            (["amount_cents=13.1"], "amount_cents: '13.1' is not a whole number."),
            (["is_routed=perhaps"], "is_routed: 'perhaps' is neither true nor false."),
            (["care_allowance"], "'care_allowance' is not a field: write NAME=VALUE, such as kind=...."),
            (["amount_cents"], "'amount_cents' is not a field: write NAME=VALUE, such as amount_cents=...."),
        ],
    )
    def test_a_field_that_is_not_right_is_refused_before_anything_is_sent(
        self, arguments: list[str], sentence: str
    ) -> None:
        with pytest.raises(RefusedError, match=r"[.]$") as refused:
            operation("record_allowance").body(arguments)
        assert sentence in str(refused.value)
        assert refused.value.exit_code == 2


class TestOutput:
    def test_a_list_of_records_that_hold_a_record_has_columns_for_the_fields_of_that(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        proposal = {"id": "p-1", "kind": "first_rent", "amount_cents": 61_250}
        show({"items": [{"proposal": proposal, "decision": None}]}, as_json=False, empty="")
        shown = capsys.readouterr().out
        assert all(word in shown for word in ("kind", "€612.50"))
        assert "id p-1" not in shown

    def test_what_stands_beside_a_list_is_shown_unless_it_is_empty(self, capsys: pytest.CaptureFixture[str]) -> None:
        over_all = {"municipality": None, "people": 7, "limited": 2}
        show({"items": [{"people": 7}], "over_all": over_all, "next_cursor": None}, as_json=False, empty="")
        assert "over all" in capsys.readouterr().out
        show({"items": [], "over_all": dict.fromkeys(over_all)}, as_json=False, empty="Nothing.")
        assert capsys.readouterr().out == "Nothing.\n"

    def test_a_download_goes_into_a_folder_that_exists_or_is_written_with_a_slash(self, tmp_path: Path) -> None:
        assert find_target(None, "a.pdf") == Path("a.pdf")
        assert find_target(f"{tmp_path}/b.pdf", "a.pdf") == tmp_path / "b.pdf"
        assert find_target(str(tmp_path), "a.pdf") == tmp_path / "a.pdf"
        assert find_target(f"{tmp_path}/out/", "a.pdf") == tmp_path / "out" / "a.pdf"
        (tmp_path / "c").touch()
        with pytest.raises(RefusedError, match="choose another path with --to"):
            find_target(f"{tmp_path}/c/", "a.pdf")


class TestEndpoint:
    def run_in(self, state: Path, monkeypatch: pytest.MonkeyPatch, living: int | None) -> None:
        run_state = RunState(run_id="r", home=str(state), municipalities=("gm0080",))
        run_state.databases["ontzorgen"] = DatabaseState("postgresql://o", "postgresql://s")
        run_state.processes["ontzorgen"] = ProcessState(1, 28_751, "")
        (state / "run.json").write_bytes(msgspec.json.encode(run_state))
        monkeypatch.setattr(endpoint, "running_pid", lambda _run, _name: living)

    def test_beside_a_local_run_its_address_and_a_token_of_its_issuer_are_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.run_in(tmp_path, monkeypatch, living=1)
        located = endpoint.find_endpoint(context(tmp_path, subject="anna", role="case_manager"))
        keys = KeySet.import_key_set(json.loads(LocalIssuer(tmp_path / "issuer").jwks_file.read_text()))
        claims = jwt.decode(located.token, keys, algorithms=["ES256"]).claims
        assert located.address == "http://127.0.0.1:28751"
        assert (claims["sub"], claims["roles"], claims["municipality"]) == ("anna", ["case_manager"], "gm0080")

    def test_a_local_token_goes_to_no_other_address_and_to_no_other_process(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.run_in(tmp_path, monkeypatch, living=None)
        with pytest.raises(RefusedError, match=r"is not running in .*: start it with meedoen up"):
            endpoint.find_endpoint(context(tmp_path))
        with pytest.raises(RefusedError, match=r"https://relief[.]example requires a token: set MEEDOEN_TOKEN"):
            endpoint.find_endpoint(context(tmp_path, url="https://relief.example"))

    @pytest.mark.parametrize("url", ["relief.example", "ftp://x", "https://me:secret@x", "https://x:99999", "https://"])
    def test_an_address_that_is_none_is_refused_without_being_repeated(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(RefusedError, match=r"--url \(MEEDOEN_RELIEF_URL\) does not look right") as refused:
            endpoint.find_endpoint(context(tmp_path, url=url, token=TOKEN))
        assert "secret" not in str(refused.value)

    def test_an_address_may_end_in_the_version(self, tmp_path: Path) -> None:
        located = endpoint.find_endpoint(context(tmp_path, url="https://x/relief/v1/", token=f"{TOKEN}\n"))
        assert (located.address, located.token) == ("https://x/relief", TOKEN)
        assert TOKEN not in repr(located) + repr(context(tmp_path, token=TOKEN))


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["tasks", "list"], 1, "Nothing has been started in"),
        (["tasks", "list", "--url", "http://127.0.0.1:1"], 1, "Ontzorgen does not answer at http://127.0.0.1:1: check"),
        (["tasks", "list", "--as", "anna"], 2, "A token already names the user: leave out --as"),
        (["tasks", "list", "--limit", "0"], 2, "--limit"),
        (["charges", "add", HOME, "--kind", "rent"], 2, "Missing option '--creditor'"),
        (["charges", "end", HOME, OWN_ID, "--until", "2026-02-30"], 2, "'2026-02-30' is not a day"),
        (["households", "show", "../tasks", "--url", "http://127.0.0.1:1"], 2, "'../tasks' cannot be the household"),
        (["bank", "statement", "no-such-file"], 2, "'no-such-file' does not exist"),
        (["assets", "record", HOME, "--url", "http://127.0.0.1:1"], 1, "does not answer"),
        (["runs", "aprove"], 2, "No such command 'aprove'"),
    ],
)
def test_a_command_that_can_not_be_done_says_why_and_shows_no_token(
    arguments: list[str],
    code: int,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("MEEDOEN_RELIEF_URL", raising=False)
    monkeypatch.setenv("MEEDOEN_TOKEN", TOKEN)
    monkeypatch.setenv("MEEDOEN_STATE", str(tmp_path))
    ended, out, errors = meedoen(*arguments, monkeypatch=monkeypatch, capsys=capsys)

    assert (ended, out) == (code, "")
    assert sentence in errors
    assert "Traceback" not in errors
    assert TOKEN not in errors


def test_a_problem_becomes_a_sentence_for_each_field_and_what_failed_says_how_it_is_repeated() -> None:
    faults = [
        {"field": "body.amount_cents", "message": "Give 1 or more."},
        {"field": "path.run_id", "message": "No id."},
    ]
    usage_mistake = error_from_problem({"status": 400, "detail": "2 fields are not right.", "errors": faults})
    assert str(usage_mistake).splitlines()[1:] == ["amount_cents: Give 1 or more.", "run_id: No id."]
    failed = error_from_problem({"status": 503, "detail": "Away.", "instance": "0af7"}, {"id": OWN_ID})
    assert (usage_mistake.exit_code, failed.exit_code) == (2, 1)
    assert "(instance 0af7)" in str(failed)
    assert f"repeat it with --id {OWN_ID}" in str(failed)


def test_amounts_are_read_and_shown_in_euros_and_a_terminal_obeys_nothing() -> None:
    assert [parse_cents(amount) for amount in ("612.50", "612,50", "612", "€0.01")] == [61_250, 61_250, 61_200, 1]
    assert format_value("amount_cents", -61_250) == "-€612.50"
    assert format_value("name", "\x1b[31mWoonstad") == "?[31mWoonstad"
