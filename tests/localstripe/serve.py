"""Serves localstripe on a free loopback port, for one test.

Prints the port as its first line once connections are accepted, keeps nothing on disk, and ends
when its standard input closes, so that it cannot outlive the test, however that ends. (The
program that localstripe installs listens on all interfaces and shares one file in the temporary
directory between all its instances.)

With `--fill-gaps` the server also has what `gaps.py` adds; without, it is localstripe as published.
"""

import os
import socket
import sys
import threading

from aiohttp import web
from localstripe import resources, server


def end_with_standard_input():
    sys.stdin.read()
    os._exit(0)


def serve():
    if '--fill-gaps' in sys.argv[1:]:
        import gaps
        gaps.fill()
    resources.Store.dump_to_disk = lambda store: None
    listener = socket.create_server(('127.0.0.1', 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    web.run_app(server.app, sock=listener, access_log=None, print=None)


if __name__ == '__main__':
    serve()
