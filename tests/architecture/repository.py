"""Rules on what is committed, whatever its language: locks, addresses, paths of one machine, reasons, links.

Each takes text and yields sentences, so that it is tested on a bad sample.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

# A registry's host in a file ties a build to it; the image tags and locks name versions and let the client choose.
_REGISTRY = re.compile(
    r"(?:files\.pythonhosted|pypi|registry\.npmjs|registry\.yarnpkg|repo1?\.maven|repo\.maven\.apache|"
    r"packages\.confluent|proxy\.golang)\.(?:org|com|io)|(?:\bdocker|\bghcr|\bquay|\bgcr|registry\.k8s)\.io/|"
    r"--(?:extra-)?index[-]url|--find[-]links"
)
_MACHINE_PATH = re.compile(r"(?<![\w.~:$})/-])/(?:root|home|work|Users|mnt|media|private)/[\w.]")
_REQUIREMENT = re.compile(r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z0-9,._-]+\])?==[^\s;\\]+(?:\s*;[^\\]+)?\s*\\$")
_HASH = re.compile(r"^\s+--hash=sha256:[0-9a-f]{64}(?: \\)?$")
_IGNORED_CODE = re.compile(r'^\s*"[A-Z]+[0-9]*",')
_LINK = re.compile(r"\[[^\]]+\]\((?!https?:|mailto:)(?P<place>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*/[A-Za-z0-9_.-]*")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

DECISION_HEADINGS = ["Context", "Decision", "Consequences", "What enforces it", "What would reopen it"]
DECISION_LINES_MAX = 70


def lock_breaches(name: str, text: str) -> Iterator[str]:
    """Yield lines of a lock of Python packages that are neither versions nor hashes."""
    for number, line in enumerate(text.splitlines(), 1):
        if (
            line.strip()
            and not line.lstrip().startswith("#")
            and not _REQUIREMENT.match(line)
            and not _HASH.match(line)
        ):
            yield f"{name}:{number} is not a version with hashes: compile the lock as CONTRIBUTING.md says."
    for block in re.split(r"(?m)^(?=[a-z0-9])", text):
        if block[:1].isalnum() and "--hash=" not in block:
            yield f"{name}: {block.split('==')[0]} has no hash: compile the lock as CONTRIBUTING.md says."


def npm_lock_breaches(name: str, text: str) -> Iterator[str]:
    for path, package in json.loads(text)["packages"].items():
        if "resolved" in package:
            yield f"{name}: {path} has an address: install with the .npmrc beside it."
        if path and "integrity" not in package:
            yield f"{name}: {path} has no integrity: install with the .npmrc beside it."


def address_breaches(name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if match := _REGISTRY.search(line):
            yield f"{name}:{number} names {match[0]}: leave the choice of registry to the client's settings."
        if match := _MACHINE_PATH.search(line):
            yield f"{name}:{number} names a path of one machine ({match[0]}...): make it relative or a setting."


def reasonless_ignores(name: str, text: str) -> Iterator[str]:
    """Yield ignored rules in pyproject.toml without a reason on their line."""
    for number, line in enumerate(text.splitlines(), 1):
        if _IGNORED_CODE.match(line) and "#" not in line:
            yield f"{name}:{number} ignores a rule without a reason: say why on the same line."


def decision_breaches(name: str, text: str) -> Iterator[str]:
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    if headings != DECISION_HEADINGS:
        yield f"{name} has the headings {headings}: a record has {DECISION_HEADINGS}."
    if not re.search(r"^Status: (accepted|replaced by [0-9]{4}), [0-9]{4}-[0-9]{2}-[0-9]{2}$", text, re.MULTILINE):
        yield f"{name} has no status line: write 'Status: accepted, YYYY-MM-DD'."
    if len(text.splitlines()) > DECISION_LINES_MAX:
        yield f"{name} is longer than a page ({DECISION_LINES_MAX} lines): say it shorter."


def list_anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub and GitLab generate them."""
    anchors: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", text)):
        plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", heading).lower()
        anchors.add(re.sub(r" ", "-", re.sub(r"[^\w\- ]", "", plain)))
    return anchors


def link_breaches(page: Path, root: Path) -> Iterator[str]:
    """Yield links to files that do not exist, or to headings that are not in them."""
    name, text = page.relative_to(root), page.read_text("utf-8")
    for link in _LINK.finditer(_FENCED.sub("", text)):
        target = (page.parent / link["place"]).resolve() if link["place"] else page
        if not target.exists():
            yield f"{name} links to {link['place']}, which is not there."
        elif (
            link["anchor"] and target.suffix == ".md" and link["anchor"] not in list_anchors(target.read_text("utf-8"))
        ):
            yield f"{name} links to {link['place']}#{link['anchor']}, a heading that is not there."


def path_breaches(page: Path, root: Path) -> Iterator[str]:
    """Yield paths in backticks that do not exist in the repository or in a folder that the page names."""
    name, text = page.relative_to(root), page.read_text("utf-8")
    paths = [path for path in _CODE.findall(_FENCED.sub("", text)) if _PATH.fullmatch(path)]
    folders = [root, *(root / path for path in paths if (root / path).is_dir())]
    for path in dict.fromkeys(paths):
        if not any((folder / path).exists() for folder in folders):
            yield f"{name} names {path}, which does not exist: correct the path, or name the folder that it is in."
