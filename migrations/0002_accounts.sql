-- Accounts: sessions that can be ended one by one, keys with a prefix and an end, the Google consent flow, and what a
-- destination's last check said.

create table sessions (
    id           int generated always as identity primary key,
    user_id      int not null references users on delete cascade,
    kind         text not null check (kind in ('browser', 'token')),
    address      text not null,
    user_agent   text not null default '' check (length(user_agent) <= 512),
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null
);
create index sessions_user on sessions (user_id, created_at desc);
create index sessions_end on sessions (expires_at);
comment on table sessions is 'Logins that have not ended; a token names its row, and without the row it is worth nothing';
comment on column sessions.kind is 'browser: the cookie of the web app; token: a bearer token given to a program';
comment on column sessions.address is 'of the client at its login';
comment on column sessions.last_seen_at is 'written at most every few minutes';

-- What goes ahead of the first statement of a request (session_require() in lib/store) calls these: whoever comes with a token of a session that
-- is no more gets nothing done. TC003 is an error of its own class there.
create function session_refused() returns boolean language plpgsql as $$
begin
    raise exception 'This session has been ended. Please log in again.' using errcode = 'TC003';
end $$;
create function session_seen(sid int) returns boolean language plpgsql as $$
begin
    update torrentclou.sessions set last_seen_at = now() where id = sid;
    return true;
end $$;

alter table api_keys
    drop column revoked_at, -- a revoked key's row is gone
    add column prefix     text not null default '',
    add column expires_at timestamptz,
    add check (jsonb_typeof(scopes) = 'array');
create index api_keys_user on api_keys (user_id, created_at desc);

-- The key with this hash and its user; no row when there is none, or it has ended.
create function api_key_use(hash text)
    returns table (id int, user_id int, email text, full_name text, scopes jsonb, expires_at timestamptz)
    language plpgsql as $$
begin
    update torrentclou.api_keys k set last_used_at = now()
    where k.key_hash = hash and (k.last_used_at is null or k.last_used_at < now() - interval '5 minutes');
    return query
        select k.id, u.id, u.email, u.full_name, k.scopes, k.expires_at
        from torrentclou.api_keys k join torrentclou.users u on u.id = k.user_id
        where k.key_hash = hash and (k.expires_at is null or k.expires_at > now());
end $$;
comment on column api_keys.prefix is 'the first characters of the key, by which a person tells it from the others';
comment on column api_keys.key_hash is 'SHA-256 of the key, hex: a key is random, so that a slow hash adds nothing';
comment on column api_keys.scopes is 'JSON array of read, jobs, storage';
comment on column api_keys.expires_at is 'NULL: it does not end by itself';
comment on column api_keys.last_used_at is 'written at most every few minutes';

create table oauth_states (
    id              int generated always as identity primary key,
    state_hash      text not null unique,
    user_id         int references users on delete set null,
    credential_id   int references oauth_credentials on delete set null,
    profile_id      int references storage_profiles on delete cascade,
    profile_name    text,
    set_default     boolean not null default false,
    verifier_sealed text not null,
    nonce_hash      text,
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null,
    check ((profile_id is null) <> (profile_name is null))
);
create index oauth_states_end on oauth_states (expires_at);
comment on table oauth_states is 'Consents under way; a row is deleted by the callback that uses it, so that it is used once';
comment on column oauth_states.state_hash is 'SHA-256 of the state parameter, hex';
comment on column oauth_states.user_id is 'who began; NULL: gone since, which the callback tells apart from an unknown state';
comment on column oauth_states.credential_id is 'whose client asks for consent; NULL: gone since';
comment on column oauth_states.profile_id is 'the profile that logs in again; NULL: the consent makes a new one, called profile_name';
comment on column oauth_states.verifier_sealed is 'the PKCE code verifier, sealed';
comment on column oauth_states.nonce_hash is 'SHA-256 of the cookie that the browser which began got; NULL: it began without one';

create unique index storage_profiles_one_account on storage_profiles (user_id, lower(email))
    where provider_type = 'GoogleDrive' and is_active and email is not null;
alter table storage_profiles
    add column checked_at    timestamptz,
    add column check_ok      boolean,
    add column check_message text,
    add check ((checked_at is null) = (check_ok is null));
comment on column storage_profiles.settings is 'S3: endpoint, bucket, region, pathStyle, preset, caCertificate (PEM), clockOffsetS, keyMask (of the access key); members without a value are left out';
comment on column storage_profiles.checked_at is 'when the destination was tested last; NULL: never';
comment on column storage_profiles.check_message is 'what the test found; NULL when all was well';

-- How many jobs a user has: every page of the list tells it, and counting a thousand takes longer than reading ten.
alter table users add column job_count int not null default 0 check (job_count >= 0);
update users u set job_count = (select count(*) from jobs j where j.user_id = u.id);
comment on column users.job_count is 'rows of jobs; kept by the trigger jobs_counted';
create function jobs_counted() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        update torrentclou.users set job_count = job_count + 1 where id = new.user_id;
    else
        update torrentclou.users set job_count = job_count - 1 where id = old.user_id;
    end if;
    return null;
end $$;
create trigger jobs_counted after insert or delete on jobs for each row execute function jobs_counted();
