# SPDX-License-Identifier: MIT
"""Puts the core, and the licence, where the links to them stand, so that the source distribution can be built by itself. Run by `meson dist`."""

import os
import pathlib
import shutil

root = pathlib.Path(os.environ["MESON_DIST_ROOT"])
core = root / "subprojects/joules"
top = pathlib.Path(os.environ["MESON_SOURCE_ROOT"]).parent
for link in core, root / "LICENSE":
    if link.is_symlink():
        link.unlink()
shutil.copy(top / "LICENSE", root)
for folder in ("include", "src", "cli"):
    shutil.copytree(top / folder, core / folder, dirs_exist_ok=True)
for name in ("meson.build", "meson_options.txt", "LICENSE"):
    shutil.copy(top / name, core)
