"""Pages of documentation as scripts: their shell blocks are run in order, and what they promise is compared.

A fenced block marked `sh` is run. Lines `=> TEXT` of a block marked `text` promise that the output of the last shell
block before it holds TEXT. All blocks run in one bash, so that variables live on, as in a person's terminal.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FENCED = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMISE = "=> "


@dataclass
class ShellBlock:
    """A block that is run, the line of the page on which it begins, and what its output must hold."""

    line: int
    text: str
    promises: list[str] = field(default_factory=list)


def read_blocks(page: str) -> list[ShellBlock]:
    """Return the shell blocks of a page in their order, with their promises."""
    blocks: list[ShellBlock] = []
    for fence in _FENCED.finditer(page):
        if fence["kind"] == "sh":
            blocks.append(ShellBlock(page.count("\n", 0, fence.start()) + 1, fence["text"]))
        elif fence["kind"] == "text":
            promises = [line.removeprefix(_PROMISE) for line in fence["text"].splitlines() if line.startswith(_PROMISE)]
            if promises and not blocks:
                raise ValueError(f"The page promises {promises[0]} before its first shell block: move it below one.")
            if promises:
                blocks[-1].promises.extend(promises)
    return blocks


def run_page(page: Path, folder: Path, environment: Mapping[str, str], *, seconds_max: float) -> list[str]:
    """Run every block from `folder` in one bash; return a sentence for each failed step and broken promise."""
    blocks = read_blocks(page.read_text("utf-8"))
    script = "".join(f"printf '\\n{_mark(number)}\\n'\n{block.text}" for number, block in enumerate(blocks))
    command = ["bash", "-c", f"set -euo pipefail\n{script}printf '\\n{_mark(len(blocks))}\\n'\n"]
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds_max,
        check=False,
    )
    return list(_breaches(page.name, blocks, done.stdout))


def _mark(number: int) -> str:
    return f"--- block {number} ---"


def _breaches(name: str, blocks: list[ShellBlock], output: str) -> Iterator[str]:
    for number, block in enumerate(blocks):
        step_output, is_ended, after = output.partition(f"{_mark(number)}\n")[2].partition(f"\n{_mark(number + 1)}\n")
        if not is_ended:
            yield f"{name}:{block.line} failed; the last of its output: {step_output[-1_500:]}"
            return
        output = f"{_mark(number + 1)}\n{after}"
        for promise in block.promises:
            if promise not in step_output:
                yield f"{name}:{block.line} does not show '{promise}'; it shows: {step_output[-1_500:]}"
