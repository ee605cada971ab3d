"""`make mutants`: change the code that guards money, one small thing at a time, and list what no test notices.

Two halves, both resumed where they stopped (results are in build/mutants): mutmut on the modules of mutants.toml, in
a copy of the tracked files, and an operator of our own on the conditions of queries, on a real PostgreSQL. Then the
report.
"""

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
BUILD = ROOT / "build" / "mutants"
TREE = BUILD / "tree"
COPIED = ("services", "shared", "meedoen", "demo", "bench", "tests", "pyproject.toml", "README.md")
UNKILLED = (0, 33)  # as mutmut keeps them: the tests passed, or none runs the function
CONTEXT_CHARACTERS = 30
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
    """Run mutmut in the copy until it is done or time is up, and keep what became of every mutant."""
    copy_tree()
    path = os.pathsep.join(filter(None, (str(TREE), os.environ.get("PYTHONPATH"))))
    environment = os.environ | CONFIG["python"]["environment"] | {"PYTHONPATH": path}
    patterns = [f"*.{module}.*" for module in only]
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "2", *patterns]
    print(f"mutmut on {len(CONFIG['python']['modules'])} modules, for at most {minutes:g} minutes ...", flush=True)
    try:
        subprocess.run(command, cwd=TREE, env=environment, timeout=minutes * 60, check=False)
    except subprocess.TimeoutExpired:
        print("\nTime is up: run it again to go on.", flush=True)
    results = {name: result for module in CONFIG["python"]["modules"] for name, result in read_mutants(module)}
    (BUILD / "python.json").write_text(json.dumps(results, indent=1))


def forget_survivors() -> None:
    """Have what no test killed, or no test ran, tried anew."""
    for meta in TREE.glob("mutants/services/**/*.meta"):
        content = json.loads(meta.read_text("utf-8"))
        results = content["exit_code_by_key"]
        content["exit_code_by_key"] = {name: None if code in UNKILLED else code for name, code in results.items()}
        meta.write_text(json.dumps(content, indent=1))
    sql = read_results(BUILD / "sql.json")
    (BUILD / "sql.json").write_text(json.dumps({key: one for key, one in sql.items() if one["killed_by"]}, indent=1))


def copy_tree() -> None:
    """Copy the tracked files, and leave in the copy what mutmut keeps there to go on from."""
    listed = subprocess.run(["git", "ls-files", "-z", *COPIED], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, target = ROOT / name, TREE / name
        if source.is_file() and not (target.exists() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        mutated = TREE / "mutants" / name  # mutmut copies once; the modules themselves it mutates anew by itself
        if mutated.exists() and name not in CONFIG["python"]["modules"]:
            shutil.copyfile(source, mutated)
    shutil.copyfile(HERE / "mutants_profile.py", TREE / "mutants_profile.py")
    settings = {
        "source_paths": ["services"],
        "only_mutate": CONFIG["python"]["modules"],
        "also_copy": ["shared", "meedoen", "demo", "bench", "mutants_profile.py"],
        "pytest_add_cli_args": [
            "-p",
            "no:cacheprovider",
            "-p",
            "mutants_profile",
            "-k",
            CONFIG["python"]["expression"],
        ],
        "pytest_add_cli_args_test_selection": CONFIG["python"]["tests"],
    }
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    (TREE / "pyproject.toml").write_text(f"{(ROOT / 'pyproject.toml').read_text('utf-8')}\n[tool.mutmut]\n{lines}")


def read_mutants(module: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield each mutant of a module: what became of it, and what was changed in it."""
    mutated = TREE / "mutants" / module
    meta = mutated.with_name(mutated.name + ".meta")
    if not meta.exists():
        return
    functions = {node.name: node for node in ast.walk(ast.parse(mutated.read_text("utf-8"))) if is_function(node)}
    for name, exit_code in json.loads(meta.read_text("utf-8"))["exit_code_by_key"].items():
        mutant_name = name.rpartition(".")[2]
        original = functions.get(mutant_name.rpartition("__mutmut_")[0] + "__mutmut_orig")
        mutant = functions.get(mutant_name)
        if original is not None and mutant is not None:
            yield name, {"exit_code": exit_code, "is_wording": is_wording(original, mutant), **diff(original, mutant)}


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


class _Silence(ast.NodeTransformer):
    """Take out what a refusal says: its sentences, and the arguments of faults and errors."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        called = ast.unparse(node.func)
        return ast.Constant("refusal") if called.endswith(("Error", "Fault")) else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("sentence") if isinstance(node.value, str) and " " in node.value else node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        is_sentence = ast.unparse(node.targets[0]) == "sentence"
        return ast.Pass() if is_sentence else self.generic_visit(node)


def is_wording(original: ast.AST, mutant: ast.AST) -> bool:
    """Return whether a mutant only says a refusal in other words, and refuses as before."""
    silent = [ast.dump(_Silence().visit(ast.parse(ast.unparse(node)))) for node in (original, mutant)]
    return silent[0].replace("__mutmut_orig", "") == silent[1].replace(str(getattr(mutant, "name", "")), strip(mutant))


def strip(mutant: ast.AST) -> str:
    return str(getattr(mutant, "name", "")).rpartition("__mutmut_")[0]


def diff(original: ast.AST, mutant: ast.AST) -> dict[str, str]:
    """Return the line that differs, before and after."""
    before, after = (ast.unparse(node).splitlines()[1:] for node in (original, mutant))
    for old, new in zip(before, after, strict=False):
        if old != new:
            return cut_to_difference(old.strip(), new.strip())
    return {"before": "", "after": ast.unparse(mutant).splitlines()[0]}


def cut_to_difference(old: str, new: str) -> dict[str, str]:
    """Return two lines as far as they differ, with what stands around it."""
    shared = count_shared(old, new)
    start = max(shared - CONTEXT_CHARACTERS, 0)
    shared_end = count_shared(old[:shared:-1], new[:shared:-1])
    ends = (min(len(line) - shared_end + CONTEXT_CHARACTERS, len(line)) for line in (old, new))
    before, after = (line[start:end] for line, end in zip((old, new), ends, strict=True))
    return {"before": before, "after": after}


def count_shared(old: str, new: str) -> int:
    """Return with how many of the same characters two texts begin."""
    return next(
        (at for at, pair in enumerate(zip(old, new, strict=False)) if len(set(pair)) > 1), min(len(old), len(new))
    )


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
    from report import render

    python, sql = (read_results(BUILD / f"{half}.json") for half in ("python", "sql"))
    (ROOT / "docs" / "mutants.md").write_text(render(CONFIG, python, sql), encoding="utf-8")
    print("Wrote docs/mutants.md.")


def read_results(path: Path) -> dict[str, dict[str, object]]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


if __name__ == "__main__":
    sys.exit(main())
