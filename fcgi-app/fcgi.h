/* FastCGI over a unix socket: the only file that includes libfcgi. */
#ifndef TC_FCGI_FCGI_H
#define TC_FCGI_FCGI_H

#include "base/err.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"

/* fcgi_listen(path, e): a listening socket of mode 0660, -1 with *e: ERR_CONFIG when the path cannot be one,
 * ERR_CONFLICT when another process answers there. A dead process' socket is replaced. */
int fcgi_listen(const char *path, struct err *e);

/* fcgi_serve: read one request's parameters and body, fill the response. */
typedef void fcgi_serve(void *arg, char *const *params, request_read *read, void *stream, struct response *res);

/*
 * fcgi_run(fd, serve, arg): answer requests one after the other. After the first stop signal: what is waiting in the
 * backlog and no more; after the second: only the present one.
 */
void fcgi_run(int fd, fcgi_serve *serve, void *arg);

#endif
