from functools import reduce as reduce
from operator import add as add

from ..energy_trace import EnergyTrace as EnergyTrace
from .handler import EnergyHandler as EnergyHandler

__all__ = [
    "add",
    "EnergyHandler",
    "EnergyTrace",
    "PrintHandler",
    "reduce",
]

class PrintHandler(EnergyHandler):
    def process(self, trace: EnergyTrace) -> None: ...
