/* One call of the S3 REST API, for the files of the client only (s3_api.c, s3_list.c). */
#ifndef TC_PROVIDER_S3_CALL_H
#define TC_PROVIDER_S3_CALL_H

#include "provider/s3_api.h"

/* s3_api_call(s, c, sent, res, e): 0 when the server did it: free *res; else the refusal. What it says of region,
 * endpoint and clock is learned, and the call repeated. sent NULL: nobody asks. */
int s3_api_call(struct s3_api *s, const struct s3_call *c, int64_t *sent, struct http_response *res, struct err *e);

#endif
