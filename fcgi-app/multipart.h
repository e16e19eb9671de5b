/*
 * multipart/form-data (RFC 7578), parsed as it arrives: nothing is kept but the header of the present part and the
 * last bytes that may belong to a delimiter. Pure, and safe for any bytes: this is what the fuzzer feeds.
 */
#ifndef TC_FCGI_MULTIPART_H
#define TC_FCGI_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

enum {
    MULTIPART_MAX_BOUNDARY = 200,
    MULTIPART_MAX_HEADER = 8 * 1024, /* bytes of one part's header block */
    MULTIPART_MAX_PARTS = 64,
    MULTIPART_MAX_NAME = 255
};

struct multipart_part {
    char name[MULTIPART_MAX_NAME + 1];
    char filename[MULTIPART_MAX_NAME + 1];
    bool has_filename;
};

/* Called for each part in turn: begin, data zero or more times, end. False from any of them stops the parser. */
struct multipart_events {
    bool (*begin)(void *arg, const struct multipart_part *part);
    bool (*data)(void *arg, const char *bytes, size_t n);
    bool (*end)(void *arg);
};

enum multipart_state {
    MULTIPART_PREAMBLE,  /* before the first delimiter */
    MULTIPART_DELIMITER, /* after "--boundary": "--" ends it all, CRLF begins a part */
    MULTIPART_HEADER,
    MULTIPART_BODY,
    MULTIPART_DONE, /* what follows is ignored */
    MULTIPART_BAD
};

struct multipart {
    enum multipart_state state;
    const struct multipart_events *events;
    void *arg;
    char delimiter[MULTIPART_MAX_BOUNDARY + 5]; /* "\r\n--boundary" */
    size_t delimiter_len;
    size_t matched; /* bytes of the delimiter that the input's end equals so far */
    char header[MULTIPART_MAX_HEADER + 1];
    size_t header_len;
    int parts;
    const char *error; /* why MULTIPART_BAD, a sentence */
};

/* multipart_init(m, content_type, events, arg): false when it is no multipart/form-data with a usable boundary. */
bool multipart_init(struct multipart *m, const char *content_type, const struct multipart_events *events, void *arg);

/* multipart_feed(m, bytes, n): the next bytes; false once it is broken or an event said stop. */
bool multipart_feed(struct multipart *m, const char *bytes, size_t n);

/* multipart_finish(m): no more bytes come; true when the closing delimiter was seen. */
bool multipart_finish(struct multipart *m);

#endif
