#include "fcgi-app/edge/hash_slots.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

enum { SLOTS = 2, WAIT_MS = 10000, POLL_MS = 5 };

static int fd = -1;

int hash_slots_prepare(struct err *e)
{
    fd = memfd_create("hash-slots", MFD_CLOEXEC);
    return fd < 0 ? err_sys(e, ERR_BUG, "memfd_create") : 0;
}

static bool lock(int slot, short type)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = slot, .l_len = 1};
    return fcntl(fd, F_SETLK, &range) == 0;
}

int hash_slots_take(struct err *e)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS;
    do {
        for (int slot = 0; slot < SLOTS; slot++)
            if (lock(slot, F_WRLCK))
                return slot;
        if (errno != EAGAIN && errno != EACCES)
            return err_sys(e, ERR_BUG, "fcntl");
        clock_sleep_ms(POLL_MS); /* a hash takes some 30 ms */
    } while (clock_mono_ms() < deadline);
    return err_set(e, ERR_UNAVAILABLE, NULL, "Too many logins are being checked at the moment.");
}

void hash_slots_release(int slot)
{
    lock(slot, F_UNLCK);
}
