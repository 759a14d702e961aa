# SPDX-License-Identifier: MIT
"""A training loop whose work runs on after the call that started it: NumPy on another thread stands in for a framework."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from joules.device import DeviceFactory
from joules.device.rapl_device import RaplPackageDomain
from joules.energy_meter import EnergyContext, EnergyMeter, measure_energy
from machines import J

numpy = pytest.importorskip("numpy")


class Framework:
    """launch(joules) returns at once; the work is done, and its energy used, some time later."""

    def __init__(self, machine):
        self.machine = machine
        self.stream = ThreadPoolExecutor(1)
        self.launched = []
        self.weights = numpy.ones((64, 64))
        self.synchronized = 0

    def launch(self, joules):
        self.launched.append(self.stream.submit(self._work, joules))

    def _work(self, joules):
        self.weights = self.weights @ self.weights / 64
        self.machine.add("package-0", joules * J)

    def synchronize(self):
        self.synchronized += 1
        for one in self.launched:
            one.result()
        self.launched.clear()


@pytest.fixture
def framework(machine):
    framework = Framework(machine)
    yield framework
    framework.stream.shutdown()


DOMAINS = [RaplPackageDomain(0)]


def test_each_epoch_has_the_energy_of_its_own_work(framework):
    meter = EnergyMeter(DeviceFactory.create_devices(DOMAINS), sync=framework.synchronize)
    for epoch in range(3):
        meter.resume(f"epoch {epoch}")
        for _ in range(4):
            framework.launch(epoch + 1)
        meter.record("validation")
        framework.launch(2)
        meter.stop()
        framework.launch(5)  # between stop and resume: a checkpoint
    trace = meter.get_trace()
    assert [trace.total(f"epoch {epoch}") / J for epoch in range(3)] == pytest.approx([4, 8, 12], abs=1e-3)
    assert trace.total("validation") / J == pytest.approx(6, abs=1e-3)
    assert framework.synchronized == 9


def test_without_sync_it_lands_elsewhere(framework):
    """Else the test above would prove nothing."""
    meter = EnergyMeter(DeviceFactory.create_devices(DOMAINS))
    meter.start("epoch")
    framework.launch(20)
    meter.record("validation")
    framework.synchronize()
    meter.stop()
    assert meter.get_trace()["epoch"].energy["package_0"] < 20 * J


def test_a_function_and_a_block_wait_for_it_too(framework, keep):
    @measure_energy(handler=keep, domains=DOMAINS, sync=framework.synchronize)
    def step():
        framework.launch(3)

    step()
    with EnergyContext(keep, DOMAINS, "forward", sync=framework.synchronize) as context:
        framework.launch(1)
        context.record("backward")
        framework.launch(2)
    assert [sample.energy["package_0"] / J for sample in keep.samples] == pytest.approx([3, 1, 2], abs=1e-3)
