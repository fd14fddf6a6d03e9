"""The event loop of a worker process: sockets, timeouts and the hand-over to threads."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn.http.errors import ParseException
from gunicorn.workers.base import Worker

from tandem.serving.worker import accept_queue, error_responses, responses
from tandem.serving.worker.arbiter import WorkerApplication
from tandem.serving.worker.body_memory import BodyMemory
from tandem.serving.worker.client_connection import Connection, Phase, make_connection
from tandem.serving.worker.connection_balance import AcceptPause
from tandem.serving.worker.request_buffer import HttpRequest
from tandem.serving.worker.responses import RawResponse, RequestHandlers

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
# A process, or the system, has no more files.
_TOO_MANY = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
# Clients accepted before requests that have come are answered: a millisecond's work.
_AT_A_TIME = 32
# With fewer clients that wait, a worker that is ahead of another leaves all to it: counts are not
# current where clients have just gone.
_MANY = 8
# Seconds between two heartbeats, and between those while the worker stops.
_TICK, _LAST_TICK = 1.0, 0.1
# Seconds a client may take, when the server stops, to complete a connection it has begun.
_SETTLE = 0.2


class LoopWorker(Worker):
    """The worker class that gunicorn starts; its application is a `WorkerApplication`."""

    app: WorkerApplication
    wsgi: RequestHandlers  # type: ignore[assignment]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.slot = self.app.board.claim_slot()

    def init_process(self) -> None:
        """Create the selector, the threads and the queues of this process, and run."""
        self._selector = selectors.DefaultSelector()
        self._threads = ThreadPoolExecutor(self.cfg.threads)
        # /ping waits for no other request, however many threads they keep busy.
        self._ping_thread = ThreadPoolExecutor(1)
        self._done: deque[tuple[Connection, Future[RawResponse]]] = deque()
        self._connections: dict[Connection, int] = {}
        self._pause = AcceptPause(self.slot)
        self._now = self._last_heartbeat = time.monotonic()
        super().init_process()

    def run(self) -> None:
        """Serve until a stop is requested, then answer the requests under way."""
        self._selector.register(self.PIPE[0], _READ, self._drain_done)
        self._address = self.sockets[0].getsockname()
        self._body_memory = BodyMemory(self.wsgi.limit)
        self.slot.set_count(0)
        self._listen(_READ)
        while self.alive:
            self._poll()
        until = self._now + self.cfg.graceful_timeout
        if self.app.board.closed:
            self._accept_remaining(until)
        self._stop_listening()
        while self._connections and self._now < until:
            self._poll()
        for pool in (self._threads, self._ping_thread):
            pool.shutdown(wait=False, cancel_futures=True)

    def _accept_remaining(self, until: float) -> None:
        """Accept the clients in the kernel's queue, which is lost once all workers have closed."""
        settled = self._now + _SETTLE
        while self._now < until and (
            self._now < settled or accept_queue.has_waiting_clients(self.sockets)
        ):
            self._poll()

    def _stop_listening(self) -> None:
        """Close the listening sockets and leave the board of connections."""
        self._pause.active = False
        self._listen(0)
        for listener in self.sockets:
            listener.close()
        self.slot.leave()

    def _poll(self) -> None:
        step = _TICK if self.alive else _LAST_TICK
        waiting = self._pause.count_seconds(self._now) if self._pause.active else step
        events = self._selector.select(waiting)
        self._now = time.monotonic()
        if self._pause.active:
            self._resume_accepting()
        if self._now - self._last_heartbeat >= step:
            self._heartbeat()
        for key, _ in events:
            key.data()

    def _heartbeat(self) -> None:
        """Once a second: send gunicorn's heartbeat and close connections past their timeout."""
        self._last_heartbeat = self._now
        self.notify()
        if self.ppid != os.getppid() and not self.app.board.closed:  # the arbiter was killed
            accept_queue.refuse_new_clients(self.sockets)
            self.app.board.close()
        if self.app.board.closed:
            self.alive = False
        for connection in list(self._connections):
            if connection.has_expired(self._now, stopping=not self.alive):
                self._expire(connection)
        if self.alive:
            self._rebalance()

    def _rebalance(self) -> None:
        """Mark surplus keep-alive connections.

        Their next response carries `Connection: close`, so that their clients reconnect to a less
        loaded worker.
        """
        surplus = self.slot.count_surplus()
        for index, connection in enumerate(self._connections):
            connection.over_quota = index < surplus

    def _expire(self, connection: Connection) -> None:
        if connection.phase is Phase.RECEIVING and not connection.buffer.empty:
            self._guard(
                connection, partial(self._respond, connection, responses.make_timeout_response())
            )
        else:
            self._drop(connection)

    def _listen(self, events: int) -> None:
        for listener in self.sockets:
            if events:
                listener.setblocking(False)
                self._selector.register(listener, events, partial(self._accept, listener))
            elif listener in self._selector.get_map():
                self._selector.unregister(listener)

    def _accept(self, listener: socket.socket) -> None:
        if self._pause.active:
            return
        for taken in range(_AT_A_TIME):
            # Looked at before each client, as the other workers accept at the same time.
            counts = self.slot.read_counts()
            waiting = accept_queue.count_waiting_clients(listener)
            ahead = waiting < _MANY and self.slot.is_ahead()
            if self.alive and (ahead or not self.slot.count_share(counts, waiting)):
                if not taken:
                    self._stop_accepting(yielding=True)
                return
            if not self._accept_one(listener):
                return

    def _accept_one(self, listener: socket.socket) -> bool:
        """Accept one client. Return False when none is waiting, or none can be accepted now."""
        try:
            sock, peer = listener.accept()
        except OSError as error:  # another worker has it, or it has gone
            if error.errno in _TOO_MANY:
                self._close_longest_idle()
                self._stop_accepting(yielding=False)
            return False
        if len(self._connections) >= self.cfg.worker_connections:
            self._close_longest_idle()
        connection = make_connection(sock, peer, self.cfg, self.wsgi.limit, self._now)
        self._connections[connection] = 0
        self.slot.set_count(len(self._connections))
        self._watch(connection, _READ)
        return True

    def _stop_accepting(self, *, yielding: bool) -> None:
        self._pause.begin(self._now, yielding=yielding)
        self._listen(0)

    def _resume_accepting(self) -> None:
        """Accept again once the pause is over, and what the other workers left at once."""
        left_over = self._pause.end(self._now)
        if self._pause.active:
            return
        self._listen(_READ)
        for listener in self.sockets:
            taken = 0
            while taken < left_over and self._accept_one(listener):
                taken += 1

    def _close_longest_idle(self) -> None:
        """Close the connection that has been idle for longest."""
        idle = [one for one in self._connections if one.phase is Phase.IDLE]
        if idle:
            self._drop(min(idle, key=lambda one: one.since))

    def _watch(self, connection: Connection, events: int) -> None:
        before = self._connections[connection]
        if before == events:
            return
        self._connections[connection] = events
        if not events:
            self._selector.unregister(connection.sock)
            return
        handle = self._on_readable if events == _READ else self._on_writable
        change = self._selector.modify if before else self._selector.register
        change(
            connection.sock, events, partial(self._guard, connection, partial(handle, connection))
        )

    def _guard(self, connection: Connection, act: Callable[[], object]) -> None:
        try:
            act()
        except ParseException as error:
            self._refuse(connection, error)
        except OSError:  # the client has gone
            self._drop(connection)

    def _refuse(self, connection: Connection, error: BaseException) -> None:
        response = error_responses.make_response(error)
        if response.status == 500:
            self.log.error("a request failed", exc_info=error)
        else:
            self.log.warning("a request of %s is refused: %s", connection.peer[0], error)
        self._guard(
            connection,
            partial(self._respond, connection, responses.make_closing_response(response)),
        )

    def _on_readable(self, connection: Connection) -> None:
        if not connection.receive(self._now):
            self._drop(connection)
        elif connection.phase is Phase.RECEIVING:
            self._handle_requests(connection)

    def _handle_requests(self, connection: Connection) -> None:
        """Answer the complete requests in the buffer, and prepare for an incomplete one."""
        buffer = connection.buffer
        while (request := buffer.next_request()) is not None:
            response = self._try_fast_path(connection, request)
            if response is None:
                self._submit(connection, request)
                return
            if not self._respond(connection, response):
                return
        if not buffer.empty:
            if connection.phase is Phase.IDLE:
                connection.enter(Phase.RECEIVING, self._now)
            if not self._body_memory.admit(connection):
                connection.enter(Phase.WAITING, self._now)
                self._watch(connection, 0)
            elif buffer.take_expectation():
                connection.sock.send(_CONTINUE)

    def _try_fast_path(self, connection: Connection, request: HttpRequest) -> RawResponse | None:
        fast_path = self.wsgi.fast_path
        if not fast_path.latency.inline:
            return None
        return responses.try_fast_path(
            fast_path, request, time.time(), close=self._must_close(connection)
        )

    def _must_close(self, connection: Connection) -> bool:
        return connection.over_quota or not self.alive

    def _submit(self, connection: Connection, request: HttpRequest) -> None:
        connection.enter(Phase.WORKING, self._now)
        self._watch(connection, 0)
        is_ping = request.parsed is not None and request.parsed.is_ping
        pool = self._ping_thread if is_ping else self._threads
        job = pool.submit(self._run_in_thread, connection, request)
        job.add_done_callback(partial(self._queue_done, connection))

    def _run_in_thread(self, connection: Connection, request: HttpRequest) -> RawResponse:
        """Compute the response in a thread."""
        close = self._must_close(connection)
        if not self.wsgi.fast_path.latency.inline:
            response = responses.try_fast_path(
                self.wsgi.fast_path, request, time.time(), close=close
            )
            if response is not None:
                return response
        addresses = connection.peer, self._address
        return responses.run_application(self.wsgi, request, addresses, self.cfg, close=close)

    def _queue_done(self, connection: Connection, job: Future[RawResponse]) -> None:
        self._done.append((connection, job))
        try:
            os.write(self.PIPE[1], b"\0")
        except BlockingIOError:  # the pipe holds bytes already, which wake the loop
            return

    def _drain_done(self) -> None:
        os.read(self.PIPE[0], 4096)
        while self._done:
            connection, job = self._done.popleft()
            error = job.exception()
            if error is not None:
                self._refuse(connection, error)
            else:
                self._guard(connection, partial(self._continue, connection, job.result()))

    def _continue(self, connection: Connection, response: RawResponse) -> None:
        if self._respond(connection, response):
            self._watch(connection, _READ)
            self._handle_requests(connection)

    def _respond(self, connection: Connection, response: RawResponse) -> bool:
        """Send a response. Return True when the connection is ready for the next request."""
        if connection.start_response(response.data, close=response.close):
            return self._finish_response(connection)
        connection.enter(Phase.SENDING, self._now)
        self._watch(connection, _WRITE)
        return False

    def _on_writable(self, connection: Connection) -> None:
        if connection.send() and self._finish_response(connection):
            self._watch(connection, _READ)
            self._handle_requests(connection)

    def _release_body_memory(self, connection: Connection) -> None:
        for waiting in self._body_memory.release(connection):
            if waiting in self._connections:
                waiting.enter(Phase.RECEIVING, self._now)
                self._watch(waiting, _READ)
                self._guard(waiting, partial(self._handle_requests, waiting))

    def _finish_response(self, connection: Connection) -> bool:
        self._release_body_memory(connection)
        if not connection.close_after:
            connection.enter(Phase.IDLE, self._now)
            return True
        # Closing on unread data could destroy the response before the client reads it.
        connection.enter(Phase.LINGERING, self._now)
        connection.sock.shutdown(socket.SHUT_WR)
        self._watch(connection, _READ)
        return False

    def _drop(self, connection: Connection) -> None:
        if self._connections.pop(connection, 0):
            self._selector.unregister(connection.sock)
        connection.sock.close()
        self._release_body_memory(connection)
        if self.alive:
            self.slot.set_count(len(self._connections))
