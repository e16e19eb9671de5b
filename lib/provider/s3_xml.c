#include "provider/s3_xml.h"

#include "base/buf.h"

#include <expat.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_DEPTH = 16, MAX_PATH = 512, MAX_TEXT = 16 * 1024 };

struct walk {
    XML_Parser parser;
    s3_xml_fn *fn;
    void *arg;
    struct buf path, text;
    size_t parents[MAX_DEPTH]; /* length of the path before each open element */
    int depth;
    bool refused;
};

static void refuse(struct walk *w)
{
    w->refused = true;
    XML_StopParser(w->parser, XML_FALSE);
}

static void XMLCALL on_doctype(void *arg, const char *name, const char *system, const char *public, int subset)
{
    (void)name, (void)system, (void)public, (void)subset;
    refuse(arg);
}

static void XMLCALL on_start(void *arg, const char *name, const char **attributes)
{
    struct walk *w = arg;
    const char *local = strrchr(name, ':');
    (void)attributes;
    if (w->depth == MAX_DEPTH || (local && !local[1])) { /* "s3:" has no local name */
        refuse(w);
        return;
    }
    w->parents[w->depth++] = w->path.len;
    buf_clear(&w->text);
    if (w->path.len)
        buf_addc(&w->path, '/');
    buf_adds(&w->path, local ? local + 1 : name);
    if (!buf_ok(&w->path))
        refuse(w);
}

static void XMLCALL on_text(void *arg, const char *s, int n)
{
    struct walk *w = arg;
    buf_add(&w->text, s, (size_t)n);
    if (!buf_ok(&w->text))
        refuse(w);
}

static const char *trimmed(struct buf *b)
{
    static const char space[] = " \t\r\n";
    while (b->len && strchr(space, b->data[b->len - 1]))
        b->data[--b->len] = '\0';
    const char *s = buf_str(b);
    return s + strspn(s, space);
}

static void XMLCALL on_end(void *arg, const char *name)
{
    struct walk *w = arg;
    (void)name;
    if (w->refused) /* expat still reports the end of an empty element after a stop */
        return;
    w->fn(w->arg, buf_str(&w->path), trimmed(&w->text));
    buf_clear(&w->text);
    w->path.len = w->parents[--w->depth];
    w->path.data[w->path.len] = '\0';
}

int s3_xml_parse(const char *data, size_t n, s3_xml_fn *fn, void *arg, struct err *e)
{
    struct walk w = {.fn = fn, .arg = arg, .path = BUF_INIT(MAX_PATH), .text = BUF_INIT(MAX_TEXT)};
    while (n && strchr(" \t\r\n", *data)) {
        if (!*data)
            break;
        data++;
        n--;
    }
    w.parser = XML_ParserCreate(NULL);
    XML_SetUserData(w.parser, &w);
    XML_SetStartDoctypeDeclHandler(w.parser, on_doctype);
    XML_SetElementHandler(w.parser, on_start, on_end);
    XML_SetCharacterDataHandler(w.parser, on_text);
    bool ok = n <= BUF_MAX_REMOTE_TEXT && XML_Parse(w.parser, data, (int)n, 1) == XML_STATUS_OK && !w.refused;
    XML_ParserFree(w.parser);
    buf_free(&w.path);
    buf_free(&w.text);
    return ok ? 0
              : err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server's answer is no S3 answer that we understand.");
}
