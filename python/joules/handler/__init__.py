# SPDX-License-Identifier: MIT
"""Handlers take finished traces: print, CSV, JSON, SQLite, pandas, MongoDB."""

from .handler import EnergyHandler, UnconsistantSamplesError
from .print_handler import PrintHandler

__all__ = [
    "EnergyHandler",
    "handler",
    "print_handler",
    "PrintHandler",
    "UnconsistantSamplesError",
]
