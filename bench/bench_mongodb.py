#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same documents as bench_mongodb's, by pymongo.  usage: bench_mongodb.py URI DATABASE; for each line of standard input it reads what
is in the collection `ours`, stores it once more in `theirs`, empties both, and prints the nanoseconds that storing took."""

import sys
import time

import pymongo

client = pymongo.MongoClient(sys.argv[1])
database = client[sys.argv[2]]
for _ in sys.stdin:
    documents = list(database.ours.find())
    begin = time.perf_counter_ns()
    database.theirs.insert_many(documents, ordered=False)
    spent = time.perf_counter_ns() - begin
    if database.theirs.count_documents({}) != len(documents):
        sys.exit(f"{len(documents)} documents were sent, and are not all there")
    client.drop_database(sys.argv[2])
    print(spent, flush=True)
