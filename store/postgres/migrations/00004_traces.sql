-- Recordings of CWMP sessions.

-- +goose Up
create table traces (
    id  text collate "C" primary key,
    doc jsonb not null
);

create table trace_messages (
    trace text collate "C" not null references traces on delete cascade,
    seq   integer not null,
    doc   jsonb not null,
    primary key (trace, seq)
);

-- +goose Down
drop table trace_messages, traces;
