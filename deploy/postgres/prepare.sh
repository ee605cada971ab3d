#!/bin/sh
# Creates, on a running server, each service's database, its owner (migrations) and its application role (the service).
# What exists is kept, except the passwords, which are set to those of the environment.
set -eu
for service in recruitment intake ontzorgen notifications; do
    upper=$(echo "$service" | tr '[:lower:]' '[:upper:]')
    eval "secret=\$${upper}_SECRET owner_secret=\$${upper}_OWNER_SECRET"
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
        --set role="meedoen_$service" --set owner="meedoen_${service}_owner" \
        --set secret="$secret" --set owner_secret="$owner_secret" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY[:'role', :'owner']) AS wanted(name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE :"role" NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'secret';
ALTER ROLE :"owner" NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_secret';
SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"role" TO :"role";
SQL
    echo "The database of $service is there, with its owner and its application role."
done
