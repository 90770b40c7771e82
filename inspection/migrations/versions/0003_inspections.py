"""Inspections: visits with their answers, findings and signatures; plans, lots, feeds.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "member_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_feed_contract_id_member_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_feed_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_feed_contract_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_token_hash")),
    )
    op.create_table(
        "plan_course",
        sa.Column("plan_key", sa.String(length=60), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("planned_until", sa.Date(), nullable=True),
        sa.Column("planned_asset", sa.Integer(), nullable=True),
        sa.Column("laid", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "plan_id"],
            ["agreement.contract_id", "agreement.id"],
            name=op.f("fk_plan_course_contract_id_plan_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_plan_course_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_course")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_plan_course_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id", "plan_key", name=op.f("uq_plan_course_contract_id_plan_key")
        ),
    )
    with op.batch_alter_table("plan_course", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plan_course_next_at"),
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )

    op.create_table(
        "lot",
        sa.Column("plan_key", sa.String(length=60), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("population", JSON, nullable=False),
        sa.Column("aql", sa.String(length=4), nullable=False),
        sa.Column("letter", sa.String(length=1), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("accept", sa.Integer(), nullable=False),
        sa.Column("reject", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("sample", JSON, nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inspected", sa.Integer(), nullable=False),
        sa.Column("nonconforming", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_lot_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_lot_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "plan_id"],
            ["agreement.contract_id", "agreement.id"],
            name=op.f("fk_lot_contract_id_plan_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_lot_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_lot_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id",
            "plan_key",
            "period_from",
            name=op.f("uq_lot_contract_id_plan_key_period_from"),
        ),
    )
    op.create_table(
        "visit",
        sa.Column("plan_key", sa.String(length=60), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("lot_id", sa.Integer(), nullable=True),
        sa.Column("checklist_key", sa.String(length=60), nullable=False),
        sa.Column("checklist_id", sa.Integer(), nullable=True),
        sa.Column("scale_id", sa.Integer(), nullable=True),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column(
            "place",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("for_party", sa.String(length=10), nullable=True),
        sa.Column("due_from", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("missed_on", sa.Date(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("party", sa.String(length=10), nullable=True),
        sa.Column("inspector_id", sa.Integer(), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tag_code", sa.String(length=12), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accompanied_by", sa.String(length=120), nullable=False),
        sa.Column("accompanied_id", sa.Integer(), nullable=True),
        sa.Column("draft", JSON, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.Column("rated_count", sa.Integer(), nullable=False),
        sa.Column("finding_count", sa.Integer(), nullable=False),
        sa.Column("contested_count", sa.Integer(), nullable=False),
        sa.Column("comment_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_customer_by", sa.Integer(), nullable=True),
        sa.Column("agreed_contractor_by", sa.Integer(), nullable=True),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_asked", sa.String(length=10), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "accompanied_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_visit_contract_id_accompanied_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_visit_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "checklist_id"],
            ["agreement.contract_id", "agreement.id"],
            name=op.f("fk_visit_contract_id_checklist_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "inspector_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_visit_contract_id_inspector_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "lot_id"],
            ["lot.contract_id", "lot.id"],
            name=op.f("fk_visit_contract_id_lot_id_lot"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "plan_id"],
            ["agreement.contract_id", "agreement.id"],
            name=op.f("fk_visit_contract_id_plan_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "scale_id"],
            ["agreement.contract_id", "agreement.id"],
            name=op.f("fk_visit_contract_id_scale_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_visit_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_visit_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id",
            "plan_key",
            "asset_id",
            "due_on",
            name=op.f("uq_visit_contract_id_plan_key_asset_id_due_on"),
        ),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_visit_contract_id_asset_id_state_submitted_at"),
            ["contract_id", "asset_id", "state", "submitted_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_visit_contract_id_inspector_id_state"),
            ["contract_id", "inspector_id", "state"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_visit_contract_id_lot_id"), ["contract_id", "lot_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_visit_contract_id_plan_key_state_due_on"),
            ["contract_id", "plan_key", "state", "due_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_visit_contract_id_state_due_from"),
            ["contract_id", "state", "due_from"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_visit_contract_id_state_due_on"),
            ["contract_id", "state", "due_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_visit_contract_id_submitted_at"),
            ["contract_id", "submitted_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_visit_next_at"),
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )

    op.create_table(
        "plan_rhythm",
        sa.Column("plan_key", sa.String(length=60), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("reason", JSON, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_plan_rhythm_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "visit_id"],
            ["visit.contract_id", "visit.id"],
            name=op.f("fk_plan_rhythm_contract_id_visit_id_visit"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_plan_rhythm_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_rhythm")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_plan_rhythm_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id",
            "plan_key",
            "asset_id",
            name=op.f("uq_plan_rhythm_contract_id_plan_key_asset_id"),
        ),
    )
    op.create_table(
        "signature",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("strokes", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "member_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_signature_contract_id_member_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "visit_id"],
            ["visit.contract_id", "visit.id"],
            name=op.f("fk_signature_contract_id_visit_id_visit"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_signature_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_signature_contract_id_id")),
    )
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signature_contract_id_visit_id"),
            ["contract_id", "visit_id"],
            unique=False,
        )

    op.create_table(
        "visit_result",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=14), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("no_photo", sa.Text(), nullable=False),
        sa.Column("requirement", sa.String(length=40), nullable=False),
        sa.Column("contested_by", sa.Integer(), nullable=True),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contested_level", sa.Integer(), nullable=True),
        sa.Column("contested_text", sa.Text(), nullable=False),
        sa.Column("settled", sa.String(length=10), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_text", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "contested_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_visit_result_contract_id_contested_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "visit_id"],
            ["visit.contract_id", "visit.id"],
            name=op.f("fk_visit_result_contract_id_visit_id_visit"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_visit_result_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_result")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_visit_result_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id",
            "visit_id",
            "position",
            name=op.f("uq_visit_result_contract_id_visit_id_position"),
        ),
    )
    op.create_table(
        "finding",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("requirement_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_finding_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_finding_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "requirement_id"],
            ["requirement.contract_id", "requirement.id"],
            name=op.f("fk_finding_contract_id_requirement_id_requirement"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "result_id"],
            ["visit_result.contract_id", "visit_result.id"],
            name=op.f("fk_finding_contract_id_result_id_visit_result"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "visit_id"],
            ["visit.contract_id", "visit.id"],
            name=op.f("fk_finding_contract_id_visit_id_visit"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_finding_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_finding_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id", "result_id", name=op.f("uq_finding_contract_id_result_id")
        ),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_finding_contract_id_action_id"),
            ["contract_id", "action_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_finding_contract_id_asset_id_item"),
            ["contract_id", "asset_id", "item"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_finding_contract_id_visit_id"), ["contract_id", "visit_id"], unique=False
        )

    with op.batch_alter_table("merge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("finding_ids", JSON, nullable=False, server_default="[]"))

    with op.batch_alter_table("photo", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visit_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("result_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("agreement_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("stage", sa.String(length=8), nullable=False, server_default="")
        )
        batch_op.create_index(
            batch_op.f("ix_photo_contract_id_agreement_id"),
            ["contract_id", "agreement_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_photo_contract_id_organisation_id"),
            ["contract_id", "organisation_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_photo_contract_id_visit_id"), ["contract_id", "visit_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_photo_organisation_id_organisation"),
            "organisation",
            ["organisation_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_photo_contract_id_agreement_id_agreement"),
            "agreement",
            ["contract_id", "agreement_id"],
            ["contract_id", "id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_photo_contract_id_visit_id_visit"),
            "visit",
            ["contract_id", "visit_id"],
            ["contract_id", "id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_photo_contract_id_result_id_visit_result"),
            "visit_result",
            ["contract_id", "result_id"],
            ["contract_id", "id"],
        )


def downgrade() -> None:
    raise NotImplementedError("what was inspected has no place in the schema before")
