"""What ships is listed, known weaknesses are found, and nothing may go out but to what is named."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.supply.advisories import NODE_LOCK, Package, find_weaknesses, is_affected, main, read_advisories, read_locks
from tools.supply.sbom import LOCKS, list_lock

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", LOCKS)
def test_the_bill_of_materials_names_each_locked_package_with_its_hashes(name: str, tmp_path: Path) -> None:
    listed = json.loads(list_lock(name, tmp_path).read_text("utf-8"))
    assert listed["bomFormat"] == "CycloneDX"
    components = {item["name"].lower().replace("_", "-"): item for item in listed["components"]}
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / LOCKS[name]).read_text("utf-8"), re.MULTILINE)
    assert {(package, components[package]["version"]) for package, _ in pinned} == set(pinned)
    for item in components.values():
        assert any(reference.get("hashes") for reference in item["externalReferences"]), item["name"]


def make_advisory(name: str, ecosystem: str = "PyPI", **affected: Any) -> dict[str, Any]:
    return {"id": "OSV-1", "affected": [{"package": {"ecosystem": ecosystem, "name": name}, **affected}]}


def make_range(*events: dict[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}


@pytest.mark.parametrize(
    ("affected", "expected"),
    [
        ({"versions": ["1.2.3"]}, "affected"),
        ({"versions": ["1.2.4"]}, "safe"),
        (make_range({"introduced": "0"}), "affected"),
        (make_range({"introduced": "0"}, {"fixed": "1.2.3"}), "safe"),
        (make_range({"introduced": "1.2.3"}, {"fixed": "1.10"}), "affected"),
        (make_range({"introduced": "0"}, {"last_affected": "1.2.3"}), "affected"),
        (make_range({"introduced": "0"}, {"last_affected": "1.2.2"}), "safe"),
        (make_range({"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.2"}, {"fixed": "1.3"}), "affected"),
        (make_range({"introduced": "not a version"}), "affected"),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, "safe"),
        ({}, "safe"),
    ],
)
def test_a_version_is_affected_by_list_or_range(affected: dict[str, Any], expected: str) -> None:
    assert is_affected("1.2.3", affected) is (expected == "affected")


def test_advisories_are_read_zipped_or_not_and_withdrawn_ones_are_left_out(tmp_path: Path) -> None:
    package = next(package for package in sorted(read_locks(ROOT)) if package.ecosystem == "npm")
    known = make_advisory(package.name, "npm", versions=[package.version])
    other = make_advisory(package.name, "PyPI", versions=[package.version])
    (tmp_path / "a.json").write_text(json.dumps(other | {"id": "OSV-2"}))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("b.json", json.dumps(known))
        archive.writestr("c.json", json.dumps(known | {"id": "OSV-3", "withdrawn": "2026-01-01T00:00:00Z"}))
    found = list(find_weaknesses(read_locks(ROOT), read_advisories(tmp_path)))
    assert [(found_package, advisory["id"]) for found_package, advisory in found] == [(package, "OSV-1")]


def test_the_command_says_what_it_found_and_what_it_did_not_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "absent")]) == 2
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().out.count("Nothing was checked") == 2
    (tmp_path / "a.json").write_text(json.dumps(make_advisory("FastAPI", **make_range({"introduced": "0"}))))
    assert main([str(tmp_path)]) == 1
    assert re.search(r"PyPI fastapi [0-9.]+: OSV-1", capsys.readouterr().out)
    (tmp_path / "a.json").write_text(json.dumps(make_advisory("not-used-here", versions=["1"])))
    assert main([str(tmp_path)]) == 0


@pytest.mark.skipif(
    not os.environ.get("ADVISORIES"),
    reason="ADVISORIES names no folder: advisories are fetched elsewhere, and are not ours.",
)
def test_no_locked_package_has_a_known_weakness() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools/supply/advisories.py"), os.environ["ADVISORIES"]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_the_node_lock_is_read_whole() -> None:
    entries = json.loads((ROOT / NODE_LOCK).read_text("utf-8"))["packages"]
    assert {package.name for package in read_locks(ROOT) if package.ecosystem == "npm"} == {
        path.rpartition("node_modules/")[2] for path in entries if path
    }
    assert Package("PyPI", "fastapi", next(p.version for p in read_locks(ROOT) if p.name == "fastapi")) in read_locks(
        ROOT
    )


PARTNERS = {
    "to": [
        {
            "ipBlock": {
                "cidr": "0.0.0.0/0",
                "except": [
                    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
                    *("172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
                ],
            }
        }
    ],
    "ports": [{"protocol": "TCP", "port": 443}],
}


def test_every_way_out_of_the_cluster_names_where_it_leads() -> None:
    policies = yaml.safe_load_all((ROOT / "deploy/k8s/base/network.yaml").read_text("utf-8"))
    ways = [(policy["metadata"]["name"], way) for policy in policies for way in policy["spec"].get("egress", ())]
    assert {name for name, _ in ways} == {"names-and-broker", "database", "issuer", "mail", "partners"}
    for name, way in ways:
        assert way.get("to"), f"{name} lets traffic out to any address"
        assert way.get("ports"), f"{name} lets traffic out to any port"
        if name == "partners":  # their servers may be anywhere in public, and the service checks each address
            assert way == PARTNERS
            continue
        blocks = [place["ipBlock"]["cidr"] for place in way["to"] if "ipBlock" in place]
        assert all(block.endswith("/32") for block in blocks), f"{name} lets traffic out to more than one address"
