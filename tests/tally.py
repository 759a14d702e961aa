# SPDX-License-Identifier: MIT
"""Adds up what the runners and the steps of script/test left, and prints the one closing line. Exit status 1 if anything failed."""

import pathlib
import sys
import xml.etree.ElementTree as tree


def main(folder):
    passed = failed = skipped = 0
    for file in sorted(folder.glob("*.xml")):
        for case in tree.parse(file).iter("testcase"):
            kinds = {child.tag for child in case}
            if kinds & {"failure", "error"}:
                failed += 1
                print(f"failed: {file.stem}: {case.get('classname', '')} {case.get('name')}")
            elif "skipped" in kinds:
                skipped += 1
                reason = case.find("skipped").get("message") or "no reason given"
                print(f"skipped: {file.stem}: {case.get('name')}: {reason}")
            else:
                passed += 1
    steps = folder / "steps"
    for line in steps.read_text().splitlines() if steps.exists() else []:
        if line.startswith("passed "):
            passed += 1
        else:
            failed += 1
            print(f"failed: {line.removeprefix('failed ')}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
