"""The first schema.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

# The journal is written once: whoever tries to alter or remove an event is refused by the database
# itself. Only the words beside it (event_text) can be erased.
SQLITE_GUARDS = [
    "CREATE TRIGGER event_is_never_altered BEFORE UPDATE ON event "
    "BEGIN SELECT RAISE(ABORT, 'events are never altered'); END",
    "CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event "
    "BEGIN SELECT RAISE(ABORT, 'events are never removed'); END",
]
POSTGRESQL_GUARDS = [
    "CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'events are never altered or removed'; END $$",
    "CREATE TRIGGER event_is_never_altered BEFORE UPDATE OR DELETE ON event "
    "FOR EACH ROW EXECUTE FUNCTION refuse_event_change()",
    "CREATE TRIGGER event_is_never_emptied BEFORE TRUNCATE ON event "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()",
]


def upgrade() -> None:
    op.create_table(
        "budget",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "started_at", name=op.f("pk_budget")),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mail_sent_at_next_try_at"), ["sent_at", "next_try_at"], unique=False
        )

    op.create_table(
        "mark",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mark")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("handle", sa.LargeBinary(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("handle", name=op.f("uq_person_handle")),
    )
    op.create_table(
        "submission_variant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_variant")),
        sa.UniqueConstraint(
            "scope",
            "key",
            "content_sha256",
            name=op.f("uq_submission_variant_scope_key_content_sha256"),
        ),
    )
    op.create_table(
        "challenge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value", sa.LargeBinary(length=64), nullable=False),
        sa.Column("ceremony", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_challenge_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint("value", name=op.f("uq_challenge_value")),
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenge_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("contractor_id", sa.Integer(), nullable=False),
        sa.Column("tz", sa.String(length=60), nullable=False),
        sa.Column("emergency_number", sa.String(length=30), nullable=False),
        sa.Column("emergency_text", JSON, nullable=False),
        sa.Column("readers", JSON, nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["organisation.id"],
            name=op.f("fk_contract_contractor_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["organisation.id"], name=op.f("fk_contract_customer_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("slug", name=op.f("uq_contract_slug")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=2048), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("transports", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_passkey_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_person_id"), ["person_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("way_in", sa.String(length=12), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_session_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_person_id"), ["person_id"], unique=False)

    op.create_table(
        "sign_in_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_sign_in_code_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_code")),
    )
    with op.batch_alter_table("sign_in_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "asset_type",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("manufacturer", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("warranty_months", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_asset_type_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_type")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_asset_type_contract_id_id")),
        sa.UniqueConstraint("contract_id", "name", name=op.f("uq_asset_type_contract_id_name")),
    )
    op.create_table(
        "category",
        sa.Column("key", sa.String(length=30), nullable=False),
        sa.Column("icon", sa.String(length=30), nullable=False),
        sa.Column("names", JSON, nullable=False),
        sa.Column("service_line", sa.String(length=60), nullable=False),
        sa.Column("owner_party", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column("photo_rule", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_category_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_category_contract_id_id")),
        sa.UniqueConstraint("contract_id", "key", name=op.f("uq_category_contract_id_key")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("contract_name", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("party", sa.String(length=10), nullable=True),
        sa.Column("role", sa.String(length=12), nullable=True),
        sa.Column("invited_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_invitation_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_invitation_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_invitation_contract_id"), ["contract_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_invitation_email"), ["email"], unique=False)

    op.create_table(
        "membership",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notices_seen", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_membership_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_membership_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_membership_contract_id_id")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_person_id_contract_id"),
            ["person_id", "contract_id"],
            unique=False,
        )

    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer", JSON, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_submission_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("scope", "key", name=op.f("uq_submission_scope_key")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_submission_received_at"), ["received_at"], unique=False
        )

    op.create_table(
        "asset",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "path",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("trail", sa.Text(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("use", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("net_area", sa.Double(), nullable=True),
        sa.Column("type_id", sa.Integer(), nullable=True),
        sa.Column("serial", sa.String(length=100), nullable=False),
        sa.Column("tag_number", sa.String(length=100), nullable=False),
        sa.Column("asset_identifier", sa.String(length=100), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=True),
        sa.Column("warranty_start", sa.Date(), nullable=True),
        sa.Column("ext_system", sa.String(length=100), nullable=True),
        sa.Column("ext_object", sa.String(length=100), nullable=True),
        sa.Column("ext_identifier", sa.String(length=200), nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "parent_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_asset_contract_id_parent_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "type_id"],
            ["asset_type.contract_id", "asset_type.id"],
            name=op.f("fk_asset_contract_id_type_id_asset_type"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_asset_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint(
            "contract_id",
            "ext_system",
            "ext_identifier",
            name=op.f("uq_asset_contract_id_ext_system_ext_identifier"),
        ),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_asset_contract_id_id")),
    )
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_asset_contract_id_parent_id_kind_name"),
            ["contract_id", "parent_id", "kind", "name"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_asset_contract_id_path"), ["contract_id", "path"], unique=False
        )

    op.create_table(
        "action",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column(
            "place",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column("owner_party", sa.String(length=10), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("depth", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("source", sa.String(length=14), nullable=False),
        sa.Column("court", sa.String(length=10), nullable=True),
        sa.Column("court_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_safe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fixed_temporarily_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("outcome_text", sa.Text(), nullable=False),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.Column("report_count", sa.Integer(), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_action_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "assignee_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_action_contract_id_assignee_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "category_id"],
            ["category.contract_id", "category.id"],
            name=op.f("fk_action_contract_id_category_id_category"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "merged_into_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_action_contract_id_merged_into_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_action_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_action_contract_id_id")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_action_contract_id_number")),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_asset_id_closed_at"),
            ["contract_id", "asset_id", "closed_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_assignee_id_place"),
            ["contract_id", "assignee_id", "place"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_closed_at_id"),
            ["contract_id", "closed_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f(
                "ix_action_contract_id_court_priority_received_at_id_state_owner_party_category_id_assignee_id_listed"
            ),
            [
                "contract_id",
                "court",
                "priority",
                "received_at",
                "id",
                "state",
                "owner_party",
                "category_id",
                "assignee_id",
                "listed",
            ],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_place_priority_received_at_id"),
            ["contract_id", "place", "priority", "received_at", "id"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_received_at"),
            ["contract_id", "received_at"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_next_at"),
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )

    op.create_table(
        "tag",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_tag_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "replaced_by_id"],
            ["tag.contract_id", "tag.id"],
            name=op.f("fk_tag_contract_id_replaced_by_id_tag"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_tag_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("code", name=op.f("uq_tag_code")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_tag_contract_id_id")),
    )
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tag_contract_id_asset_id"), ["contract_id", "asset_id"], unique=False
        )

    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=20), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=8), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("party", sa.String(length=10), nullable=True),
        sa.Column("state_from", sa.String(length=14), nullable=True),
        sa.Column("state_to", sa.String(length=14), nullable=True),
        sa.Column("data", JSON, nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=True),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_event_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_event_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "member_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_event_contract_id_member_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_event_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_event_contract_id_id")),
        sa.UniqueConstraint("contract_id", "seq", name=op.f("uq_event_contract_id_seq")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_event_contract_id_action_id_seq"),
            ["contract_id", "action_id", "seq"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_event_contract_id_asset_id_seq"),
            ["contract_id", "asset_id", "seq"],
            unique=False,
        )

    op.create_table(
        "merge",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("master_id", sa.Integer(), nullable=False),
        sa.Column("report_ids", JSON, nullable=False),
        sa.Column("state_before", sa.String(length=14), nullable=False),
        sa.Column("merged_by", sa.Integer(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_merge_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "master_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_merge_contract_id_master_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "merged_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_merge_contract_id_merged_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_merge_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_merge_contract_id_id")),
    )
    with op.batch_alter_table("merge", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_merge_contract_id_action_id"), ["contract_id", "action_id"], unique=False
        )

    op.create_table(
        "report",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("tag_code", sa.String(length=12), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("me_too", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.Column("priority_proposed", sa.String(length=2), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("forgotten", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("satisfaction_text", sa.Text(), nullable=False),
        sa.Column("thanked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_report_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_report_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "category_id"],
            ["category.contract_id", "category.id"],
            name=op.f("fk_report_contract_id_category_id_category"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "entered_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_report_contract_id_entered_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_report_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_report_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id", "reference", name=op.f("uq_report_contract_id_reference")
        ),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_report_receipt_hash")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_report_contract_id_action_id"),
            ["contract_id", "action_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_report_contract_id_received_at"),
            ["contract_id", "received_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_report_forgotten_expires_on"), ["forgotten", "expires_on"], unique=False
        )

    op.create_table(
        "scan",
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_scan_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_scan_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "member_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_scan_contract_id_member_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "tag_id"],
            ["tag.contract_id", "tag.id"],
            name=op.f("fk_scan_contract_id_tag_id_tag"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_scan_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_scan_contract_id_id")),
    )
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_scan_contract_id_tag_id"), ["contract_id", "tag_id"], unique=False
        )

    op.create_table(
        "event_text",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "event_id"],
            ["event.contract_id", "event.id"],
            name=op.f("fk_event_text_contract_id_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_event_text_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_text")),
        sa.UniqueConstraint(
            "contract_id", "event_id", name=op.f("uq_event_text_contract_id_event_id")
        ),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_event_text_contract_id_id")),
    )
    op.create_table(
        "notice",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("lead_of", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_notice_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "event_id"],
            ["event.contract_id", "event.id"],
            name=op.f("fk_notice_contract_id_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "member_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_notice_contract_id_member_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_notice_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_notice_contract_id_id")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notice_contract_id_lead_of_id"),
            ["contract_id", "lead_of", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_notice_contract_id_member_id_id"),
            ["contract_id", "member_id", "id"],
            unique=False,
        )

    op.create_table(
        "photo",
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("received_sha256", sa.String(length=64), nullable=False),
        sa.Column("picture", sa.String(length=64), nullable=False),
        sa.Column("thumbnail", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_photo_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_photo_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "event_id"],
            ["event.contract_id", "event.id"],
            name=op.f("fk_photo_contract_id_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "report_id"],
            ["report.contract_id", "report.id"],
            name=op.f("fk_photo_contract_id_report_id_report"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_photo_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_photo_contract_id_id")),
    )
    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_photo_contract_id_action_id"), ["contract_id", "action_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_photo_contract_id_asset_id"), ["contract_id", "asset_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_photo_contract_id_event_id"), ["contract_id", "event_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_photo_contract_id_report_id"), ["contract_id", "report_id"], unique=False
        )

    op.create_table(
        "question",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_on", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_question_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "answered_on"],
            ["report.contract_id", "report.id"],
            name=op.f("fk_question_contract_id_answered_on_report"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asked_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_question_contract_id_asked_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_question_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_question_contract_id_id")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_question_contract_id_action_id"),
            ["contract_id", "action_id"],
            unique=False,
        )

    op.create_table(
        "notice_read",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "member_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_notice_read_contract_id_member_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "notice_id"],
            ["notice.contract_id", "notice.id"],
            name=op.f("fk_notice_read_contract_id_notice_id_notice"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_notice_read_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_read")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_notice_read_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id",
            "member_id",
            "notice_id",
            name=op.f("uq_notice_read_contract_id_member_id_notice_id"),
        ),
    )

    postgresql_engine = op.get_bind().dialect.name == "postgresql"
    for guard in POSTGRESQL_GUARDS if postgresql_engine else SQLITE_GUARDS:
        op.execute(guard)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first schema")
