"""Every service has the same files, no file lies about unused, and only its own service tells an event."""

from collections.abc import Callable, Iterable

import pytest
import structure
from codebase import ROOT, Source, code

from shared.events import catalogue
from shared.service_names import SERVICES

TELLERS = {entry.model.__name__: entry.service for entry in catalogue().values()}


def found(*checks: Iterable[str]) -> list[str]:
    return [sentence for check in checks for sentence in check]


class TestServiceFolders:
    def test_every_service_has_the_same_files(self) -> None:
        breaches = found(
            *(
                structure.service_folder_breaches(
                    service, (path.name for path in (ROOT / "services" / service).iterdir())
                )
                for service in SERVICES
            )
        )
        assert not breaches, "\n" + "\n".join(breaches)

    def test_the_named_services_are_the_folders_with_migrations(self) -> None:
        folders = {path.parent.parent.name for path in (ROOT / "services").glob("*/migrations/env.py")}
        assert folders == set(SERVICES)

    def test_a_missing_file_is_found(self) -> None:
        names = {f"{name}.py" for name in structure.SERVICE_FILES - {"README.md", "policies"}} | {"README.md", "plan"}
        assert list(structure.service_folder_breaches("intake", names)) == [
            "services/intake lacks policies: every service has the same files."
        ]


class TestCapabilities:
    """Each capability holds the same five names, and is reached from others by its rules and handlers alone."""

    def test_each_capability_holds_the_five_names_alone(self) -> None:
        breaches = found(*(structure.capability_breaches(source) for source in code()))
        assert not breaches, "\n" + "\n".join(breaches)

    def test_each_noun_is_of_one_capability(self) -> None:
        breaches = list(structure.noun_breaches(code()))
        assert not breaches, "\n" + "\n".join(breaches)

    @pytest.mark.parametrize(
        "rule",
        [structure.border_breaches, structure.alias_breaches, structure.facade_breaches],
        ids=lambda rule: rule.__name__,
    )
    def test_the_code_base_keeps(self, rule: Callable[[Source], Iterable[str]]) -> None:
        breaches = found(*(rule(source) for source in code()))
        assert not breaches, "\n" + "\n".join(breaches)

    def test_each_entry_is_there(self) -> None:
        paths = [source.path for source in code()]
        assert [entry for entry in structure.ENTRIES if not any(path.startswith(entry) for path in paths)] == []

    @pytest.mark.parametrize("path", ["services/intake/plan/helpers.py", "services/intake/helpers.py"])
    def test_a_file_under_another_name_is_found(self, path: str) -> None:
        (sentence,) = structure.capability_breaches(Source(path, ""))
        assert sentence.startswith(path)
        assert list(structure.capability_breaches(Source("services/intake/plan/rules/signing.py", ""))) == []

    def test_a_noun_of_two_capabilities_is_found(self) -> None:
        sources = [
            Source(f"services/intake/{place}/talks.py", "") for place in ("plan/rules", "plan/api", "file/rules")
        ]
        assert list(structure.noun_breaches(sources[:2])) == []
        (sentence,) = structure.noun_breaches(sources)
        assert "talks is a noun of file and of plan" in sentence

    def test_an_import_across_a_border_is_found(self) -> None:
        def breaches(text: str) -> int:
            return len(list(structure.border_breaches(Source("services/intake/plan/handlers.py", text))))

        assert breaches("from services.intake.file import repository") == 1
        assert breaches("from services.intake.file.tables import NewcomerRow") == 1
        assert breaches("from services.intake.file.rules import Newcomer") == 0
        assert breaches("from services.intake.plan import repository") == 0
        assert breaches("from services.intake import metrics") == 0
        assert breaches("from services.intake.settings import Settings") == 0

    def test_a_module_under_the_name_of_a_layer_is_found(self) -> None:
        path = "services/intake/plan/handlers.py"
        (sentence,) = structure.alias_breaches(Source(path, "from services.intake.plan import plans as repository"))
        assert sentence.startswith(path)
        assert list(structure.alias_breaches(Source(path, "from services.intake.plan import repository"))) == []

    def test_a_facade_is_found(self) -> None:
        assert list(structure.facade_breaches(Source("services/intake/plan/__init__.py", "from x import y")))
        assert list(structure.facade_breaches(Source("services/intake/plan/__init__.py", ""))) == []


class TestOrphans:
    def test_every_file_is_used(self) -> None:
        breaches = list(structure.orphans(code()))
        assert not breaches, "\n" + "\n".join(breaches)

    def test_a_file_that_only_itself_names_is_found(self) -> None:
        used, unused = Source("shared/a.py", ""), Source("shared/b.py", "import shared.b\nname = 'shared.b'")
        user = Source("shared/__init__.py", "from shared.a import thing")
        assert list(structure.orphans([used, unused, user])) == [
            "shared/b.py is imported by nobody: use it or delete it."
        ]


class TestEvents:
    def test_only_the_publishing_service_makes_an_event(self) -> None:
        breaches = [sentence for source in code() for sentence in structure.foreign_tellers(source, TELLERS)]
        assert not breaches, "\n" + "\n".join(breaches)

    def test_an_event_made_elsewhere_is_found(self) -> None:
        tellers = {"PIPSigned": "intake", "DayStarted": "calendar"}

        def breaches(path: str, text: str) -> int:
            return len(list(structure.foreign_tellers(Source(path, text), tellers)))

        assert breaches("services/ontzorgen/run/handlers.py", "tx.emit(PIPSigned(person_id=x))") == 1
        assert breaches("services/ontzorgen/run/handlers.py", "events.PIPSigned.model_validate(x)") == 1
        assert breaches("shared/x.py", "DayStarted(date=d)") == 1
        assert breaches("services/intake/plan/handlers.py", "tx.emit(PIPSigned(person_id=x))") == 0
        assert breaches("services/calendar/app.py", "DayStarted(date=d)") == 0
        assert breaches("meedoen/x.py", "DayStarted(date=d)") == 1
        assert breaches("services/ontzorgen/app.py", "Subscription(event=PIPSigned, handler=f)") == 0

    def test_events_are_past_tense_facts_of_at_most_four_words(self) -> None:
        breaches = [sentence for name in TELLERS for sentence in structure.name_breaches(name)]
        assert not breaches, "\n" + "\n".join(breaches)

    def test_a_command_a_long_name_and_padding_are_found(self) -> None:
        assert len(list(structure.name_breaches("SignPIP"))) == 1
        assert len(list(structure.name_breaches("RouteChangedEvent"))) == 2
        assert len(list(structure.name_breaches("FirstMonthOfReliefStarted"))) == 1
        assert list(structure.name_breaches("PIPSigned")) == list(structure.name_breaches("DayStartedV2")) == []

    def test_every_event_stands_in_the_catalogue(self) -> None:
        page = (ROOT / "docs" / "events" / "catalogue.md").read_text("utf-8")
        assert [name for name in catalogue() if f"\n## {name}\n" not in page] == []
