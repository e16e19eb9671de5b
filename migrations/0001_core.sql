-- The whole model of the first release. Forward only: once released, a file here is never edited again.
-- Ids are identity columns that fit int32, because existing API clients read them as such.

create table users (
    id            int generated always as identity primary key,
    email         text not null check (email = lower(email) and length(email) between 3 and 254),
    full_name     text not null,
    password_hash text not null,
    seed_hash     text,
    token_version int not null default 1,
    is_admin      boolean not null default false,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    unique (email)
);
comment on table users is 'People who may log in';
comment on column users.email is 'login name, lower case';
comment on column users.full_name is 'display name';
comment on column users.password_hash is 'argon2id string of libsodium';
comment on column users.seed_hash is 'argon2id of the last ADMIN_PASSWORD that was applied: tells a changed environment from a password changed in the app';
comment on column users.token_version is 'stands in every token; raising it ends all sessions';
comment on column users.is_admin is 'may see the queue dashboard and the metrics';

create table oauth_credentials (
    id                   int generated always as identity primary key,
    user_id              int not null references users on delete cascade,
    name                 text not null,
    client_id            text not null,
    client_secret_sealed text not null,
    redirect_uri         text not null,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    unique (user_id, client_id)
);
comment on table oauth_credentials is 'Google OAuth clients that a user has saved';
comment on column oauth_credentials.client_secret_sealed is 'sealed, see lib/net/seal.h';

create table storage_profiles (
    id                  int generated always as identity primary key,
    user_id             int not null references users on delete cascade,
    profile_name        text not null,
    provider_type       text not null check (provider_type in ('GoogleDrive', 'S3')),
    email               text,
    is_default          boolean not null default false,
    is_active           boolean not null default true,
    needs_reauth        boolean not null default false,
    oauth_credential_id int references oauth_credentials on delete set null,
    settings            jsonb not null default '{}',
    secret_sealed       text,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    check (is_active or not is_default)
);
create unique index storage_profiles_one_default on storage_profiles (user_id) where is_default;
create index storage_profiles_user on storage_profiles (user_id, created_at);
comment on table storage_profiles is 'Destinations of uploads';
comment on column storage_profiles.email is 'Google account, NULL for S3';
comment on column storage_profiles.is_active is 'false once disconnected or deleted; the row stays for its jobs';
comment on column storage_profiles.needs_reauth is 'the provider refused the stored login';
comment on column storage_profiles.settings is 'S3: endpoint, bucket, region, pathStyle';
comment on column storage_profiles.secret_sealed is 'sealed JSON: S3 accessKey, secretKey; Drive tokens';

create table torrents (
    id            int generated always as identity primary key,
    user_id       int not null references users on delete cascade,
    name          text not null,
    info_hash_v1  text check (info_hash_v1 ~ '^[0-9A-F]{40}$'),
    info_hash_v2  text check (info_hash_v2 ~ '^[0-9a-f]{64}$'),
    total_size    bigint not null check (total_size >= 0),
    piece_length  int not null default 0,
    piece_count   int not null default 0,
    is_private    boolean not null default false,
    is_multi_file boolean not null default false,
    metainfo      bytea,
    trackers      jsonb not null default '[]',
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    check (info_hash_v1 is not null or info_hash_v2 is not null)
);
create unique index torrents_v1 on torrents (user_id, info_hash_v1) where info_hash_v1 is not null;
create unique index torrents_v2 on torrents (user_id, info_hash_v2) where info_hash_v2 is not null;
comment on table torrents is 'Torrents that a user has analysed';
comment on column torrents.info_hash_v1 is 'SHA-1 of the info dictionary, upper-case hex; NULL for v2-only';
comment on column torrents.info_hash_v2 is 'SHA-256 of the info dictionary, lower-case hex; NULL for v1-only';
comment on column torrents.total_size is 'bytes of the listed files, padding not counted';
comment on column torrents.metainfo is 'the .torrent file; NULL while only a magnet link is known';
comment on column torrents.trackers is 'announce URLs, JSON array';

create table torrent_files (
    torrent_id   int not null references torrents on delete cascade,
    file_index   int not null check (file_index >= 0),
    engine_index int not null check (engine_index >= 0),
    path         text not null check (path <> ''),
    size         bigint not null check (size >= 0),
    primary key (torrent_id, file_index)
);
comment on table torrent_files is 'Files of a torrent as people see them: no padding, no symlinks';
comment on column torrent_files.file_index is 'position in the list that the API shows';
comment on column torrent_files.engine_index is 'position in the torrent itself, for the engine';
comment on column torrent_files.path is 'sanitised, / between segments, without the torrent''s root folder';

