"""The address of a database: read once, shown without its password, and refused where something would not be heeded."""

from pathlib import Path

import pytest

from shared.database.address import DatabaseAddress

WHOLE = "postgresql://meedoen_intake:ge%3Aheim%2F1@db.example:6432/meedoen_intake"


def test_every_part_is_read_and_written_back() -> None:
    address = DatabaseAddress.parse(WHOLE)
    parts = (address.host, address.port, address.name, address.user, address.password)
    assert parts == ("db.example", 6432, "meedoen_intake", "meedoen_intake", "ge:heim/1")
    assert address.url == WHOLE
    assert DatabaseAddress.parse("postgresql://a@[::1]/b").url == "postgresql://a@[::1]:5432/b"


def test_protection_is_read_and_written_back(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    url = f"{WHOLE}?sslmode=verify-full&sslrootcert={tmp_path / 'ca.pem'}"
    assert DatabaseAddress.parse(DatabaseAddress.parse(url).url) == DatabaseAddress.parse(url)
    assert DatabaseAddress.parse(url).ca_file == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://a:geheim@db/b", "no address of a database"),
        ("postgresql://a:geheim@db", "no address of a database"),
        ("postgresql://db/b", "no address of a database"),
        ("postgresql://a:geheim@db:port/b", "no address of a database"),
        (f"{WHOLE}?application_name=x", "has the parameter application_name"),
        (f"{WHOLE}?sslmode=require&sslmode=disable", "names a parameter twice"),
        (f"{WHOLE}?sslmode=required", "write one of disable, allow, prefer, require, verify-ca, verify-full"),
        (f"{WHOLE}?sslmode=verify-full", "sslmode=verify-full and no sslrootcert"),
        (f"{WHOLE}?sslrootcert=/etc/ca.pem", "sslmode=prefer does not check"),
        (f"{WHOLE}?sslmode=verify-ca&sslrootcert=system", "any host would do"),
        (f"{WHOLE}?sslmode=verify-ca&sslrootcert=/nowhere.pem", "/nowhere.pem, is not there"),
    ],
)
def test_what_would_not_be_heeded_is_refused_in_a_sentence_without_the_password(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as refusal:
        DatabaseAddress.parse(url)
    assert words in str(refusal.value)
    assert not any(secret in str(refusal.value) for secret in ("geheim", "heim/1", "heim%2F1"))


def test_nothing_that_shows_an_address_shows_its_password() -> None:
    address = DatabaseAddress.parse(WHOLE)
    assert str(address) == "db.example:6432/meedoen_intake"
    assert "heim" not in repr(address)
