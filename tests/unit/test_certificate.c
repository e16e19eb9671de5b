/* net/certificate: what is taken for certificates. */
#include "base/buf.h"
#include "net/certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Self-signed, valid for a hundred years. */
static const char one[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIBbzCCARWgAwIBAgIUCDsPMUTHvXOdd7hGXHQaWgoNq58wCgYIKoZIzj0EAwIw\n"
                          "DDEKMAgGA1UEAwwBdDAgFw0yNjExMjQyMjA4MThaGA8yMTI2MTAzMTIyMDgxOFow\n"
                          "DDEKMAgGA1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCfmCM9pk6Qg\n"
                          "jwgLbSpXt0WTjTsLP0Kreap+Zd8xuNCJqX/dqv1ST7JSghd7ugMGxtM9nKHhYgvw\n"
                          "dwsrTJ6i2hijUzBRMB0GA1UdDgQWBBTEa6BYO8SRt6TcIRlL/YSpAutemzAfBgNV\n"
                          "HSMEGDAWgBTEa6BYO8SRt6TcIRlL/YSpAutemzAPBgNVHRMBAf8EBTADAQH/MAoG\n"
                          "CCqGSM49BAMCA0gAMEUCIHgqS8V5Z/mZcc8sr8mZkw2DthoLnzgmkp0gS+jt3kJ+\n"
                          "AiEAr2Sk4QzW1WUoqIPjeUdpz8Kco0dppb9RYgUsWLKDVUQ=\n"
                          "-----END CERTIFICATE-----\n";

static bool taken(const char *before, const char *middle, const char *after)
{
    struct buf text = BUF_INIT(1 << 20);
    buf_addf(&text, "%s%s%s", before, middle, after);
    bool yes = certificate_pem(buf_str(&text));
    buf_free(&text);
    return yes;
}

static void test_certificates(void **state)
{
    (void)state;
    assert_true(taken("", one, ""));
    assert_true(taken(one, "\n", one));
    assert_true(taken("what somebody wrote above it\n", one, "\n  \n"));
}

static void test_others(void **state)
{
    struct buf large = BUF_INIT(1 << 20);
    (void)state;
    assert_false(taken("", "", ""));
    assert_false(taken("no", " ", "certificate"));
    assert_false(taken("-----BEGIN CERTIFICATE-----\n", "bm9uc2Vuc2U=", "\n-----END CERTIFICATE-----\n"));
    assert_false(taken(one, "-----BEGIN CERTIFICATE-----\n", "bm9uc2Vuc2U=\n-----END CERTIFICATE-----\n"));
    assert_false(taken(one, "-----BEGIN CERTIFICATE-----\n", "bm9uc2Vuc2U=\n")); /* cut off */
    assert_false(taken(one, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ""));
    for (int i = 0; i < 200; i++)
        buf_adds(&large, one);
    assert_false(certificate_pem(buf_str(&large)));
    buf_free(&large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
