-- Who is told of events, what could not be delivered to them, and lanes of the outbox: the
-- deliveries of one receiver, claimed apart from all others.

-- +goose Up
alter table outbox add column lane text collate "C" not null default '';
drop index outbox_heads;
create index outbox_heads on outbox (lane, next, pos) where head;
create index outbox_lane on outbox (lane, pos) where lane <> '';

create table subscriptions (
    id  text collate "C" primary key,
    doc jsonb not null
);

create table dead_letters (
    subscription text collate "C" not null,
    id           text collate "C" not null,
    died         timestamptz not null,
    doc          jsonb not null,
    primary key (subscription, id)
);

-- +goose Down
drop table dead_letters, subscriptions;
drop index outbox_lane;
drop index outbox_heads;
delete from outbox where lane <> '';
alter table outbox drop column lane;
create index outbox_heads on outbox (next, pos) where head;
