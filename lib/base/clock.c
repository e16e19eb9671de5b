#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* n digits of the number, behind *p, which moves on. */
static void digits(char **p, int n, int64_t number)
{
    for (int i = n - 1; i >= 0; i--, number /= 10)
        (*p)[i] = (char)('0' + number % 10);
    *p += n;
}

void clock_iso(int64_t us, char out[CLOCK_ISO_SIZE])
{
    time_t s = (time_t)(us / 1000000);
    int64_t fraction = us % 1000000;
    if (fraction < 0) {
        fraction += 1000000;
        s -= 1;
    }
    struct tm t;
    gmtime_r(&s, &t);
    const int fields[] = {t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec};
    char *p = out;
    for (int i = 0; i < 6; i++) {
        digits(&p, i ? 2 : 4, fields[i]);
        *p++ = "--T::."[i];
    }
    if (fraction)
        digits(&p, 6, fraction);
    else
        p--;
    *p++ = 'Z';
    *p = '\0';
}

void clock_duration(int64_t seconds, char out[CLOCK_ISO_SIZE])
{
    if (seconds < 0)
        seconds = 0;
    int64_t days = seconds / 86400;
    int rest = (int)(seconds % 86400);
    if (days)
        snprintf(out, CLOCK_ISO_SIZE, "%lld.%02d:%02d:%02d", (long long)days, rest / 3600, rest / 60 % 60, rest % 60);
    else
        snprintf(out, CLOCK_ISO_SIZE, "%02d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60);
}

void clock_sleep_ms(int64_t ms)
{
    if (ms <= 0)
        return;
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}
