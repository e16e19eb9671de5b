#include "base/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fields of /proc/PID/stat (man 5 proc), counted from the state, which follows the name in brackets. */
enum { STAT_THREADS = 17, STAT_STARTED = 19, STAT_VIRTUAL = 20, STAT_RESIDENT = 21, STAT_FIELDS = 22 };

/* The kernel's files have no size beforehand; what is needed of them is short. */
static bool read_file(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    size_t n = fread(out, 1, size - 1, f);
    out[n] = '\0';
    fclose(f);
    return n > 0;
}

/* When the machine was started, in seconds since 1970. */
static int64_t boot_time(void)
{
    char line[256];
    int64_t at = 0;
    FILE *f = fopen("/proc/stat", "re");
    while (f && at == 0 && fgets(line, sizeof line, f))
        if (!strncmp(line, "btime ", 6))
            at = strtoll(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return at;
}

uint64_t process_space(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
}

bool process_usage(int64_t pid, struct process_usage *out)
{
    char path[64], text[1024], *p;
    int64_t field[STAT_FIELDS] = {0};
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!read_file(path, text, sizeof text) || !(p = strrchr(text, ')')) || strlen(p) < 4)
        return false;
    p += 3; /* ") S": the state is no number */
    for (int i = 1; i < STAT_FIELDS; i++)
        field[i] = strtoll(p, &p, 10);
    *out = (struct process_usage){.resident_bytes = field[STAT_RESIDENT] * sysconf(_SC_PAGESIZE),
                                  .virtual_bytes = field[STAT_VIRTUAL],
                                  .threads = field[STAT_THREADS],
                                  .started_s = boot_time() + field[STAT_STARTED] / sysconf(_SC_CLK_TCK)};
    return true;
}
