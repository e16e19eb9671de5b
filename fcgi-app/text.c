#include "fcgi-app/text.h"

#include <string.h>

const char *text_trimmed(struct arena *a, const char *s)
{
    static const char blanks[] = " \t\r\n\v\f";
    s += strspn(s, blanks);
    size_t n = strlen(s);
    while (n > 0 && strchr(blanks, s[n - 1]))
        n--;
    return arena_strndup(a, s, n);
}

size_t text_utf16_length(const char *s)
{
    size_t n = 0;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c & 0xc0) != 0x80)
            n += c < 0xf0 ? 1 : 2; /* past the basic plane it takes a pair */
    }
    return n;
}
