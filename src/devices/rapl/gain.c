/* SPDX-License-Identifier: MIT */
#include "devices/rapl/gain.h"

#include <stddef.h>

/* Sets of parts. */
enum {
	PACKAGE = 1U << JOULES_PART_PACKAGE,
	DRAM = 1U << JOULES_PART_DRAM,
	ALL_PARTS = PACKAGE | DRAM | 1U << JOULES_PART_CORE | 1U << JOULES_PART_UNCORE | 1U << JOULES_PART_PLATFORM,
};

/* Processors of one family, their parts (a set of 1 << joules_part) and the class. The first row that fits counts. */
struct row {
	enum cpu_vendor vendor;
	unsigned family;
	unsigned from, to; /* models */
	unsigned parts;
	joules_gain gain;
};

static const struct row rows[] = {
	/* Sandy and Ivy Bridge: energy from event counts; Hackenberg et al., ISPASS 2013 and IPDPSW 2015 */
	{ CPU_INTEL, 6, 0x2a, 0x2a, ALL_PARTS, JOULES_GAIN_MODELLED },
	{ CPU_INTEL, 6, 0x2d, 0x2d, ALL_PARTS, JOULES_GAIN_MODELLED },
	{ CPU_INTEL, 6, 0x3a, 0x3a, ALL_PARTS, JOULES_GAIN_MODELLED },
	{ CPU_INTEL, 6, 0x3e, 0x3e, ALL_PARTS, JOULES_GAIN_MODELLED },

	/* Haswell-EP memory: "Mode 1", the board's own regulators measure (+0.6 … +14 % under load, up to +77 % asleep);
	 * Desrochers et al., MEMSYS 2016. Broadwell-EP: -10 … +2 % when busy, +35 … +40 % idle; ICPE 2024,
	 * github.com/lukalt/icpe-2024-rapl-validation. Ice Lake-SP's memory is +11 … +157 % off there and the clients' -55
	 * … +22 % (MEMSYS 2016): those stay unknown, as does whatever nobody compared. */
	{ CPU_INTEL, 6, 0x3f, 0x3f, DRAM, JOULES_GAIN_MEASURED },
	{ CPU_INTEL, 6, 0x4f, 0x4f, DRAM, JOULES_GAIN_MEASURED },

	/* Haswell and later packages: "from modeling to actual measurement"; Hackenberg et al., IPDPSW 2015, of the package
	 * only. The models are the Core and Xeon ones of Linux arch/x86/include/asm/intel-family.h; Atom and Xeon Phi are
	 * not what was compared. */
	{ CPU_INTEL, 6, 0x3c, 0x3d, PACKAGE, JOULES_GAIN_MEASURED }, /* Haswell, Broadwell */
	{ CPU_INTEL, 6, 0x3f, 0x3f, PACKAGE, JOULES_GAIN_MEASURED }, /* Haswell-EP */
	{ CPU_INTEL, 6, 0x45, 0x47, PACKAGE, JOULES_GAIN_MEASURED }, /* Haswell, Broadwell */
	{ CPU_INTEL, 6, 0x4e, 0x4f, PACKAGE, JOULES_GAIN_MEASURED }, /* Skylake, Broadwell-EP */
	{ CPU_INTEL, 6, 0x55, 0x56, PACKAGE, JOULES_GAIN_MEASURED }, /* Skylake-SP to Cooper Lake, Broadwell-D */
	{ CPU_INTEL, 6, 0x5e, 0x5e, PACKAGE, JOULES_GAIN_MEASURED }, /* Skylake */
	{ CPU_INTEL, 6, 0x66, 0x66, PACKAGE, JOULES_GAIN_MEASURED }, /* Cannon Lake */
	{ CPU_INTEL, 6, 0x6a, 0x6a, PACKAGE, JOULES_GAIN_MEASURED }, /* Ice Lake-SP */
	{ CPU_INTEL, 6, 0x6c, 0x6c, PACKAGE, JOULES_GAIN_MEASURED }, /* Ice Lake-D */
	{ CPU_INTEL, 6, 0x7d, 0x7e, PACKAGE, JOULES_GAIN_MEASURED }, /* Ice Lake */
	{ CPU_INTEL, 6, 0x8c, 0x8f, PACKAGE, JOULES_GAIN_MEASURED }, /* Tiger Lake, Kaby Lake, Sapphire Rapids */
	{ CPU_INTEL, 6, 0x97, 0x97, PACKAGE, JOULES_GAIN_MEASURED }, /* Alder Lake */
	{ CPU_INTEL, 6, 0x9a, 0x9a, PACKAGE, JOULES_GAIN_MEASURED }, /* Alder Lake */
	{ CPU_INTEL, 6, 0x9e, 0x9e, PACKAGE, JOULES_GAIN_MEASURED }, /* Kaby Lake, Coffee Lake */
	{ CPU_INTEL, 6, 0xa5, 0xa7, PACKAGE, JOULES_GAIN_MEASURED }, /* Comet Lake, Rocket Lake */
	{ CPU_INTEL, 6, 0xaa, 0xae, PACKAGE, JOULES_GAIN_MEASURED }, /* Meteor Lake, Granite Rapids */
	{ CPU_INTEL, 6, 0xb5, 0xb5, PACKAGE, JOULES_GAIN_MEASURED }, /* Arrow Lake */
	{ CPU_INTEL, 6, 0xb7, 0xb7, PACKAGE, JOULES_GAIN_MEASURED }, /* Raptor Lake */
	{ CPU_INTEL, 6, 0xba, 0xba, PACKAGE, JOULES_GAIN_MEASURED }, /* Raptor Lake */
	{ CPU_INTEL, 6, 0xbd, 0xbd, PACKAGE, JOULES_GAIN_MEASURED }, /* Lunar Lake */
	{ CPU_INTEL, 6, 0xbf, 0xbf, PACKAGE, JOULES_GAIN_MEASURED }, /* Raptor Lake */
	{ CPU_INTEL, 6, 0xc5, 0xc6, PACKAGE, JOULES_GAIN_MEASURED }, /* Arrow Lake */
	{ CPU_INTEL, 6, 0xcf, 0xcf, PACKAGE, JOULES_GAIN_MEASURED }, /* Emerald Rapids */

	/* Zen: modelled, blind to the data and to memory traffic (up to 39 % off the line through the wall's power); Schöne
	 * et al., CLUSTER 2021, of Zen 2. No later or earlier generation has been shown to measure. Hygon's is Zen. */
	{ CPU_AMD, 0x17, 0, ~0U, ALL_PARTS, JOULES_GAIN_MODELLED },
	{ CPU_AMD, 0x19, 0, ~0U, ALL_PARTS, JOULES_GAIN_MODELLED },
	{ CPU_AMD, 0x1a, 0, ~0U, ALL_PARTS, JOULES_GAIN_MODELLED },
	{ CPU_HYGON, 0x18, 0, ~0U, ALL_PARTS, JOULES_GAIN_MODELLED },
};

joules_gain gain_of(const struct cpu *cpu, joules_part part)
{
	unsigned set = part >= JOULES_PART_PACKAGE && part <= JOULES_PART_PLATFORM ? 1U << part : 0;
	/* A guest's counter is its share of the host's by CPU time (QEMU docs/specs/rapl-msr.rst), whatever the host's is
	 * worth. */
	if (cpu->is_virtual && set)
		return JOULES_GAIN_ESTIMATED;
	for (const struct row *row = rows; row < rows + sizeof rows / sizeof *rows; row++)
		if (row->vendor == cpu->vendor && row->family == cpu->family && cpu->model >= row->from &&
		    cpu->model <= row->to && (row->parts & set))
			return row->gain;
	return JOULES_GAIN_UNKNOWN;
}
