#include "net/digest.h"

#include "base/arena.h"

#include <openssl/evp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 }; /* fits the L2 cache beside the code that hashes it */

struct digest {
    EVP_MD_CTX *md5, *sha256; /* NULL: not asked for */
};

/* libcrypto's digests fail only when memory is out or the provider is missing: neither can be carried on from. */
static void must(int ok)
{
    if (ok != 1)
        abort();
}

static EVP_MD_CTX *context_new(const EVP_MD *md)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    must(c != NULL);
    must(EVP_DigestInit_ex(c, md, NULL));
    return c;
}

struct digest *digest_new(int which)
{
    struct digest *d = MEM_NEW(struct digest);
    if (which & DIGEST_MD5)
        d->md5 = context_new(EVP_md5());
    if (which & DIGEST_SHA256)
        d->sha256 = context_new(EVP_sha256());
    return d;
}

void digest_free(struct digest *d)
{
    if (!d)
        return;
    EVP_MD_CTX_free(d->md5);
    EVP_MD_CTX_free(d->sha256);
    mem_free(d);
}

void digest_update(struct digest *d, const void *data, size_t n)
{
    if (d->md5)
        must(EVP_DigestUpdate(d->md5, data, n));
    if (d->sha256)
        must(EVP_DigestUpdate(d->sha256, data, n));
}

static void context_finish(EVP_MD_CTX *c, unsigned char *out)
{
    must(EVP_DigestFinal_ex(c, out, NULL));
    must(EVP_DigestInit_ex(c, NULL, NULL));
}

void digest_finish(struct digest *d, struct digest_sum *out)
{
    *out = (struct digest_sum){0};
    if (d->md5)
        context_finish(d->md5, out->md5);
    if (d->sha256)
        context_finish(d->sha256, out->sha256);
}

void digest_memory(int which, const void *data, size_t n, struct digest_sum *out)
{
    struct digest *d = digest_new(which);
    digest_update(d, data, n);
    digest_finish(d, out);
    digest_free(d);
}

int digest_update_file(struct digest *d, int fd, int64_t offset, int64_t length, struct err *e)
{
    unsigned char block[BLOCK];
    while (length > 0) {
        size_t want = length < BLOCK ? (size_t)length : BLOCK;
        ssize_t got = pread(fd, block, want, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_sys(e, ERR_DISK, "reading the file to hash");
        if (got == 0)
            return err_set(e, ERR_DISK, "FileTooShort", "The file to hash is shorter than it should be.");
        digest_update(d, block, (size_t)got);
        offset += got;
        length -= got;
    }
    return 0;
}

int digest_file(int which, int fd, int64_t offset, int64_t length, struct digest_sum *out, struct err *e)
{
    struct digest *d = digest_new(which);
    int rc = digest_update_file(d, fd, offset, length, e);
    digest_finish(d, out);
    digest_free(d);
    return rc;
}
