"""`make advisories ADVISORIES=FOLDER`: which locked packages have a known weakness, without asking anyone.

FOLDER holds advisories in the Open Source Vulnerability format (https://ossf.github.io/osv-schema/): JSON files, or the
`all.zip` of an ecosystem. They are fetched by whoever may reach the network; nothing is sent about what is installed.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[2]
PYTHON_LOCKS = ("requirements/run.txt", "requirements/dev.txt", "requirements/mutants.txt", "requirements/clients.txt")
NODE_LOCK = "tools/package-lock.json"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Package:
    """One locked package; `ecosystem` as advisories call it: PyPI or npm."""

    ecosystem: str
    name: str
    version: str


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).exists():
        print("Name the folder of advisories: make advisories ADVISORIES=FOLDER. Nothing was checked.")
        return 2
    packages = sorted(read_locks(ROOT))
    advisories = list(read_advisories(Path(arguments[0])))
    if not advisories:
        print(f"{arguments[0]} holds no advisory: give JSON files, or an all.zip. Nothing was checked.")
        return 2
    found = list(find_weaknesses(packages, advisories))
    for package, advisory in found:
        print(f"{package.ecosystem} {package.name} {package.version}: {advisory['id']} {advisory.get('summary', '')}")
    print(f"{len(packages)} packages, {len(advisories)} advisories, {len(found)} known weaknesses.")
    return 1 if found else 0


def read_locks(root: Path) -> set[Package]:
    """Return every package of the locks of Python and Node."""
    pinned = {
        Package("PyPI", canonicalize_name(name), version)
        for lock in PYTHON_LOCKS
        for name, version in _PINNED.findall((root / lock).read_text("utf-8"))
    }
    node = json.loads((root / NODE_LOCK).read_text("utf-8"))["packages"]
    return pinned | {
        Package("npm", path.rpartition("node_modules/")[2], entry["version"]) for path, entry in node.items() if path
    }


def read_advisories(place: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the advisories of a file or a folder, zipped or not, without those that were withdrawn."""
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        if path.suffix == ".json":
            yield from _keep_valid([path.read_bytes()])
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                yield from _keep_valid(archive.read(name) for name in archive.namelist() if name.endswith(".json"))


def _keep_valid(documents: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    for document in documents:
        advisory = json.loads(document)
        if not advisory.get("withdrawn"):
            yield advisory


def find_weaknesses(
    packages: Iterable[Package], advisories: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Package, Mapping[str, Any]]]:
    """Yield each package with each advisory that names its version."""
    by_name: dict[tuple[str, str], list[Package]] = {}
    for package in packages:
        by_name.setdefault((package.ecosystem, package.name), []).append(package)
    for advisory in advisories:
        for affected in advisory.get("affected", ()):
            known = affected.get("package", {})
            ecosystem, name = known.get("ecosystem", ""), known.get("name", "")
            name = canonicalize_name(name) if ecosystem == "PyPI" else name
            for package in by_name.get((ecosystem, name), ()):
                if is_affected(package.version, affected):
                    yield package, advisory


def is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    """Return whether a version is listed, or lies between `introduced` and `fixed` or `last_affected` of a range.

    A version that cannot be compared counts as affected: someone looks at it.
    """
    if version in affected.get("versions", ()):
        return True
    ranges = [entry for entry in affected.get("ranges", ()) if entry.get("type") in ("ECOSYSTEM", "SEMVER")]
    try:
        return any(_lies_within(Version(version), entry.get("events", ())) for entry in ranges)
    except InvalidVersion:
        return bool(ranges)


def _lies_within(version: Version, events: Iterable[Mapping[str, str]]) -> bool:
    is_within = False
    for event in events:
        if "introduced" in event:
            is_within |= event["introduced"] == "0" or version >= Version(event["introduced"])
        elif "fixed" in event:
            is_within &= version < Version(event["fixed"])
        elif "last_affected" in event:
            is_within &= version <= Version(event["last_affected"])
    return is_within


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
