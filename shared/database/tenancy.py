"""Tenancy in the database: row-level security per municipality, forced, for a role that cannot bypass it.

Called from Alembic migrations. The role of the application is named after its service and gets no more than it needs:
append-only tables are append-only because the role lacks UPDATE and DELETE.
"""

import re
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.sql.elements import TextClause

from shared.database import access_log_schema, access_retention_schema
from shared.messaging import roles, schema

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Operations(Protocol):
    """The part of the `op` of Alembic that is used here."""

    def execute(self, sqltext: TextClause) -> None: ...


def application_role(service: str) -> str:
    """Return the role with which a service connects: NOSUPERUSER, NOBYPASSRLS, owner of nothing."""
    return f"meedoen_{service}"


def owner_role(service: str) -> str:
    """Return the role that owns the tables of a service and migrates them."""
    return f"{application_role(service)}_owner"


def relay_role(service: str) -> str:
    """Return the role of a service's relay: reads the outbox and moves the mark, nothing else."""
    return roles.CoreRoles.of(application_role(service)).relay


def operator_role(service: str) -> str:
    """Return the role of people who operate a service: held events, replays, old partitions, proofs."""
    return roles.CoreRoles.of(application_role(service)).operator


def auditor_role(service: str) -> str:
    """Return the role of people who read and prove the access log of a service, and see nothing else."""
    return f"{application_role(service)}_auditor"


def protect_tenant_table(
    op: Operations, table: str, *, service: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE"
) -> None:
    """Force row-level security on a table with a `municipality` column; grant privileges to the application role."""
    if not _NAME.fullmatch(table):
        raise ValueError(f"'{table}' is not a table name: use lower case, digits and underscores.")
    policy = "municipality = current_setting('app.municipality', true)"
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING ({policy}) WITH CHECK ({policy})",
        f"GRANT {privileges} ON {table} TO {application_role(service)}",
    ):
        op.execute(text(statement))


def install_messaging(op: Operations, *, service: str) -> None:
    """Create the tables of the messaging core: outbox, relay mark, inbox, held events and their audit."""
    for statement in schema.install(application_role(service)):
        op.execute(text(statement))


def add_belief(op: Operations, *, service: str) -> None:
    """Add to the messaging core what tells believed events from others, and the last day seen per municipality."""
    for statement in schema.add_belief(application_role(service)):
        op.execute(text(statement))


def remove_belief(op: Operations) -> None:
    for statement in schema.remove_belief():
        op.execute(text(statement))


def separate_messaging_roles(op: Operations, *, service: str) -> None:
    """Leave to the application's role what it needs, and give relay and operators roles of their own."""
    for statement in roles.separate(roles.CoreRoles.of(application_role(service))):
        op.execute(text(statement))


def install_access_log(op: Operations, *, service: str) -> None:
    """Create the access log as a chain, with the lines so far; the application can append to it and nothing else."""
    names = {"application": application_role, "operator": operator_role, "auditor": auditor_role}
    for statement in access_log_schema.install(**{name: role(service) for name, role in names.items()}):
        op.execute(text(statement))


def add_access_log_retention(op: Operations, *, service: str) -> None:
    """Add the removal of access lines after their term, and the sealed checkpoint at which the chain begins since."""
    names = {"application": application_role, "operator": operator_role, "auditor": auditor_role}
    for statement in access_retention_schema.install(**{name: role(service) for name, role in names.items()}):
        op.execute(text(statement))


def bound_access_moments(op: Operations) -> None:
    """Refuse lines of the access log from far days: those who read and prove it could not read past them."""
    for statement in access_log_schema.bound_moments():
        op.execute(text(statement))


def remove_messaging(op: Operations) -> None:
    op.execute(text("DROP SCHEMA messaging CASCADE"))
