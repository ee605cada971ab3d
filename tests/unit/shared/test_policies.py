"""Policies: one reader for every service, as statements."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import Field

from shared.policies import DatedPolicy, NoPolicyError, load_policies


class SamplePolicy(DatedPolicy):
    people_max: int = Field(ge=1, le=9)


def load(folder: Path, **files: str) -> object:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return load_policies(folder, SamplePolicy)


def policy(day: str, people_max: int = 2) -> str:
    return f"[[policy]]\nvalid_from = {day}\npeople_max = {people_max}\n"


class TestReading:
    def test_the_newest_policy_that_has_begun_is_in_force(self, tmp_path: Path) -> None:
        book = load(tmp_path, default=policy("2020-01-01", 1), gm0637=policy("2022-01-01") + policy("2026-07-01", 3))
        assert book.in_force("gm0637", date(2026, 6, 30)).people_max == 2
        assert book.in_force("gm0637", date(2026, 7, 1)).people_max == 3
        assert book.in_force("gm0080", date(2026, 7, 1)).people_max == 1

    def test_before_the_first_policy_there_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(NoPolicyError, match="2022-01-01"):
            load(tmp_path, default=policy("2022-01-01")).in_force("gm0637", date(2021, 12, 31))

    @pytest.mark.parametrize(
        "text",
        [
            policy("2022-01-01", 10),
            policy("2022-01-01") + "speed = 3\n",
            "speed = 3\n" + policy("2022-01-01"),
            policy("2022-01-01") + policy("2021-01-01"),
            policy("2022-01-01") + policy("2022-01-01"),
            "policy = 3",
            "[[policy",
            "",
        ],
    )
    def test_a_wrong_file_is_refused_by_name(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ValueError, match=r"gm0637\.toml"):
            load(tmp_path, default=policy("2022-01-01"), gm0637=text)

    def test_a_file_is_named_after_a_municipality(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"zoetermeer\.toml"):
            load(tmp_path, default=policy("2022-01-01"), zoetermeer=policy("2022-01-01"))

    def test_a_folder_without_a_default_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"default\.toml"):
            load(tmp_path, gm0637=policy("2022-01-01"))
