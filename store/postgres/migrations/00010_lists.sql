-- What devices and orders are listed and counted by. light is made by the program: what
-- was stored before gets its own from the step behind this one.

-- +goose Up
alter table devices
    add column model  text collate "C" not null default '',
    add column vendor text collate "C" not null default '',
    add column area   text collate "C" not null default '',
    add column light  text collate "C" not null default '';
alter table orders
    add column mode  text collate "C" not null default '',
    add column light text collate "C" not null default '';
create index devices_model on devices (model, id);
create index devices_vendor on devices (vendor, id);
create index devices_area on devices (area, id);
create index devices_light on devices (light, id);
create index orders_mode on orders (mode, id);
create index orders_light on orders (light, id);

-- +goose Down
alter table devices drop column model, drop column vendor, drop column area, drop column light;
alter table orders drop column mode, drop column light;
