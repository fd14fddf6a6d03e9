"""What an image owes its neighbours in a pipeline: the one before it and the one behind it."""

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.image_under_test import CSV
from local_test.conformance.harness.listeners import ports
from local_test.conformance.harness.serving_container import Hosting, Reply
from local_test.conformance.harness.session import Bench
from local_test.conformance.outcomes import Blocked, Failed, expect, inapplicable
from local_test.endpoints.stage import BIND_LABEL
from local_test.platform.limits import SAFE_PORT_RANGE

_NEXT = "--next"
_KINDS = (CSV, "application/json", "application/jsonlines", "application/x-npy")
_NO_TYPE = "application/x-surely-unknown"
_GARBAGE = b'marker4711,"\n{\x00\xff\xfe'


@check(62, MUST, "Open no second port, or one of SAGEMAKER_SAFE_PORT_RANGE.")
def no_other_port(bench: Bench) -> None:
    """In a pipeline it listens at its port, and otherwise in SAGEMAKER_SAFE_PORT_RANGE alone."""
    _ = bench.answer
    with bench.hosting(Hosting(listeners=2)) as served:
        pid = served.container.pid
        found = set() if pid is None else ports(pid)
        own = served.port
    if own not in found:
        inapplicable("its sockets cannot be seen from here")
    low, high = (int(part) for part in SAFE_PORT_RANGE.split("-"))
    strange = sorted(port for port in found - {own} if not low <= port <= high)
    expect(not strange, f"beside port {own} it listens at {', '.join(map(str, strange))}")


@check(63, MUST, "Share nothing on one host but /tmp: no fixed port, no name.", needs=_NEXT)
def beside_each_other(bench: Bench) -> None:
    """Both images get well in one network, each at its own port."""
    try:
        _ = bench.pipeline
    except Blocked as error:
        raise Failed(str(error)) from error


@check(64, MUST, "Read the types the image before you writes, charset or not.", needs=_NEXT)
def literal_types(bench: Bench) -> None:
    """The next takes the first one's answer with the very Content-Type, and with a charset."""
    for reply in _answers(bench):
        kinds = [reply.literal_type]
        if reply.content_type.startswith("text/") and "charset" not in reply.literal_type:
            kinds.append(f"{reply.literal_type}; charset=utf-8")
        for kind in kinds:
            taken = bench.behind.served.ask(reply.body, kind)
            expect(taken.status == 200, f"the first one's answer as {kind!r} gets {taken}")


@check(65, MUST, "Without Accept, answer in a type the next container reads.", needs=_NEXT)
def default_type(bench: Bench) -> None:
    """What the first answers without an Accept is what the next reads."""
    taken = _passed_on(bench, bench.answer)
    kind = bench.answer.literal_type
    expect(taken.status == 200, f"without Accept the first answers {kind!r}, which gets {taken}")


@check(66, MUST, "Answer what Accept asks for, as the last container too.", needs=_NEXT)
def accept_is_the_lasts(bench: Bench) -> None:
    """The client's Accept decides the last container's answer, and no other one's."""
    seen = 0
    for kind in _KINDS:
        by_hand = _passed_on(bench, bench.answer, kind)
        if by_hand.status != 200:
            continue
        seen += 1
        answer = bench.pipeline.invoke(bench.subject.request, bench.subject.request_type, kind)
        told = (answer.content_type or "").partition(";")[0].strip().lower()
        expect(
            (answer.ok, told, answer.body) == (True, by_hand.content_type, by_hand.body),
            f"asked for {kind}, the pipeline answers {answer.error or told}, by hand {by_hand}",
        )
    if not seen:
        inapplicable("the next answers in none of the types tried")


@check(67, MUST, "Refuse with a status of 400 or above, never with a 200.", needs=_NEXT)
def errors_end_it(bench: Bench) -> None:
    """An error of a container ends the request, and the answer names container and status."""
    request, kind = bench.subject.request, bench.subject.request_type
    for name, body, accept in (
        ("container-1", _GARBAGE, None),
        ("container-2", request, _NO_TYPE),
    ):
        answer = bench.pipeline.invoke(body, kind, accept)
        what = "a broken body" if accept is None else f"Accept {accept}"
        expect(not answer.ok, f"{what} is answered")
        status = answer.original_status
        named = name in answer.error and status is not None and 400 <= status < 500
        expect(named, f"{what} is not refused by {name}: {answer.error}")


