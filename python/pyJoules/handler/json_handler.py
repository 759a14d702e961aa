from joules.handler.json_handler import *
