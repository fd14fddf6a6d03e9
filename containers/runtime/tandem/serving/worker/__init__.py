"""gunicorn's worker of our own: one loop reads and writes, threads only compute.

The loop gathers whole requests, so that a slow client costs a socket and no thread. It answers the
hot lane itself; everything else goes, whole, to a thread, through gunicorn's own parser and Flask:
`/ping` to one that has nothing else to do.
"""
