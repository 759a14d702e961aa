from joules.energy_meter import *
