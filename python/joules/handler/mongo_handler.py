# SPDX-License-Identifier: MIT
"""Traces as documents in a MongoDB collection. pymongo is imported when it is first needed."""

import threading
import warnings
import weakref
from typing import Dict, Iterable  # noqa: F401

from .._late import late
from .._optional import require
from ..energy_trace import EnergySample  # noqa: F401
from ..exception import PyJoulesException
from . import EnergyHandler
from ._document import forget, identity, labels, origin, sample_document
from .handler import samples_of
from ._uri import scrub, shown, unescaped

_DUPLICATE = 11000
_UNAUTHORISED = (13, 18)
# What servers take that do not say: a document, a message.
_LIMITS = {"maxBsonObjectSize": 16 * 2**20, "maxMessageSizeBytes": 48000000}
# An element of an array: its type, and the NUL behind its index.
_ELEMENT = 2


def _pymongo():
    return require("pymongo", "mongodb", "MongoHandler")


__getattr__ = late(
    __name__,
    "Dict EnergyHandler EnergySample Iterable MongoHandler MongoInitError MongoSaveError sample_to_dict trace_to_dict",
    pymongo=_pymongo,
)


def sample_to_dict(sample):
    """A sample as a document has it: a dict of timestamp and duration (seconds), tag, and energy {domain: µJ}; not measured is None."""
    return sample_document(sample, full=False)


def trace_to_dict(trace, trace_name):
    """A trace as a document: a dict of its name and `trace`, the list of its samples as sample_to_dict gives them."""
    return {"name": trace_name, "trace": [sample_to_dict(sample) for sample in samples_of(trace)]}


class MongoInitError(PyJoulesException):
    """The database cannot be used: its uri makes no sense, or no server answers."""


class MongoSaveError(PyJoulesException):
    """Traces could not be stored. They are still in the handler. It is also an error of pymongo."""


def _save_error(message):
    kind = MongoSaveError.__dict__.get("_with_driver")
    if kind is None:
        names = {"__doc__": MongoSaveError.__doc__, "__module__": MongoSaveError.__module__}
        kind = type("MongoSaveError", (MongoSaveError, _pymongo().errors.PyMongoError), names)
        MongoSaveError._with_driver = kind
    return kind(message)


def _connect(uri, timeout):
    """A client of a server that has answered."""
    pymongo = _pymongo()
    if unescaped(uri):
        raise MongoInitError(f"invalid uri : {shown(uri)} : the password must be escaped, see urllib.parse.quote_plus")
    client = None
    try:
        client = pymongo.MongoClient(uri, connectTimeoutMS=timeout, serverSelectionTimeoutMS=timeout)
        client.server_info()
        return client
    except Exception as error:
        if client is not None:
            client.close()
        message = scrub(error, uri)
        known = f" : {shown(uri)} driver msg : {message}"
        if isinstance(error, (pymongo.errors.ConfigurationError, ValueError, TypeError)):
            message = f"invalid uri{known}"
        elif isinstance(error, pymongo.errors.ServerSelectionTimeoutError):
            message = f"unreachable server{known}"
        elif getattr(error, "code", None) in _UNAUTHORISED:
            message = f"not authorised on the server{known}"
        else:
            message = f"cannot use the database{known}"
    # Outside the handler of the driver's error: a traceback would print its message too.
    raise MongoInitError(message)


class _Part:
    """A document, and the trace that it is of."""

    def __init__(self, trace, document, size):
        self.trace = trace
        self.document = document
        self.size = size


