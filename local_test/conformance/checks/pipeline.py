"""What an image owes its neighbours in a pipeline: the one before it and the one behind it."""

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.image_under_test import CSV
from local_test.conformance.harness.listeners import find_listening_ports
from local_test.conformance.harness.serving_container import ContainerResponse, ServingPlan
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import CheckBlocked, CheckFailed, expect, raise_not_applicable
from local_test.endpoints.stage import BIND_LABEL
from local_test.platform.limits import SAFE_PORT_RANGE

_NEXT = "--next"
_KINDS = (CSV, "application/json", "application/jsonlines", "application/x-npy")
_NO_TYPE = "application/x-surely-unknown"
_GARBAGE = b'marker4711,"\n{\x00\xff\xfe'


@check(62, MUST, "Open no second port, or one of SAGEMAKER_SAFE_PORT_RANGE.")
def no_other_port(session: Session) -> None:
    """In a pipeline it listens at its port, and otherwise in SAGEMAKER_SAFE_PORT_RANGE alone."""
    _ = session.response
    with session.serve(ServingPlan(listeners=2)) as server:
        pid = server.container.pid
        listening = set() if pid is None else find_listening_ports(pid)
        own = server.port
    if own not in listening:
        raise_not_applicable("its sockets cannot be seen from here")
    low, high = (int(part) for part in SAFE_PORT_RANGE.split("-"))
    strange = sorted(port for port in listening - {own} if not low <= port <= high)
    expect(not strange, f"beside port {own} it listens at {', '.join(map(str, strange))}")


@check(63, MUST, "Share nothing on one host but /tmp: no fixed port, no name.", needs=_NEXT)
def shares_one_network(session: Session) -> None:
    """Both images get well in one network, each at its own port."""
    try:
        _ = session.pipeline
    except CheckBlocked as error:
        raise CheckFailed(str(error)) from error


@check(64, MUST, "Read the types the image before you writes, charset or not.", needs=_NEXT)
def literal_types(session: Session) -> None:
    """The next takes the first one's answer with the very Content-Type, and with a charset."""
    for response in _list_readable_responses(session):
        kinds = [response.content_type_header]
        if (
            response.media_type.startswith("text/")
            and "charset" not in response.content_type_header
        ):
            kinds.append(f"{response.content_type_header}; charset=utf-8")
        for kind in kinds:
            taken = session.next_session.shared_container.invoke(response.body, kind)
            expect(taken.status == 200, f"the first one's answer as {kind!r} gets {taken}")


@check(65, MUST, "Without Accept, answer in a type the next container reads.", needs=_NEXT)
def default_type(session: Session) -> None:
    """What the first answers without an Accept is what the next reads."""
    taken = _invoke_next(session, session.response)
    kind = session.response.content_type_header
    expect(taken.status == 200, f"without Accept the first answers {kind!r}, which gets {taken}")


@check(66, MUST, "Answer what Accept asks for, as the last container too.", needs=_NEXT)
def accept_reaches_the_last(session: Session) -> None:
    """The client's Accept decides the last container's answer, and no other one's."""
    compared = 0
    for kind in _KINDS:
        by_hand = _invoke_next(session, session.response, kind)
        if by_hand.status != 200:
            continue
        compared += 1
        response = session.pipeline.invoke(
            session.subject.request, session.subject.request_type, kind
        )
        media_type = (response.content_type or "").partition(";")[0].strip().lower()
        expect(
            (response.ok, media_type, response.body) == (True, by_hand.media_type, by_hand.body),
            f"asked for {kind}, the pipeline answers {response.error or media_type}, "
            f"by hand {by_hand}",
        )
    if not compared:
        raise_not_applicable("the next answers in none of the types tried")


@check(67, MUST, "Refuse with a status of 400 or above, never with a 200.", needs=_NEXT)
def errors_end_the_request(session: Session) -> None:
    """An error of a container ends the request, and the answer names container and status."""
    request, kind = session.subject.request, session.subject.request_type
    for name, body, accept in (
        ("container-1", _GARBAGE, None),
        ("container-2", request, _NO_TYPE),
    ):
        response = session.pipeline.invoke(body, kind, accept)
        what = "a broken body" if accept is None else f"Accept {accept}"
        expect(not response.ok, f"{what} is answered")
        status = response.original_status
        named = name in response.error and status is not None and 400 <= status < 500
        expect(named, f"{what} is not refused by {name}: {response.error}")


