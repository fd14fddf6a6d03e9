"""Print the definition of a pipeline, without creating it.

    python -m pipelines.get_pipeline_definition --module-name pipelines.abalone.pipeline
        --kwargs '{"role": "arn:aws:iam::111122223333:role/sagemaker"}'

The keyword arguments are those of the module's `get_pipeline`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .definition import PipelineModuleError, load_pipeline


def main(words: Sequence[str] | None = None) -> int:
    """Print or write the definition; return the exit code."""
    parser = argparse.ArgumentParser(description="Print the definition of a pipeline.")
    parser.add_argument("-n", "--module-name", required=True)
    parser.add_argument("-kwargs", "--kwargs", default="{}", help="a JSON object")
    parser.add_argument("-f", "--file-name", type=Path, help="write it there instead")
    arguments = parser.parse_args(words)
    try:
        pipeline = load_pipeline(arguments.module_name, arguments.kwargs)
    except PipelineModuleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    text = json.dumps(json.loads(pipeline.definition()), indent=2) + "\n"
    if arguments.file_name:
        arguments.file_name.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
