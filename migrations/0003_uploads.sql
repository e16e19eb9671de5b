-- Uploads: where in a destination files go, what an account has sent today, and what proves that a file arrived.

comment on column storage_profiles.settings is 'S3: endpoint, bucket, region, pathStyle, preset, caCertificate (PEM), clockOffsetS, keyMask (of the access key), pathTemplate, storageClass, sse, sseKmsKeyId, acl, conditional (what the test found to honour If-None-Match: none, put, all); GoogleDrive: folderId, folderName, driveId, driveName; members without a value are left out';

alter table job_files add column remote_id text;
comment on column job_files.remote_id is 'the file''s id at Google Drive; NULL elsewhere';

alter table jobs add column destination text;
comment on column jobs.destination is 'bucket or drive that the job''s files went to, whatever became of the profile since; NULL before the upload began';

alter table job_phases add column progress_at_failure bigint not null default 0;
comment on column job_phases.progress_at_failure is 'the most progress that any counted failure has seen: beyond it the attempts are counted anew';
comment on column job_phases.attempts is 'failures that counted, in a row without further progress, since the last manual retry';

alter table upload_sessions add column cleaned text check (cleaned in ('nothing', 'aborted', 'left'));
comment on column upload_sessions.cleaned is 'what the janitor did of an abandoned one: there was nothing, it was aborted, or it may not be and is left to expire';

create table drive_usage (
    account text not null,
    hour    timestamptz not null,
    bytes   bigint not null check (bytes >= 0),
    primary key (account, hour)
);
comment on table drive_usage is 'What each Google account took in an hour: Google refuses more than 750 GB in 24 hours';
comment on column jobs.waiting_code is 'why the job does not move: disk, same_torrent, no_peers, login, quota, day_limit, endpoint';

comment on column drive_usage.account is 'e-mail in lower case: two profiles may share an account';

alter table upload_sessions drop constraint upload_sessions_state_check;
alter table upload_sessions add constraint upload_sessions_state_check
    check (state in ('init', 'open', 'aborting', 'completed', 'aborted'));
create index upload_sessions_key on upload_sessions (remote_key) where state in ('init', 'open', 'aborting');
comment on column upload_sessions.state is 'init: about to be created; aborting: given up, not yet proven to be gone; a row leaves init, open and aborting only when proven complete or gone';

alter table jobs add column traceparent text;
comment on column jobs.traceparent is 'W3C trace context of the request that made the job: everything that is done for it belongs to that trace; NULL: nobody traced';