@check(68, MUST, "Answer the rows you were asked, one line each, in their order.", needs=_NEXT)
def rows_survive(session: Session) -> None:
    """In CSV, rows keep their number and order through both containers."""
    if session.subject.request_type.partition(";")[0].strip().lower() != CSV:
        raise_not_applicable("the request is not CSV")
    if _invoke_next(session, session.response, CSV).status != 200:
        raise_not_applicable("the next does not answer in CSV")
    together = _invoke_pipeline(session, session.subject.request)
    alone = [line for row in session.subject.rows for line in _invoke_pipeline(session, row)]
    rows = len(session.subject.rows)
    expect(len(together) == rows, f"{rows} rows in gave {len(together)} lines out")
    expect(together == alone, f"one by one the rows give {alone[:3]}, together {together[:3]}")


@check(69, MUST, "Answer the same, whether alone or in a pipeline.", needs=_NEXT)
def equals_separate_calls(session: Session) -> None:
    """The pipeline answers what the images answer when called one after the other."""
    by_hand = _invoke_next(session, session.response)
    if by_hand.status != 200:
        raise CheckBlocked(f"called by hand, the next gives {by_hand}")
    response = session.pipeline.invoke(session.subject.request, session.subject.request_type)
    shown = response.error or response.body[:80]
    expect(
        response.ok and response.body == by_hand.body, f"in a pipeline {shown!r}, by hand {by_hand}"
    )


@check(70, SHOULD, "Put the label first where rows come with it; leave it out else.", needs=_NEXT)
def labels_first(session: Session) -> None:
    """Where rows bring a label it stands first in the features, and else there is none."""
    next_session = session.next_session
    if next_session.subject.model is not None:
        raise_not_applicable("the next has a model of its own: --next-model")
    if next_session.subject.content_type != CSV:
        raise_not_applicable("the features are not CSV")
    response = session.shared_container.invoke(accept=CSV)
    with_label = [line.split(b",") for line in _read_features(session).splitlines()]
    without = [line.split(b",") for line in response.body.splitlines()]
    expect(
        len(with_label[0]) == len(without[0]) + 1,
        f"rows with a label become {len(with_label[0])} columns, those without {len(without[0])}",
    )
    first = _parse_numbers([row[0] for row in with_label])
    expect(
        first in _read_columns(session), "the first column of the features is no column of the data"
    )


@check(71, MUST, f"Write LABEL {BIND_LABEL}=true into both images.", needs="--next, engine docker")
def both_have_bind_label(session: Session) -> None:
    """Both images carry the label without which the service refuses the pipeline."""
    next_image = session.next_image
    for image in (session.subject.image, next_image.image):
        labels = session.engine.read_labels(image)
        if labels is None:
            raise_not_applicable("a program on the engine `process` has no labels")
        expect(labels.get(BIND_LABEL) == "true", f"{image} has no label {BIND_LABEL}=true")


def _list_readable_responses(session: Session) -> list[ContainerResponse]:
    candidates = (session.shared_container.invoke(accept=kind) for kind in _KINDS)
    responses = {response.media_type: response for response in candidates if response.status == 200}
    readable = [
        r
        for r in responses.values()
        if session.next_session.shared_container.invoke(r.body, r.media_type).ok
    ]
    return [session.response, *readable]


def _invoke_next(
    session: Session, response: ContainerResponse, accept: str | None = None
) -> ContainerResponse:
    return session.next_session.shared_container.invoke(
        response.body, response.content_type_header, accept
    )


def _invoke_pipeline(session: Session, body: bytes) -> list[bytes]:
    response = session.pipeline.invoke(body, session.subject.request_type, CSV)
    expect(response.ok, f"the pipeline answers {response.error}")
    return response.body.splitlines()


def _read_features(session: Session) -> bytes:
    return b"".join(path.read_bytes() for path in session.next_session.subject.channels.values())


def _read_columns(session: Session) -> list[list[float]]:
    files = (path for path in session.subject.channels.values() if path.is_file())
    rows = [line.split(b",") for path in files for line in path.read_bytes().splitlines()]
    if not _parse_numbers(rows[0]):
        rows = rows[1:]
    return [numbers for column in zip(*rows, strict=True) if (numbers := _parse_numbers(column))]


def _parse_numbers(cells: "tuple[bytes, ...] | list[bytes]") -> list[float]:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return []
