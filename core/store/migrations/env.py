"""What alembic runs for each upgrade: the steps, inside the transaction that core/store/upgrade.py opened."""

from alembic import context

from core.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=False,
)
context.run_migrations()
