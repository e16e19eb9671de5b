#include "fcgi-app/html.h"

#include "base/clock.h"

void html_text(struct buf *b, const char *s)
{
    for (; s && *s; s++) {
        unsigned char c = (unsigned char)*s;
        switch (c) {
        case '&':
            buf_adds(b, "&amp;");
            break;
        case '<':
            buf_adds(b, "&lt;");
            break;
        case '>':
            buf_adds(b, "&gt;");
            break;
        case '"':
            buf_adds(b, "&quot;");
            break;
        case '\'':
            buf_adds(b, "&#39;");
            break;
        default:
            buf_addc(b, c < 0x20 || c == 0x7f ? ' ' : (char)c);
        }
    }
}

void html_time(struct buf *b, int64_t us)
{
    char text[CLOCK_ISO_SIZE];
    if (us == 0) {
        buf_adds(b, "–");
        return;
    }
    clock_iso(us - us % 1000000, text);
    buf_addf(b, "<time datetime=\"%s\">%.10s %.8s</time>", text, text, text + 11);
}
