/* The configuration, looked at as a whole: rules that span several keys, and names that are probably misspelt. */
#ifndef TC_ADMIN_CHECK_H
#define TC_ADMIN_CHECK_H

#include "base/buf.h"
#include "base/err.h"

/* check_values(problems): after config_load: a line for every value that cannot work, although its row allows it;
 * returns their number. */
int check_values(struct buf *problems);

/*
 * check_env_file(path, problems, n, e): read an env file (NAME=value lines, # comments, "export" allowed) and append a
 * line for each name that is none of ours but differs from one in at most two letters. *n is raised by their number.
 * ERR_CONFIG when the file cannot be read.
 */
int check_env_file(const char *path, struct buf *problems, int *n, struct err *e);

#endif
