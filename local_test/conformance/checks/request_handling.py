"""What a server makes of requests: types, refusals, sizes, and many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.foreign_files import RAN_LINE, add_foreign_files
from local_test.conformance.harness.image_under_test import CSV
from local_test.conformance.harness.serving_container import ContainerResponse, ServingPlan
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import expect, raise_not_applicable
from local_test.errors import LocalError

_NO_TYPE = "application/x-surely-unknown"
_MARK = "marker4711"
_GARBAGE = f'{_MARK},"{_MARK}\n{{{_MARK}'.encode() + b"\x00\xff\xfe"
_LARGE = 6 * 1024 * 1024
_LONGEST_ERROR = 2048
_THREADS, _REQUESTS = 8, 40
_DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
_ANSWERS = ("application/json", CSV, "application/jsonlines", "application/x-npy")


@check(45, MUST, "Compare Content-Type in small letters without parameters; default it.")
def content_types(session: Session) -> None:
    """Content-Type may have capitals, spaces and parameters, and a request may lack it."""
    kind = session.subject.request_type
    for written in (kind.upper(), f"{kind} ; charset=utf-8", f"{kind};charset=UTF-8"):
        _expect_same(
            session,
            session.shared_container.invoke(content_type=written),
            f"with Content-Type {written!r}",
        )
    response = session.shared_container.invoke(content_type=None)
    expect(_is_below_500(response), f"without a Content-Type the request gets {response}")


@check(46, MUST, f"Parse Accept with its q-values; */* and none mean {_DEFAULT_ACCEPT}.")
def accepts(session: Session) -> None:
    """Accept may be */*, a list with q-values, or absent, which then means the default."""
    kind = session.response.media_type
    listed = f"{_NO_TYPE};q=0.9, {kind};q=0.5, */*;q=0.1"
    for accept in ("*/*", kind, listed):
        _expect_same(
            session, session.shared_container.invoke(accept=accept), f"with Accept {accept!r}"
        )
    other = next(
        (
            k
            for k in _ANSWERS
            if k != kind and session.shared_container.invoke(accept=k).status == 200
        ),
        None,
    )
    if other is None:
        return
    with session.serve(ServingPlan(environment={_DEFAULT_ACCEPT: other})) as server:
        response = server.invoke()
    expect(
        response.media_type == other,
        f"with {_DEFAULT_ACCEPT}={other} it answers {response.media_type}",
    )


@check(47, MUST, "Answer 415, 406, 400, 404 and 405, each with a sentence.")
def refusals(session: Session) -> None:
    """Unknown types, broken bodies, unknown paths and methods get the status meant for them."""
    _ = session.response
    ask = session.shared_container.invoke
    responses = [
        (415, "an unknown Content-Type", ask(content_type=_NO_TYPE)),
        (406, "an unknown Accept", ask(accept=_NO_TYPE)),
        (400, "a body that is none", ask(_GARBAGE)),
        (404, "an unknown path", ask(path="/surely-no-such-path")),
        (405, "GET /invocations", session.shared_container.get("/invocations")),
    ]
    wrong = [
        f"{what} gets {response} instead of {status}"
        for status, what, response in responses
        if response.status != status
    ]
    expect(not wrong, "; ".join(wrong))


@check(48, MUST, "Refuse an empty body with 400, or answer it with no rows; document which.")
def empty_body(session: Session) -> None:
    """An empty body gets one and the same status, below 500."""
    _ = session.response
    first, second = session.shared_container.invoke(b""), session.shared_container.invoke(b"")
    expect(_is_below_500(first), f"an empty body gets {first}")
    expect(first.status == second.status, f"an empty body gets {first}, then {second}")


@check(49, MUST, "Ignore headers you do not know.")
def unknown_headers(session: Session) -> None:
    """Headers it does not know change nothing."""
    headers = {
        "X-Amzn-SageMaker-Custom-Attributes": "trace=4711",
        "X-Surely-Unknown": _MARK,
        "X-Forwarded-For": "10.0.0.1",
    }
    _expect_same(
        session, session.shared_container.invoke(headers=headers), "with headers it does not know"
    )


@check(53, MUST, "Take bodies of 6 MB, and bodies sent in chunks without a length.")
def sizes(session: Session) -> None:
    """A body of 6 MB is answered, and one that is sent in chunks without its length."""
    _ = session.response

    def chunks() -> Iterator[bytes]:
        body = session.subject.request
        half = len(body) // 2
        yield body[:half]
        yield body[half:]

    _expect_same(session, session.shared_container.invoke(chunks()), "sent in chunks")
    if session.subject.has_line_records:
        response = session.shared_container.invoke(session.subject.repeat_lines(_LARGE))
        expect(response.status == 200, f"a body of 6 MB gets {response}")


@check(54, SHOULD, "Write one sentence; keep stack traces and data for the log.")
def error_bodies(session: Session) -> None:
    """The body of an error is short, shows no stack trace, and does not repeat the data."""
    _ = session.response
    for response in (
        session.shared_container.invoke(_GARBAGE),
        session.shared_container.invoke(content_type=_NO_TYPE),
    ):
        if response.status == 200:
            continue
        text = response.body.decode(errors="replace")
        expect(text.strip(), f"status {response.status} comes without a word")
        expect(len(text) <= _LONGEST_ERROR, f"an error has {len(text)} characters")
        expect("Traceback" not in text, f"an error shows a stack trace: {text[:80]!r}")
        expect(_MARK not in text, f"an error repeats the data: {text[:120]!r}")


@check(55, MUST, "Share nothing between requests that one of them changes.")
def parallel(session: Session) -> None:
    """Requests at the same time get the answers they get one after the other."""
    _ = session.response
    subject = session.subject
    bodies = subject.rows if subject.has_line_records else [subject.request]
    alone = [session.shared_container.invoke(body) for body in bodies]
    expect(
        all(response.status == 200 for response in alone),
        "a single record is not answered with 200",
    )
    indices = [index % len(bodies) for index in range(_REQUESTS)]
    with ThreadPoolExecutor(_THREADS) as pool:
        responses = list(
            pool.map(lambda index: session.shared_container.invoke(bodies[index]), indices)
        )
    for index, response in zip(indices, responses, strict=True):
        expect(
            (response.status, response.body) == (200, alone[index].body),
            f"asked at the same time as others, a record gets {response}; alone {alone[index]}",
        )


@check(60, MUST, "Load your own format by name, never a pickle, and run no code you find.")
def foreign_files(session: Session) -> None:
    """Foreign files in the model folder are neither run nor unpickled."""
    _ = session.response
    try:
        with session.serve(ServingPlan(variants=(add_foreign_files,))) as server:
            response = server.invoke()
    except LocalError:
        raise_not_applicable("it refuses a model folder with foreign files, which is safe")
    expect(RAN_LINE not in server.log.to_text(), "a foreign file of the model folder was run")
    expect(
        response.status == 200,
        f"with foreign files in the model folder the request gets {response}",
    )


def _is_below_500(response: ContainerResponse) -> bool:
    return 0 < response.status < 500


def _expect_same(session: Session, response: ContainerResponse, how: str) -> None:
    expected = session.response
    expect(response.status == 200, f"{how} the request gets {response}")
    expect(
        response.body == expected.body, f"{how} the answer is another: {response}, else {expected}"
    )
