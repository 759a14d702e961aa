from joules.handler.handler import *
