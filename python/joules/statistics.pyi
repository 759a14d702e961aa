from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Comparison", "median_limits", "paired", "shift"]

class Comparison(NamedTuple):
    count: int  # type: ignore[assignment]  # as joules_statistics names it; tuple.count is not for these
    estimate: float
    low: float
    high: float
    p: float

def paired(a: Iterable[float], b: Iterable[float], level: float = 0.95) -> Comparison: ...
def shift(a: Iterable[float], b: Iterable[float], level: float = 0.95) -> Comparison: ...
def median_limits(values: Iterable[float], level: float = 0.95) -> tuple[float, float]: ...
