"""What is committed can be built by anyone anywhere, says its reasons, and its pages lead somewhere."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import repository
from codebase import ROOT

BYTES_READ_MAX = 2_000_000
HASH = "    --hash=sha256:" + "0" * 64


def committed() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("This is no clone with git in it, so what is committed is not known: run it in a clone.")
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_python_locks_hold_versions_and_hashes_and_no_address() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    breaches = [line for lock in locks for line in repository.lock_breaches(lock.name, lock.read_text("utf-8"))]
    assert [lock.name for lock in locks] == ["clients.txt", "dev.txt", "mutants.txt", "run.txt"]
    assert not breaches, "\n" + "\n".join(breaches)
    assert not (ROOT / "uv.lock").exists()


def test_what_runs_is_locked_alike_for_running_and_for_developing() -> None:
    run, dev = (
        set(re.findall(r"(?m)^([a-z0-9][\w.-]*(?:\[[^\]]+\])?==[^\s;\\]+)", (ROOT / "requirements" / name).read_text()))
        for name in ("run.txt", "dev.txt")
    )
    assert len(run) > 20
    assert run - dev == set()


def test_the_npm_lock_holds_integrity_and_no_address() -> None:
    text = (ROOT / "tools" / "package-lock.json").read_text("utf-8")
    assert list(repository.npm_lock_breaches("package-lock.json", text)) == []


def test_nothing_committed_names_a_registry_or_a_place_on_one_machine() -> None:
    breaches: list[str] = []
    for path in committed():
        text = path.read_bytes()[:BYTES_READ_MAX].decode("utf-8", "replace")
        breaches.extend(repository.address_breaches(path.relative_to(ROOT).as_posix(), text))
    assert not breaches, "\n" + "\n".join(breaches)


def test_every_ignored_rule_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert list(repository.reasonless_ignores("pyproject.toml", text)) == []


class TestDecisions:
    PAGES = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    def test_they_are_numbered_without_a_gap(self) -> None:
        numbers = [int(page.name[:4]) for page in self.PAGES]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 8

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
    def test_it_is_one_page_with_its_five_headings(self, page: Path) -> None:
        assert list(repository.decision_breaches(page.name, page.read_text("utf-8"))) == []


def test_every_link_of_every_page_leads_somewhere() -> None:
    pages = [path for path in committed() if path.suffix == ".md"]
    breaches = [sentence for page in pages for sentence in repository.link_breaches(page, ROOT)]
    assert not breaches, "\n" + "\n".join(breaches)


def test_every_path_that_the_architecture_page_names_exists() -> None:
    breaches = list(repository.path_breaches(ROOT / "ARCHITECTURE.md", ROOT))
    assert not breaches, "\n" + "\n".join(breaches)


def test_ci_runs_the_developers_own_recipe_which_includes_the_readmes() -> None:
    makefile, ci = (ROOT / "Makefile").read_text("utf-8"), (ROOT / ".ci" / "run").read_text("utf-8")
    recipes = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    assert re.findall(r"make ([a-z-]+)", ci.split("set -", 1)[1]) == ["check"]
    (needs,) = re.findall(r"(?m)^check: ([a-z -]+)", makefile)
    assert {"lint", "test"} <= set(needs.split())
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"`make ([a-z-]+)", readme))
    assert named - recipes == set()
    assert recipes - named - {"help"} == set()


SAMPLES: list[tuple[Callable[[str, str], Iterator[str]], str, str]] = [
    (repository.lock_breaches, f"a==1 \\\n{HASH}\n-e .\n", f"# by hand\na[x]==1.0 ; x \\\n{HASH} \\\n{HASH}\n"),
    (repository.lock_breaches, "a==1 \\\n", f"a==1 \\\n{HASH}\n"),
    (repository.lock_breaches, f"a @ https://a.example/a.whl \\\n{HASH}\n", ""),
    (repository.npm_lock_breaches, '{"packages": {"a": {}}}', '{"packages": {"": {}, "a": {"integrity": "x"}}}'),
    (repository.npm_lock_breaches, '{"packages": {"": {"resolved": "x"}}}', '{"packages": {}}'),
    (repository.address_breaches, "from https://" + "pypi" + ".org/simple", "PyPI"),
    (repository.address_breaches, "image: " + "docker" + ".io/library/postgres", "image: postgres:18"),
    (repository.address_breaches, "see /" + "home/somebody", "see ~/home and build/home/x"),
    (repository.reasonless_ignores, '    "S101",', '    "S101", # assert is how a test speaks'),
    (repository.decision_breaches, "## Context\n", "".join(f"## {h}\n" for h in repository.DECISION_HEADINGS)),
]


@pytest.mark.parametrize(("rule", "bad", "good"), SAMPLES)
def test_a_rule_finds_the_bad_sample_and_leaves_the_good_one(
    rule: Callable[[str, str], Iterator[str]], bad: str, good: str
) -> None:
    assert list(rule("a file", bad))
    status = "\nStatus: accepted, 2026-11-21\n" if rule is repository.decision_breaches else ""
    assert list(rule("a file", good + status)) == []


def test_a_link_to_a_page_or_heading_that_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One `x` thing\n[a](page.md#one-x-thing) [b](gone.md) [c](#two) [d](https://a.example/x)\n")
    assert list(repository.link_breaches(page, tmp_path)) == [
        "page.md links to gone.md, which is not there.",
        "page.md links to #two, a heading that is not there.",
    ]


def test_a_path_that_does_not_exist_is_found(tmp_path: Path) -> None:
    (tmp_path / "shared" / "events").mkdir(parents=True)
    (tmp_path / "shared" / "events" / "guard.py").touch()
    page = tmp_path / "page.md"
    page.write_text(
        "`shared/events` has `guard.py`, `events/guard.py` and `shared/events/door.py`; `a / b`; in `shared/`"
    )
    assert list(repository.path_breaches(page, tmp_path)) == [
        "page.md names shared/events/door.py, which does not exist: correct the path, or name the folder that it is in."
    ]
