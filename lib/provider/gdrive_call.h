/* One call of the Drive API: token, headers, content. For the files of the client only (gdrive_api.h). */
#ifndef TC_PROVIDER_GDRIVE_CALL_H
#define TC_PROVIDER_GDRIVE_CALL_H

#include "provider/gdrive_api.h"

#define GDRIVE_FOLDER_TYPE "application/vnd.google-apps.folder"

enum { GDRIVE_MORE_MAX = 2 };

/* What a call sends beside its method and URL. */
struct gdrive_content {
    const char *type; /* NULL: none */
    const void *data; /* this, … */
    size_t n;
    bool from_file; /* … then bytes of a file … */
    int fd;
    int64_t offset, length, *sent;
    const char *tail;                         /* … and a text; NULL: none */
    struct http_header more[GDRIVE_MORE_MAX]; /* up to the first without a name */
};

/* gdrive_call_exchange(g, method, url, c, res, e): any complete answer is a 0, and the caller frees it. A refused token
 * is replaced, once. c NULL: no content. */
int gdrive_call_exchange(struct gdrive_api *g, const char *method, const char *url, const struct gdrive_content *c,
                         struct http_response *res, struct err *e);

/* gdrive_call: the same, and anything but a 2xx is a failure of google_error.h. */
int gdrive_call(struct gdrive_api *g, const char *method, const char *url, const struct gdrive_content *c,
                struct http_response *res, struct err *e);

/* gdrive_call_base(g): the address of the API. gdrive_call_is_id(text): can it stand in a path. */
const char *gdrive_call_base(const struct gdrive_api *g);
bool gdrive_call_is_id(const char *text);

#endif
