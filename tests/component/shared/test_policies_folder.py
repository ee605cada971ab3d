"""The operator's folder of policies, service by service: it changes what a service does, and what is wrong stops it."""

from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from intake_desk import build_newcomer
from notifications_desk import build_recruited, deliver_fact, wait_for_sent
from recruitment_desk import MEERZICHT, build_ambassador

from meedoen.stack.serve import run_service
from shared.identity import Role
from shared.policies import PolicyFileError
from shared.service_names import SERVICES
from shared.settings import ServiceSettings, SettingsError
from shared.testing.running_service import RunningService

Client = Callable[..., Awaitable[RunningService]]
NEWTOWN = "gm0999"  # no file of ours
OWN = {
    "recruitment": """
own_trajectory_required = false
dutch_level_min = "a1"
pair_size_min = 2
pair_size_max = 4
outreach_ambassadors_min = 1
group_target_signed_plans = 5
evaluation_interval_weeks = 1
""",
    "intake": 'voluntary_parts = ["language_level"]\neducation_schooling_min = "primary"\n',
    "ontzorgen": "first_rent_gift = true\n",
    "notifications": """
municipality_name = "Gemeente Nieuwland"
sender_email = "meedoen@nieuwland.example"
help_email = "vragen@nieuwland.example"
case_manager_email = "klantmanagers@nieuwland.example"
fallback_languages = ["en"]
""",
}


