from joules.device.device_factory import *
