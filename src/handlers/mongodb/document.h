/* SPDX-License-Identifier: MIT */
/* A trace as the driver's documents: the keys and values of the json handler behind an _id, numbers as doubles, what is
 * not measured as null. */
#ifndef JOULES_HANDLERS_MONGODB_DOCUMENT_H
#define JOULES_HANDLERS_MONGODB_DOCUMENT_H

#include "handlers/mongodb/driver.h"
#include "handlers/origin.h"

#include <joules/joules.h>

/* How many bytes a document takes. */
size_t document_size(const struct driver *driver, const struct bson *document);

/* Gets each document and owns it; a failure ends the trace. */
typedef joules_status (*document_taker)(void *context, struct bson *document);

/* Makes one document of the trace, or parts of at most `most` bytes each, `<id>/1`, `<id>/2`, … Fails where one sample
 * is larger than a document may be, or the taker did. */
joules_status document_each(const struct driver *driver, joules_trace *trace, const struct origin *origin, size_t most,
    document_taker take, void *context);

#endif