@pytest.fixture(autouse=True)
def _shipped_policies_afterwards() -> Iterator[None]:
    yield
    for service in SERVICES:
        import_module(f"services.{service}.policies.handlers").use_folder(None, ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which every service has a file for the new town."""
    policies = tmp_path / "policies"
    for service, text in OWN.items():
        (policies / service).mkdir(parents=True)
        (policies / service / f"{NEWTOWN}.toml").write_text(f"[[policy]]\nvalid_from = 2020-01-01\n{text}")
    return policies


def choose(folder: Path | None) -> dict[str, object]:
    return {"municipalities": ("gm0637", NEWTOWN), "policies_folder": folder}


class TestAFolderChangesWhatAServiceDoes:
    @pytest.mark.parametrize(("has_folder", "status"), [(True, 201), (False, 400)])
    async def test_recruitment_appoints_by_it(
        self, client_for: Client, folder: Path, *, has_folder: bool, status: int
    ) -> None:
        chosen = choose(folder if has_folder else None)
        service = await client_for("recruitment", Role.AMBASSADOR_COORDINATOR, NEWTOWN, **chosen)
        assert (await service.put("/neighbourhoods/meerzicht", json=MEERZICHT)).status_code == 200
        ambassador = build_ambassador(dutch_level="a1", own_trajectory_completed=False)
        assert (await service.post("/ambassadors", json=ambassador)).status_code == status

    @pytest.mark.parametrize(("has_folder", "missing"), [(True, 1), (False, 5)])
    async def test_intake_asks_by_it(self, client_for: Client, folder: Path, *, has_folder: bool, missing: int) -> None:
        service = await client_for("intake", Role.CASE_MANAGER, NEWTOWN, **choose(folder if has_folder else None))
        body = build_newcomer(target_group="voluntary")
        assert (await service.post("/newcomers", json=body)).status_code == 201
        file = (await service.get(f"/newcomers/{body['id']}")).json()
        assert len(file["missing_parts"]) == missing

    @pytest.mark.parametrize("has_folder", [True, False])
    async def test_notifications_writes_by_it(
        self, client_for: Client, folder: Path, tmp_path: Path, *, has_folder: bool
    ) -> None:
        chosen = choose(folder if has_folder else None)
        service = await client_for(
            "notifications", Role.CASE_MANAGER, NEWTOWN, spool_folder=tmp_path / "spool", **chosen
        )
        await deliver_fact(service, build_recruited("nl"), municipality=NEWTOWN, by_mail=True)
        (sent,) = await wait_for_sent(service, 1)
        letter = (await service.get(f"/messages/{sent.message_id}")).json()["text"]
        assert ("Gemeente Nieuwland" in letter) is has_folder

    @pytest.mark.parametrize("has_folder", [True, False])
    async def test_ontzorgen_proposes_by_it(self, client_for: Client, folder: Path, *, has_folder: bool) -> None:
        await client_for("ontzorgen", Role.CASE_MANAGER, NEWTOWN, **choose(folder if has_folder else None))
        ontzorgen = import_module("services.ontzorgen.policies.handlers")
        assert ontzorgen.ever_gives_start_money(NEWTOWN) is has_folder


class TestStarting:
    @pytest.mark.parametrize("service", SERVICES)
    async def test_a_municipality_without_a_policy_of_its_own_is_reported(
        self, client_for: Client, capfd: pytest.CaptureFixture[str], service: str
    ) -> None:
        client = await client_for(service, **choose(None))
        written = "".join(capfd.readouterr())
        assert f"put {service}/{NEWTOWN}.toml in POLICIES_FOLDER" in written
        assert "gm0637 is served and has no policy" not in written
        metrics = (await client.get("http://service/metrics")).text
        assert "meedoen_municipalities_without_policy 1.0" in metrics

    @pytest.mark.parametrize("service", SERVICES)
    async def test_nothing_is_reported_once_it_has_one(
        self, client_for: Client, folder: Path, capfd: pytest.CaptureFixture[str], service: str
    ) -> None:
        client = await client_for(service, **choose(folder))
        assert "has no policy of its own" not in "".join(capfd.readouterr())
        metrics = (await client.get("http://service/metrics")).text
        assert "meedoen_municipalities_without_policy 0.0" in metrics

    @pytest.mark.parametrize("service", SERVICES)
    def test_a_file_that_is_wrong_stops_the_start_with_a_sentence(
        self, settings_for: Callable[..., ServiceSettings], folder: Path, service: str
    ) -> None:
        file = folder / service / f"{NEWTOWN}.toml"
        file.write_text(file.read_text() + "colour = 3\n")
        settings = settings_for(service, database_url="postgresql://nobody@127.0.0.1:1/none", **choose(folder))
        with pytest.raises(PolicyFileError, match=rf"{file} cannot be used: policy 1: colour: Extra inputs"):
            import_module(f"services.{service}.app").create_app(settings)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("[[policy]]\nvalid_from = 2020-01-01\npay_day = \n", "Invalid value (at line 3, column 11)"),
            (
                "[[policy]]\nvalid_from = 2020-01-01\n[[policy]]\nvalid_from = 2021-01-01\npay_day = 99\n",
                "policy 2: pay_day: ",
            ),
            ("[[policy]]\nvalid_from = 2020-01-01\nrun_day = 9\npay_day = 5\n", "policy 1: "),
            ("[[policy]]\nvalid_from = 2021-01-01\n[[policy]]\nvalid_from = 2020-01-01\n", "oldest first"),
            ("", "must hold [[policy]] tables"),
            ("nmaes = ['x']\n", "nmaes: Extra inputs"),
            ("same_as = 'gm9998'\n", "same_as"),
        ],
    )
    def test_serving_is_refused_and_names_folder_file_and_place(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, sentence: str
    ) -> None:
        file = folder / "ontzorgen" / f"{NEWTOWN}.toml"
        file.write_text(text)
        for name, value in {
            "MUNICIPALITIES": NEWTOWN,
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "RELAY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "AUTH_JWKS_FILE": str(tmp_path / "jwks.json"),
            "POLICIES_FOLDER": str(folder),
        }.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SettingsError) as refused:
            run_service("ontzorgen")
        assert f"The policy file {file} " in str(refused.value)
        assert sentence in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_two_files_with_one_name_are_both_named(self, folder: Path) -> None:
        first, second = (folder / "ontzorgen" / f"{code}.toml" for code in (NEWTOWN, "gm9998"))
        for file in (first, second):
            file.write_text("names = ['Newtown']\n[[policy]]\nvalid_from = 2020-01-01\n")
        with pytest.raises(PolicyFileError) as refused:
            import_module("services.ontzorgen.policies.handlers").use_folder(folder, (NEWTOWN,))
        assert str(first) in str(refused.value)
        assert str(second) in str(refused.value)

    def test_serving_says_it_as_it_says_wrong_settings(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name, value in {
            "MUNICIPALITIES": NEWTOWN,
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "RELAY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "AUTH_JWKS_FILE": str(tmp_path / "jwks.json"),
            "POLICIES_FOLDER": str(folder / "absent"),
        }.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SettingsError, match="absent is not a directory"):
            run_service("intake")
