"""The generated pages: as committed, and written so that no committed schema is ever overwritten."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from meedoen.docs import pages as docs
from shared.contracts.pages import TABLE_CLOSES, TABLE_OPENS, insert_table
from shared.contracts.schemas import schemas
from shared.events import CandidateRecruited, PIPSigned, catalogue
from shared.testing.golden import golden_path

PIP = "nl.meedoen.intake.pip-signed.v1"


@pytest.fixture
def one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with one small service, so that these tests show what is written and not the services."""
    app: Any = SimpleNamespace(openapi_document=lambda: {"openapi": "3.1.0"})
    small = docs.ServiceContract(
        "intake", (CandidateRecruited,), (PIPSigned,), app, (("m_total", "counter", "Things"),)
    )
    monkeypatch.setattr(docs, "load_contracts", lambda: (small,))


def test_committed_pages_match_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.write_docs(check=True) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", catalogue(), ids=str)
def test_each_schema_is_valid_json_schema_2020_12(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.usefixtures("one_service")
class TestWriting:
    def test_a_second_run_changes_nothing_and_a_check_agrees(self, tmp_path: Path) -> None:
        assert docs.write_docs(root=tmp_path) == 0
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert docs.write_docs(root=tmp_path) == 0
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
        assert docs.write_docs(check=True, root=tmp_path) == 0

    def test_a_check_lists_each_stale_page_and_the_command_that_fixes_it(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        docs.write_docs(root=tmp_path)
        (tmp_path / "docs" / "asyncapi" / "intake.json").write_text("{}")
        (tmp_path / "docs" / "events" / "catalogue.md").unlink()
        (tmp_path / "docs" / "openapi" / "gone.json").write_text("{}")
        capsys.readouterr()
        assert docs.write_docs(check=True, root=tmp_path) == 1
        lines = capsys.readouterr().out.splitlines()
        stale = ["docs/asyncapi/intake.json", "docs/events/catalogue.md", "docs/openapi/gone.json"]
        assert lines == [f"{page} does not match the code." for page in stale] + [
            "Run 'make docs' and commit what it writes."
        ]
        assert docs.write_docs(root=tmp_path) == 0
        assert docs.write_docs(check=True, root=tmp_path) == 0

    def test_a_page_of_a_removed_service_is_stale(self, tmp_path: Path) -> None:
        docs.write_docs(root=tmp_path)
        left_over = tmp_path / "docs" / "openapi" / "gone.json"
        left_over.write_text("{}")
        assert docs.write_docs(check=True, root=tmp_path) == 1
        assert docs.write_docs(root=tmp_path) == 0
        assert not left_over.exists()

    @pytest.mark.parametrize("check", [True, False])
    def test_a_breaking_change_is_refused_and_nothing_is_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, check: bool
    ) -> None:
        docs.write_docs(root=tmp_path)
        schema_file = tmp_path / "docs" / "events" / "schemas" / f"{PIP}.json"
        promised = json.loads(schema_file.read_text("utf-8"))
        promised["properties"]["fee_cents"] = {"type": "integer"}
        schema_file.write_text(json.dumps(promised))
        (tmp_path / "docs" / "events" / "catalogue.md").write_text("old")
        assert docs.write_docs(check=check, root=tmp_path) == 1
        assert f"{PIP}: field 'fee_cents' is missing or renamed: raise the version" in capsys.readouterr().out
        assert json.loads(schema_file.read_text("utf-8")) == promised
        assert (tmp_path / "docs" / "events" / "catalogue.md").read_text() == "old"

    def test_a_compatible_change_is_accepted_by_writing(self, tmp_path: Path) -> None:
        docs.write_docs(root=tmp_path)
        schema_file = tmp_path / "docs" / "events" / "schemas" / f"{PIP}.json"
        older = json.loads(schema_file.read_text("utf-8"))
        del older["properties"]["assistance_from"]
        schema_file.write_text(json.dumps(older))
        assert docs.write_docs(check=True, root=tmp_path) == 1
        assert docs.write_docs(root=tmp_path) == 0
        assert json.loads(schema_file.read_text("utf-8")) == schemas()[PIP]

    def test_a_golden_file_is_written_once_and_never_changed(self, tmp_path: Path) -> None:
        docs.write_docs(root=tmp_path)
        folder = tmp_path / "tests" / "contract" / "golden"
        golden_file = golden_path(CandidateRecruited.event_type.type, "intake", folder)
        assert [path for path in folder.rglob("*") if path.is_file()] == [golden_file]
        golden_file.write_text("edited by hand")
        assert docs.write_docs(root=tmp_path) == 0
        assert golden_file.read_text() == "edited by hand"

    def test_the_table_of_a_readme_is_written_between_its_marks(self, tmp_path: Path) -> None:
        readme = tmp_path / "services" / "intake" / "README.md"
        readme.parent.mkdir(parents=True)
        readme.write_text(f"# Intake\n\n{TABLE_OPENS}\nold\n{TABLE_CLOSES}\n\nAfter.\n")
        docs.write_docs(root=tmp_path)
        text = readme.read_text()
        assert "| consumes | CandidateRecruited v1 |" in text
        assert "| publishes | PIPSigned v1 |" in text
        assert "| `m_total` | counter | Things |" in text
        assert text.endswith(f"{TABLE_CLOSES}\n\nAfter.\n")
        assert "old" not in text
        assert insert_table("no marks", "| a |") == "no marks"


class TestPrinting:
    def test_events_are_printed_as_a_table_and_as_json(self) -> None:
        rows = json.loads(docs.print_events(as_json=True))
        assert [row["type"] for row in rows] == list(catalogue())
        assert all(row["type"] in docs.print_events() for row in rows)

    @pytest.mark.parametrize("service", docs.service_names())
    def test_a_service_prints_its_documents(self, service: str) -> None:
        assert json.loads(docs.print_openapi(service))["openapi"].startswith("3.")
        asyncapi = json.loads(docs.print_asyncapi(service))
        assert asyncapi["info"]["title"] == f"Meedoen {service}"
        contract = docs.load_contract(service)
        assert len(asyncapi["operations"]) == len(contract.subscriptions) + len(contract.published)
        assert len(asyncapi["components"]["messages"]) == len({*contract.subscriptions, *contract.published})

    def test_an_unknown_service_is_refused_with_the_names_of_the_services(self) -> None:
        with pytest.raises(docs.UnknownServiceError, match="There is no service 'payroll': choose from"):
            docs.print_openapi("payroll")
