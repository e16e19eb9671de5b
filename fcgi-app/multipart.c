#include "fcgi-app/multipart.h"

#include <string.h>
#include <strings.h>

static bool bad(struct multipart *m, const char *why)
{
    m->state = MULTIPART_BAD;
    m->error = why;
    return false;
}

/*
 * Copy the value at s, a token or a quoted string in which \" and \\ stand for themselves, into out; returns the end,
 * NULL when it does not fit, holds a control character or the quote is open. Browsers send " as %22, which is left as
 * it is.
 */
static const char *copy_value(const char *s, char *out, size_t size)
{
    bool quoted = *s == '"';
    size_t n = 0;
    for (s += quoted; quoted ? *s != '"' : *s && !strchr("; \t", *s); s++) {
        if (quoted && *s == '\\' && (s[1] == '"' || s[1] == '\\'))
            s++;
        if ((unsigned char)*s < 0x20 || n + 1 >= size)
            return NULL;
        out[n++] = *s;
    }
    out[n] = '\0';
    return s + quoted;
}

/* The boundary parameter: unlike text of a part it is bare or quoted, and 1 to MULTIPART_MAX_BOUNDARY bytes. */
bool multipart_init(struct multipart *m, const char *content_type, const struct multipart_events *events, void *arg)
{
    memset(m, 0, sizeof *m);
    m->events = events;
    m->arg = arg;
    memcpy(m->delimiter, "\r\n--", 4);
    m->matched = 2; /* the first delimiter needs no line break in front of it */
    if (strncasecmp(content_type, "multipart/form-data", 19) != 0)
        return false;
    for (const char *p = strchr(content_type, ';'); p; p = strchr(p, ';')) {
        p += 1 + strspn(p + 1, " \t");
        if (strncasecmp(p, "boundary=", 9) != 0)
            continue;
        if (!copy_value(p + 9, m->delimiter + 4, MULTIPART_MAX_BOUNDARY + 1))
            return false;
        m->delimiter_len = strlen(m->delimiter);
        return m->delimiter_len > 4;
    }
    return false;
}

/* One header line, NUL-terminated, of a part. */
static bool read_disposition(const char *line, struct multipart_part *part)
{
    if (strncasecmp(line, "content-disposition:", 20) != 0)
        return true;
    line += 20 + strspn(line + 20, " \t");
    if (strncasecmp(line, "form-data", 9) != 0)
        return false;
    for (line += 9; (line += strspn(line, "; \t")), *line;) {
        size_t n = strcspn(line, "=; \t");
        bool is_name = n == 4 && !strncasecmp(line, "name", 4);
        bool is_file = n == 8 && !strncasecmp(line, "filename", 8);
        char ignored[MULTIPART_MAX_NAME + 1];
        if (line[n] != '=') {
            line += n;
            continue;
        }
        line = copy_value(line + n + 1, is_name ? part->name : is_file ? part->filename : ignored, sizeof ignored);
        if (!line)
            return false;
        part->has_filename |= is_file;
    }
    return true;
}

/* The header block is complete: "Name: value\r\n…", without its empty line. */
static bool begin_part(struct multipart *m)
{
    struct multipart_part part = {0};
    char *line = m->header;
    if (memchr(m->header, '\0', m->header_len))
        return bad(m, "A part's header contains a NUL.");
    m->header[m->header_len] = '\0';
    while (*line) {
        char *end = strstr(line, "\r\n");
        if (end)
            *end = '\0';
        if (!read_disposition(line, &part))
            return bad(m, "A part's Content-Disposition could not be read.");
        line = end ? end + 2 : line + strlen(line);
    }
    if (!part.name[0])
        return bad(m, "A part has no name.");
    if (++m->parts > MULTIPART_MAX_PARTS)
        return bad(m, "There are too many parts.");
    m->state = MULTIPART_BODY;
    m->matched = 0;
    return m->events->begin(m->arg, &part) || bad(m, "The form was refused.");
}

