# SPDX-License-Identifier: MIT
"""A server that takes documents and only counts them, so that what is measured is who sends them."""

import struct

import bson
from wire import Wire


def count(documents):
    """How many there are, by their lengths: none is decoded."""
    at, found = 0, 0
    while at < len(documents):
        at += struct.unpack_from("<i", documents, at)[0]
        found += 1
    return found


class Sink(Wire):
    def __init__(self):
        self.kept = []  # the documents as they came, since the database was dropped
        self.count = 0
        super().__init__({"insert": self._insert, "aggregate": self._aggregate, "dropDatabase": self._drop})

    def take(self, documents):
        self.kept.append(documents)
        return [None] * count(documents)

    def _insert(self, request):
        self.documents.clear()
        self.count += len(request["documents"])
        return {"ok": 1.0, "n": len(request["documents"])}

    def hand_over(self, path):
        """Writes the documents to a file."""
        with open(path, "wb") as file:
            file.writelines(self.kept)
        self._drop(None)

    def _aggregate(self, request):
        batch = [{"_id": 1, "n": self.count}]
        return {"ok": 1.0, "cursor": {"id": bson.Int64(0), "ns": "bench.theirs", "firstBatch": batch}}

    def _drop(self, _):
        self.kept.clear()
        self.count = 0
        return {"ok": 1.0}
