#include "fcgi-app/edge/google_folder.h"

#include "base/config.h"
#include "fcgi-app/edge/google_account.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/text.h"
#include "store/profile_store.h"

#include <stdio.h>
#include <string.h>

/* To Google what may not be seen is not there. */
static int hidden(const char *email, struct err *e)
{
    if (strcmp(config_str(CFG_GOOGLE_DRIVE_SCOPE), "full") != 0)
        return err_set(e, ERR_INPUT, "InvalidFolder",
                       "Google Drive does not show this folder to TorrentClou, which may see only what it has made "
                       "itself. For a folder of your own set GOOGLE_DRIVE_SCOPE=full, reconnect the storage and try "
                       "again.");
    return err_set(e, ERR_INPUT, "InvalidFolder",
                   "There is no such folder, or %s may not see it. If the storage was connected before "
                   "GOOGLE_DRIVE_SCOPE was full, reconnect it first.",
                   email);
}

static int judge(const struct gdrive_folder_info *f, const char *email, struct err *e)
{
    if (!f->is_folder)
        return err_set(e, ERR_INPUT, "InvalidFolder", "\"%s\" is no folder.", f->name);
    if (f->trashed)
        return err_set(e, ERR_INPUT, "InvalidFolder", "The folder \"%s\" is in the trash.", f->name);
    if (!f->can_add)
        return err_set(e, ERR_INPUT, "InvalidFolder", "%s may not add files to the folder \"%s\".", email, f->name);
    return 0;
}

static int look(struct google_access *access, struct arena *a, const char *email, const char *folder_id,
                struct gdrive_folder_info *out, struct err *e)
{
    if (gdrive_folder_ask(google_access_api(access), a, folder_id, out, e))
        return e->class == ERR_NOT_FOUND ? hidden(email, e) : -1;
    return judge(out, email, e);
}

int google_folder_look(struct services *s, struct arena *a, int64_t profile_id, const char *email,
                       const char *folder_id, struct gdrive_folder_info *out, struct err *e)
{
    struct google_access *access = google_access_open(s, a, profile_id, e);
    int rc = access ? look(access, a, email, folder_id, out, e) : -1;
    google_access_close(access);
    return rc;
}

/* The place behind a link; the name of a shared drive is told only to who may see all of it. */
static int find(struct services *s, struct arena *a, const struct profile *p, const char *id, struct drive_place *out,
                struct err *e)
{
    struct gdrive_folder_info folder;
    struct google_access *access = google_access_open(s, a, p->id, e);
    int rc = access ? look(access, a, p->email, id, &folder, e) : -1;
    if (rc == 0) {
        *out = (struct drive_place){folder.id, folder.name, folder.drive_id, NULL};
        if (folder.drive_id &&
            gdrive_folder_drive_name(google_access_api(access), a, folder.drive_id, &out->drive_name, NULL))
            out->drive_name = NULL;
        if (out->drive_name && strcmp(folder.id, folder.drive_id) == 0) /* the top of it has a name of no meaning */
            out->folder_name = out->drive_name;
    }
    google_access_close(access);
    if (rc && e->class != ERR_INPUT) {
        err_wrap(e, "Google Drive could not be asked about the folder");
        e->class = ERR_INPUT;
        snprintf(e->code, sizeof e->code, "FolderNotChecked");
    }
    return rc;
}

int google_folder_change(struct services *s, struct arena *a, const struct profile *p, const char *text, struct err *e)
{
    struct drive_place place = {0};
    const char *trimmed = text_trimmed(a, text), *id = NULL;
    bool busy = false;
    if (*trimmed && !(id = gdrive_folder_id(a, trimmed)))
        return err_set(e, ERR_INPUT, "InvalidFolder",
                       "This is no link to a folder in Google Drive, and no id of one either.");
    if (strcmp(id ? id : "", p->place.folder_id ? p->place.folder_id : "") ==
        0) /* a form that sends everything along */
        return 0;
    if (profile_busy(s->db, a, p->id, &busy, e) || (!busy && id && find(s, a, p, id, &place, e)) ||
        (!busy && profile_change_place(s->db, a, p->user_id, p->id, &place, &busy, e)))
        return -1;
    return busy ? err_set(e, ERR_RULE, "ProfileInUse",
                          "Cannot change the folder of a profile while there are active jobs using it")
                : 0;
}
