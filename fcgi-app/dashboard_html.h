/* The queue dashboard as a page without script (contract-api 1.11). */
#ifndef TC_FCGI_DASHBOARD_HTML_H
#define TC_FCGI_DASHBOARD_HTML_H

#include "base/buf.h"

struct dashboard;

/* dashboard_html(b, d, csrf, notice): csrf goes into each form; notice is a sentence to show first, or NULL. */
void dashboard_html(struct buf *b, const struct dashboard *d, const char *csrf, const char *notice);

#endif
