/* The proof of a job for its owner: what lies where, with which digests, and how that was compared. Pure. */
#ifndef TC_FCGI_MANIFEST_H
#define TC_FCGI_MANIFEST_H

#include "base/arena.h"
#include "base/jsonw.h"

struct job_manifest;

/* manifest_json: the object. A file lies at its `destination` + "/" + `path`, unless its remoteKey says otherwise. */
void manifest_json(struct jsonw *w, const struct job_manifest *m);

/* manifest_sha256sum: the files that are done as GNU sha256sum writes them; `sha256sum -c` in the folder that the
 * destination names reads them. */
void manifest_sha256sum(struct buf *b, const struct job_manifest *m);

/* manifest_disposition(a, m, ending): the value of Content-Disposition (RFC 6266) for a download that is named after
 * the torrent: for old clients in ASCII, for others whole. */
const char *manifest_disposition(struct arena *a, const struct job_manifest *m, const char *ending);

#endif
