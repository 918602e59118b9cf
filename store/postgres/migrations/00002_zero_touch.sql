-- Activation codes, the warehouse, tasks, and how orders ended.

-- +goose Up
create table activations (
    hash text collate "C" primary key,
    doc  jsonb not null
);

create table stock (
    mac   text collate "C" primary key,
    state text collate "C" not null,
    batch text collate "C" not null, -- '' = none
    terms text[] not null,
    doc   jsonb not null
);
create index stock_state on stock (state, mac);
create index stock_batch on stock (batch, mac);

create table tasks (
    id     text collate "C" primary key,
    device text collate "C" not null,
    open   boolean not null, -- has not ended
    doc    jsonb not null
);
create index tasks_device on tasks (device, id);
create index tasks_open on tasks (device, id) where open;

-- Endings are counted and never read one by one: columns are all there is of them.
create table endings (
    id       text collate "C" primary key, -- of the order
    at       timestamptz not null,
    day      text collate "C" not null,
    kind     text collate "C" not null,
    mode     text collate "C" not null,
    area     text collate "C" not null,
    access   text collate "C" not null,
    vendor   text collate "C" not null,
    model    text collate "C" not null,
    firmware text collate "C" not null,
    way      text collate "C" not null,
    outcome  text collate "C" not null,
    touched  boolean not null
);
create index endings_day on endings (day);

-- +goose Down
drop table endings, tasks, stock, activations;
