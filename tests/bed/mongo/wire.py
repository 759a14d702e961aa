# SPDX-License-Identifier: MIT
"""A server that speaks MongoDB's wire protocol (OP_MSG) and says what a test tells it to.

    with Wire({"insert": [Wire.CUT, {"ok": 1, "n": 1}]}) as wire:
        …
        wire.documents      # what the inserts brought, in order, also those that were not answered well

An answer is a document, a function of the request, or one of CUT (close the connection before an answer) and SILENCE.
The last answer of a command's list stands for all that follow.
"""

import socket
import struct
import threading

import bson

_HEADER = struct.Struct("<iiii")
_OP_MSG, _OP_QUERY, _OP_REPLY = 2013, 2004, 1


def _hello():
    return {
        "ismaster": True,
        "isWritablePrimary": True,
        "helloOk": True,
        "maxBsonObjectSize": 16777216,
        "maxMessageSizeBytes": 48000000,
        "maxWriteBatchSize": 100000,
        "minWireVersion": 0,
        "maxWireVersion": 21,
        "readOnly": False,
        "ok": 1.0,
    }


class Wire:
    CUT = object()
    SILENCE = object()
    take = staticmethod(bson.decode_all)  # what `documents` gets of an insert's

    def __init__(self, answers=None, hello=None, port=0):
        self._answers = {
            name: list(value) if isinstance(value, list) else [value] for name, value in (answers or {}).items()
        }
        self._hello = {**_hello(), **(hello or {})}
        self._lock = threading.Lock()
        self._connections = []
        self.commands = []
        self.documents = []
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self.uri = f"mongodb://127.0.0.1:{self.port}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                while True:
                    length, number, _, operation = _HEADER.unpack(_exactly(connection, _HEADER.size))
                    body = _exactly(connection, length - _HEADER.size)
                    answer = self._answer(_query(body) if operation == _OP_QUERY else self._message(body))
                    if answer is Wire.CUT:
                        return
                    if answer is not Wire.SILENCE:
                        connection.sendall(_reply(number, answer, operation))
            except (OSError, EOFError):
                return

    def _message(self, body):
        """The document of an OP_MSG, with its sequences (the documents of an insert) as lists in it."""
        flags = struct.unpack_from("<I", body)[0]
        end = len(body) - (4 if flags & 1 else 0)
        at, request, sequences = 4, {}, {}
        while at < end:
            kind, size = body[at], struct.unpack_from("<i", body, at + 1)[0]
            section = body[at + 1 : at + 1 + size]
            if kind == 0:
                request = bson.decode(section)
            else:
                name, _, documents = section[4:].partition(b"\0")
                sequences[name.decode()] = self.take(documents)
            at += 1 + size
        return {**request, **sequences}

    def _answer(self, request):
        name = next(iter(request))
        with self._lock:
            self.commands.append(name)
            if name == "insert":
                self.documents += request["documents"]
            if name.lower() in ("ismaster", "hello"):
                return self._hello
            script = self._answers.get(name, [{"ok": 1.0}])
            answer = script.pop(0) if len(script) > 1 else script[0]
        return answer(request) if callable(answer) else answer


def _exactly(connection, count):
    whole, at = bytearray(count), 0
    while at < count:
        got = connection.recv_into(memoryview(whole)[at:])
        if not got:
            raise EOFError
        at += got
    return bytes(whole)


def _query(body):
    """The document of an OP_QUERY, with which a driver greets."""
    start = body.index(b"\0", 4) + 1 + 8
    return bson.decode(body[start : start + struct.unpack_from("<i", body, start)[0]])


def _reply(number, answer, operation):
    document = bson.encode(answer)
    if operation == _OP_QUERY:
        payload, kind = struct.pack("<iqii", 8, 0, 0, 1) + document, _OP_REPLY
    else:
        payload, kind = struct.pack("<IB", 0, 0) + document, _OP_MSG
    return _HEADER.pack(_HEADER.size + len(payload), 0, number, kind) + payload
