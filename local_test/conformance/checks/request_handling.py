"""What a server makes of requests: types, refusals, sizes, and many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.foreign_files import RAN, foreign
from local_test.conformance.harness.image_under_test import CSV
from local_test.conformance.harness.serving_container import Hosting, Reply
from local_test.conformance.harness.session import Bench
from local_test.conformance.outcomes import expect, inapplicable
from local_test.errors import LocalError

_NO_TYPE = "application/x-surely-unknown"
_MARK = "marker4711"
_GARBAGE = f'{_MARK},"{_MARK}\n{{{_MARK}'.encode() + b"\x00\xff\xfe"
_LARGE = 6 * 1024 * 1024
_LONGEST_ERROR = 2048
_THREADS, _ASKED = 8, 40
_DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
_ANSWERS = ("application/json", CSV, "application/jsonlines", "application/x-npy")


@check(45, MUST, "Compare Content-Type in small letters without parameters; default it.")
def content_types(bench: Bench) -> None:
    """Content-Type may have capitals, spaces and parameters, and a request may lack it."""
    kind = bench.subject.request_type
    for dressed in (kind.upper(), f"{kind} ; charset=utf-8", f"{kind};charset=UTF-8"):
        _same(bench, bench.served.ask(content_type=dressed), f"with Content-Type {dressed!r}")
    reply = bench.served.ask(content_type=None)
    expect(_answered(reply), f"without a Content-Type the request gets {reply}")


@check(46, MUST, f"Parse Accept with its q-values; */* and none mean {_DEFAULT_ACCEPT}.")
def accepts(bench: Bench) -> None:
    """Accept may be */*, a list with q-values, or absent, which then means the default."""
    kind = bench.answer.content_type
    listed = f"{_NO_TYPE};q=0.9, {kind};q=0.5, */*;q=0.1"
    for accept in ("*/*", kind, listed):
        _same(bench, bench.served.ask(accept=accept), f"with Accept {accept!r}")
    other = next(
        (k for k in _ANSWERS if k != kind and bench.served.ask(accept=k).status == 200), None
    )
    if other is None:
        return
    with bench.hosting(Hosting(environment={_DEFAULT_ACCEPT: other})) as served:
        reply = served.ask()
    expect(
        reply.content_type == other,
        f"with {_DEFAULT_ACCEPT}={other} it answers {reply.content_type}",
    )


@check(47, MUST, "Answer 415, 406, 400, 404 and 405, each with a sentence.")
def refusals(bench: Bench) -> None:
    """Unknown types, broken bodies, unknown paths and methods get the status meant for them."""
    _ = bench.answer
    ask = bench.served.ask
    told = [
        (415, "a Content-Type nobody knows", ask(content_type=_NO_TYPE)),
        (406, "an Accept nobody knows", ask(accept=_NO_TYPE)),
        (400, "a body that is none", ask(_GARBAGE)),
        (404, "a path nobody knows", ask(path="/surely-no-such-path")),
        (405, "GET /invocations", bench.served.get("/invocations")),
    ]
    wrong = [
        f"{what} gets {reply} instead of {status}"
        for status, what, reply in told
        if reply.status != status
    ]
    expect(not wrong, "; ".join(wrong))


@check(48, MUST, "Refuse an empty body with 400, or answer it with no rows; document which.")
def empty_body(bench: Bench) -> None:
    """An empty body gets one and the same status, below 500."""
    _ = bench.answer
    first, second = bench.served.ask(b""), bench.served.ask(b"")
    expect(_answered(first), f"an empty body gets {first}")
    expect(first.status == second.status, f"an empty body gets {first}, then {second}")


@check(49, MUST, "Ignore headers you do not know.")
def unknown_headers(bench: Bench) -> None:
    """Headers it does not know change nothing."""
    headers = {
        "X-Amzn-SageMaker-Custom-Attributes": "trace=4711",
        "X-Surely-Unknown": _MARK,
        "X-Forwarded-For": "10.0.0.1",
    }
    _same(bench, bench.served.ask(headers=headers), "with headers it does not know")


@check(53, MUST, "Take bodies of 6 MB, and bodies sent in chunks without a length.")
def sizes(bench: Bench) -> None:
    """A body of 6 MB is answered, and one that is sent in chunks without its length."""
    _ = bench.answer

    def chunks() -> Iterator[bytes]:
        body = bench.subject.request
        half = len(body) // 2
        yield body[:half]
        yield body[half:]

    _same(bench, bench.served.ask(chunks()), "sent in chunks")
    if bench.subject.lined:
        reply = bench.served.ask(bench.subject.many(_LARGE))
        expect(reply.status == 200, f"a body of 6 MB gets {reply}")


@check(54, SHOULD, "Write one sentence; keep stack traces and data for the log.")
def error_bodies(bench: Bench) -> None:
    """The body of an error is short, shows no stack trace, and does not repeat the data."""
    _ = bench.answer
    for reply in (bench.served.ask(_GARBAGE), bench.served.ask(content_type=_NO_TYPE)):
        if reply.status == 200:
            continue
        text = reply.body.decode(errors="replace")
        expect(text.strip(), f"status {reply.status} comes without a word")
        expect(len(text) <= _LONGEST_ERROR, f"an error has {len(text)} characters")
        expect("Traceback" not in text, f"an error shows a stack trace: {text[:80]!r}")
        expect(_MARK not in text, f"an error repeats the data: {text[:120]!r}")


@check(55, MUST, "Share nothing between requests that one of them changes.")
def parallel(bench: Bench) -> None:
    """Requests at the same time get the answers they get one after the other."""
    _ = bench.answer
    subject = bench.subject
    bodies = subject.rows if subject.lined else [subject.request]
    alone = [bench.served.ask(body) for body in bodies]
    expect(all(reply.status == 200 for reply in alone), "a single record is not answered with 200")
    asked = [index % len(bodies) for index in range(_ASKED)]
    with ThreadPoolExecutor(_THREADS) as pool:
        replies = list(pool.map(lambda index: bench.served.ask(bodies[index]), asked))
    for index, reply in zip(asked, replies, strict=True):
        expect(
            (reply.status, reply.body) == (200, alone[index].body),
            f"asked at the same time as others, a record gets {reply}; alone {alone[index]}",
        )


@check(60, MUST, "Load your own format by name, never a pickle, and run no code you find.")
def foreign_files(bench: Bench) -> None:
    """Foreign files in the model folder are neither run nor unpickled."""
    _ = bench.answer
    try:
        with bench.hosting(Hosting(odd=(foreign,))) as served:
            reply = served.ask()
    except LocalError:
        inapplicable("it refuses a model folder with foreign files, which is safe")
    expect(RAN not in served.log.text(), "a foreign file of the model folder was run")
    expect(reply.status == 200, f"with foreign files in the model folder the request gets {reply}")


def _answered(reply: Reply) -> bool:
    return 0 < reply.status < 500


def _same(bench: Bench, reply: Reply, how: str) -> None:
    wanted = bench.answer
    expect(reply.status == 200, f"{how} the request gets {reply}")
    expect(reply.body == wanted.body, f"{how} the answer is another: {reply}, else {wanted}")
