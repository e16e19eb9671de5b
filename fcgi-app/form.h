/* The one form of the API: a file in multipart/form-data, read as it arrives and bounded. */
#ifndef TC_FCGI_FORM_H
#define TC_FCGI_FORM_H

#include "base/buf.h"
#include "base/err.h"

struct request;

struct form_file {
    const char *filename; /* as the client names it: only its extension means anything */
    struct buf bytes;
};

/*
 * form_file(req, field, max, out, e): the file of that field (ASCII case and a "request." in front ignored; other parts
 * are skipped); free out->bytes in any case. ERR_FORMAT with field errors when it is missing or the form is broken,
 * ERR_MEDIA when the body is no form, ERR_TOO_LARGE when the body or the file (max bytes) is.
 */
int form_file(struct request *req, const char *field, size_t max, struct form_file *out, struct err *e);

#endif
