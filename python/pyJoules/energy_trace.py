from joules.energy_trace import *
