/* SPDX-License-Identifier: MIT */
/* What can be measured here, and what not, why, and what would help. */
#include <joules/joules.h>

#include <stdio.h>

/* Programs decide by the code; the words are for people. */
static void print_why_not(
    const char *indent, joules_reason code, const char *reason, const char *cure, const char *command)
{
	printf("%s%s: %s\n", indent, joules_reason_name(code), reason);
	if (cure)
		printf("%s-> %s\n", indent, cure);
	if (command)
		printf("%s$ %s\n", indent, command);
}

int main(void)
{
	joules_list *list;
	if (joules_list_new(&list, NULL) != JOULES_OK) {
		fprintf(stderr, "list: %s\n", joules_error_message());
		return 1;
	}
	for (size_t i = 0; i < joules_list_device_count(list); i++) {
		const joules_device *device = joules_list_device(list, i);
		printf("%s: %s\n", device->name, device->available ? "available" : "not available");
		if (!device->available)
			print_why_not("  ", device->reason_code, device->reason, device->cure, device->command);
		for (size_t j = 0; j < device->domain_count; j++) {
			const joules_domain *domain = device->domains[j];
			printf("  %-16s %s%s%s\n", domain->name,
			    domain->available ? joules_source_name(domain->source) : "not available",
			    domain->parent ? ", part of " : "", domain->parent ? domain->parent : "");
			if (!domain->available)
				print_why_not("    ", domain->reason_code, domain->reason, domain->cure, domain->command);
		}
	}
	joules_list_free(list);
	return 0;
}
