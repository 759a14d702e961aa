from joules.handler.print_handler import *
