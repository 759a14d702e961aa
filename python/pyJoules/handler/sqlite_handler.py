from joules.handler.sqlite_handler import *
