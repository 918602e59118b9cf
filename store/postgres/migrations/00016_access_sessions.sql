-- Who is and was on the network, as access servers tell by RADIUS accounting. The session is
-- in doc (store/internal/record); due is the last word of one that lasts, else its end.

-- +goose Up
create table access_sessions (
    id      text collate "C" primary key,
    service text collate "C" not null,
    account text collate "C" not null,
    mac     text collate "C" not null,
    ip      text collate "C" not null,
    nas     text collate "C" not null,
    active  boolean not null,
    started timestamptz not null,
    due     timestamptz not null,
    doc     bytea not null
);
create index access_sessions_all on access_sessions (active, started, id);
create index access_sessions_service on access_sessions (service, active, started, id) where service <> '';
create index access_sessions_account on access_sessions (account, active, started, id) where account <> '';
create index access_sessions_mac on access_sessions (mac, active, started, id) where mac <> '';
create index access_sessions_ip on access_sessions (ip, active, started, id) where ip <> '';
create index access_sessions_nas on access_sessions (nas, active, started, id) where nas <> '';
create index access_sessions_due on access_sessions (active, due, id);

-- +goose Down
drop table access_sessions;
