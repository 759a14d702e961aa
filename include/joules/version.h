/* SPDX-License-Identifier: MIT */
/* The version that a program was compiled against; joules_version() gives the one that it runs with. */
#ifndef JOULES_VERSION_H
#define JOULES_VERSION_H

#define JOULES_VERSION_MAJOR 0
#define JOULES_VERSION_MINOR 1
#define JOULES_VERSION_PATCH 0
#define JOULES_VERSION "0.1.0"

#endif
