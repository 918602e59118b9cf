-- Keys are ordered bytewise (collate "C"), whatever the database's own collation.
-- The terms column repeats what the index table holds of a row, so that a change
-- of terms is known without reading the index.

-- +goose Up
create table devices (
    id    text collate "C" primary key,
    state text collate "C" not null,
    terms text[] not null,
    doc   jsonb not null
) with (fillfactor = 80); -- room for updates in place: a device is written at each eventful contact
create index devices_state on devices (state, id);

create table params (
    device text collate "C" primary key,
    tree   bytea not null
);
alter table params alter column tree set storage external; -- compressed already

create table contacts (
    device  text collate "C" primary key,
    started timestamptz not null,
    doc     jsonb not null
) with (fillfactor = 70);

create table sessions (
    device  text collate "C" not null,
    started timestamptz not null,
    id      text collate "C" not null,
    doc     jsonb not null,
    primary key (device, started, id)
);

create table services (
    id    text collate "C" primary key,
    terms text[] not null,
    doc   jsonb not null
);

create table bindings (
    id      text collate "C" primary key,
    service text collate "C" not null,
    gen     bigint not null,
    state   text collate "C" not null,
    device  text collate "C" not null, -- '' = none
    terms   text[] not null,
    doc     jsonb not null
);
create unique index bindings_device on bindings (device)
    where device <> '' and state in ('claimed', 'bound');
create unique index bindings_slot on bindings (service, state)
    where state in ('prebound', 'claimed', 'bound');
create index bindings_gen on bindings (service, gen, id);

create table orders (
    id     text collate "C" primary key,
    source text collate "C" not null,
    no     text collate "C" not null,
    state  text collate "C" not null,
    kind   text collate "C" not null,
    area   text collate "C" not null,
    terms  text[] not null,
    doc    jsonb not null,
    unique (source, no)
);
create index orders_state on orders (state, id);
create index orders_kind on orders (kind, id);
create index orders_area on orders (area, id);

create table terms (
    type  text collate "C" not null,
    value text collate "C" not null,
    kind  text collate "C" not null,
    id    text collate "C" not null,
    primary key (type, value, kind, id)
);

-- seq holds the transaction in its high bits, see journal.go.
create table journal (
    seq    bigint primary key,
    device text collate "C" not null, -- '' = none
    doc    jsonb not null
);
create index journal_device on journal (device, seq) where device <> '';

-- One row: what is added to transaction numbers, so that sequences go on growing
-- after the data moved to another server.
create table journal_base (
    one  boolean primary key default true check (one),
    base bigint not null
);
insert into journal_base (base) values (0);

create table outbox (
    id     text collate "C" primary key,
    pos    bigint generated always as identity,
    stream text collate "C" not null,
    head   boolean not null,      -- the oldest of its stream
    next   timestamptz not null,  -- when it may be claimed
    doc    jsonb not null
);
create index outbox_stream on outbox (stream, pos);
create index outbox_heads on outbox (next, pos) where head;

create table agenda (
    key text collate "C" primary key,
    due timestamptz not null
);
create index agenda_due on agenda (due, key);

create table tokens (
    hash text collate "C" primary key,
    doc  jsonb not null
);

create table settings (
    key   text collate "C" primary key,
    value bytea not null
);

-- +goose Down
drop table settings, tokens, agenda, outbox, journal_base, journal, terms, orders, bindings,
    services, sessions, contacts, params, devices;
