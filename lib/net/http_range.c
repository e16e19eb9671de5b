#include "net/http_range.h"

#include "base/encode.h"

#include <string.h>
#include <strings.h>

bool http_range_stored(const char *value, int64_t *stored)
{
    static const char head[] = "bytes=0-";
    int64_t last;
    if (!value) {
        *stored = 0;
        return true;
    }
    if (strncasecmp(value, head, strlen(head)) != 0)
        return false;
    value += strlen(head);
    if (*value == '-' || !parse_i64(value, 0, INT64_MAX - 1, &last))
        return false;
    *stored = last + 1;
    return true;
}