/* Collect the header block; returns bytes taken, which may be fewer than n. */
static size_t feed_header(struct multipart *m, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (m->header_len == MULTIPART_MAX_HEADER) {
            bad(m, "A part's header is too long.");
            return i;
        }
        m->header[m->header_len++] = s[i];
        bool empty = m->header_len == 2 && !memcmp(m->header, "\r\n", 2);
        if (empty || (m->header_len >= 4 && !memcmp(m->header + m->header_len - 4, "\r\n\r\n", 4))) {
            m->header_len -= 2;
            begin_part(m);
            return i + 1;
        }
    }
    return n;
}

/* What follows a delimiter: "--" or optional blanks and CRLF. m->header serves as its small memory. */
static size_t feed_delimiter(struct multipart *m, const char *s, size_t n)
{
    size_t used = 0;
    while (used < n && m->state == MULTIPART_DELIMITER) {
        char c = s[used++];
        char last = m->header_len ? m->header[0] : '\0';
        if (last == '-' && c == '-') {
            m->state = MULTIPART_DONE;
        } else if (last == '\r' && c == '\n') {
            m->state = MULTIPART_HEADER;
            m->header_len = 0;
            return used;
        } else if (!last && (c == '-' || c == '\r')) {
            m->header[0] = c;
            m->header_len = 1;
        } else if (last || (c != ' ' && c != '\t')) {
            bad(m, "A delimiter is followed by other bytes.");
        }
    }
    return used;
}

static bool emit(struct multipart *m, const char *s, size_t n)
{
    if (m->state == MULTIPART_PREAMBLE || n == 0)
        return true;
    return m->events->data(m->arg, s, n) || bad(m, "The form was refused.");
}

/*
 * Bytes of a body (or of the preamble, which is dropped) up to the delimiter. The delimiter begins with CR and has no
 * other CR (copy_value stops at one), so after a mismatch only a CR can begin a new match: no need to look back.
 */
static size_t feed_body(struct multipart *m, const char *s, size_t n)
{
    size_t i = 0;
    while (i < n) {
        if (m->matched == 0) {
            const char *cr = memchr(s + i, '\r', n - i);
            size_t plain = cr ? (size_t)(cr - s) - i : n - i;
            if (!emit(m, s + i, plain))
                return i;
            i += plain;
            if (!cr)
                break;
        }
        if (s[i] == m->delimiter[m->matched]) {
            i++;
            if (++m->matched == m->delimiter_len) {
                bool in_part = m->state == MULTIPART_BODY;
                m->state = MULTIPART_DELIMITER;
                m->header_len = m->matched = 0;
                if (in_part && !m->events->end(m->arg))
                    bad(m, "The form was refused.");
                return i;
            }
        } else {
            size_t held = m->matched;
            m->matched = 0;
            if (!emit(m, m->delimiter, held))
                return i;
        }
    }
    return i;
}

bool multipart_feed(struct multipart *m, const char *bytes, size_t n)
{
    while (n > 0 && m->state != MULTIPART_BAD) {
        size_t used = n;
        switch (m->state) {
        case MULTIPART_PREAMBLE:
        case MULTIPART_BODY:
            used = feed_body(m, bytes, n);
            break;
        case MULTIPART_DELIMITER:
            used = feed_delimiter(m, bytes, n);
            break;
        case MULTIPART_HEADER:
            used = feed_header(m, bytes, n);
            break;
        case MULTIPART_DONE:
        case MULTIPART_BAD:
            break;
        }
        bytes += used;
        n -= used;
    }
    return m->state != MULTIPART_BAD;
}

bool multipart_finish(struct multipart *m)
{
    if (m->state != MULTIPART_DONE && m->state != MULTIPART_BAD)
        bad(m, "The form ended before its closing delimiter.");
    return m->state == MULTIPART_DONE;
}
