# SPDX-License-Identifier: MIT
"""What a process runs that gives one trace to handlers of Python and of C: code that follows HEAD of test_new_device."""

THROUGH_C = """
import os, pathlib

library = ctypes.CDLL(f"{folder}/../../src/libjoules.so.0")
library.joules_error_message.restype = ctypes.c_char_p
library.joules_handler_process.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
library.joules_handler_close.argtypes = [ctypes.c_void_p]
library.joules_trace_label_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]

def c_trace(trace):
    "The joules_trace behind a trace of Python's that is C's own: the first member of its object."
    native = trace._untouched()
    assert native is not None
    return ctypes.c_void_p.from_address(id(native) + object.__basicsize__).value

def give_labels(trace):
    for key, label in trace.labels.items():
        assert library.joules_trace_label_set(c_trace(trace), key.encode(), label.encode()) == 0

def through_c(output, traces):
    handler = ctypes.c_void_p()
    status = library.joules_handler_open(ctypes.byref(handler), output.encode())
    assert status == 0, library.joules_error_message()
    for trace in traces:
        assert library.joules_handler_process(handler, c_trace(trace)) == 0, library.joules_error_message()
    assert library.joules_handler_close(handler) == 0, library.joules_error_message()

def measure(tags, spoil=None):
    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start(tags[0])
    for tag in tags[1:]:
        meter.record(tag)
    if spoil:
        spoil()
    meter.stop()
    return meter.get_trace()

energy = pathlib.Path(os.environ["JOULES_SYSROOT"], "sys/class/powercap/intel-rapl:0/energy_uj")
labelled = measure(["a", "b"])
labelled.labels.update(commit="1f3c", note="fünf")
"""
