"""Create or update a pipeline, start it and wait for its end.

    python -m pipelines.run_pipeline --module-name pipelines.abalone.pipeline --role-arn ROLE
        --kwargs '{"data": "s3://bucket/raw"}' --parameters '{"Rounds": 100}'

The exit code is 0 when the execution succeeded, and 1 when it did not; the failed steps and their
reasons are printed.
"""

import argparse
import json
import logging
import sys
import time
import warnings
from collections.abc import Sequence
from typing import Any

from .definition import PipelineModuleError, load_pipeline

_RUNNING = {"Executing", "Stopping"}


def main(words: Sequence[str] | None = None) -> int:
    """Run the pipeline; return the exit code."""
    parser = argparse.ArgumentParser(description="Create or update a pipeline, and run it.")
    parser.add_argument("-n", "--module-name", required=True)
    parser.add_argument("-role-arn", "--role-arn", required=True)
    parser.add_argument("-kwargs", "--kwargs", default="{}", help="of get_pipeline, a JSON object")
    parser.add_argument("--parameters", default="{}", help="of the execution, a JSON object")
    parser.add_argument("-tags", "--tags", default="[]", help='[{"Key": ..., "Value": ...}]')
    parser.add_argument("-description", "--description")
    parser.add_argument("--poll", type=float, default=15, help="seconds between two looks")
    arguments = parser.parse_args(words)
    _silence_sdk()
    try:
        keywords = json.loads(arguments.kwargs) | {"role": arguments.role_arn}
        tags, parameters = json.loads(arguments.tags), json.loads(arguments.parameters)
        pipeline = load_pipeline(arguments.module_name, json.dumps(keywords))
    except (PipelineModuleError, ValueError, TypeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    pipeline.upsert(arguments.role_arn, description=arguments.description, tags=tags)
    execution = pipeline.start(parameters)
    print(f"started {execution.arn}", flush=True)
    return _follow(execution, arguments.poll)


def _silence_sdk() -> None:
    """Leave out the SDK's lines on its configuration, its version and names it leaves out."""
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("sagemaker").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="sagemaker")


def _follow(execution: Any, poll: float) -> int:
    """Print each step as it ends, and how the execution ended."""
    printed = set[str]()
    while True:
        described = execution.describe()
        for step in reversed(execution.list_steps()):
            if "EndTime" in step and step["StepName"] not in printed:
                printed.add(step["StepName"])
                reason = step.get("FailureReason", "")
                print(f"{step['StepName']}: {step['StepStatus']} {reason}".rstrip(), flush=True)
        status = described["PipelineExecutionStatus"]
        if status not in _RUNNING:
            print(f"{status} {described.get('FailureReason', '')}".rstrip(), flush=True)
            return 0 if status == "Succeeded" else 1
        time.sleep(poll)


if __name__ == "__main__":
    raise SystemExit(main())
