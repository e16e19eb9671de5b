#include "net/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string.h>

bool certificate_pem(const char *text)
{
    size_t n = strlen(text);
    if (n > CERTIFICATE_PEM_MAX || strstr(text, "PRIVATE KEY-----"))
        return false;
    BIO *in = BIO_new_mem_buf(text, (int)n);
    int count = 0;
    X509 *one;
    while (in && (one = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        X509_free(one);
        count++;
    }
    /* The reading always ends in an error: fine when it says that there is no further block. */
    bool whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(in);
    return count > 0 && whole;
}
