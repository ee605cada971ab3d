"""Settings: every limit is bounded and named with its unit, and every mistake is one sentence without the value."""

import importlib.util
import re
from datetime import date
from importlib import import_module
from pathlib import Path

import annotated_types
import pytest

from shared.clock import read_today
from shared.service_names import SERVICES
from shared.settings import ServiceSettings, SettingsError, load_settings
from shared.testing.sample_service import Settings

UNITS = frozenset({"bytes", "cents", "days", "months", "ms", "seconds"})
COUNTED = frozenset({"attempts", "connections", "events", "levels", "messages", "parallel", "payments", "port", "rows"})
GOOD = {
    "MUNICIPALITIES": "gm0637, gm0080,gm0637",
    "DATABASE_URL": "postgresql://someone:geheim@db:5432/meedoen_recruitment",
    "RELAY_DATABASE_URL": "postgresql://relay:geheim@db:5432/meedoen_recruitment",
    "AUTH_ISSUER": "https://issuer.example/realm",
}


def settings_classes() -> list[type[ServiceSettings]]:
    modules = [f"services.{service}.settings" for service in SERVICES]
    present = [name for name in modules if importlib.util.find_spec(name) is not None]
    return [ServiceSettings, *(import_module(name).Settings for name in present)]


@pytest.mark.parametrize("settings_class", settings_classes(), ids=lambda settings_class: settings_class.__module__)
def test_every_number_is_bounded_and_says_its_unit(settings_class: type[ServiceSettings]) -> None:
    for name, field in settings_class.model_fields.items():
        if field.annotation not in (int, float):
            continue
        bounds = [part for part in field.metadata if isinstance(part, (annotated_types.Ge, annotated_types.Gt))]
        tops = [part for part in field.metadata if isinstance(part, (annotated_types.Le, annotated_types.Lt))]
        assert bounds, f"{name} has no lowest value: give ge= or gt="
        assert tops, f"{name} has no highest value: give le= or lt="
        assert (UNITS | COUNTED) & set(name.split("_")), f"{name} does not say its unit"


def load(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Settings:
    for name, value in {**GOOD, **changed}.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return load_settings(Settings)


def test_the_environment_is_read_by_plain_names(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, RELAY_POLL_SECONDS="0.5", KAFKA_EMBEDDED="true")
    assert settings.municipalities == ("gm0637", "gm0080")
    assert (settings.relay_poll_seconds, settings.kafka_embedded) == (0.5, True)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"DATABASE_URL": None}, "DATABASE_URL is missing: set it to postgresql://"),
        (
            {"DATABASE_URL": "mysql://someone:geheim@db"},
            "DATABASE_URL cannot be used (This is no address of a database",
        ),
        (
            {"DATABASE_URL": f"{GOOD['DATABASE_URL']}?ssl=on"},
            "DATABASE_URL cannot be used (The address of the database has the",
        ),
        ({"RELAY_DATABASE_URL": None}, "RELAY_DATABASE_URL is missing: set it to"),
        ({"MUNICIPALITIES": "zoetermeer"}, "is not a municipality: give its CBS code"),
        ({"MUNICIPALITIES": " , "}, "MUNICIPALITIES cannot be used"),
        ({"HTTP_PORT": "70000"}, "HTTP_PORT cannot be used (Input should be less than or equal to 65535)"),
        ({"RETRY_DELAY_SECONDS_FIRST": "60", "RETRY_DELAY_SECONDS_MAX": "5"}, "RETRY_DELAY_SECONDS_FIRST is more"),
        ({"AUTH_ISSUER": None}, "AUTH_ISSUER or AUTH_JWKS_FILE is missing"),
        ({"AUTH_ISSUER": "http://issuer.example"}, "AUTH_ISSUER is not an https address"),
        ({"CLOCK_FILE": "/run/clock"}, "CLOCK_FILE sets the clock of a local run and is refused here"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "broker"}, "KAFKA_BOOTSTRAP_SERVERS does not look right"),
    ],
)
def test_a_mistake_is_one_sentence_and_shows_no_password(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], words: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(monkeypatch, **changed)
    (sentence,) = str(refusal.value).splitlines()
    assert words in sentence
    assert sentence.endswith(".")
    assert "geheim" not in sentence


def test_a_clock_that_is_set_is_for_a_local_issuer_or_where_it_is_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    assert load(monkeypatch, CLOCK_FILE=str(clock), CLOCK_FILE_ALLOWED="true").clock_file == clock
    load(monkeypatch, CLOCK_FILE=str(clock), CLOCK_FILE_ALLOWED=None, AUTH_JWKS_FILE="jwks.json")

    today = read_today(None)
    assert read_today(clock) == today
    for text, expected in (("2026-01-01", today), ("tomorrow", today), ("9999-12-31", date(9999, 12, 31))):
        clock.write_text(text)
        assert read_today(clock) == expected


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(monkeypatch, DATABASE_URL=None, HTTP_PORT="x", LOG_LEVEL="loud")
    assert [line.split()[0] for line in str(refusal.value).splitlines()] == ["DATABASE_URL", "HTTP_PORT", "LOG_LEVEL"]


def test_settings_in_a_log_show_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not re.search("geheim", repr(load(monkeypatch)))
