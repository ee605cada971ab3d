"""The pages that a newcomer follows are run as they stand, and show what they promise."""

from pathlib import Path

import pytest
from shell_pages import read_blocks, run_page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
pytestmark = pytest.mark.timeout(240)


def test_the_chain_by_hand_goes_from_an_ambassador_to_the_answer_of_the_bank(started_run: dict[str, str]) -> None:
    breaches = run_page(DOCS / "chain-by-hand.md", ROOT, started_run, seconds_max=180)
    assert not breaches, "\n" + "\n".join(breaches)


def test_one_service_is_left_out_run_by_hand_traced_and_put_back(started_run: dict[str, str]) -> None:
    breaches = run_page(DOCS / "development.md", ROOT, started_run, seconds_max=180)
    assert not breaches, "\n" + "\n".join(breaches)


@pytest.mark.parametrize(("name", "blocks_min", "promises_min"), [("chain-by-hand", 30, 75), ("development", 6, 9)])
def test_the_pages_promise_enough_to_be_worth_running(name: str, blocks_min: int, promises_min: int) -> None:
    blocks = read_blocks((DOCS / f"{name}.md").read_text("utf-8"))
    assert len(blocks) >= blocks_min
    assert sum(len(block.promises) for block in blocks) >= promises_min


GOOD = "```sh\nword=seven\n```\n\n```sh\necho $word\n```\n\n```text\nshows:\n=> seven\n```\n"


@pytest.mark.parametrize(
    ("page", "breaches"),
    [
        (GOOD, []),
        (GOOD.replace("=> seven", "=> eight"), ["page.md:5 does not show 'eight'; it shows: seven\n"]),
        (GOOD.replace("word=seven", "false"), ["page.md:1 failed; the last of its output: "]),
        (GOOD.replace("word=seven", "unset word"), ["page.md:5 failed; the last of its output: "]),
        (GOOD.replace("word=seven", "echo seven\nword=six"), ["page.md:6 does not show 'seven'; it shows: six\n"]),
        (GOOD.replace("echo $word", "echo seven | grep six | cat"), ["page.md:5 failed; the last of its output: "]),
        (GOOD.replace("```sh\nword", "```python\nword").replace("$word", "seven"), []),
    ],
)
def test_a_failed_step_and_another_outcome_are_found(page: str, breaches: list[str], tmp_path: Path) -> None:
    page_file = tmp_path / "page.md"
    page_file.write_text(page)
    sentences = run_page(page_file, tmp_path, {"PATH": "/usr/bin:/bin"}, seconds_max=10)
    assert [sentence.partition("bash:")[0] for sentence in sentences] == breaches


def test_a_promise_before_the_first_step_is_refused() -> None:
    with pytest.raises(ValueError, match="promises seven before its first shell block"):
        read_blocks("```text\n=> seven\n```\n" + GOOD)
