/* Time: microseconds since the epoch for dates, a monotonic clock for everything that is waited for. */
#ifndef TC_BASE_CLOCK_H
#define TC_BASE_CLOCK_H

#include <stdint.h>

enum { CLOCK_ISO_SIZE = 32 };

/* clock_wall_us(): microseconds since 1970 UTC. */
int64_t clock_wall_us(void);

/* clock_mono_ms(): milliseconds that never jump; only differences mean something. */
int64_t clock_mono_ms(void);

/* clock_mono_us(): the same in microseconds, for what is measured. */
int64_t clock_mono_us(void);

/* clock_iso(us, out): "2026-02-18T18:37:25.123456Z"; no fraction when it is zero (contract-api "Ours" 3). */
void clock_iso(int64_t us, char out[CLOCK_ISO_SIZE]);

/* clock_duration(seconds, out): "HH:MM:SS", past a day "d.HH:MM:SS"; negative is 0. */
void clock_duration(int64_t seconds, char out[CLOCK_ISO_SIZE]);

/* clock_sleep_ms(ms): sleep, cut short by a signal. */
void clock_sleep_ms(int64_t ms);

#endif
