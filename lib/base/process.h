/* What the kernel tells about a process. */
#ifndef TC_BASE_PROCESS_H
#define TC_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct process_usage {
    int64_t resident_bytes, virtual_bytes, threads;
    int64_t started_s; /* seconds since 1970 */
};

/* process_usage(pid, out): false when there is no such process. */
bool process_usage(int64_t pid, struct process_usage *out);

/* process_space(): names what process ids mean here (the PID namespace): another container has another. 0: unknown. */
uint64_t process_space(void);

#endif
