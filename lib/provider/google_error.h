/*
 * What Google's refusals mean: the body of a failed call of its APIs,
 * {"error":{"code","message","errors":[{"reason"}]}}, becomes a class, a code and a sentence. A 403 may be a full disk,
 * a busy minute or an API that nobody switched on.
 * https://developers.google.com/workspace/drive/api/guides/handle-errors
 */
#ifndef TC_PROVIDER_GOOGLE_ERROR_H
#define TC_PROVIDER_GOOGLE_ERROR_H

#include "net/http.h"

/* google_error_fill(res, e): an answer outside 2xx; returns -1. A row of the table by reason, else by status. */
int google_error_fill(const struct http_response *res, struct err *e);

#endif
