/*
 * Which files were chosen. Lines: the entries ("\1": a null), an empty line, the files. The fast way over a sorted list
 * has to choose what the rule itself (job_selects) does, file by file.
 */
#include "domain/job.h"
#include "fcgi-app/services/selection.h"
#include "tests/fuzz/fuzz.h"

enum { ENTRIES = 8, FILES = 24 };

/* The shim gives out no absolute and no empty path. */
static bool can_be_a_file(const char *path)
{
    return *path && *path != '/' && *path != '\\';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    const char *entries[ENTRIES];
    struct torrent_file files[FILES], *chosen = NULL;
    struct err e = ERR_INIT;
    size_t count = 0;
    int n = 0, at = 0, chosen_count = 0;
    while (count < ENTRIES && f.left && *(entries[count] = fuzz_line(&f)))
        count++;
    for (int i = 0; n < FILES && i < FUZZ_FIELDS / 2 && f.left; i++) {
        files[n] = (struct torrent_file){.index = n, .path = fuzz_line(&f), .size = n};
        n += can_be_a_file(files[n].path);
    }
    bool known = count > 0;
    for (size_t k = 0; k < count; k++) {
        bool found = false;
        if (!strcmp(entries[k], "\1")) {
            entries[k] = NULL;
            known = false;
            continue;
        }
        for (int i = 0; i < n; i++)
            found |= job_selects(entries[k], files[i].path);
        known &= found;
    }
    if (selection_apply(f.arena, files, n, entries, count, &chosen, &chosen_count, &e) == 0) {
        MUST(known && chosen_count > 0 && chosen_count <= n);
        for (int i = 0; i < n; i++) {
            bool wanted = false;
            for (size_t k = 0; k < count; k++)
                wanted |= job_selects(entries[k], files[i].path);
            MUST(wanted == (at < chosen_count && chosen[at].index == i));
            at += wanted;
        }
        MUST(at == chosen_count);
    } else {
        MUST(!known && e.class == ERR_INPUT && !strcmp(e.code, "InvalidFileSelection") && fuzz_is_text(e.msg));
    }
    fuzz_close(&f);
    return 0;
}
