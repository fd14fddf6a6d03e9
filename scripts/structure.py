"""Measure the structure of Python packages: sizes, names and import circles.

    python -m scripts.structure [FOLDER ...]     the project's packages, or any other folders

Every figure comes from the syntax trees alone: nothing is imported or run.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "tandem": ROOT / "containers" / "runtime" / "tandem",
    "analyzer": ROOT / "containers" / "analyzer" / "analyzer",
    "preprocessor": ROOT / "containers" / "preprocessor" / "preprocessor",
    "script_runner": ROOT / "containers" / "python" / "script_runner",
    "booster": ROOT / "containers" / "xgboost" / "booster",
    "local_test": ROOT / "local_test",
}
_IRREGULAR = frozenset(
    re.findall(
        r"\w+",
        """
        asked begun bent born bought bound broken brought built caught chosen dealt done drawn fed
        felt found given gone got grown heard held hidden kept known laid led left lent lit lost
        made meant met paid said seen sent shown sold spent spoken spun stood stuck struck taken
        taught thought thrown told understood won worn wound written
        """,
    )
)
# Words in -ed that are verbs in the imperative, or no participles at all.
_NO_PARTICIPLES = {"embed", "exceed", "feed", "need", "proceed", "seed", "speed", "succeed"}
_ATTRIBUTES = {"property", "cached_property", "setter"}

Graph = Mapping[str, set[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, its file and the file's syntax tree."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def folder(self) -> str:
        """The dotted name of the folder that holds it."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    def list_functions(self) -> Iterator[Function]:
        """Yield every function and method, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def list_imports(self, *, lazy: bool) -> Iterator[tuple[str, str]]:
        """Yield (module, name) of each import, name "" for a whole module.

        `lazy` adds the imports inside functions.
        """
        for node in ast.walk(self.tree) if lazy else _walk_module_level(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = _resolve(node, self.folder)
                yield from ((source, alias.name) for alias in node.names)


def _walk_module_level(tree: ast.Module) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        ]


def _resolve(node: ast.ImportFrom, folder: str) -> str:
    if not node.level:
        return node.module or ""
    parts = folder.split(".")[: len(folder.split(".")) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


@dataclass(frozen=True)
class Package:
    """A package and all modules below it, by dotted name."""

    name: str
    modules: Mapping[str, Module]

    def read_imports(self, *, lazy: bool = True) -> Graph:
        """Return which module imports which others of this package."""
        graph: dict[str, set[str]] = {name: set() for name in self.modules}
        for name, module in self.modules.items():
            for source, symbol in module.list_imports(lazy=lazy):
                full = f"{source}.{symbol}" if symbol else source
                target = full if full in self.modules else source
                if target in self.modules and target != name:
                    graph[name].add(target)
        return graph

    def list_folders(self) -> dict[str, list[Module]]:
        """Return the modules of each folder, `__init__` left out."""
        folders: dict[str, list[Module]] = defaultdict(list)
        for module in self.modules.values():
            folders[module.folder] += [] if module.is_package else [module]
        return dict(folders)

    def find_room_circles(self) -> dict[str, list[list[str]]]:
        """Return, for each folder, the circles between the rooms directly in it.

        A room is a module or a whole subfolder. Where there is no circle, the rooms have an order
        in which no import runs back.
        """
        graph = self.read_imports()
        circles = {
            folder: find_circles(_contract(graph, folder)) for folder in sorted(self.list_folders())
        }
        return {folder: found for folder, found in circles.items() if found}


def read_package(folder: Path) -> Package:
    """Read a package from its folder, without importing it."""
    modules = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = Module(name, path)
    return Package(folder.name, modules)


def find_circles(graph: Graph) -> list[list[str]]:
    """Return the groups of nodes that reach each other, each sorted, single nodes left out."""
    reached = {node: _reach(graph, node) for node in graph}
    groups = {
        tuple(sorted(other for other in reached[node] if node in reached.get(other, ())))
        for node in graph
        if node in reached[node]
    }
    return [list(group) for group in sorted(groups)]


def _reach(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += graph.get(node, ())
    return seen


def _contract(graph: Graph, folder: str) -> Graph:
    def room(module: str) -> str | None:
        if module == folder:
            return f"{folder}.__init__"
        if not module.startswith(f"{folder}."):
            return None
        return ".".join(module.split(".")[: folder.count(".") + 2])

    rooms: dict[str, set[str]] = defaultdict(set)
    for source, targets in graph.items():
        inside = room(source)
        if inside is not None:
            rooms[inside] |= {
                other for other in map(room, targets) if other is not None and other != inside
            }
    return dict(rooms)


def is_attribute(function: Function) -> bool:
    """Return whether a function is read like an attribute: a property of any kind."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in function.decorator_list}
    return bool(names & _ATTRIBUTES)


def is_participle(name: str) -> bool:
    """Return whether a function's name is, or begins with, a past participle."""
    word = name.strip("_").split("_")[0]
    return word in _IRREGULAR or (word.endswith("ed") and word not in _NO_PARTICIPLES)


def find_participles(package: Package) -> list[str]:
    """Return the functions that are named by a past participle, properties aside."""
    return [
        f"{module.name}:{function.name}"
        for module in package.modules.values()
        for function in module.list_functions()
        if is_participle(function.name) and not is_attribute(function)
    ]


def find_shared_class_names(packages: Iterable[Package]) -> dict[str, list[str]]:
    """Return the public class names that more than one module defines, with these modules."""
    places: dict[str, list[str]] = defaultdict(list)
    for package in packages:
        for module in package.modules.values():
            for node in module.tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(module.name)
    return {name: modules for name, modules in sorted(places.items()) if len(modules) > 1}


def measure(package: Package) -> dict[str, str]:
    """Return one column of the table: a figure by its name."""
    lines = [
        len(module.path.read_text(encoding="utf-8").splitlines())
        for module in package.modules.values()
    ]
    functions = [node for module in package.modules.values() for node in module.list_functions()]
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for node in functions)
    plain = [node for node in functions if not node.name.startswith("__")]
    folders = package.list_folders()
    typed = sum(node.returns is not None for node in functions)
    participles = len(find_participles(package))
    circles = [len(find_circles(package.read_imports(lazy=lazy))) for lazy in (False, True)]
    return {
        "modules": f"{len(package.modules)}",
        "modules of the largest folder": f"{max(map(len, folders.values()))}",
        "module lines, median / longest": f"{statistics.median(lines):.0f} / {max(lines)}",
        "function lines, median / 90th percentile": (
            f"{statistics.median(lengths):.0f} / {lengths[int(0.9 * len(lengths))]}"
        ),
        "typed returns": f"{typed / len(functions):.0%}",
        "functions named by a participle": f"{participles / len(plain):.1%}",
        "import circles, at module level / with lazy ones": " / ".join(map(str, circles)),
        "folders with a circle between their rooms": f"{len(package.find_room_circles())}",
    }


def format_table(columns: Mapping[str, Mapping[str, str]]) -> str:
    """Return the figures of several packages side by side, as a Markdown table."""
    head = ["", *columns]
    rows = [[row, *(column[row] for column in columns.values())] for row in _rows(columns)]
    return "\n".join(
        f"| {' | '.join(cells)} |" for cells in [head, ["---", *["--:"] * len(columns)], *rows]
    )


def _rows(columns: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    return next(iter(columns.values()))


def main(arguments: list[str]) -> None:
    folders = [Path(argument).resolve() for argument in arguments] or list(PACKAGES.values())
    print(format_table({folder.name: measure(read_package(folder)) for folder in folders}))


if __name__ == "__main__":
    main(sys.argv[1:])
