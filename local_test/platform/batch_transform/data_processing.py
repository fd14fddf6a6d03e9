"""Input filter, join and output filter of a batch transform, record by record.

Source: API, DataProcessing; Developer Guide, 'Associate Prediction Results with Input Records'.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local_test.errors import UserError
from local_test.platform.batch_transform.json_path import JsonPath, parse_json_path

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
_INPUT, _OUTPUT = "SageMakerInput", "SageMakerOutput"


@dataclass(frozen=True)
class DataProcessing:
    """DataProcessing of a transform job; the defaults change nothing.

    `lines`: each line is a record; otherwise a JSON object is one record.
    """

    input_filter: str = "$"
    join: bool = False
    output_filter: str = "$"
    kind: str = CSV
    lines: bool = True

    @property
    def changes_nothing(self) -> bool:
        """Return whether requests and responses pass unchanged."""
        return self == DataProcessing(kind=self.kind, lines=self.lines)

    def check(self, accept: str | None, *, assembled: bool) -> None:
        """Raise UserError when SageMaker would reject the filters or the join."""
        self._paths  # noqa: B018 - read, and refused where they are none
        if self.changes_nothing:
            return
        if self.kind not in {CSV, JSON, JSON_LINES}:
            raise UserError(
                f"records of type {self.kind!r} can be neither filtered nor joined",
                f"give the content type {CSV}, {JSON} or {JSON_LINES}",
            )
        if self.kind != JSON and not self.lines:
            raise UserError("filters need records", "split by lines")
        if self.join and parse_media_type(accept) not in {"", self.kind}:
            raise UserError(f"{accept} cannot be joined with {self.kind}", "accept what is sent")
        if self.join and assembled != self.lines:
            raise UserError("what is joined is split and assembled alike", "give both, or neither")

    def filter_input(self, body: bytes) -> bytes:
        """Return the body to send: the records after the input filter."""
        before, _ = self._paths
        if not before.selectors:
            return body
        return self._format_records([before.find(record) for record in self._parse_records(body)])

    def process_output(self, body: bytes, output: bytes) -> bytes:
        """Return the output for some records: joined with the input if asked for, then filtered.

        `body` has the records before the input filter. Raises UserError when the number of outputs
        differs from that of records, or a filter matches nothing.
        """
        _, after = self._paths
        if not (self.join or after.selectors):
            return output
        outputs = self._parse_records(output)
        if self.join:
            outputs = self._join_records(self._parse_records(body), outputs)
        return self._format_records([after.find(record) for record in outputs])

    @cached_property
    def _paths(self) -> tuple[JsonPath, JsonPath]:
        return parse_json_path(self.input_filter), parse_json_path(self.output_filter)

    def _join_records(self, records: Sequence[Any], outputs: Sequence[Any]) -> list[Any]:
        if len(records) != len(outputs):
            raise UserError(
                f"{len(outputs)} answers came for {len(records)} records, which cannot be joined",
                "let the container give one answer a record",
            )
        return [self._join_pair(*pair) for pair in zip(records, outputs, strict=True)]

    def _join_pair(self, record: Any, output: Any) -> Any:
        if self.kind == CSV:
            return [*record, *output]
        if not isinstance(record, dict):
            return {_INPUT: record, _OUTPUT: output}
        if _OUTPUT in record:
            raise UserError(f"a record has the key {_OUTPUT} already", "name it otherwise")
        return record | {_OUTPUT: output}

    def _parse_records(self, body: bytes) -> list[Any]:
        try:
            text = body.decode()
            if self.kind == CSV:
                return list(csv.reader(io.StringIO(text), strict=True))
            return [json.loads(part) for part in (text.splitlines() if self.lines else [text])]
        except (ValueError, csv.Error) as error:
            raise UserError(f"records are no {self.kind}: {error}") from error

    def _format_records(self, records: Sequence[Any]) -> bytes:
        if self.kind == CSV:
            text = io.StringIO()
            rows = [record if isinstance(record, list) else [record] for record in records]
            csv.writer(text, lineterminator="\n").writerows(rows)
            return text.getvalue().encode()
        end = "\n" if self.lines else ""
        return "".join(f"{json.dumps(record)}{end}" for record in records).encode()


def parse_media_type(content_type: str | None) -> str:
    """Return a content type in lower case, without its parameters."""
    return (content_type or "").partition(";")[0].strip().lower()
