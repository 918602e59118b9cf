-- Files that devices are offered when they ask for one.

-- +goose Up
create index files_offer on files (kind, id) where (doc->>'offer') = 'true';

-- +goose Down
drop index files_offer;
