"""A proxy of one server on this machine that speaks from an address of its choice and writes headers as told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress


@contextmanager
def run_proxy(server: str, source: str, headers: Mapping[str, str]) -> Iterator[str]:
    """Start a proxy before a server and yield its address.

    Args:
        server: the address of the server.
        source: the loopback address that the server will see; Linux has all of 127.0.0.0/8.
        headers: put into the first request of every connection in place of what the browser says; a websocket has a
            connection of its own.
    """
    target = ("127.0.0.1", int(server.rpartition(":")[2]))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_accept, args=(listener, target, source, headers), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _accept(listener: socket.socket, target: tuple[str, int], source: str, headers: Mapping[str, str]) -> None:
    while True:
        try:
            browser, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(browser, target, source, headers), daemon=True).start()


def _serve(browser: socket.socket, target: tuple[str, int], source: str, headers: Mapping[str, str]) -> None:
    with browser, suppress(OSError), socket.create_connection(target, source_address=(source, 0)) as server:
        back = threading.Thread(target=_pump, args=(server, browser, None), daemon=True)
        back.start()
        _pump(browser, server, headers)
        back.join()


def _pump(one: socket.socket, other: socket.socket, headers: Mapping[str, str] | None) -> None:
    with suppress(OSError):
        if headers is not None:
            other.sendall(_changed(_head(one), headers))
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _head(one: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        if not (data := one.recv(65536)):
            break
        head += data
    return head


def _changed(head: bytes, headers: Mapping[str, str]) -> bytes:
    first, *lines = head.split(b"\r\n")
    names = {name.lower() for name in headers}
    kept = [line for line in lines if line.partition(b":")[0].decode("latin-1").lower() not in names]
    return b"\r\n".join([first, *(f"{name}: {value}".encode() for name, value in headers.items()), *kept])
