# SPDX-License-Identifier: MIT
"""The energy of a whole sample: each joule once."""

import re

_PART = re.compile(r"(core|uncore)_(\d+)(_die_\d+)?$")
_NAN = float("nan")


class Energy(float):
    """An energy in µJ, with what is certain of it."""

    def __new__(cls, value, low=_NAN, high=_NAN, source="measured", missing=()):
        self = float.__new__(cls, value)
        self.low = low
        self.high = high
        self.source = source
        self.missing = tuple(missing)
        return self

    def __getnewargs__(self):
        return (float(self), self.low, self.high, self.source, self.missing)

    def __repr__(self):
        words = f"{float(self)!r} µJ, {self.low!r} … {self.high!r}, {self.source}"
        return f"Energy({words}{', without ' + ', '.join(self.missing) if self.missing else ''})"


def _ancestors(domain, parent):
    """Names of the domains that would contain this one."""
    if parent:
        yield parent
    part = _PART.match(domain)
    if part:
        yield f"package_{part[2]}"
        if part[3]:
            yield f"package_{part[2]}{part[3]}"
    elif "_mig_" in domain:
        yield domain.split("_mig_")[0]


def _is_psys(domain):
    return domain == "psys" or domain.startswith("psys_")


def _counts(domain, parent, domains):
    if any(ancestor in domains for ancestor in _ancestors(domain, parent) if ancestor != domain):
        return False
    packages = any(name.startswith("package_") for name in domains)
    if _is_psys(domain):
        return not packages
    within_psys = domain.startswith(("core_", "uncore_", "dram_"))
    return not (within_psys and not packages and any(map(_is_psys, domains)))


def total_of(sample):
    details = {str(domain): (sample.energy[domain], sample._detail(domain)) for domain in sample.energy}
    counted = [name for name, (_, detail) in details.items() if _counts(name, detail[6], details)]
    measured = [name for name in counted if details[name][1][3] == "measured"]
    source = "measured" if measured else "estimated"
    value = low = high = 0.0
    missing, seen = [], 0
    for name in measured or counted:
        energy, detail = details[name]
        if energy != energy:
            missing.append(name)
            continue
        if "partial" in detail[5]:
            missing.append(name)
        seen += 1
        value, low, high = value + energy, low + detail[1], high + detail[2]
    if not seen:
        return Energy(_NAN, _NAN, _NAN, source, missing)
    return Energy(value, low, _NAN if missing else high, source, missing)
