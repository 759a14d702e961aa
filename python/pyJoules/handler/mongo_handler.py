from joules.handler.mongo_handler import *
