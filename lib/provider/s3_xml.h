/* The XML of S3's answers (expat). A DTD is refused, depth and text are capped; the size is capped where it is read. */
#ifndef TC_PROVIDER_S3_XML_H
#define TC_PROVIDER_S3_XML_H

#include "base/err.h"

#include <stddef.h>

/*
 * Called at the end of every element: `path` is the local names from the root, joined by '/'
 * ("ListPartsResult/Part/ETag"), `text` its own character data (bounded, NUL-terminated, valid UTF-8; white space
 * around it removed). Children come before their parent.
 */
typedef void s3_xml_fn(void *arg, const char *path, const char *text);

/* s3_xml_parse(data, n, fn, arg, e): white space before the document is skipped (S3 sends it to keep a slow answer
 * alive). ERR_REMOTE "UnexpectedAnswer" when it is not well-formed or passes a limit. */
int s3_xml_parse(const char *data, size_t n, s3_xml_fn *fn, void *arg, struct err *e);

#endif
