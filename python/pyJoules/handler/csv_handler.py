from joules.handler.csv_handler import *
