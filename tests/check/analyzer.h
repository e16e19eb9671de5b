/*
 * For clang-tidy only (Makefile, tidy): the analyzer sees one file at a time and cannot know that these always return
 * -1, so it would follow paths on which an error was set and everything went on.
 */
#include "base/err.h"

#define err_set(...) (err_set(__VA_ARGS__), -1)
#define err_sys(...) (err_sys(__VA_ARGS__), -1)
#define err_wrap(...) (err_wrap(__VA_ARGS__), -1)
#define err_field(...) (err_field(__VA_ARGS__), -1)
