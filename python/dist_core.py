# SPDX-License-Identifier: MIT
"""Puts the core where the link to it stands, so that the source distribution can be built by itself. Run by `meson dist`."""

import os
import pathlib
import shutil

core = pathlib.Path(os.environ["MESON_DIST_ROOT"]) / "subprojects/joules"
top = pathlib.Path(os.environ["MESON_SOURCE_ROOT"]).parent
if core.is_symlink():
    core.unlink()
for folder in ("include", "src", "cli"):
    shutil.copytree(top / folder, core / folder, dirs_exist_ok=True)
for name in ("meson.build", "meson_options.txt", "LICENSE"):
    shutil.copy(top / name, core)
