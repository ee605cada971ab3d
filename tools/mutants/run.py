"""`make mutants`: change the code that guards money, one small thing at a time, and list what no test notices.

Two halves, both resumed where they stopped (results are in build/mutants): what mutmut makes of the modules of
mutants.toml, in a copy of the tracked files, and an operator of our own on the conditions of queries, on a real
PostgreSQL. Then the report.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from python_mutants import copy_tree, mutate_modules, name_module
from report import build_key, render

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
BUILD = ROOT / "build" / "mutants"
TREE = BUILD / "tree"
TRIED = BUILD / "tried.jsonl"
UNKILLED = (0, 33)  # the tests passed, or none runs the function
PYTEST = ("-n", "0", "-p", "no:cacheprovider", "-p", "python_plugin", "--tb=native", "--assert=plain", "--capture=sys")
Results = Mapping[str, Mapping[str, object]]
CONFIG = tomllib.loads((HERE / "mutants.toml").read_text("utf-8"))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("half", nargs="?", choices=("python", "sql", "report"), help="only this; all if left out")
    options.add_argument("--minutes", type=float, default=20, help="for each half; run again to go on")
    options.add_argument("--only", nargs="+", default=[], help="modules, as in statement.rules.due")
    options.add_argument("--again", action="store_true", help="try survivors again, after tests were added")
    chosen = options.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    if chosen.again:
        forget_survivors()
    if chosen.half in (None, "python"):
        mutate_python(chosen.minutes, chosen.only)
    if chosen.half in (None, "sql"):
        mutate_sql(chosen.minutes, chosen.only)
    write_report()
    return 0


def mutate_python(minutes: float, only: Sequence[str]) -> None:
    """Try what has no result yet, by capability with its own tests, until it is done or time is up."""
    deadline = time.monotonic() + minutes * 60
    for capability, terms in CONFIG["python"]["capabilities"].items():
        modules = [name for name in terms["modules"] if not only or any(part in name_module(name) for part in only)]
        if not modules:
            continue
        copy_tree(ROOT, TREE)
        results = keep_results(take_in_tried(), dict(mutate_modules(TREE, modules)))
        write_results("python", results)
        untried = [name for name, result in results.items() if result["exit_code"] is None]
        untried = [name for name in untried if f"{name.rpartition('.')[0].replace('.', '/')}.py" in modules]
        print(f"{capability}: {len(untried)} mutants to try ...", flush=True)
        if untried:
            run_python_tests(terms["tests"], untried, deadline - time.monotonic())
    write_results("python", take_in_tried())


def keep_results(results: Results, made: Results) -> dict[str, dict[str, object]]:
    """Return the results of other modules, and what became of these mutants where the function is as it was."""
    modules = {name.rpartition(".")[0] for name in made}
    kept = {name: dict(result) for name, result in results.items() if name.rpartition(".")[0] not in modules}
    for name, change in made.items():
        before = results.get(name, {})
        is_same = before.get("hash") == change["hash"]
        kept[name] = {"exit_code": before.get("exit_code") if is_same else None, **change}
    return kept


def take_in_tried() -> dict[str, dict[str, object]]:
    """Return the results with what the plugin wrote since, also before it was interrupted."""
    results = {name: dict(result) for name, result in read_results(BUILD / "python.json").items()}
    if TRIED.exists():
        for name, exit_code in map(json.loads, TRIED.read_text("utf-8").splitlines()):
            results[name]["exit_code"] = exit_code
    return results


def run_python_tests(tests: Sequence[str], untried: Sequence[str], seconds: float) -> None:
    """Have the plugin try these mutants; it leaves what became of them in a file."""
    TRIED.unlink(missing_ok=True)
    plan = BUILD / "plan.json"
    plan.write_text(json.dumps({"mutants": untried, "seconds": seconds, "tried": str(TRIED)}))
    path = os.pathsep.join(filter(None, (str(HERE), str(TREE), os.environ.get("PYTHONPATH"))))
    environment = os.environ | CONFIG["python"]["environment"] | {"PYTHONPATH": path, "MUTANTS_PLAN": str(plan)}
    command = [sys.executable, "-m", "pytest", "-q", *PYTEST, "-k", CONFIG["python"]["expression"], *tests]
    subprocess.run(command, cwd=TREE, env=environment, check=True)


def forget_survivors() -> None:
    """Have tried anew what no test ran, or killed, unless it is explained."""
    python, sql = take_in_tried(), read_results(BUILD / "sql.json")
    TRIED.unlink(missing_ok=True)
    for name, result in python.items():
        is_explained = build_key(name, result) in CONFIG["explained"]
        result["exit_code"] = None if result["exit_code"] in UNKILLED and not is_explained else result["exit_code"]
    write_results("python", python)
    write_results("sql", {key: one for key, one in sql.items() if one["killed_by"]})


def mutate_sql(minutes: float, only: Sequence[str]) -> None:
    """Drop the conditions of each module's queries in turn, while its tests run."""
    chosen = {module: tests for module, tests in CONFIG["sql"].items() if not only or module.endswith(tuple(only))}
    for module, tests in chosen.items():
        environment = os.environ | {
            "MUTANTS_MODULE": module,
            "MUTANTS_RESULTS": str(BUILD / "sql.json"),
            "MUTANTS_SECONDS": str(minutes * 60 / len(chosen)),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE), str(ROOT), os.environ.get("PYTHONPATH")))),
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "-p",
            "sql_plugin",
            "--timeout=900",  # a busy machine kills no mutant
            *tests,
        ]
        subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)


def write_report() -> None:
    python, sql = (read_results(BUILD / f"{half}.json") for half in ("python", "sql"))
    page = ROOT / "docs" / "mutants.md"
    page.write_text(render(CONFIG, python, sql, page.read_text("utf-8")), encoding="utf-8")
    print("Wrote docs/mutants.md.")


def read_results(path: Path) -> dict[str, dict[str, object]]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def write_results(half: str, results: Results) -> None:
    (BUILD / f"{half}.json").write_text(json.dumps(results, indent=1), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
