/** Makes the database on first start; one that was made by half is thrown away and made again. */
export const INIT_DATABASE = `set -eu
umask 077
if [ -f /var/lib/database/data/PG_VERSION ]; then exit 0; fi
rm -rf /var/lib/database/new
printf '%s' "$PASSWORD" > /tmp/password
initdb --pgdata=/var/lib/database/new --username=trillian --pwfile=/tmp/password --auth=scram-sha-256 --locale=C --encoding=UTF8
printf "listen_addresses = '*'\\nunix_socket_directories = '/tmp'\\ntimezone = 'UTC'\\nlog_timezone = 'UTC'\\ndynamic_shared_memory_type = mmap\\n" >> /var/lib/database/new/postgresql.conf
echo "host all all all scram-sha-256" >> /var/lib/database/new/pg_hba.conf
echo "CREATE DATABASE trillian;" | postgres --single -D /var/lib/database/new postgres
mv /var/lib/database/new /var/lib/database/data
`;

/** Everything in one transaction: a schema that was loaded by half would never be completed. */
export const LOAD_SCHEMA = `set -eu
until pg_isready --quiet; do sleep 1; done
if [ "$(psql --no-psqlrc --tuples-only --no-align --command="select to_regclass('public.trees') is not null")" = t ]; then exit 0; fi
psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 --file=/etc/trillian-schema/storage.sql
`;

/** Rekor makes a tree when it is told of none; later starts must go on with that one, or old entries would be lost. */
export const FIND_TREE = `set -eu
until pg_isready --quiet; do sleep 1; done
until [ "$(psql --no-psqlrc --tuples-only --no-align --command="select to_regclass('public.trees') is not null")" = t ]; do sleep 1; done
trees=$(psql --no-psqlrc --tuples-only --no-align --command="select treeid from trees where treetype = 'LOG' and deleted is not true order by treeid")
count=$(printf '%s' "$trees" | grep -c . || true)
if [ "$count" -gt 1 ]; then
    echo "the database holds $count log trees ($trees): keep the one with the entries, mark the others deleted" >&2
    exit 1
fi
printf 'trillian_log_server:\\n  tlog_id: %s\\n' "\${trees:-0}" > /etc/rekor/rekor-server.yaml
`;
