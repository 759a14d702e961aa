from joules.statistics import *
