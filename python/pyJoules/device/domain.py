from joules.device.domain import *
