/* What people type: blanks around it, and its length as clients count it. Pure. */
#ifndef TC_FCGI_TEXT_H
#define TC_FCGI_TEXT_H

#include "base/arena.h"

#include <stddef.h>

/* text_trimmed(a, s): a copy without ASCII blanks at both ends. */
const char *text_trimmed(struct arena *a, const char *s);

/* text_utf16_length(s): UTF-16 code units of valid UTF-8, in which the replaced product counts its limits. */
size_t text_utf16_length(const char *s);

#endif
