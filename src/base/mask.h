/* SPDX-License-Identifier: MIT */
/* What may be shown of an argument: not the password of a server's address. */
#ifndef JOULES_BASE_MASK_H
#define JOULES_BASE_MASK_H

/* scheme://user:password@ becomes scheme://user:***@, and the value of an option that is a secret ***, wherever they
 * stand in the string. Never makes it longer: a password of two bytes becomes two stars. */
void mask_passwords(char *string);

#endif
