/* Where uploads are to go: a folder that a person names. The rest of the API is in gdrive_api.h. */
#ifndef TC_PROVIDER_GDRIVE_FOLDER_H
#define TC_PROVIDER_GDRIVE_FOLDER_H

#include "provider/gdrive_api.h"

/* What may be a folder to upload to. */
struct gdrive_folder_info {
    const char *id, *name;
    const char *drive_id; /* of the shared drive that it is in, or is the top of; NULL: in My Drive */
    bool is_folder, trashed, can_add;
};

/* gdrive_folder_ask(g, a, id, out, e): strings in the arena. ERR_NOT_FOUND also for what this app may not see: with
 * the scope drive.file all that it has not made. */
int gdrive_folder_ask(struct gdrive_api *g, struct arena *a, const char *id, struct gdrive_folder_info *out,
                      struct err *e);

/* gdrive_folder_drive_name(g, a, drive_id, name, e): a shared drive's. */
int gdrive_folder_drive_name(struct gdrive_api *g, struct arena *a, const char *drive_id, const char **name,
                             struct err *e);

/* gdrive_folder_id(a, text): the id in a link to a folder (https://drive.google.com/drive/folders/ID?…) or in a bare
 * id; NULL when it is neither. Pure. */
const char *gdrive_folder_id(struct arena *a, const char *text);

#endif
