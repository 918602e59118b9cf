-- Answers to calls that their callers gave a key. The answer is in doc
-- (store/internal/record), sealed.

-- +goose Up
create table replies (
    key text collate "C" primary key,
    at  timestamptz not null,
    doc bytea not null
);
create index replies_at on replies (at, key);

-- +goose Down
drop table replies;