create table jobs (
    id                  int generated always as identity primary key,
    user_id             int not null references users on delete cascade,
    torrent_id          int not null references torrents,
    storage_profile_id  int not null references storage_profiles,
    type                text not null default 'Torrent' check (type = 'Torrent'),
    status              text not null,
    error_code          text,
    error_message       text,
    current_state       text,
    selected_paths      jsonb,
    total_bytes         bigint not null check (total_bytes >= 0),
    bytes_downloaded    bigint not null default 0 check (bytes_downloaded >= 0),
    bytes_uploaded      bigint not null default 0 check (bytes_uploaded >= 0),
    download_speed      bigint not null default 0,
    upload_speed        bigint not null default 0,
    eta_seconds         bigint,
    peers               int not null default 0,
    seeds               int not null default 0,
    waiting_code        text,
    waiting_sentence    text,
    waiting_since       timestamptz,
    waiting_next_at     timestamptz,
    volume_id           text,
    local_state         text not null default 'none' check (local_state in ('none', 'present', 'deleted')),
    last_heartbeat      timestamptz,
    started_at          timestamptz,
    completed_at        timestamptz,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    check ((waiting_code is null) = (waiting_sentence is null))
);
create unique index jobs_one_active on jobs (user_id, torrent_id)
    where status in ('QUEUED', 'DOWNLOADING', 'PENDING_UPLOAD', 'UPLOADING', 'TORRENT_DOWNLOAD_RETRY', 'UPLOAD_RETRY');
create index jobs_list on jobs (user_id, created_at desc, id desc);
create index jobs_status on jobs (status);
create index jobs_profile on jobs (storage_profile_id);
create index jobs_local on jobs (volume_id, status) where local_state = 'present';
comment on table jobs is 'One transfer: files of a torrent to one destination';
comment on column jobs.status is 'derived from both phases; every change is checked against job_transitions';
comment on column jobs.error_message is 'one sentence; cleared when the job goes on';
comment on column jobs.selected_paths is 'as the client sent it: JSON array, NULL for everything';
comment on column jobs.total_bytes is 'bytes of the selected files';
comment on column jobs.download_speed is 'bytes per second at the last progress, 0 when not moving';
comment on column jobs.waiting_code is 'why the job does not move: disk, same_torrent, no_peers, login, quota, endpoint';
comment on column jobs.waiting_next_at is 'when the reason is looked at again';
comment on column jobs.volume_id is 'which downloads volume holds the bytes; set when the download is claimed';
comment on column jobs.local_state is 'are bytes of this job on the downloads volume';

create table job_files (
    job_id           int not null references jobs on delete cascade,
    file_index       int not null,
    engine_index     int not null,
    path             text not null,
    size             bigint not null check (size >= 0),
    state            text not null default 'pending'
                     check (state in ('pending', 'downloading', 'ready', 'uploading', 'done', 'failed')),
    bytes_downloaded bigint not null default 0,
    bytes_uploaded   bigint not null default 0,
    md5              text check (md5 ~ '^[0-9a-f]{32}$'),
    sha256           text check (sha256 ~ '^[0-9a-f]{64}$'),
    remote_key       text,
    remote_etag      text,
    verified_by      text,
    error_message    text,
    ready_at         timestamptz,
    done_at          timestamptz,
    primary key (job_id, file_index),
    check (state not in ('ready', 'uploading', 'done') or (md5 is not null and sha256 is not null)),
    check (state <> 'done' or verified_by is not null)
);
comment on table job_files is 'The selected files of a job: exactly these are uploaded';
comment on column job_files.state is 'ready: verified by the torrent, flushed to disk and hashed; done: verified at the destination';
comment on column job_files.md5 is 'of the whole file, computed once when it became ready';
comment on column job_files.verified_by is 'how the destination''s copy was compared: etag-md5, etag-multipart, …';

create table job_phases (
    job_id            int not null references jobs on delete cascade,
    phase             text not null check (phase in ('download', 'upload')),
    state             text not null default 'idle'
                      check (state in ('idle', 'active', 'retry', 'waiting', 'done', 'failed', 'cancelled')),
    worker_id         text,
    epoch             bigint not null default 0,
    lease_until       timestamptz,
    attempts          int not null default 0,
    crashes           int not null default 0,
    progress          bigint not null default 0,
    progress_at_claim bigint not null default 0,
    next_retry_at     timestamptz,
    enqueued_at       timestamptz,
    first_wait_at     timestamptz,
    started_at        timestamptz,
    finished_at       timestamptz,
    primary key (job_id, phase),
    check ((state = 'active') = (worker_id is not null and lease_until is not null))
);
create index job_phases_leases on job_phases (lease_until) where state = 'active';
create index job_phases_claimable on job_phases (phase, next_retry_at) where state in ('idle', 'retry', 'waiting');
comment on table job_phases is 'Download and upload of a job; leases and fencing live here';
comment on column job_phases.worker_id is 'who holds the lease';
comment on column job_phases.epoch is 'rises at every claim; every write of a worker names it';
comment on column job_phases.attempts is 'failures that counted, since the last success or manual retry';
comment on column job_phases.crashes is 'takeovers in a row without progress';
comment on column job_phases.progress is 'bytes, compared with progress_at_claim to tell a crash loop from bad luck';
comment on column job_phases.next_retry_at is 'not claimable before; for retry and waiting';
comment on column job_phases.enqueued_at is 'when a queue entry was last made: recover makes another when it seems lost';
comment on column job_phases.first_wait_at is 'since when the destination has been unreachable';

