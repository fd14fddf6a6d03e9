"""The loop of a worker process: sockets in, sockets out, and what is due."""

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
from tandem.serving.worker.arbiter import Served
from tandem.serving.worker.body_memory import Room
from tandem.serving.worker.client_connection import Connection, Phase, connect
from tandem.serving.worker.request_buffer import Whole
from tandem.serving.worker.responses import Door, Reply

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
# How long a new connection is left to a worker that has fewer.
_YIELD = 0.02
# A process, or the system, has no more files.
_TOO_MANY = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
# Between two looks at what is due, and between the last ones.
_TICK, _LAST_TICK = 1.0, 0.1
# How long a client may take, when the server stops, to complete a connection it has begun.
_SETTLE = 0.2


class LoopWorker(Worker):
    """gunicorn's worker; its application is a `Served`."""

    app: Served
    wsgi: Door  # type: ignore[assignment]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.place = self.app.board.claim()

    def init_process(self) -> None:
        """Make what belongs to this process alone, and run."""
        self._selector = selectors.DefaultSelector()
        self._threads = ThreadPoolExecutor(self.cfg.threads)
        # /ping waits for no other request, however many threads they keep busy.
        self._pings = ThreadPoolExecutor(1)
        self._done: deque[tuple[Connection, Future[Reply]]] = deque()
        self._connections: dict[Connection, int] = {}
        self._resume = 0.0
        self._yielded = False
        self._now = self._ticked = time.monotonic()
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop, then answer what is under way."""
        self._selector.register(self.PIPE[0], _READ, self._wake)
        self._name = self.sockets[0].getsockname()
        self._room = Room(self.wsgi.limit)
        self.place.tell(0)
        self._listen(_READ)
        while self.alive:
            self._turn()
        until = self._now + self.cfg.graceful_timeout
        if self.app.board.closed:
            self._take_the_last(until)
        self._close()
        while self._connections and self._now < until:
            self._turn()
        for pool in (self._threads, self._pings):
            pool.shutdown(wait=False, cancel_futures=True)

    def _take_the_last(self, until: float) -> None:
        """Accept whom the kernel has let in: nobody else will, once all workers have closed."""
        settled = self._now + _SETTLE
        while self._now < until and (self._now < settled or accept_queue.waiting(self.sockets)):
            self._turn()

    def _close(self) -> None:
        """Listen no more."""
        self._resume = 0.0
        self._listen(0)
        for listener in self.sockets:
            listener.close()
        self.place.leave()

    def _turn(self) -> None:
        step = _TICK if self.alive else _LAST_TICK
        waiting = max(0.0, self._resume - self._now) if self._resume else step
        events = self._selector.select(waiting)
        self._now = time.monotonic()
        if self._resume and self._now >= self._resume:
            self._resume, self._yielded = 0.0, True
            self._listen(_READ)
        if self._now - self._ticked >= step:
            self._tick()
        for key, _ in events:
            key.data()

    def _tick(self) -> None:
        """Say, now and then, that this worker lives, and end what has had its time."""
        self._ticked = self._now
        self.notify()
        if self.ppid != os.getppid() and not self.app.board.closed:  # the arbiter was killed
            accept_queue.turn_away(self.sockets)
            self.app.board.close()
        if self.app.board.closed:
            self.alive = False
        for connection in list(self._connections):
            if connection.expired(self._now, stopping=not self.alive):
                self._expire(connection)
        if self.alive:
            self._share()

    def _share(self) -> None:
        """Let another worker have the clients that are more than this one's part."""
        surplus = self.place.surplus()
        for index, connection in enumerate(self._connections):
            connection.surplus = index < surplus

    def _expire(self, connection: Connection) -> None:
        if connection.phase is Phase.RECEIVING and not connection.inbox.empty:
            self._guarded(connection, partial(self._reply, connection, responses.late()))
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
        if self._resume:
            return
        if self.alive and not self._yielded and self.place.ahead():
            self._pause()
            return
        self._yielded = False
        try:
            sock, peer = listener.accept()
        except OSError as error:  # another worker has it, or it has gone
            if error.errno in _TOO_MANY:
                self._make_room()
                self._pause()
            return
        if len(self._connections) >= self.cfg.worker_connections:
            self._make_room()
        connection = connect(sock, peer, self.cfg, self.wsgi.limit, self._now)
        self._connections[connection] = 0
        self.place.tell(len(self._connections))
        self._watch(connection, _READ)

    def _pause(self) -> None:
        self._resume = self._now + _YIELD
        self._listen(0)

    def _make_room(self) -> None:
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
        handle = self._readable if events == _READ else self._writable
        change = self._selector.modify if before else self._selector.register
        change(
            connection.sock, events, partial(self._guarded, connection, partial(handle, connection))
        )

    def _guarded(self, connection: Connection, act: Callable[[], object]) -> None:
        try:
            act()
        except ParseException as error:
            self._refuse(connection, error)
        except OSError:  # the client has gone
            self._drop(connection)

    def _refuse(self, connection: Connection, error: BaseException) -> None:
        answer = error_responses.explain(error)
        if answer.status == 500:
            self.log.error("a request failed", exc_info=error)
        else:
            self.log.warning("a request of %s is refused: %s", connection.peer[0], error)
        self._guarded(connection, partial(self._reply, connection, responses.refused(answer)))

    def _readable(self, connection: Connection) -> None:
        if not connection.receive(self._now):
            self._drop(connection)
        elif connection.phase is Phase.RECEIVING:
            self._advance(connection)

    def _advance(self, connection: Connection) -> None:
        """Answer what has come whole."""
        inbox = connection.inbox
        while (whole := inbox.next()) is not None:
            reply = self._hot(connection, whole)
            if reply is None:
                self._submit(connection, whole)
                return
            if not self._reply(connection, reply):
                return
        if not inbox.empty:
            if connection.phase is Phase.IDLE:
                connection.enter(Phase.RECEIVING, self._now)
            if not self._room.admits(connection):
                connection.enter(Phase.WAITING, self._now)
                self._watch(connection, 0)
            elif inbox.expects():
                connection.sock.send(_CONTINUE)

    def _hot(self, connection: Connection, whole: Whole) -> Reply | None:
        lane = self.wsgi.lane
        if not lane.pace.quick:
            return None
        return responses.hot(lane, whole, time.time(), last=self._ends(connection))

    def _ends(self, connection: Connection) -> bool:
        return connection.surplus or not self.alive

    def _submit(self, connection: Connection, whole: Whole) -> None:
        connection.enter(Phase.WORKING, self._now)
        self._watch(connection, 0)
        pings = whole.incoming is not None and whole.incoming.pings
        pool = self._pings if pings else self._threads
        job = pool.submit(self._work, connection, whole)
        job.add_done_callback(partial(self._finished, connection))

    def _work(self, connection: Connection, whole: Whole) -> Reply:
        """Answer in a thread."""
        last = self._ends(connection)
        if not self.wsgi.lane.pace.quick:
            reply = responses.hot(self.wsgi.lane, whole, time.time(), last=last)
            if reply is not None:
                return reply
        ends = connection.peer, self._name
        return responses.cold(self.wsgi, whole, ends, self.cfg, last=last)

    def _finished(self, connection: Connection, job: Future[Reply]) -> None:
        self._done.append((connection, job))
        try:
            os.write(self.PIPE[1], b"\0")
        except BlockingIOError:  # the pipe is full of calls to wake
            return

    def _wake(self) -> None:
        os.read(self.PIPE[0], 4096)
        while self._done:
            connection, job = self._done.popleft()
            error = job.exception()
            if error is not None:
                self._refuse(connection, error)
            else:
                self._guarded(connection, partial(self._resumed, connection, job.result()))

    def _resumed(self, connection: Connection, reply: Reply) -> None:
        if self._reply(connection, reply):
            self._watch(connection, _READ)
            self._advance(connection)

    def _reply(self, connection: Connection, reply: Reply) -> bool:
        """Send an answer; True when the connection is ready for the next request."""
        if connection.begin(reply.data, last=reply.last):
            return self._sent(connection)
        connection.enter(Phase.SENDING, self._now)
        self._watch(connection, _WRITE)
        return False

    def _writable(self, connection: Connection) -> None:
        if connection.send() and self._sent(connection):
            self._watch(connection, _READ)
            self._advance(connection)

    def _leave_room(self, connection: Connection) -> None:
        for waiting in self._room.left_by(connection):
            if waiting in self._connections:
                waiting.enter(Phase.RECEIVING, self._now)
                self._watch(waiting, _READ)
                self._guarded(waiting, partial(self._advance, waiting))

    def _sent(self, connection: Connection) -> bool:
        self._leave_room(connection)
        if not connection.last:
            connection.enter(Phase.IDLE, self._now)
            return True
        # Closing on unread data could take the answer away from the client.
        connection.enter(Phase.LINGERING, self._now)
        connection.sock.shutdown(socket.SHUT_WR)
        self._watch(connection, _READ)
        return False

    def _drop(self, connection: Connection) -> None:
        if self._connections.pop(connection, 0):
            self._selector.unregister(connection.sock)
        connection.sock.close()
        self._leave_room(connection)
        if self.alive:
            self.place.tell(len(self._connections))
