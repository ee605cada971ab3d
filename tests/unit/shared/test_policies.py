"""Policies: one reader for every service, as statements."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import Field

from shared.policies import DatedPolicy, NoPolicyError, PolicyBook, find_service_folder, read_policies


class SamplePolicy(DatedPolicy):
    people_max: int = Field(ge=1, le=9)


def load(folder: Path, **files: str) -> PolicyBook[SamplePolicy]:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return read_policies(SamplePolicy, folder)


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

    def test_names_and_partners_work_for_every_service(self, tmp_path: Path) -> None:
        book = load(
            tmp_path,
            default=policy("2020-01-01", 1),
            gm0637='names = ["Zoetermeer"]\n' + policy("2022-01-01"),
            gm1621='same_as = "gm0637"',
        )
        assert book.in_force("gm1621", date(2026, 7, 1)).people_max == 2
        assert (book.find_code("zoetermeer"), book.find_code("delft")) == ("gm0637", None)
        assert (book.find_name("gm0637"), book.find_name("gm0503")) == ("Zoetermeer", None)
        assert book.list_without_own(["gm0637", "gm1621", "gm0503"]) == ("gm0503",)


class TestOperatorsFolder:
    def test_each_service_reads_the_folder_with_its_name(self, tmp_path: Path) -> None:
        (tmp_path / "intake").mkdir()
        (tmp_path / "..data").mkdir()  # as Kubernetes mounts a ConfigMap
        assert find_service_folder(tmp_path, "intake") == tmp_path / "intake"
        assert find_service_folder(tmp_path, "recruitment") is None

    def test_files_in_the_folder_itself_are_those_of_ontzorgen(self, tmp_path: Path) -> None:
        (tmp_path / "gm0637.toml").write_text("")
        assert find_service_folder(tmp_path, "ontzorgen") == tmp_path
        assert find_service_folder(tmp_path, "intake") is None

    def test_what_no_service_would_read_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="is not a directory"):
            find_service_folder(tmp_path / "absent", "intake")
        (tmp_path / "intakes").mkdir()
        with pytest.raises(ValueError, match="a folder intakes, which no service reads: name it recruitment, intake"):
            find_service_folder(tmp_path, "intake")
        (tmp_path / "intake").mkdir()
        (tmp_path / "gm0637.toml").write_text("")
        with pytest.raises(ValueError, match=r"has gm0637\.toml beside folders of services: move it"):
            find_service_folder(tmp_path, "ontzorgen")