create table job_transitions (
    from_status text,
    to_status   text not null,
    source      text not null check (source in ('Worker', 'User', 'System', 'Recovery')),
    unique nulls not distinct (from_status, to_status, source)
);
comment on table job_transitions is 'THE transition table of lib/domain/job.c, written by `torrentclou-admin migrate`';

create table job_status_history (
    id            bigint generated always as identity primary key,
    job_id        int not null references jobs on delete cascade,
    from_status   text,
    to_status     text not null,
    source        text not null,
    error_message text,
    metadata      jsonb,
    changed_at    timestamptz not null default clock_timestamp()
);
create index job_status_history_job on job_status_history (job_id, changed_at, id);
comment on table job_status_history is 'The timeline: a row for every change of jobs.status, written in the same transaction';

create table upload_sessions (
    id          int generated always as identity primary key,
    job_id      int not null references jobs on delete cascade,
    file_index  int not null,
    provider    text not null check (provider in ('GoogleDrive', 'S3')),
    profile_id  int not null references storage_profiles,
    remote_key  text not null,
    upload_id   text,
    uri_sealed  text,
    part_size   bigint not null check (part_size > 0),
    part_count  int not null check (part_count > 0),
    state       text not null default 'init' check (state in ('init', 'open', 'completed', 'aborted')),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);
create unique index upload_sessions_live on upload_sessions (job_id, file_index) where state in ('init', 'open');
create index upload_sessions_state on upload_sessions (provider, state);
comment on table upload_sessions is 'Every multipart or resumable upload that exists, or may exist, at a provider';
comment on column upload_sessions.upload_id is 'S3 UploadId; NULL in state init: it may exist there without our knowing its name';
comment on column upload_sessions.state is 'init: about to be created; a row leaves init and open only when proven complete or gone';

create table upload_parts (
    session_id  int not null references upload_sessions on delete cascade,
    part_number int not null check (part_number between 1 and 10000),
    size        bigint not null,
    md5         text not null,
    etag        text not null,
    done_at     timestamptz not null default now(),
    primary key (session_id, part_number)
);
comment on table upload_parts is 'Parts that the provider has acknowledged';

create table drive_folders (
    id         int generated always as identity primary key,
    job_id     int not null references jobs on delete cascade,
    path       text not null,
    remote_id  text not null,
    created    boolean not null default false,
    unique (job_id, path)
);
comment on table drive_folders is 'Folders of a job at Google Drive; ids are made before the folders';

create table api_keys (
    id           int generated always as identity primary key,
    user_id      int not null references users on delete cascade,
    name         text not null,
    key_hash     text not null unique,
    scopes       jsonb not null default '[]',
    last_used_at timestamptz,
    created_at   timestamptz not null default now(),
    revoked_at   timestamptz
);
comment on table api_keys is 'Keys for programs; only their hash is stored';

create table settings (
    name  text primary key,
    value text not null
);
comment on table settings is 'What the platform knows about itself; secrets_canary refuses a wrong CREDENTIALS_KEY';

-- A status changes only along job_transitions, and the history row is part of the same statement: the source and the
-- words come by transaction-local settings that store/job_store.c sets right before.
create function job_status_guard() returns trigger language plpgsql as $$
declare
    src text := nullif(current_setting('torrentclou.source', true), '');
    err text := nullif(current_setting('torrentclou.error', true), '');
    meta text := nullif(current_setting('torrentclou.metadata', true), '');
    old_status text := case when tg_op = 'UPDATE' then old.status end;
begin
    if not exists (select 1 from torrentclou.job_transitions t
                   where t.from_status is not distinct from old_status and t.to_status = new.status and t.source = src) then
        raise exception 'job % may not go from % to % by %', new.id, coalesce(old_status, 'nothing'), new.status,
            coalesce(src, 'nobody') using errcode = 'TC002';
    end if;
    insert into torrentclou.job_status_history (job_id, from_status, to_status, source, error_message, metadata)
    values (new.id, old_status, new.status, src, err, meta::jsonb);
    -- One setting serves one change: a second change must say again who makes it.
    perform set_config('torrentclou.source', '', true);
    return null;
end $$;
create trigger job_status_insert after insert on jobs for each row execute function job_status_guard();
create trigger job_status_update after update of status on jobs for each row execute function job_status_guard();