@check(68, MUST, "Answer the rows you were asked, one line each, in their order.", needs=_NEXT)
def rows_survive(bench: Bench) -> None:
    """In CSV, rows keep their number and order through both containers."""
    if bench.subject.request_type.partition(";")[0].strip().lower() != CSV:
        inapplicable("the request is not CSV")
    if _passed_on(bench, bench.answer, CSV).status != 200:
        inapplicable("the next does not answer in CSV")
    together = _lines(bench, bench.subject.request)
    alone = [line for row in bench.subject.rows for line in _lines(bench, row)]
    rows = len(bench.subject.rows)
    expect(len(together) == rows, f"{rows} rows in gave {len(together)} lines out")
    expect(together == alone, f"one by one the rows give {alone[:3]}, together {together[:3]}")


@check(69, MUST, "Answer the same, whether alone or in a pipeline.", needs=_NEXT)
def as_by_hand(bench: Bench) -> None:
    """The pipeline answers what the images answer when called one after the other."""
    by_hand = _passed_on(bench, bench.answer)
    if by_hand.status != 200:
        raise Blocked(f"called by hand, the next gives {by_hand}")
    answer = bench.pipeline.invoke(bench.subject.request, bench.subject.request_type)
    told = answer.error or answer.body[:80]
    expect(answer.ok and answer.body == by_hand.body, f"in a pipeline {told!r}, by hand {by_hand}")


@check(70, SHOULD, "Put the label first where rows come with it; leave it out else.", needs=_NEXT)
def labels_first(bench: Bench) -> None:
    """Where rows bring a label it stands first in the features, and else there is none."""
    behind = bench.behind
    if behind.subject.model is not None:
        inapplicable("the next has a model of its own: --next-model")
    if behind.subject.content_type != CSV:
        inapplicable("the features are not CSV")
    asked = bench.served.ask(accept=CSV)
    with_label = [line.split(b",") for line in _features(bench).splitlines()]
    without = [line.split(b",") for line in asked.body.splitlines()]
    expect(
        len(with_label[0]) == len(without[0]) + 1,
        f"rows with a label become {len(with_label[0])} columns, those without {len(without[0])}",
    )
    first = _numbers([row[0] for row in with_label])
    expect(first in _columns(bench), "the first column of the features is no column of the data")


@check(71, MUST, f"Write LABEL {BIND_LABEL}=true into both images.", needs="--next, engine docker")
def both_labelled(bench: Bench) -> None:
    """Both images carry the label without which the service refuses the pipeline."""
    following = bench.following
    for image in (bench.subject.image, following.image):
        labels = bench.engine.read_labels(image)
        if labels is None:
            inapplicable("a program on the engine `process` has no labels")
        expect(labels.get(BIND_LABEL) == "true", f"{image} has no label {BIND_LABEL}=true")


def _answers(bench: Bench) -> list[Reply]:
    asked = (bench.served.ask(accept=kind) for kind in _KINDS)
    replies = {reply.content_type: reply for reply in asked if reply.status == 200}
    readable = [r for r in replies.values() if bench.behind.served.ask(r.body, r.content_type).ok]
    return [bench.answer, *readable]


def _passed_on(bench: Bench, reply: Reply, accept: str | None = None) -> Reply:
    return bench.behind.served.ask(reply.body, reply.literal_type, accept)


def _lines(bench: Bench, body: bytes) -> list[bytes]:
    answer = bench.pipeline.invoke(body, bench.subject.request_type, CSV)
    expect(answer.ok, f"the pipeline answers {answer.error}")
    return answer.body.splitlines()


def _features(bench: Bench) -> bytes:
    return b"".join(path.read_bytes() for path in bench.behind.subject.channels.values())


def _columns(bench: Bench) -> list[list[float]]:
    files = (path for path in bench.subject.channels.values() if path.is_file())
    rows = [line.split(b",") for path in files for line in path.read_bytes().splitlines()]
    if not _numbers(rows[0]):
        rows = rows[1:]
    return [found for column in zip(*rows, strict=True) if (found := _numbers(column))]


def _numbers(cells: "tuple[bytes, ...] | list[bytes]") -> list[float]:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return []
