from joules.device.device import *
