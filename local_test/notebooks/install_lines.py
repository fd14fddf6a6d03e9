"""Lines of a cell that install packages, replaced by lines that say that they are skipped."""

import re
import shlex

_PREFIX = r"(?:sudo\s+)?(?:(?:\{?sys\.executable\}?|[\w./-]*python[\d.]*)\s+-m\s+)?"
_INSTALL = re.compile(
    rf"{_PREFIX}(?:pip[\d.]*|conda|mamba|uv\s+pip|apt(?:-get)?|yum)\s+(?:-\S+\s+)*"
    r"(?:install|uninstall|remove|update|upgrade)\b.*",
    re.DOTALL,
)
_SHELL = re.compile(r"(?P<lead>\s*(?:[\w, ]+=\s*)?!+)(?P<command>.*)", re.DOTALL)
_MAGIC = re.compile(r"(?P<lead>\s*)%?(?P<command>(?:pip|conda|mamba|uv)\s.*)", re.DOTALL)
_JOINT = re.compile(r"(\s*(?:&&|\|\||;)\s*)")
_CELL_MAGIC = re.compile(r"\s*%%(\w+|!)")
_SHELL_CELLS = {"bash", "sh", "script", "system", "sx", "!"}
_PYTHON_CELLS = {"capture", "time", "timeit", "prun"}
_NOTICE = "skipped (--skip-installs): "


def skip_installs(source: str) -> str:
    """Return a cell's source in which pip, conda and apt install nothing.

    Cells that another program reads, such as those of `%%writefile`, stay as they are.
    """
    magic = _CELL_MAGIC.match(source)
    if magic is None or magic[1] in _PYTHON_CELLS:
        return _replace_lines(source, python=True)
    return _replace_lines(source, python=False) if magic[1] in _SHELL_CELLS else source


def _replace_lines(source: str, *, python: bool) -> str:
    replace = _replace_in_python if python else _replace_in_shell
    return "\n".join(replace(line) for line in _join_continued(source))


def _join_continued(source: str) -> list[str]:
    """Split at line ends, but for those behind a backslash."""
    lines: list[str] = []
    continued = False
    for line in source.split("\n"):
        if continued:
            lines[-1] += f"\n{line}"
        else:
            lines.append(line)
        continued = line.endswith("\\")
    return lines


def _replace_in_python(line: str) -> str:
    if (shell := _SHELL.fullmatch(line)) is not None:
        return f"{shell['lead']}{_replace_in_shell(shell['command'])}"
    if (magic := _MAGIC.fullmatch(line)) is not None and _INSTALL.fullmatch(magic["command"]):
        return f"{magic['lead']}print({_NOTICE + _flatten(magic['command'])!r})"
    return line


def _replace_in_shell(line: str) -> str:
    return "".join(_replace_command(part) for part in _JOINT.split(line))


def _replace_command(command: str) -> str:
    bare = command.strip()
    if not _INSTALL.fullmatch(bare):
        return command
    indent = command[: len(command) - len(command.lstrip())]
    return f"{indent}echo {shlex.quote(_NOTICE + _flatten(bare))}"


def _flatten(command: str) -> str:
    return re.sub(r"\s*\\\n\s*", " ", command)
