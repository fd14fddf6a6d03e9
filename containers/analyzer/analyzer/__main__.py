"""The program `tandem-analyzer`: a job of Model Monitor or of Clarify, or the explainer server."""

from __future__ import annotations

import sys

from analyzer.job import run_job
from tandem import logs
from tandem._version import __version__
from tandem.contract import settings

_USAGE = """usage: tandem-analyzer [serve]

Runs the processing job that the environment and /opt/ml/processing describe:
  Model Monitor   dataset_source, dataset_format, output_path, analysis_type, ...
  SageMaker Clarify   /opt/ml/processing/input/config/analysis_config.json

serve: explains requests of an endpoint, beside the containers of its model
"""


def main() -> int:
    """Run the job or the server, or print the help page or the version."""
    words = sys.argv[1:]
    if not words:
        return run_job()
    if words == ["serve"]:
        settings.limit_to_one_thread()
        from analyzer.online.service import serve

        return serve()
    if words == ["--version"]:
        logs.write_line(f"analyzer {__version__}")
        return 0
    if words[0] in {"-h", "--help"}:
        logs.write_line(_USAGE.rstrip())
        return 0
    sys.stderr.write(_USAGE)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