class MongoHandler(EnergyHandler):
    """Keeps traces until save_data() stores them, each as one document.

    trace_id: the number of the next trace        trace_name_prefix: what stands before it in its name
    collection: pymongo's collection              `with MongoHandler(…) as handler:` closes the connection at the end
    """

    def __init__(self, uri, database_name, collection_name, connected_timeout=30000, trace_name_prefix="trace_"):
        """
        :param uri: the database, in MongoDB's uri format
        :param connected_timeout: milliseconds to wait for a server that answers
        :param trace_name_prefix: a trace is named by it and a number, which counts the traces that this handler has stored
        :raise MongoInitError: the uri makes no sense, or no server answers
        """
        EnergyHandler.__init__(self)
        self.trace_id = 0
        self.trace_name_prefix = trace_name_prefix
        self._uri = uri
        self._target = (database_name, collection_name, connected_timeout)
        self._numbers = {}  # of traces that were sent, and of which it is not known whether they were stored
        self._saving = threading.Lock()
        self._open()

    def _open(self):
        database_name, collection_name, timeout = self._target
        self._client = _connect(self._uri, timeout)
        self._close = weakref.finalize(self, self._client.close)
        try:
            self.collection = self._client[database_name][collection_name]
        except _pymongo().errors.PyMongoError as error:
            self.close()
            raise MongoInitError(f"cannot use the collection {database_name}.{collection_name} : {error}") from error

    _connection = ("_client", "_close", "collection")
    _left_behind = ("_saving", "_numbers", "_ids", *_connection)

    def __setstate__(self, state):
        self.__dict__.update(state, _numbers={}, _saving=threading.Lock())

    def __getattr__(self, name):
        """The connection of a copy, when it is first needed."""
        if name not in self._connection or "_target" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._open()
        return self.__dict__[name]

    @property
    def _collection(self):
        return self.collection

    def close(self):
        """Ends the connection. What was not saved is still in the handler."""
        if "_close" in self.__dict__:
            self._close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def save_data(self):
        """Stores the processed traces. Whatever fails, no trace is lost and none is stored twice: call it again.

        :raise MongoSaveError: not all could be stored; those are still in the handler
        """
        with self._saving:
            traces = self._take_traces()
            stored = set()
            try:
                self._store(traces, stored)
            finally:
                rest = [trace for trace in traces if id(trace) not in stored]
                if rest:
                    self._put_back(rest)

    # ---- documents ----

    def _store(self, traces, stored):
        """Adds id(trace) to `stored` for each trace that is in the database."""
        failures = []
        known = {identity(self, trace) for trace in traces}
        self._numbers = {name: number for name, number in self._numbers.items() if name in known}
        try:
            limits = self._limits()
            parts = self._prepare(traces, limits["maxBsonObjectSize"], failures)
            missing = {}
            for part in parts:
                missing[id(part.trace)] = missing.get(id(part.trace), 0) + 1
            for batch in self._batches(parts, limits["maxMessageSizeBytes"] // 2):
                for part in self._send(batch, failures):
                    missing[id(part.trace)] -= 1
                    if missing[id(part.trace)] == 0:
                        self._is_stored(part.trace, stored)
        except _pymongo().errors.PyMongoError as error:
            failures.append(scrub(error, self._uri))
        if failures:
            self._fail(failures[0], len(traces) - len(stored), len(traces))

    def _fail(self, reason, missing, count):
        where = f"{self.collection.database.name}.{self.collection.name} of {shown(self._uri)}"
        raise _save_error(
            f"{missing} of {count} traces could not be stored in {where}: {reason}. They are still in the handler; "
            "save_data() tries again, and stores each once"
        )

    def _is_stored(self, trace, stored):
        stored.add(id(trace))
        number = self._numbers.pop(identity(self, trace), None)
        if number is not None:
            self.trace_id = max(self.trace_id, number + 1)
        forget(self, trace)

    def _limits(self):
        try:
            return {**_LIMITS, **self._client.admin.command("hello")}
        except _pymongo().errors.OperationFailure:
            return _LIMITS

    def _prepare(self, traces, most, failures):
        """The documents of all traces, with their numbers; of one that is no document, a failure."""
        parts, seen = [], set()
        following = max([self.trace_id, *(number + 1 for number in self._numbers.values())])
        for trace in traces:
            if id(trace) in seen:
                continue
            seen.add(id(trace))
            name = identity(self, trace)
            number = self._numbers.get(name, following)
            try:
                parts += self._documents(trace, name, number, most)
            except _NotADocument as error:
                failures.append(str(error))
                continue
            self._numbers[name] = number
            following = max(following, number + 1)
        return parts

    def _documents(self, trace, name, number, most):
        document = {
            "_id": name,
            **self._frame(number),
            "trace": [sample_document(sample) for sample in samples_of(trace)],
            **origin(),
            **labels(trace),
        }
        size = _size(document, document["name"])
        if size <= most:
            return [_Part(trace, document, size)]
        pieces = _split(
            document["trace"], most - _size({**self._part(document, 10**9, 10**9), "trace": []}, name), document["name"]
        )
        documents = [{**self._part(document, i + 1, len(pieces)), "trace": piece} for i, piece in enumerate(pieces)]
        return [_Part(trace, part, _size(part, name)) for part in documents]

    def _frame(self, number):
        return {"name": f"{self.trace_name_prefix}{number}"}

    @staticmethod
    def _part(document, part, parts):
        name = document["_id"]
        return {**document, "_id": f"{name}/{part}", "trace": None, "id": name, "part": part, "parts": parts}

    # ---- sending ----

    def _acknowledged(self):
        """The collection; where the uri asks for no acknowledgement (w=0), with one: else nobody knows what is stored."""
        if self.collection.write_concern.acknowledged:
            return self.collection
        warnings.warn(
            "w=0 in the uri would lose documents unseen: the server was asked to acknowledge them", stacklevel=5
        )
        return self.collection.with_options(write_concern=_pymongo().WriteConcern(w=1))

    @staticmethod
    def _batches(parts, most):
        """Lists of documents that go in one message, so that what an earlier one stored is known when a later one fails."""
        batch, size = [], 0
        for part in parts:
            if batch and size + part.size > most:
                yield batch
                batch, size = [], 0
            batch.append(part)
            size += part.size
        if batch:
            yield batch

    def _send(self, batch, failures):
        """The parts of this batch that are stored now."""
        errors = _pymongo().errors
        try:
            self._acknowledged().insert_many([part.document for part in batch], ordered=False)
            return batch
        except errors.BulkWriteError as error:
            details = error.details
        if details.get("writeConcernErrors"):
            failures.append(scrub(details["writeConcernErrors"][0].get("errmsg", "write concern"), self._uri))
            return []
        duplicates, named, refused = {}, set(), set()
        for failure in details.get("writeErrors", ()):
            index, key = failure["index"], failure.get("keyPattern")
            if failure.get("code") == _DUPLICATE and list(key or ["_id"]) == ["_id"]:
                duplicates[batch[index].document["_id"]] = index
                if key:
                    named.add(batch[index].document["_id"])
            else:
                refused.add(index)
                failures.append(scrub(failure.get("errmsg", "refused"), self._uri))
        refused.update(self._changed_since(batch, duplicates, named, failures))
        return [part for index, part in enumerate(batch) if index not in refused]

    def _changed_since(self, batch, duplicates, named, failures):
        """Of the documents that are there already, {_id: index}, those that are other ones than what is there. Of some the server has named
        the _id as the key that is."""
        if not duplicates:
            return
        try:
            found = self.collection.find({"_id": {"$in": list(duplicates)}}, {"trace": True})
            there = {document["_id"]: document.get("trace") for document in found}
        except _pymongo().errors.PyMongoError as error:
            # Who may write and not read has only the server's word that it is the _id, which is ours.
            unsure = duplicates.keys() - named if getattr(error, "code", None) in _UNAUTHORISED else duplicates.keys()
            for name in unsure:
                failures.append(scrub(error, self._uri))
                yield duplicates[name]
            return
        for name, index in duplicates.items():
            if there.get(name) != batch[index].document["trace"]:
                failures.append(
                    f"the trace {name} was changed after it had been stored; process a new one: EnergyTrace(trace)"
                )
                yield index


class _NotADocument(Exception):
    """The trace cannot be stored as it is."""


def _size(document, name):
    import bson

    try:
        return len(bson.encode(document))
    except Exception as error:
        raise _NotADocument(f"{name} is no document: {error}") from error


def _split(samples, room, name):
    """The samples in pieces of at most `room` bytes."""
    pieces, size = [[]], 0
    for index, sample in enumerate(samples):
        bytes_taken = _size(sample, name) + _ELEMENT + len(str(len(pieces[-1])))
        if bytes_taken > room:
            raise _NotADocument(
                f"sample {index} of {name} alone is larger than a document may be ({bytes_taken} bytes)"
            )
        if size + bytes_taken > room:
            pieces.append([])
            size = 0
        pieces[-1].append(sample)
        size += bytes_taken
    return pieces
