-- People, their sessions, and the record of what callers changed.

-- +goose Up
create table users (
    name    text collate "C" primary key,
    subject text collate "C" unique, -- null = none
    doc     jsonb not null
);

create table sign_ins (
    hash    text collate "C" primary key,
    person  text collate "C" not null,
    expires timestamptz not null,
    doc     jsonb not null
);
create index sign_ins_person on sign_ins (person, hash);
create index sign_ins_expires on sign_ins (expires, hash);

-- seq holds the transaction in its high bits, see journal.go. Documents are kept to the
-- letter: they are what was sealed.
create table audit (
    seq    bigint primary key,
    at     timestamptz not null,
    actor  text collate "C" not null,
    action text collate "C" not null,
    doc    json not null
);
create index audit_actor on audit (actor, seq);
create index audit_at on audit (at, seq);

create table audit_targets (
    kind text collate "C" not null,
    id   text collate "C" not null, -- '' = none in particular
    seq  bigint not null,
    primary key (kind, id, seq)
);

create table audit_seals (
    seq  bigint primary key,
    hash text collate "C" not null
);

-- One row, so that two nodes which seal at once collide.
create table audit_head (
    one  boolean primary key default true check (one),
    seq  bigint not null,
    hash text collate "C" not null
);
insert into audit_head (seq, hash) values (0, '');

-- +goose Down
drop table audit_head, audit_seals, audit_targets, audit, sign_ins, users;
