/* How an exchange failed: libcurl's results as classes and sentences. */
#include "net/http_internal.h"

#include <errno.h>
#include <string.h>

struct failure {
    CURLcode result;
    enum err_class class;
    const char *code, *sentence;
};

static const struct failure failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ERR_UNAVAILABLE, "HostNotFound", "The name of the server could not be resolved"},
    {CURLE_COULDNT_RESOLVE_PROXY, ERR_UNAVAILABLE, "HostNotFound", "The name of the proxy could not be resolved"},
    {CURLE_COULDNT_CONNECT, ERR_UNAVAILABLE, "ConnectFailed", "The server could not be reached"},
    {CURLE_SSL_CONNECT_ERROR, ERR_UNAVAILABLE, "TlsFailed", "No secure connection could be made to the server"},
    {CURLE_SSL_CACERT_BADFILE, ERR_UNAVAILABLE, "CaFileInvalid", "The file of certificate authorities cannot be read"},
    {CURLE_URL_MALFORMAT, ERR_INPUT, "InvalidUrl", "The address is malformed"},
    {CURLE_UNSUPPORTED_PROTOCOL, ERR_INPUT, "InvalidUrl", "The address is no http:// or https:// URL"},
    {CURLE_LOGIN_DENIED, ERR_INPUT, "InvalidUrl", "The address must not hold a user name"},
    {CURLE_TOO_MANY_REDIRECTS, ERR_REMOTE, "TooManyRedirects", "The server redirects too often"},
    {CURLE_SEND_ERROR, ERR_REMOTE, "ConnectionLost", "The connection broke while sending"},
    {CURLE_RECV_ERROR, ERR_REMOTE, "ConnectionLost", "The connection broke while receiving"},
    {CURLE_GOT_NOTHING, ERR_REMOTE, "ConnectionLost", "The server closed the connection without an answer"},
    {CURLE_PARTIAL_FILE, ERR_REMOTE, "ConnectionLost", "The server closed the connection within its answer"},
};

/* A server that took the connection and never answered is as absent as one that refuses it. */
static enum err_class lost_class(struct transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 ? ERR_REMOTE : ERR_UNAVAILABLE; /* 100 Continue is no answer */
}

static int fail_timeout(struct transfer *t, struct err *e)
{
    curl_off_t connected = 0;
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
    if (!connected)
        return err_set(e, ERR_UNAVAILABLE, "ConnectTimeout", "The server did not accept a connection in time.");
    return err_set(e, lost_class(t), "Timeout", "The server did not go on in time: %s.", t->detail);
}

/* An issuer that is not known here is something that a person can add; nothing else about a certificate is. */
static int fail_certificate(struct transfer *t, struct err *e)
{
    enum { ISSUER_FIRST = 18, ISSUER_LAST = 21, ISSUER_MISSING = 2 }; /* X509_V_ERR_…: self-signed … no issuer */
    long why = 0;
    curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &why);
    if (why == ISSUER_MISSING || (why >= ISSUER_FIRST && why <= ISSUER_LAST))
        return err_set(e, ERR_UNAVAILABLE, "TlsUntrusted", "The server's certificate is not trusted: %s.", t->detail);
    return err_set(e, ERR_UNAVAILABLE, "TlsInvalid", "The server's certificate is not valid: %s.", t->detail);
}

int http_fail(struct transfer *t, CURLcode result, struct err *e)
{
    if (t->stopped)
        return err_set(e, ERR_STOPPED, "Stopped", "The request was stopped.");
    if (t->file_short) {
        errno = t->read_errno;
        return errno ? err_sys(e, ERR_DISK, "reading the file to send")
                     : err_set(e, ERR_DISK, "FileTooShort", "The file to send is shorter than it should be.");
    }
    if (t->too_large)
        return err_set(e, ERR_REMOTE, "ResponseTooLarge", "The server's answer is larger than %zu bytes.",
                       t->res.body.max);
    if (t->denied)
        return err_set(e, ERR_DENIED, "AddressDenied", "The server's address is private, which is not allowed here.");
    if (result == CURLE_OPERATION_TIMEDOUT)
        return fail_timeout(t, e);
    if (result == CURLE_PEER_FAILED_VERIFICATION)
        return fail_certificate(t, e);
    const char *detail = *t->detail ? t->detail : curl_easy_strerror(result);
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (failures[i].result == result)
            return err_set(e, !strcmp(failures[i].code, "ConnectionLost") ? lost_class(t) : failures[i].class,
                           failures[i].code, "%s: %s.", failures[i].sentence, detail);
    return err_set(e, ERR_REMOTE, "HttpFailed", "The exchange with the server failed: %s.", detail);
}
