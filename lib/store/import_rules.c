/* What of the replaced product's values cannot be taken over as it is, and what becomes of it: THE table. */
#include "store/import_internal.h"

#include <string.h>

/* A rule holds for the rows where `where` is true, is told of with `what` and then sets `set`; set NULL: the row is
 * left out, "": nothing; what NULL: not worth a word. */
struct rule {
    enum import_table table;
    const char *column, *where, *set, *what;
};

/* What no calendar of this product reaches: .NET writes its smallest date as -infinity. */
#define OUT_OF_TIME(c) "(" c " < '2000-01-01' or " c " >= '2100-01-01')"
#define CREATED(t)                                                                                                     \
    {                                                                                                                  \
        (t), "CreatedAt", "createdat is null or " OUT_OF_TIME("createdat"), "createdat = now()",                       \
            "is no time; it is that of the import"                                                                     \
    }
#define TIME(t, name, c, value, what)                                                                                  \
    {                                                                                                                  \
        (t), name, OUT_OF_TIME(c), c " = " value, "is no time; " what                                                  \
    }
#define COUNTED(name, c)                                                                                               \
    {                                                                                                                  \
        IMPORT_JOBS, name, "coalesce(" c ", -1) < 0", c " = 0", "is no number of bytes; it is 0"                       \
    }
#define ACTIVE "('QUEUED', 'DOWNLOADING', 'PENDING_UPLOAD', 'UPLOADING', 'TORRENT_DOWNLOAD_RETRY', 'UPLOAD_RETRY')"
#define KEY(name) "coalesce(credentialsjson->>'" name "', '')"

