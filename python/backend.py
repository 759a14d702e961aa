# SPDX-License-Identifier: MIT
"""meson-python, told that free-threaded CPython before 3.15 has no stable ABI: there the package is built for that version alone."""

import sys
import sysconfig

import mesonpy
from mesonpy import (  # noqa: F401
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
)

_NO_STABLE_ABI = "-Dpython.allow_limited_api=false"


def _settings(config_settings):
    settings = dict(config_settings or {})
    if sysconfig.get_config_var("Py_GIL_DISABLED") and sys.version_info < (3, 15):
        given = settings.get("setup-args", [])
        settings["setup-args"] = [*([given] if isinstance(given, str) else given), _NO_STABLE_ABI]
    return settings


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return mesonpy.build_wheel(wheel_directory, _settings(config_settings), metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return mesonpy.build_editable(wheel_directory, _settings(config_settings), metadata_directory)
