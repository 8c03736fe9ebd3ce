"""A loopback proxy that lets a client speak to a server up to a point, and then says nothing more."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Stalling:
    """Passes bytes on until `enough(bytes so far, next bytes)`; `stalled` is set from then on.

    `enough` sees what clients send, not what the server answers; the next bytes are not passed on.
    """

    def __init__(self, host: str, port: int, enough: Callable[[int, bytes], bool]) -> None:
        self._server, self._enough, self._sent = (host, port), enough, 0
        self.stalled = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Stalling:
        """Listening from the beginning."""
        return self

    def __exit__(self, *_: object) -> None:
        """Every connection is closed, those that stalled too."""
        for one in (self._door, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(self._server)
                self._open += [client, server]
                threading.Thread(
                    target=self._pass, args=(client, server, True), daemon=True
                ).start()
                threading.Thread(
                    target=self._pass, args=(server, client, False), daemon=True
                ).start()

    def _pass(self, one: socket.socket, other: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while some := one.recv(1 << 16):
                if counted:
                    if self.stalled.is_set() or self._enough(self._sent, some):
                        self.stalled.set()
                        return
                    self._sent += len(some)
                other.sendall(some)
            other.shutdown(socket.SHUT_WR)
