"""What an answer's body must be."""

import json
from collections.abc import Callable, Mapping

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.image_under_test import CSV
from local_test.conformance.harness.serving_container import ContainerResponse
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import CheckBlocked, expect, raise_not_applicable


@check(50, MUST, "Set the response's Content-Type to what the body is.")
def sets_content_type(session: Session) -> None:
    """The answer's Content-Type is what its body is, whatever was asked for."""
    responses = [
        session.response,
        *(session.shared_container.invoke(accept=kind) for kind in _FORMATS),
    ]
    for response in responses:
        looks = _FORMATS.get(response.media_type)
        if response.status == 200 and looks is not None:
            expect(looks(response.body), f"the body is no {response.media_type}: {response}")


@check(51, MUST, "Write one line a row, each with its line end; take CRLF and a missing last end.")
def rows_in_rows_out(session: Session) -> None:
    """In CSV there is a line out for a row in, with or without a last line end, and for CRLF."""
    expected = _request_csv(session)
    rows = len(session.subject.rows)
    pieces = expected.body.split(b"\n")
    expect(pieces[-1] == b"" or len(pieces) == rows, "the last line does not end as the others")
    lines = [line for line in pieces if line]
    expect(len(lines) == rows, f"{rows} rows in gave {len(lines)} lines out")
    joined = b"\n".join(row.rstrip(b"\r\n") for row in session.subject.rows)
    for how, body in (("without a last line end", joined), ("with CRLF", _to_crlf(joined))):
        response = session.shared_container.invoke(body, accept=CSV)
        expect(
            (response.status, response.body) == (200, expected.body),
            f"{how} the request gets {response}",
        )


@check(52, SHOULD, "Read CSV as RFC 4180 has it: quotes, and an empty field as a missing value.")
def quotes_and_gaps(session: Session) -> None:
    """In CSV a field in quotes is the field, and an empty one is answered or refused, no 5xx."""
    expected = _request_csv(session)
    cells = [row.rstrip(b"\r\n").split(b",") for row in session.subject.rows]
    if any(b'"' in cell for row in cells for cell in row):
        raise_not_applicable("the request has quotes of its own")
    quoted = b"".join(b",".join(b'"%s"' % cell for cell in row) + b"\n" for row in cells)
    response = session.shared_container.invoke(quoted, accept=CSV)
    expect(
        (response.status, response.body) == (200, expected.body),
        f"in quotes the request gets {response}",
    )
    gap = session.shared_container.invoke(b",".join([b"", *cells[0][1:]]) + b"\n", accept=CSV)
    expect(gap.status in {200, 400}, f"a row with an empty field gets {gap}")


@check(75, MUST, "Predict each row for itself, whatever stands beside it.")
def one_by_one(session: Session) -> None:
    """Rows asked one by one give the same lines as asked together."""
    expected = _request_csv(session)
    bodies = [session.shared_container.invoke(row, accept=CSV) for row in session.subject.rows]
    lines = [response.body.rstrip(b"\r\n") for response in bodies]
    expect(
        lines == expected.body.rstrip(b"\r\n").split(b"\n"),
        f"one by one the rows give {lines[:3]}, together {expected}",
    )


def _request_csv(session: Session) -> ContainerResponse:
    _ = session.response
    if session.subject.request_type.partition(";")[0].strip().lower() != CSV:
        raise_not_applicable("the request is not CSV")
    response = session.shared_container.invoke(accept=CSV)
    if response.status == 406:
        raise_not_applicable("it does not answer in CSV")
    if response.status != 200:
        raise CheckBlocked(f"asked for CSV, the request gets {response}")
    return response


def _to_crlf(body: bytes) -> bytes:
    return body.replace(b"\n", b"\r\n") + b"\r\n"


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _is_lines(body: bytes) -> bool:
    return all(_is_json(line) for line in body.splitlines())


def _is_csv(body: bytes) -> bool:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and not text.lstrip().startswith(("{", "<"))


_FORMATS: Mapping[str, Callable[[bytes], bool]] = {
    CSV: _is_csv,
    "application/json": _is_json,
    "application/jsonlines": _is_lines,
    "application/x-npy": lambda body: body.startswith(b"\x93NUMPY"),
    "application/x-parquet": lambda body: body.startswith(b"PAR1") and body.endswith(b"PAR1"),
}
