"""What mutmut makes of the modules in mutants.toml, in a copy of the tracked files, and what it changed."""

import ast
import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

COPIED = ("services", "shared", "meedoen", "demo", "bench", "tests", "pyproject.toml", "README.md")
CONTEXT_CHARACTERS = 30
Change = dict[str, object]


def copy_tree(root: Path, tree: Path) -> None:
    """Copy the tracked files, with what mutmut reads of its settings."""
    listed = subprocess.run(["git", "ls-files", "-z", *COPIED], cwd=root, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, target = root / name, tree / name
        if source.is_file() and not (target.exists() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    settings = '\n[tool.mutmut]\nsource_paths = ["services"]\n'
    (tree / "pyproject.toml").write_text((root / "pyproject.toml").read_text("utf-8") + settings, "utf-8")


def mutate_modules(tree: Path, modules: Sequence[str]) -> Iterator[tuple[str, Change]]:
    """Yield each mutant of the modules, with what was changed, and write the modules with all of them in."""
    from mutmut.mutation.file_mutation import mutate_file_contents  # only this half needs it

    for module in modules:
        path = tree / module
        with contextlib.chdir(tree):
            mutated = mutate_file_contents(module, path.read_text("utf-8"), None, None)
        path.write_text(mutated.code, "utf-8")
        functions = {node.name: node for node in ast.walk(ast.parse(mutated.code)) if is_function(node)}
        for mutant_name in mutated.mutant_names:
            mangled = mutant_name.rpartition("__mutmut_")[0]
            original, mutant = functions[f"{mangled}__mutmut_orig"], functions[mutant_name]
            name = f"{name_module(module)}.{mutant_name}"
            hashed = mutated.hash_by_function_name.get(mangled, "")
            yield name, {"hash": hashed, "is_wording": is_wording(original, mutant), **diff(original, mutant)}


def name_module(path: str) -> str:
    """Return the module of a file."""
    return path.removesuffix(".py").replace("/", ".")


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
