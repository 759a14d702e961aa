#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same documents as bench_mongodb's, by pymongo.  usage: bench_mongodb.py URI FILE; for each line of standard input it stores the
documents of the file (BSON) in the collection `theirs`, empties the database, and prints the nanoseconds that storing took."""

import sys
import time

import bson
import pymongo

client = pymongo.MongoClient(sys.argv[1])
theirs = client.bench.theirs
with open(sys.argv[2], "rb") as file:
    documents = bson.decode_all(file.read())
for _ in sys.stdin:
    client.drop_database("bench")
    begin = time.perf_counter_ns()
    theirs.insert_many(documents, ordered=False)
    spent = time.perf_counter_ns() - begin
    if theirs.count_documents({}) != len(documents):
        sys.exit(f"{len(documents)} documents were sent, and are not all there")
    client.drop_database("bench")
    print(spent, flush=True)