/* clang-format would break these texts anywhere. */
/* clang-format off */
static const struct rule rules[] = {
    {IMPORT_USERS, NULL, "true",
     "email = lower(btrim(coalesce(email, ''))), fullname = left(coalesce(nullif(btrim(fullname), ''), 'User'), "
     "255)",
     NULL},
    {IMPORT_USERS, "Email", "length(email) not between 3 and 254", "email = 'user-' || id || '@replaced.invalid'",
     "is no address; it is user-<Id>@replaced.invalid"},
    {IMPORT_USERS, "Email",
     "exists (select 1 from old_users k where k.email = old_users.email and k.id < old_users.id)", "",
     "differs in case only from that of an earlier user, who gets what this one has"},
    CREATED(IMPORT_USERS),
    TIME(IMPORT_USERS, "UpdatedAt", "updatedat", "null", "it is CreatedAt"),

    {IMPORT_CREDENTIALS, "UserId", "userid is null", NULL, "names a user that is not there"},
    {IMPORT_CREDENTIALS, "ClientId", "coalesce(btrim(clientid), '') = ''", NULL, "is empty"},
    {IMPORT_CREDENTIALS, "ClientSecret", "coalesce(clientsecret, '') = ''", NULL, "is empty"},
    {IMPORT_CREDENTIALS, "ClientId",
     "exists (select 1 from old_credentials k where k.userid = old_credentials.userid and "
     "k.clientid = old_credentials.clientid and k.id < old_credentials.id)",
     NULL, "is that of an earlier row of the same user, which its profiles use now"},
    CREATED(IMPORT_CREDENTIALS),
    TIME(IMPORT_CREDENTIALS, "UpdatedAt", "updatedat", "null", "it is CreatedAt"),

    {IMPORT_PROFILES, "UserId", "userid is null", NULL, "names a user that is not there"},
    /* Members are read in any case, with or without underscores. The exact name comes last and wins. */
    {IMPORT_PROFILES, NULL, "true",
     "providertype = coalesce((select w.v from (values ('GoogleDrive'), ('S3')) w(v) where lower(w.v) = "
     "lower(btrim(providertype))), ''), email = nullif(btrim(email), ''), isdefault = coalesce(isdefault, false), "
     "isactive = coalesce(isactive, true), needsreauth = coalesce(needsreauth, false), credentialsjson = "
     "(select coalesce(jsonb_object_agg(lower(replace(m.key, '_', '')), m.value), '{}') from jsonb_each_text("
     "case jsonb_typeof(credentialsjson) when 'object' then credentialsjson else '{}' end) m)",
     NULL},
    {IMPORT_PROFILES, NULL, "true",
     "credentialsjson = credentialsjson || jsonb_build_object("
     "'endpoint', rtrim(btrim(" KEY("endpoint") "), '/'), "
     "'bucketname', btrim(coalesce(credentialsjson->>'bucketname', credentialsjson->>'bucket')), "
     "'region', btrim(" KEY("region") "))",
     NULL},
    {IMPORT_PROFILES, "ProviderType", "providertype = ''", NULL, "is neither GoogleDrive nor S3"},
    {IMPORT_PROFILES, "ProfileName", "coalesce(btrim(profilename), '') = ''", "profilename = 'Profile ' || id",
     "is empty; it is \"Profile <Id>\""},
    {IMPORT_PROFILES, "ProfileName", "length(profilename) > 255", "profilename = left(profilename, 255)",
     "is cut to 255 characters"},
    {IMPORT_PROFILES, "OAuthCredentialId",
     "oauthcredentialid is not null and not exists (select 1 from old_credentials c where c.id = oauthcredentialid "
     "and c.userid = old_profiles.userid)",
     "oauthcredentialid = null", "names no credential of its user; it is empty"},
    {IMPORT_PROFILES, "CredentialsJson",
     "providertype = 'S3' and isactive and not ("
     KEY("endpoint") " ~* '^https?://[a-z0-9[][]a-z0-9._~:/%[-]*$' and length(" KEY("endpoint") ") < 500 and "
     KEY("bucketname") " ~ '^[-A-Za-z0-9._]{1,255}$' and "
     "octet_length(" KEY("accesskey") ") between 1 and 512 and "
     "octet_length(" KEY("secretkey") ") between 1 and 512)",
     "isactive = false, isdefault = false",
     "lacks an endpoint, a bucket or keys that could be used; the profile stays for its jobs, disconnected"},
    {IMPORT_PROFILES, "CredentialsJson", "providertype = 'S3' and " KEY("region") " !~ '^[-A-Za-z0-9._]{1,60}$'",
     "credentialsjson = credentialsjson || '{\"region\": \"us-east-1\"}'",
     "has no region that could be used; it is us-east-1 until the server names another"},
    {IMPORT_PROFILES, "CredentialsJson",
     "providertype = 'GoogleDrive' and isactive and length(" KEY("refreshtoken") ") not between 1 and 4096",
     "needsreauth = true, credentialsjson = '{}'", "has no refresh token; the profile has to be connected again"},
    {IMPORT_PROFILES, "OAuthCredentialId",
     "providertype = 'GoogleDrive' and isactive and oauthcredentialid is null and not needsreauth",
     "needsreauth = true", "is empty, and nobody could renew its token; the profile has to be connected again"},
    /* Of several profiles of an account the default stays, then one that works, then the oldest. */
    {IMPORT_PROFILES, "Email",
     "providertype = 'GoogleDrive' and isactive and email is not null and id <> (select k.id from old_profiles k "
     "where k.providertype = 'GoogleDrive' and k.isactive and k.userid = old_profiles.userid and lower(k.email) = "
     "lower(old_profiles.email) order by k.isdefault desc, k.needsreauth, k.id limit 1)",
     "isactive = false, isdefault = false",
     "is the account of another profile; this one stays for its jobs, disconnected"},
    {IMPORT_PROFILES, "IsDefault", "isdefault and not isactive", "isdefault = false",
     "was set on a profile that is not active; it is false"},
    {IMPORT_PROFILES, "IsDefault",
     "isdefault and exists (select 1 from old_profiles k where k.userid = old_profiles.userid and k.isdefault and "
     "k.id < old_profiles.id)",
     "isdefault = false", "was set on more than one profile; the oldest stays the default"},
    CREATED(IMPORT_PROFILES),
    TIME(IMPORT_PROFILES, "UpdatedAt", "updatedat", "null", "it is CreatedAt"),

    {IMPORT_TORRENTS, "UploadedByUserId", "uploadedbyuserid is null", NULL, "names a user that is not there"},
    {IMPORT_TORRENTS, NULL, "true",
     "infohash = upper(btrim(coalesce(infohash, ''))), filesize = greatest(coalesce(filesize, 0), 0)", NULL},
    {IMPORT_TORRENTS, "InfoHash", "infohash !~ '^[0-9A-F]{40}$'", NULL, "is no infohash"},
    {IMPORT_TORRENTS, "InfoHash",
     "exists (select 1 from old_torrents k where k.uploadedbyuserid = old_torrents.uploadedbyuserid and "
     "k.infohash = old_torrents.infohash and k.id < old_torrents.id)",
     NULL, "is that of an earlier row of the same user, which its jobs use now"},
    {IMPORT_TORRENTS, "FileName",
     "coalesce(btrim(filename), '') in ('', '.', '..') or filename ~ '[/\\\\[:cntrl:]]' or length(filename) > 200",
     "filename = case when coalesce(btrim(filename), '') in ('', '.', '..') then 'torrent-' || id else "
     "left(regexp_replace(btrim(filename), '[/\\\\[:cntrl:]]', '_', 'g'), 200) end",
     "could not be a file's name; it is changed, unless the .torrent says better"},
    CREATED(IMPORT_TORRENTS),
    TIME(IMPORT_TORRENTS, "UpdatedAt", "updatedat", "null", "it is CreatedAt"),

    {IMPORT_JOBS, "UserId", "userid is null", NULL, "names a user that is not there"},
    {IMPORT_JOBS, "StorageProfileId", "not exists (select 1 from old_profiles p where p.id = storageprofileid)", NULL,
     "names a profile that is not there, or was left out"},
    {IMPORT_JOBS, "RequestFileId", "not exists (select 1 from old_torrents t where t.id = requestfileid)", NULL,
     "names a torrent that is not there, or was left out"},
    {IMPORT_JOBS, NULL, "true", "status = upper(btrim(coalesce(status, '')))", NULL},
    {IMPORT_JOBS, "Status", "status not in (select s.status from old_status s)", "status = 'FAILED'",
     "is not known; it is FAILED"},
    {IMPORT_JOBS, "Type", "lower(coalesce(type, '')) <> 'torrent'", "type = 'Torrent'", "is not Torrent; it is now"},
    COUNTED("BytesDownloaded", "bytesdownloaded"),
    COUNTED("BytesUploaded", "bytesuploaded"),
    COUNTED("TotalBytes", "totalbytes"),
    {IMPORT_JOBS, "SelectedFilePaths",
     "exists (select 1 from jsonb_array_elements(selectedfilepaths) v where jsonb_typeof(v) <> 'string')",
     "selectedfilepaths = (select coalesce(jsonb_agg(v), '[]') from jsonb_array_elements(selectedfilepaths) v "
     "where jsonb_typeof(v) = 'string')",
     "holds what is no path; that is left out"},
    CREATED(IMPORT_JOBS),
    TIME(IMPORT_JOBS, "UpdatedAt", "updatedat", "null", "it is CreatedAt"),
    TIME(IMPORT_JOBS, "StartedAt", "startedat", "null", "it is empty"),
    TIME(IMPORT_JOBS, "CompletedAt", "completedat", "null", "it is UpdatedAt"),
    TIME(IMPORT_JOBS, "LastHeartbeat", "lastheartbeat", "null", "it is empty"),
    {IMPORT_JOBS, NULL, "true", "was = status, updatedat = coalesce(updatedat, createdat)", NULL},
    {IMPORT_JOBS, "Status",
     "status in " ACTIVE " and exists (select 1 from old_jobs k where k.userid = old_jobs.userid and "
     "k.requestfileid = old_jobs.requestfileid and k.status in " ACTIVE " and k.id > old_jobs.id)",
     "status = 'FAILED', completedat = now(), errormessage = 'A later job of the same torrent was active, too.'",
     "is active, as that of a later job of the same torrent; it is FAILED"},
    {IMPORT_JOBS, "RequestFileId",
     "status in " ACTIVE " and not exists (select 1 from torrents t where t.id = requestfileid and t.metainfo is not "
     "null)",
     "status = 'FAILED', completedat = now(), errormessage = 'The .torrent file of this job was not found when the "
     "data of the replaced product was taken over. Add the torrent again and create a new job.'",
     "names a torrent whose file is gone, so that the job cannot go on; it is FAILED"},
    {IMPORT_JOBS, "SelectedFilePaths",
     "status in " ACTIVE " and not exists (select 1 from old_job_files f where f.job_id = old_jobs.id)",
     "status = 'FAILED', completedat = now(), errormessage = 'The job selects no file of its torrent.'",
     "selects no file of the torrent, so that the job cannot go on; it is FAILED"},

    {IMPORT_HISTORY, NULL, "not exists (select 1 from old_jobs j where j.id = jobid)", NULL, NULL},
    {IMPORT_HISTORY, NULL, "true",
     "fromstatus = upper(btrim(fromstatus)), tostatus = upper(btrim(coalesce(tostatus, ''))), "
     "metadatajson = nullif(metadatajson, 'null')",
     NULL},
    {IMPORT_HISTORY, "ToStatus", "tostatus not in (select s.status from old_status s)", NULL, "is not known"},
    {IMPORT_HISTORY, "FromStatus", "fromstatus not in (select s.status from old_status s)", "fromstatus = null",
     "is not known; it is empty"},
    {IMPORT_HISTORY, "Source", "coalesce(source, '') not in ('Worker', 'User', 'System', 'Recovery')",
     "source = 'System'", "is not known; it is System"},
    {IMPORT_HISTORY, "MetadataJson", "jsonb_typeof(metadatajson) <> 'object'", "metadatajson = null",
     "is no JSON object; it is empty"},
    /* A path and an id that mean nothing here. */
    {IMPORT_HISTORY, NULL, "metadatajson is not null", "metadatajson = metadatajson - 'downloadPath' - 'hangfireJobId'",
     NULL},
    {IMPORT_HISTORY, "ChangedAt", "changedat is null or " OUT_OF_TIME("changedat"),
     "changedat = (select j.createdat from old_jobs j where j.id = jobid)", "is no time; it is that of the job"},

    {IMPORT_UPLOADS, NULL,
     "lower(coalesce(status, '')) <> 'inprogress' or coalesce(uploadid, '') = '' or coalesce(s3key, '') = '' or "
     "not exists (select 1 from old_jobs j where j.id = jobid)",
     NULL, NULL},
    {IMPORT_UPLOADS, "UploadId",
     "not exists (select 1 from old_jobs j join old_profiles p on p.id = j.storageprofileid where j.id = jobid and "
     "p.providertype = 'S3' and p.isactive)",
     NULL, "is an unfinished upload whose profile has no keys any more; it stays in the bucket"},
};
/* clang-format on */

