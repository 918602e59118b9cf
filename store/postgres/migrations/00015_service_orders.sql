-- Orders of several items. Ids are in the order of time. doc is kept to the letter:
-- a part of it is as its sender wrote it.

-- +goose Up
create table service_orders (
    id       text collate "C" primary key,
    source   text collate "C" not null,
    external text collate "C", -- null = none
    state    text collate "C" not null,
    area     text collate "C" not null,
    doc      json not null,
    unique (source, external)
);
create index service_orders_source on service_orders (source, id);
create index service_orders_state on service_orders (state, id);
create index service_orders_area on service_orders (area, id);
create index service_orders_external on service_orders (external, id);

-- +goose Down
drop table service_orders;
