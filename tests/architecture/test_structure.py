"""Every service has the same files, no file lies about unused, and only its own service tells an event."""

import structure
from codebase import ROOT, SERVICES, Source, code

from shared.events import catalogue
from shared.migrations import SERVICES as MIGRATED

TELLERS = {entry.model.__name__: entry.service for entry in catalogue().values()}


class TestServiceFolders:
    def test_every_service_has_the_same_files(self) -> None:
        breaches = [
            sentence
            for service in SERVICES
            for sentence in structure.service_folder_breaches(
                service, (path.name for path in (ROOT / "services" / service).iterdir())
            )
        ]
        assert not breaches, "\n" + "\n".join(breaches)

    def test_the_services_are_these_four_everywhere(self) -> None:
        folders = {path.parent.name for path in (ROOT / "services").glob("*/__init__.py")}
        assert folders == set(SERVICES) == set(MIGRATED)

    def test_a_missing_and_a_surplus_file_are_found(self) -> None:
        names = {f"{name}.py" for name in structure.SERVICE_FILES - {"README.md", "policies"}} | {"README.md", "domain"}
        breaches = list(structure.service_folder_breaches("intake", {*names, "utils.py"}))
        assert [sentence.partition(":")[0] for sentence in breaches] == [
            "services/intake lacks policies",
            "services/intake has utils",
        ]


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

        assert breaches("services/ontzorgen/handlers.py", "tx.emit(PIPSigned(person_id=x))") == 1
        assert breaches("services/ontzorgen/handlers.py", "events.PIPSigned.model_validate(x)") == 1
        assert breaches("shared/x.py", "DayStarted(date=d)") == 1
        assert breaches("services/intake/handlers.py", "tx.emit(PIPSigned(person_id=x))") == 0
        assert breaches("meedoen/x.py", "DayStarted(date=d)") == 0
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
