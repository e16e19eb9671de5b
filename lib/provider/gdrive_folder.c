#include "provider/gdrive_folder.h"

#include "net/json.h"
#include "provider/gdrive_call.h"

#include <stdio.h>
#include <string.h>

#define FOLDER_FIELDS "id,name,mimeType,trashed,driveId,capabilities/canAddChildren"
#define ID_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

enum { ID_LEAST = 10 };

int gdrive_folder_ask(struct gdrive_api *g, struct arena *a, const char *id, struct gdrive_folder_info *out,
                      struct err *e)
{
    struct http_response res;
    const char *url =
        arena_printf(a, "%s/drive/v3/files/%s?supportsAllDrives=true&fields=" FOLDER_FIELDS, gdrive_call_base(g), id);
    if (gdrive_call(g, "GET", url, NULL, &res, e))
        return -1;
    struct json *root = json_parse(buf_str(&res.body), res.body.len, NULL);
    const char *type = json_str(json_get(root, "mimeType"));
    *out = (struct gdrive_folder_info){
        .id = arena_strdup(a, json_str(json_get(root, "id"))),
        .name = arena_strdup(a, json_str(json_get(root, "name"))),
        .drive_id = arena_strdup(a, json_str(json_get(root, "driveId"))),
        .is_folder = type && !strcmp(type, GDRIVE_FOLDER_TYPE),
        .trashed = json_truth(json_get(root, "trashed")),
        .can_add = json_truth(json_get(json_get(root, "capabilities"), "canAddChildren")),
    };
    json_free(root);
    http_response_free(&res);
    if (!gdrive_call_is_id(out->id) || !out->name || (out->drive_id && !gdrive_call_is_id(out->drive_id)))
        return err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive's answer cannot be understood.");
    return 0;
}

int gdrive_folder_drive_name(struct gdrive_api *g, struct arena *a, const char *drive_id, const char **name,
                             struct err *e)
{
    struct http_response res;
    const char *url = arena_printf(a, "%s/drive/v3/drives/%s?fields=id,name", gdrive_call_base(g), drive_id);
    if (gdrive_call(g, "GET", url, NULL, &res, e))
        return -1;
    struct json *root = json_parse(buf_str(&res.body), res.body.len, NULL);
    *name = arena_strdup(a, json_str(json_get(root, "name")));
    json_free(root);
    http_response_free(&res);
    return *name ? 0 : err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive's answer cannot be understood.");
}

const char *gdrive_folder_id(struct arena *a, const char *text)
{
    static const char host[] = "https://drive.google.com/";
    const char *id = text, *at;
    if (!strncmp(text, host, sizeof host - 1)) {
        if ((at = strstr(text, "/folders/")))
            id = at + strlen("/folders/");
        else if ((at = strstr(text, "?id=")) || (at = strstr(text, "&id=")))
            id = at + strlen("?id=");
        else
            return NULL;
    }
    size_t n = strspn(id, ID_LETTERS);
    bool ends = id == text ? !id[n] : strchr("/?&#", id[n]) != NULL; /* the NUL too */
    return n >= ID_LEAST && n <= GDRIVE_ID_MAX && ends ? arena_strndup(a, id, n) : NULL;
}
