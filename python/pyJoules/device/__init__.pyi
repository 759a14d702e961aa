from joules.device import *
