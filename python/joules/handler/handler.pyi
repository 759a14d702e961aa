from collections.abc import Collection, Iterable

from ..energy_trace import EnergySample, EnergyTrace as EnergyTrace
from ..exception import EnergyPrecisionWarning as EnergyPrecisionWarning, PyJoulesException as PyJoulesException

__all__ = [
    "EnergyHandler",
    "EnergyTrace",
    "UnconsistantSamplesError",
]

class UnconsistantSamplesError(PyJoulesException):
    traces: list[EnergyTrace]
    def __init__(self, message: str | None = None, traces: Iterable[EnergyTrace] = ()) -> None: ...

class EnergyHandler:
    traces: list[EnergyTrace]
    def __init__(self) -> None: ...
    def process(self, trace: EnergyTrace) -> None: ...
    def _flaten_trace(self) -> EnergyTrace: ...

def flatten(traces: Iterable[Iterable[EnergySample]]) -> EnergyTrace: ...
def tell_precision(told: set[str], traces: Iterable[Collection[EnergySample]], written_as: str) -> None: ...
def precision_of(sample: EnergySample) -> dict[str, list[bool]]: ...
