-- Leases of addresses. An inet sorts as a number, IPv4 before IPv6. What a lease holds is
-- in doc (store/internal/record); the columns are what it is found by.

-- +goose Up
create table leases (
    address inet primary key,
    state   text collate "C" not null,
    client  text collate "C" not null,
    mac     text collate "C" not null, -- '' = none, as for modem
    modem   text collate "C" not null,
    scope   text collate "C" not null,
    class   text collate "C" not null,
    expires timestamptz not null,
    doc     bytea not null
);
create index leases_client on leases (client);
create index leases_mac on leases (mac) where mac <> '' and client <> 'm:' || mac; -- others are found by client
create index leases_modem on leases (modem) where modem <> '';
create index leases_expires on leases (expires, address);

-- +goose Down
drop table leases;
