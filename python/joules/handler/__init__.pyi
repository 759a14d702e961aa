from .handler import EnergyHandler as EnergyHandler, UnconsistantSamplesError as UnconsistantSamplesError
from .print_handler import PrintHandler as PrintHandler

__all__ = ["EnergyHandler", "PrintHandler", "UnconsistantSamplesError"]
