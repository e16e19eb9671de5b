#include "provider/s3_key.h"

#include "base/encode.h"
#include "net/digest.h"
#include "provider/s3_request.h"

#include <string.h>

enum { EXTENSION_MAX = 16, HASH_BYTES = 8 };

static const char *extension_of(const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    bool good = dot && (!slash || dot > slash) && strlen(dot) <= EXTENSION_MAX;
    return good ? dot : "";
}

const char *s3_key_make(struct arena *a, int64_t job_id, const char *path)
{
    char *key = arena_printf(a, "torrents/%lld/%s", (long long)job_id, path);
    if (strlen(key) <= S3_KEY_MAX)
        return key;
    const char *extension = extension_of(path);
    char hash[2 * HASH_BYTES + 1];
    struct digest_sum sum;
    digest_memory(DIGEST_SHA256, path, strlen(path), &sum);
    encode_hex(sum.sha256, HASH_BYTES, hash);
    size_t room = S3_KEY_MAX - 1 - strlen(hash) - strlen(extension);
    for (int i = 0; i < 3 && ((unsigned char)key[room] & 0xc0) == 0x80; i++) /* not inside a UTF-8 sequence */
        room--;
    return arena_printf(a, "%.*s~%s%s", (int)room, key, hash, extension);
}
