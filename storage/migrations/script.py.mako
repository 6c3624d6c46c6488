"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

<% body = [line for line in upgrades.splitlines() if not line.strip().startswith("# ###")] %>
def upgrade() -> None:
${"\n".join(body)}
