-- Files with their content, and the permissions of devices to fetch and deliver them.

-- +goose Up
create table files (
    id     text collate "C" primary key,
    kind   text collate "C" not null,
    sha256 text collate "C" not null,
    doc    jsonb not null
);
create index files_kind on files (kind, id);
create index files_sha256 on files (sha256, id);

create table chunks (
    file    text collate "C" not null, -- written before the row in files
    n       integer not null,
    content bytea not null,
    primary key (file, n)
);
alter table chunks alter column content set storage external; -- firmware is compressed already

create table transfers (
    token   text collate "C" primary key,
    task    text collate "C" not null,
    file    text collate "C" not null, -- '' = none
    open    boolean not null, -- was not closed
    expires timestamptz not null,
    doc     jsonb not null
);
create index transfers_task on transfers (task, token);
create index transfers_file on transfers (file, expires, token) where open and file <> '';
create index transfers_expires on transfers (expires, token);

-- +goose Down
drop table transfers, chunks, files;
