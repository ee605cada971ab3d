#!/bin/sh
# Creates, on a running server, each service's database and its five roles: the owner (migrations), the application (the
# service), its relay, its operators and its auditors. What exists is kept, except the passwords, which are set to those
# of the environment.
set -eu
for service in recruitment intake ontzorgen notifications; do
    upper=$(echo "$service" | tr '[:lower:]' '[:upper:]')
    for kind in "" _owner _relay _operator _auditor; do
        eval "secret=\$${upper}$(echo "$kind" | tr '[:lower:]' '[:upper:]')_SECRET"
        psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set role="meedoen_$service$kind" --set secret="$secret" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'secret';
SQL
    done
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set name="meedoen_$service" --set owner="meedoen_${service}_owner" \
        --set relay="meedoen_${service}_relay" --set operator="meedoen_${service}_operator" \
        --set auditor="meedoen_${service}_auditor" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"name", :"relay", :"operator", :"auditor";
SQL
    echo "The database of $service is there, with its five roles."
done
