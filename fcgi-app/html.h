/* HTML, written into a buffer: text is escaped, tags are ours. */
#ifndef TC_FCGI_HTML_H
#define TC_FCGI_HTML_H

#include "base/buf.h"

#include <stdint.h>

/* html_text(b, s): as text or as an attribute's value in quotes; NULL is nothing. Control characters become spaces. */
void html_text(struct buf *b, const char *s);

/* html_time(b, us): <time>…</time> to the second; 0 is a dash. */
void html_time(struct buf *b, int64_t us);

#endif
