/* The folder at Google Drive that a profile uploads to. */
#ifndef TC_EDGE_GOOGLE_FOLDER_H
#define TC_EDGE_GOOGLE_FOLDER_H

#include "provider/gdrive_folder.h"

#include <stdint.h>

struct profile;
struct services;

/*
 * google_folder_look(s, a, profile_id, email, folder_id, out, e): can files be put there. ERR_INPUT InvalidFolder with
 * a sentence when they cannot; other failures are Google's own. Not within a transaction.
 */
int google_folder_look(struct services *s, struct arena *a, int64_t profile_id, const char *email,
                       const char *folder_id, struct gdrive_folder_info *out, struct err *e);

/*
 * google_folder_change(s, a, p, text, e): p, a Drive profile, uploads to this folder from now on: a link or an id; "":
 * to the app's own. ERR_INPUT InvalidFolder, or FolderNotChecked when Google did not answer; ERR_RULE ProfileInUse when
 * active jobs use the profile.
 */
int google_folder_change(struct services *s, struct arena *a, const struct profile *p, const char *text, struct err *e);

#endif
