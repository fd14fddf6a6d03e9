"""How a server ends while requests come."""

import http.client
import threading
import time
from urllib.parse import urlsplit

from local_test.conformance.check import SHOULD, check
from local_test.conformance.harness.serving_container import INVOCATIONS, ServingContainer
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import CheckBlocked, expect

_CLIENTS, _LARGE = 6, 200_000
_LOADED_SECONDS = 1.0
_ANSWER_SECONDS = 60.0


class _Client(threading.Thread):
    """Send one request a connection, again and again, until the server takes none.

    `lost` has the requests that were sent whole before the stop and got no answer, and answers that
    were cut short at any time.
    """

    def __init__(self, server: ServingContainer, body: bytes, content_type: str) -> None:
        super().__init__(daemon=True)
        self.answered = 0
        self.lost: list[str] = []
        self.stopped_at = float("inf")
        self._address = urlsplit(server.container.url)
        self._body, self._headers = body, {"Content-Type": content_type}

    def run(self) -> None:
        while self._send() and time.monotonic() < self.stopped_at + _ANSWER_SECONDS:
            pass

    def _send(self) -> bool:
        host, port = self._address.hostname or "", self._address.port
        link = http.client.HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
        sent_at, status = float("inf"), 0
        try:
            link.request("POST", INVOCATIONS, self._body, self._headers)
            sent_at = time.monotonic()
            response = link.getresponse()
            status = response.status
            response.read()
        except (OSError, http.client.HTTPException) as error:
            if sent_at < self.stopped_at or status:
                how = "got half an answer" if status else "got no answer"
                self.lost.append(f"{how}: {error!r}")
            return False
        finally:
            link.close()
        if status != 200 and sent_at < self.stopped_at:
            self.lost.append(f"got status {status}")
        self.answered += 1
        return status == 200


@check(91, SHOULD, "On SIGTERM answer all that was accepted, then close the listener.")
def stops_under_load(session: Session) -> None:
    """Stopped while requests come, it answers each that was sent whole before SIGTERM, in 30 s."""
    _ = session.response
    if session.container_stop.ignores_sigterm:
        raise CheckBlocked("without load it is still there 30 s after SIGTERM")
    with session.serve_separately() as server:
        bodies = (session.subject.request, session.subject.repeat_lines(_LARGE))
        kind = session.subject.request_type
        clients = [_Client(server, bodies[index % 2], kind) for index in range(_CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(_LOADED_SECONDS)
        stopped_at = time.monotonic()
        for client in clients:
            client.stopped_at = stopped_at
        code = session.container_stop.terminate(server.container)
        for client in clients:
            client.join(_ANSWER_SECONDS)
    lost = [text for client in clients for text in client.lost]
    answered = sum(client.answered for client in clients)
    expect(code is not None, "30 s after SIGTERM under load it was still there")
    expect(code == 0, f"after SIGTERM under load it ended with exit code {code}")
    expect(not lost, f"{len(lost)} requests, {answered} others answered: {'; '.join(lost[:2])}")
