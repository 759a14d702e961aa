from joules.device.estimate_device import *
