#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every function of joules.h has a stub of the same signature in disabled.h, and stands in joules.map; no other does. So do the macros of scopes.
The types come first, the functions in one block."""

import re
import sys


def code(path):
    with open(path, encoding="utf-8") as file:
        return re.sub(r"/\*.*?\*/|//[^\n]*", " ", file.read(), flags=re.DOTALL)


def plain(signature):
    signature = re.sub(r"__attribute__\s*\(\(.*?\)\)(?=\s|$)", " ", " ".join(signature.split()))
    return re.sub(r"\s*([*(),])\s*", r"\1", signature).strip()


def main(public, disabled, symbol_map):
    text = re.sub(r"^#\s*define (?:\\\n|.)*$", "", code(public), flags=re.MULTILINE)
    declared = {plain(found) for found in re.findall(r"\bJOULES_API\b(.*?);", text, flags=re.DOTALL)}
    stubs = {plain(found) for found in re.findall(r"\bstatic inline\b(.*?)\{", code(disabled), flags=re.DOTALL)}
    names = {re.search(r"(\w+)\(", one)[1] for one in declared}
    exported = set(re.findall(r"^\s*(joules_\w+);", code(symbol_map), flags=re.MULTILINE))
    macros = {
        name: set(re.findall(r"#\s*define (JOULES_(?:SCOPE|BREAK|FUNCTION))\b", code(path)))
        for name, path in (("public", public), ("disabled", disabled))
    }
    problems = [f"no stub: {one}" for one in sorted(declared - stubs)]
    problems += [f"no such function: {one}" for one in sorted(stubs - declared)]
    problems += [f"not in the symbol map: {one}" for one in sorted(names - exported)]
    problems += [f"in the symbol map, but no function: {one}" for one in sorted(exported - names)]
    types, *functions = re.split(r"^#ifndef JOULES_DISABLE$", text, flags=re.MULTILINE)
    if len(functions) != 1 or "JOULES_API const" in types or "typedef" in functions[0]:
        problems.append(f"{public}: first all types, then the functions in one #ifndef JOULES_DISABLE")
    if len(macros["public"]) != 3 or macros["public"] != macros["disabled"]:
        problems.append(f"macros differ: {macros}")
    if len(declared) < 50:
        problems.append(f"only {len(declared)} functions found in {public}: is it still written as this test expects?")
    print("\n".join(problems) or f"{len(declared)} functions, each with its stub and exported")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
