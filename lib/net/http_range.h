/*
 * How far a resumable upload got, as its 308 answer says: "Range: bytes=0-42" when the first 43 bytes are stored, no
 * such header when none are. It is the only truth: a server may keep less than it was sent, also less than one chunk.
 * https://developers.google.com/workspace/drive/api/guides/manage-uploads#resume-upload
 */
#ifndef TC_NET_HTTP_RANGE_H
#define TC_NET_HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * http_range_stored(value, stored): the header's value, NULL when it is absent, as a number of bytes from the start:
 * where the upload goes on. False for anything but "bytes=0-N" with 0 <= N < INT64_MAX (the unit without regard to
 * case, RFC 9110 14.1): another first byte, several ranges, white space or signs; *stored is then untouched.
 */
bool http_range_stored(const char *value, int64_t *stored);

#endif
