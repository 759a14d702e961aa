from joules.device.rapl_device import *