void import_tell(struct import *im, enum import_table table, const char *column, int64_t row, bool left_out,
                 const char *what)
{
    const struct import_note note = {import_stages[table].table, column, row, left_out, what};
    im->hooks->note(im->hooks->ctx, &note);
}

static int tell(struct import *im, const struct rule *rule, const char *stage, struct arena *a, struct err *e)
{
    struct db_rows *r =
        db_query0(im->to, a, e, arena_printf(a, "select id from %s where %s order by id", stage, rule->where));
    for (int i = 0; r && i < db_count(r); i++)
        import_tell(im, rule->table, rule->column, db_int(r, i, 0), !rule->set, rule->what);
    return r ? 0 : -1;
}

static int apply(struct import *im, const struct rule *rule, struct arena *a, struct err *e)
{
    const char *stage = import_stages[rule->table].stage;
    if (rule->what && tell(im, rule, stage, a, e))
        return -1;
    if (rule->set && !*rule->set)
        return 0;
    const char *sql = rule->set ? arena_printf(a, "update %s set %s where %s", stage, rule->set, rule->where)
                                : arena_printf(a, "delete from %s where %s", stage, rule->where);
    return import_sql(im, a, sql, e);
}

int import_mend(struct import *im, struct arena *a, enum import_table first, enum import_table last, struct err *e)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].table >= first && rules[i].table <= last && apply(im, &rules[i], a, e))
            return err_wrap(e, "%s.%s", import_stages[rules[i].table].table, rules[i].column ? rules[i].column : "*");
    return 0;
}
