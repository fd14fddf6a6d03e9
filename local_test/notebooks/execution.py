"""The execution of a notebook: one kernel, cell after cell, in a process of its own.

`python -m local_test.notebooks REQUEST` reads a request (JSON) and ends with 0 if all cells are ok,
1 if one is not, and 128 + N after signal N. The kernel gets the variables of the request; this
process keeps its own.
"""

import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelManager  # type: ignore[attr-defined]
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.notebooknode import NotebookNode

from local_test import output
from local_test.errors import UserError
from local_test.notebooks.install_lines import skip_installs
from local_test.notebooks.kernels import FixedKernelSpecs, KernelChoice
from local_test.notebooks.notebook_file import list_code_cells, read_notebook, write_notebook
from local_test.notebooks.report import (
    CellResult,
    CellStatus,
    NotebookReport,
    find_first_line,
    format_traceback,
)

_STARTUP_SECONDS = 120
# The path of a Unix socket has at most 107 bytes; jupyter_client appends `kernel-ipc-N`.
_LONGEST_SOCKET_FOLDER = 90
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class ExecutionRequest:
    """A notebook to run, and how.

    `command` starts the kernel, with `variables` as its whole environment. `cell_timeout` is in
    seconds, None for no limit. `output` is the file of the executed notebook, None for none.
    """

    notebook: str
    output: str | None
    kernel: str
    command: list[str]
    variables: dict[str, str]
    cell_timeout: float | None
    allow_errors: bool
    skip_installs: bool
    quiet: bool
    as_json: bool

    def write(self, path: Path) -> None:
        """Write the request to a file of its owner."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "ExecutionRequest":
        """Read a request."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


class Execution:
    """The run of one notebook; `folder` is private, for the sockets of its kernel."""

    def __init__(self, request: ExecutionRequest, folder: Path) -> None:
        self._request = request
        self._path = Path(request.notebook)
        self.notebook = read_notebook(self._path)
        self._cells = list_code_cells(self.notebook)
        self.report = NotebookReport(request.notebook, request.kernel, len(self._cells))
        self.signal = 0
        choice = KernelChoice(request.kernel, request.command)
        self._client = NotebookClient(
            self.notebook,
            km=AsyncKernelManager(
                kernel_name=request.kernel,
                kernel_spec_manager=FixedKernelSpecs(choice),
                connection_file=str(folder / "kernel"),
                transport="ipc" if len(bytes(folder)) < _LONGEST_SOCKET_FOLDER else "tcp",
            ),
            timeout_func=lambda _: request.cell_timeout,
            startup_timeout=_STARTUP_SECONDS,
            allow_errors=False,
        )

    async def run(self) -> None:
        """Start the kernel, run the cells, and end the kernel.

        Raises UserError when the kernel does not start.
        """
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            self.signal = number
            if task is not None:
                task.cancel()

        for number in _SIGNALS:
            loop.add_signal_handler(number, stop, number)
        try:
            await self._start_kernel()
            await self._run_cells()
        except asyncio.CancelledError:
            if not self.signal:
                raise
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)
            await self._stop_kernel()

    async def _start_kernel(self) -> None:
        try:
            await self._client.async_start_new_kernel(
                env=self._request.variables, cwd=str(self._path.parent)
            )
            await self._client.async_start_new_kernel_client()
        except (OSError, RuntimeError) as error:
            raise UserError(
                f"the kernel does not start: {self._request.kernel}: {error}",
                "choose another one with --kernel or --python",
            ) from error

    async def _stop_kernel(self) -> None:
        if self._client.kc is not None:
            self._client.kc.stop_channels()
        if self._client.km is not None and self._client.km.has_kernel:
            await self._client.km.shutdown_kernel(now=True)  # type: ignore[misc]

    async def _run_cells(self) -> None:
        going_on = True
        for number, (index, cell) in enumerate(self._cells, start=1):
            first = find_first_line(cell.source)
            if not going_on:
                self.report.cells.append(CellResult(number, first, "not run"))
                continue
            started = time.monotonic()
            status, error = await self._run_cell(index, cell)
            result = CellResult(number, first, status, round(time.monotonic() - started, 3), error)
            self.report.cells.append(result)
            self._print_cell(result, cell)
            going_on = status == "ok" or (status == "error" and self._request.allow_errors)

    async def _run_cell(self, index: int, cell: NotebookNode) -> tuple[CellStatus, str]:
        source = cell.source
        if self._request.skip_installs:
            cell.source = skip_installs(source)
        try:
            await self._client.async_execute_cell(cell, index)
        except CellExecutionError as error:
            return "error", f"{error.ename}: {error.evalue}"
        except CellTimeoutError:
            return "timeout", (
                f"the cell took longer than {self._request.cell_timeout:g} s. "
                "Allow more with --cell-timeout."
            )
        except DeadKernelError:  # nbclient's answer to a cancelled task too
            if self.signal:
                return "interrupted", f"signal {self.signal}"
            return "dead kernel", "the kernel ended while it ran the cell."
        finally:
            cell.source = source
        return "ok", ""

    def _print_cell(self, result: CellResult, cell: NotebookNode) -> None:
        output.report_progress(self.report.format_cell(result))
        if result.status == "ok":
            return
        traces = [item.traceback for item in cell.outputs if item.output_type == "error"]
        text = format_traceback(traces[-1]) if traces else f"  {result.error}"
        print(text, file=sys.stderr, flush=True)


def execute(request: ExecutionRequest, folder: Path) -> int:
    """Run a request, print a line a cell, and write the executed notebook.

    `folder` is private. Returns the exit code. Raises UserError when the kernel does not start.
    """
    execution = Execution(request, folder)
    try:
        with suppress(asyncio.CancelledError):
            asyncio.run(execution.run())
    finally:
        if request.output is not None and execution.report.cells:
            write_notebook(execution.notebook, Path(request.output))
    report = execution.report
    output.print_answer(report.describe(request.output), [report.format_summary()])
    if execution.signal:
        return 128 + execution.signal
    return 0 if report.succeeded else 1


def main(arguments: list[Any]) -> int:
    """Run the request in a file; print a failure as one sentence."""
    path = Path(arguments[0])
    request = ExecutionRequest.read(path)
    with output.use_output(quiet=request.quiet, as_json=request.as_json):
        try:
            return execute(request, path.parent)
        except UserError as error:
            return _report_error(str(error))
        except OSError as error:
            return _report_error(f"the executed notebook cannot be written: {error}")


def _report_error(sentence: str) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    output.print_error(sentence, 1)
    return 1
