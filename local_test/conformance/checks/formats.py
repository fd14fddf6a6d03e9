"""What an answer's body must be."""

import json
from collections.abc import Callable, Mapping

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.image_under_test import CSV
from local_test.conformance.harness.serving_container import Reply
from local_test.conformance.harness.session import Bench
from local_test.conformance.outcomes import Blocked, expect, inapplicable


@check(50, MUST, "Set the response's Content-Type to what the body is.")
def says_what_it_is(bench: Bench) -> None:
    """The answer's Content-Type is what its body is, whatever was asked for."""
    replies = [bench.answer, *(bench.served.ask(accept=kind) for kind in _FORMATS)]
    for reply in replies:
        looks = _FORMATS.get(reply.content_type)
        if reply.status == 200 and looks is not None:
            expect(looks(reply.body), f"the body is no {reply.content_type}: {reply}")


@check(51, MUST, "Write one line a row, each with its line end; take CRLF and a missing last end.")
def rows_in_rows_out(bench: Bench) -> None:
    """In CSV there is a line out for a row in, with or without a last line end, and for CRLF."""
    wanted = _as_csv(bench)
    rows = len(bench.subject.rows)
    found = wanted.body.split(b"\n")
    expect(found[-1] == b"" or len(found) == rows, "the last line does not end as the others")
    lines = [line for line in found if line]
    expect(len(lines) == rows, f"{rows} rows in gave {len(lines)} lines out")
    joined = b"\n".join(row.rstrip(b"\r\n") for row in bench.subject.rows)
    for how, body in (("without a last line end", joined), ("with CRLF", _crlf(joined))):
        reply = bench.served.ask(body, accept=CSV)
        expect((reply.status, reply.body) == (200, wanted.body), f"{how} the request gets {reply}")


@check(52, SHOULD, "Read CSV as RFC 4180 has it: quotes, and an empty field as a missing value.")
def quotes_and_gaps(bench: Bench) -> None:
    """In CSV a field in quotes is the field, and an empty one is answered or refused, no 5xx."""
    wanted = _as_csv(bench)
    cells = [row.rstrip(b"\r\n").split(b",") for row in bench.subject.rows]
    if any(b'"' in cell for row in cells for cell in row):
        inapplicable("the request has quotes of its own")
    quoted = b"".join(b",".join(b'"%s"' % cell for cell in row) + b"\n" for row in cells)
    reply = bench.served.ask(quoted, accept=CSV)
    expect((reply.status, reply.body) == (200, wanted.body), f"in quotes the request gets {reply}")
    gap = bench.served.ask(b",".join([b"", *cells[0][1:]]) + b"\n", accept=CSV)
    expect(gap.status in {200, 400}, f"a row with an empty field gets {gap}")


@check(75, MUST, "Predict each row for itself, whatever stands beside it.")
def one_by_one(bench: Bench) -> None:
    """Rows asked one by one give the same lines as asked together."""
    wanted = _as_csv(bench)
    bodies = [bench.served.ask(row, accept=CSV) for row in bench.subject.rows]
    lines = [reply.body.rstrip(b"\r\n") for reply in bodies]
    expect(
        lines == wanted.body.rstrip(b"\r\n").split(b"\n"),
        f"one by one the rows give {lines[:3]}, together {wanted}",
    )


def _as_csv(bench: Bench) -> Reply:
    _ = bench.answer
    if bench.subject.request_type.partition(";")[0].strip().lower() != CSV:
        inapplicable("the request is not CSV")
    reply = bench.served.ask(accept=CSV)
    if reply.status == 406:
        inapplicable("it does not answer in CSV")
    if reply.status != 200:
        raise Blocked(f"asked for CSV, the request gets {reply}")
    return reply


def _crlf(body: bytes) -> bytes:
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
