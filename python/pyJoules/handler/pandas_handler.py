from joules.handler.pandas_handler import *
