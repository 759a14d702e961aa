from collections.abc import Iterable

from .energy_trace import EnergySample

class Energy(float):
    low: float
    high: float
    source: str
    missing: tuple[str, ...]
    def __new__(
        cls, value: float, low: float = ..., high: float = ..., source: str = "measured", missing: Iterable[str] = ()
    ) -> Energy: ...
    def __getnewargs__(self) -> tuple[float, float, float, str, tuple[str, ...]]: ...  # type: ignore[override]

def total_of(sample: EnergySample) -> Energy: ...
def add(totals: list[Energy]) -> Energy: ...
