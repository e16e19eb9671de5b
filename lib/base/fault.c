#include "base/fault.h"

#ifdef TC_FAULTS

#include "base/encode.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define FAULT_POINT(who, way, name, what) name,
/* clang-format on */
static const char *const points[] = {
#include "base/fault_points.h"
};

enum { POINTS = sizeof points / sizeof points[0], SPEC_MAX = 1024 };

static _Atomic int64_t left[POINTS]; /* passings until the process dies; 0: never */
static bool armed;

static int find(const char *name)
{
    for (int i = 0; i < POINTS; i++)
        if (strcmp(points[i], name) == 0)
            return i;
    return -1;
}

static int arm_one(char *text, struct err *e)
{
    int64_t n = 1;
    char *colon = strchr(text, ':');
    if (colon) {
        *colon = '\0';
        if (!parse_i64(colon + 1, 1, INT64_MAX, &n))
            return err_set(e, ERR_CONFIG, NULL, "TC_FAULT: \"%s\" is no number of passings.", colon + 1);
    }
    int at = find(text);
    if (at < 0)
        return err_set(e, ERR_CONFIG, NULL, "TC_FAULT: there is no fault point \"%s\".", text);
    atomic_store(&left[at], n);
    return 0;
}

int fault_arm(const char *spec, struct err *e)
{
    char text[SPEC_MAX], *rest = NULL;
    for (int i = 0; i < POINTS; i++)
        atomic_store(&left[i], 0);
    armed = false;
    if (!spec || !*spec)
        return 0;
    if (snprintf(text, sizeof text, "%s", spec) >= SPEC_MAX)
        return err_set(e, ERR_CONFIG, NULL, "TC_FAULT is longer than %d bytes.", SPEC_MAX);
    for (char *one = strtok_r(text, ",", &rest); one; one = strtok_r(NULL, ",", &rest))
        if (arm_one(one, e))
            return -1;
    armed = true;
    return 0;
}

int fault_arm_env(struct err *e)
{
    return fault_arm(getenv("TC_FAULT"), e);
}

void fault_pass(const char *name)
{
    if (!armed)
        return;
    int at = find(name);
    if (at < 0) /* a FAULT without a row: tests/check/faults.sh has not been run */
        abort();
    if (atomic_load(&left[at]) > 0 && atomic_fetch_sub(&left[at], 1) == 1)
        raise(SIGKILL);
}

int fault_after(const char *name, int rc)
{
    fault_pass(name);
    return rc;
}

#endif
