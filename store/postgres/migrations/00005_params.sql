-- Parameter trees in blocks, and the history of changed values. A tree that was stored
-- as a whole stays as it is, as its only block, until it is next written.

-- +goose Up
alter table params rename column tree to block;
alter table params add column at bytea not null default ''; -- where the block begins: names are bytes here
alter table params alter column at drop default;
alter table params drop constraint params_pkey;
alter table params add primary key (device, at);

create table changes (
    device text collate "C" primary key,
    list   bytea[] not null -- newest first
) with (fillfactor = 70);

-- +goose Down
drop table changes;
delete from params; -- in a form that the older program cannot read; devices tell them again
alter table params drop constraint params_pkey;
alter table params drop column at;
alter table params add primary key (device);
alter table params rename column block to tree;
