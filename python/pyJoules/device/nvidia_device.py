from joules.device.nvidia_device import *
