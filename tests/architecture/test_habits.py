"""One version everywhere, and the files that tell others what this is and how it is kept."""

import json
import re
import tomllib
from typing import Any

import yaml
from codebase import ROOT

from shared.service_names import SERVICES

TOP_VERSION = re.compile(r"(?m)^## (\d+\.\d+\.\d+), (\d{4}-\d{2}-\d{2})$")


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def publiccode() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    return found


def test_the_newest_version_of_the_changelog_is_the_version_everywhere() -> None:
    newest = TOP_VERSION.search((ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert newest, "CHANGELOG.md names no version: write '## 1.2.3, YYYY-MM-DD'."
    version, day = newest.groups()
    assert project()["version"] == version
    assert (publiccode()["softwareVersion"], publiccode()["releaseDate"]) == (version, day)
    kustomization = (ROOT / "deploy" / "k8s" / "base" / "kustomization.yaml").read_text("utf-8")
    assert re.findall(r'newTag: "(.+)"', kustomization) == [version]


def test_publiccode_has_what_the_standard_asks_for_and_agrees_with_the_project() -> None:
    """Mandatory keys, lengths and closed lists of publiccode.yml 0.4."""
    document = publiccode()
    assert document["publiccodeYmlVersion"] == "0.4"
    assert document["name"].lower() == project()["name"]
    assert document["url"].startswith("https://")
    assert document["legal"]["license"] == project()["license"]
    assert document["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert document["softwareType"] == "standalone/backend"
    assert document["platforms"]
    assert document["categories"]
    assert document["maintenance"]["type"] == "internal"
    assert all(contact["name"] for contact in document["maintenance"]["contacts"])
    assert set(document["localisation"]) == {"localisationReady", "availableLanguages"}
    for text in document["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert all(len(feature) <= 100 for feature in text["features"])


def test_the_hooks_before_a_commit_use_the_tools_of_the_lock() -> None:
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/python -m ")


def test_what_ships_says_that_it_is_typed() -> None:
    assert [folder for folder in ("meedoen", "services", "shared") if not (ROOT / folder / "py.typed").is_file()] == []


def test_every_service_has_an_owner_and_can_be_debugged_in_an_editor() -> None:
    owners = (ROOT / ".github" / "CODEOWNERS").read_text("utf-8")
    assert [service for service in SERVICES if f"\n/services/{service}/ " not in owners] == []
    launch = json.loads((ROOT / ".vscode" / "launch.json").read_text("utf-8"))
    assert launch["inputs"][0]["options"] == list(SERVICES)
