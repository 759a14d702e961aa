from joules.handler import *
