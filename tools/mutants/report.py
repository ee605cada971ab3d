"""The report of `make mutants`: what was tried, what survived, and why a survivor may live."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

Results = Mapping[str, Mapping[str, Any]]
_INTRODUCTION = """# Mutants

`make mutants` changes the code that guards money, one small thing at a time, runs the tests that guard it, and lists
what no test noticed. It is not part of `make check`: it takes long, and stops after `--minutes` to go on the next time.
The modules, the tests and the explanations are in `tools/mutants/mutants.toml`. This page is its last report.

Two operators: [mutmut](https://mutmut.readthedocs.io) on Python, and one of our own on SQL, which lets a condition of a
query hold for every row. Conditions on the municipality are left out, as row-level security repeats them.
"""


def render(config: Mapping[str, Any], python: Results, sql: Results, earlier_page: str) -> str:
    """Return the page; a module of which nothing was tried since keeps what the earlier page says of it."""
    earlier = [line for line in earlier_page.splitlines() if line.startswith("| `")]
    parts = [_INTRODUCTION, "## What was tried", ""]
    parts += [*_summarise_python(config, python, earlier), "", *_summarise_sql(config, sql, earlier), ""]
    explained = config.get("explained", {})
    survivors = [
        f"| `{_cell(key)}` | `{_cell(change)}` | {_explain(explained, key, change)} |"
        for key, change in [*_list_python(python), *_list_sql(sql)]
    ]
    tried = {_module_of(name) for name in python} | {key.partition(":")[0] for key in sql}
    survivors += [line for line in earlier if _is_survivor_of(line, [*_list_modules(config), *config["sql"]], tried)]
    table = ["| where | what was changed | why it may live |", "|---|---|---|", *survivors]
    parts += ["## Survivors", "", *(table if survivors else ["None."])]
    return "\n".join(parts) + "\n"


def _summarise_python(config: Mapping[str, Any], results: Results, earlier: Sequence[str]) -> Iterator[str]:
    yield "| module | mutants | killed | other words of a refusal | no unit test runs it | not tried yet | survived |"
    yield "|---|---|---|---|---|---|---|"
    by_module: dict[str, Counter[str]] = {}
    for name, result in results.items():
        by_module.setdefault(_module_of(name), Counter())[_classify(result)] += 1
    for module in _list_modules(config):
        if counts := by_module.get(module):
            columns = (counts[kind] for kind in ("killed", "wording", "untested", "untried", "survived"))
            yield f"| `{module}` | {counts.total()} | {' | '.join(map(str, columns))} |"
        else:
            yield from (line for line in earlier if line.startswith(f"| `{module}` |"))


def _summarise_sql(config: Mapping[str, Any], results: Results, earlier: Sequence[str]) -> Iterator[str]:
    yield "| module with queries | conditions tried | killed | survived |"
    yield "|---|---|---|---|"
    for module in config["sql"]:
        tried = [result for key, result in results.items() if key.startswith(f"{module}:")]
        before = [line for line in earlier if line.startswith(f"| `{module}` |")]
        killed = sum(bool(result["killed_by"]) for result in tried)
        if tried or not before:
            yield f"| `{module}` | {len(tried) or 'not yet'} | {killed} | {len(tried) - killed} |"
        else:
            yield from before


def _list_modules(config: Mapping[str, Any]) -> Iterator[str]:
    for terms in config["python"]["capabilities"].values():
        yield from (path.removesuffix(".py").replace("/", ".") for path in terms["modules"])


def _is_survivor_of(line: str, modules: Iterable[str], tried: Container[str]) -> bool:
    """Return whether a line of the earlier page is a survivor of a module of which nothing was tried since."""
    key = f"services.{line.removeprefix('| `')}"
    return any(key.startswith((f"{module}.", f"{module}:")) for module in modules if module not in tried)


def build_key(name: str, result: Mapping[str, Any]) -> str:
    """Return under which key a mutant of Python is explained: its function, and what it became."""
    function = name.rpartition("__mutmut_")[0].removeprefix("services.").replace(".x_", ".").replace("xǁ", "")
    return f"{function}: {result['after']}"


def _list_python(results: Results) -> Iterator[tuple[str, str]]:
    for name, result in results.items():
        if _classify(result) == "survived":
            yield build_key(name, result), f"{result['before']} → {result['after']}"


def _list_sql(results: Results) -> Iterator[tuple[str, str]]:
    for key, result in results.items():
        if not result["killed_by"]:
            yield key.removeprefix("services."), f"without {result['condition']}"


def _explain(explained: Mapping[str, str], key: str, change: str) -> str:
    """Return why a survivor may live: said of it, or of what its query is without, wherever that stands."""
    return explained.get(key) or explained.get(f"{key.rpartition(':')[0]}: {change}", "**open**")


def _classify(result: Mapping[str, Any]) -> str:
    match result["exit_code"]:
        case None:
            return "untried"
        case 33:
            return "untested"
        case 0:
            return "wording" if result["is_wording"] else "survived"
        case _:
            return "killed"


def _module_of(name: str) -> str:
    return name.rpartition(".")[0]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("`", "'")
