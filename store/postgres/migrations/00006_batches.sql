-- Tasks for many devices.

-- +goose Up
create table batches (
    id  text collate "C" primary key,
    doc jsonb not null
);

alter table tasks
    add column batch text collate "C", -- null = of none
    add column state text collate "C" not null default '';
update tasks set state = coalesce(doc->>'state', '');
alter table tasks alter column state drop default;
create index tasks_batch on tasks (batch, state, id) where batch is not null;

-- +goose Down
drop index tasks_batch;
alter table tasks drop column state, drop column batch;
drop table batches;
