from joules.exception import *
