"""Notebook files: read with one sentence for what is wrong, written atomically."""

import tempfile
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from local_test.errors import UserError

_VERSION = 4


def read_notebook(path: Path) -> NotebookNode:
    """Return a notebook in version 4 of the format. Raises UserError when the file is none."""
    try:
        text = path.read_text(encoding="utf-8")
        notebook: NotebookNode = nbformat.reads(  # type: ignore[no-untyped-call]
            text, as_version=_VERSION
        )
        nbformat.validate(notebook)
    except OSError as error:
        raise UserError(
            f"the notebook cannot be read: {path}: {error.strerror}", "name an .ipynb file"
        ) from error
    except (nbformat.ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(getattr(error, "message", error)).strip().split("\n")[0][:200]
        raise UserError(f"no Jupyter notebook: {path}: {reason}", "name an .ipynb file") from error
    return notebook


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook to a file, all of it or nothing. Raises OSError when the disk refuses."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            nbformat.write(notebook, file)  # type: ignore[no-untyped-call]
            file.flush()
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)  # it is still there when writing failed


def list_code_cells(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """Return the code cells that are not empty, each with its index among all cells."""
    return [
        (index, cell)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]
