#include "fcgi-app/services/selection.h"

#include <stdlib.h>
#include <string.h>

enum { NAMED = 3 }; /* unknown entries that the sentence names */

struct row {
    const char *key; /* the path in lower case, / between segments, without a final one */
    int file;
};

static const char *key_of(struct arena *a, const char *path)
{
    char *key = arena_strdup(a, path);
    for (char *p = key; *p; p++)
        *p = *p == '\\' ? '/' : (char)(*p >= 'A' && *p <= 'Z' ? *p + ('a' - 'A') : *p);
    return key;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

/* The first row that is not below `key`. */
static int lower_bound(const struct row *rows, int n, const char *key)
{
    int low = 0, high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(rows[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Mark what one entry selects: the file itself, and all below it as a folder. Both are runs of the sorted rows. */
static bool mark(struct arena *a, const struct row *rows, int n, const char *entry, bool *chosen)
{
    size_t end = strlen(entry);
    if (end > 0 && (entry[end - 1] == '/' || entry[end - 1] == '\\')) /* "folder/" and "folder" mean the same */
        end--;
    const char *key = key_of(a, arena_strndup(a, entry, end));
    const char *folder = arena_printf(a, "%s/", key);
    size_t len = strlen(folder);
    bool found = false;
    for (int i = lower_bound(rows, n, key); i < n && !strcmp(rows[i].key, key); i++)
        found = chosen[rows[i].file] = true;
    for (int i = lower_bound(rows, n, folder); *key && i < n && !strncmp(rows[i].key, folder, len); i++)
        found = chosen[rows[i].file] = true;
    return found;
}

static int refuse(struct arena *a, const char *const *unknown, size_t count, struct err *e)
{
    const char *list = "";
    for (size_t i = 0; i < count && i < NAMED; i++)
        list = arena_printf(a, "%s%s\"%.80s\"", list, i ? ", " : "", unknown[i]);
    return err_set(e, ERR_INPUT, "InvalidFileSelection", "The torrent has no such file or folder: %s%s.", list,
                   count > NAMED ? " and others" : "");
}

int selection_apply(struct arena *a, const struct torrent_file *files, int n, const char *const *entries, size_t count,
                    struct torrent_file **chosen, int *chosen_count, struct err *e)
{
    struct row *rows = ARENA_ARRAY(a, (size_t)n + 1, struct row);
    bool *marked = ARENA_ARRAY(a, (size_t)n + 1, bool);
    const char **unknown = ARENA_ARRAY(a, count + 1, const char *);
    size_t unknown_count = 0;
    if (count == 0)
        return err_set(e, ERR_INPUT, "InvalidFileSelection", "Select at least one file.");
    for (int i = 0; i < n; i++)
        rows[i] = (struct row){key_of(a, files[i].path), i};
    qsort(rows, (size_t)n, sizeof *rows, compare);
    for (size_t i = 0; i < count; i++) {
        if (!entries[i])
            return err_set(e, ERR_INPUT, "InvalidFileSelection", "The selection contains a null instead of a path.");
        if (!mark(a, rows, n, entries[i], marked))
            unknown[unknown_count++] = entries[i];
    }
    if (unknown_count)
        return refuse(a, unknown, unknown_count, e);
    *chosen = ARENA_ARRAY(a, (size_t)n + 1, struct torrent_file);
    *chosen_count = 0;
    for (int i = 0; i < n; i++)
        if (marked[i])
            (*chosen)[(*chosen_count)++] = files[i];
    return 0;
}
