"""A gunicorn worker with an event loop: one loop reads and writes, threads only compute.

The loop collects complete requests, so that a slow client costs a socket and no thread. It answers
fast-path requests itself. All others run in a thread, through gunicorn's own parser and Flask;
`/ping` has a thread of its own.
"""
