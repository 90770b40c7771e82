"""The action in full: agreements, clocks, decisions, holds, plans, repeats, disagreements, views.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "renamed_place",
        sa.Column(
            "path",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_renamed_place_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renamed_place")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_renamed_place_contract_id_id")),
    )
    op.create_table(
        "agreement",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=True),
        sa.Column("drafted_party", sa.String(length=10), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("proposed_party", sa.String(length=10), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_by", sa.Integer(), nullable=True),
        sa.Column("agreed_party", sa.String(length=10), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "agreed_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_agreement_contract_id_agreed_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "drafted_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_agreement_contract_id_drafted_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "proposed_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_agreement_contract_id_proposed_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "supersedes_id"],
            ["agreement.contract_id", "agreement.id"],
            name=op.f("fk_agreement_contract_id_supersedes_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_agreement_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_agreement_contract_id_id")),
        sa.UniqueConstraint(
            "contract_id",
            "kind",
            "subject",
            "version",
            name=op.f("uq_agreement_contract_id_kind_subject_version"),
        ),
    )
    op.create_table(
        "bulk",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("results", JSON, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "member_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_bulk_contract_id_member_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_bulk_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_bulk_contract_id_id")),
    )
    with op.batch_alter_table("bulk", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bulk_contract_id_member_id"), ["contract_id", "member_id"], unique=False
        )

    op.create_table(
        "saved_view",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.String(length=5), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "member_id"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_saved_view_contract_id_member_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_saved_view_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_saved_view_contract_id_id")),
    )
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_saved_view_contract_id_member_id"),
            ["contract_id", "member_id"],
            unique=False,
        )

    op.create_table(
        "requirement",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("standard_text", sa.Text(), nullable=False),
        sa.Column("service_line", sa.String(length=60), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "agreement_id"],
            ["agreement.contract_id", "agreement.id"],
            name=op.f("fk_requirement_contract_id_agreement_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_requirement_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement")),
        sa.UniqueConstraint(
            "contract_id",
            "agreement_id",
            "ref",
            name=op.f("uq_requirement_contract_id_agreement_id_ref"),
        ),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_requirement_contract_id_id")),
    )
    op.create_table(
        "action_words",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_action_words_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_action_words_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_words")),
        sa.UniqueConstraint("action_id", name=op.f("uq_action_words_action_id")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_action_words_contract_id_id")),
    )
    op.create_table(
        "decision",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("asked_party", sa.String(length=10), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_party", sa.String(length=10), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("wanted", JSON, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answer_text", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_decision_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "answered_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_decision_contract_id_answered_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asked_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_decision_contract_id_asked_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_decision_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_decision_contract_id_id")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_decision_contract_id_action_id"),
            ["contract_id", "action_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_decision_contract_id_answered_at"),
            ["contract_id", "answered_at"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NOT NULL"),
            postgresql_where=sa.text("answered_at IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_decision_contract_id_to_party_due_at"),
            ["contract_id", "to_party", "due_at"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    op.create_table(
        "disagreement",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_party", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement_customer", sa.Text(), nullable=False),
        sa.Column("statement_contractor", sa.Text(), nullable=False),
        sa.Column("wanted_customer", sa.Text(), nullable=False),
        sa.Column("wanted_contractor", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("step_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("climb_customer", sa.Boolean(), nullable=False),
        sa.Column("climb_contractor", sa.Boolean(), nullable=False),
        sa.Column("safety", sa.Boolean(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("resolved_by", sa.Integer(), nullable=True),
        sa.Column("signed_customer_by", sa.Integer(), nullable=True),
        sa.Column("signed_customer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_contractor_by", sa.Integer(), nullable=True),
        sa.Column("signed_contractor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_disagreement_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "opened_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_disagreement_contract_id_opened_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "resolved_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_disagreement_contract_id_resolved_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "signed_contractor_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_disagreement_contract_id_signed_contractor_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "signed_customer_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_disagreement_contract_id_signed_customer_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_disagreement_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disagreement")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_disagreement_contract_id_id")),
    )
    with op.batch_alter_table("disagreement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_disagreement_contract_id_action_id"),
            ["contract_id", "action_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_disagreement_contract_id_opened_at"),
            ["contract_id", "opened_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_disagreement_contract_id_resolved_at"),
            ["contract_id", "resolved_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_disagreement_step_due_at"),
            ["step_due_at"],
            unique=False,
            sqlite_where=sa.text("time_over_at IS NULL AND resolved_at IS NULL"),
            postgresql_where=sa.text("time_over_at IS NULL AND resolved_at IS NULL"),
        )

    op.create_table(
        "plan",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("containment", sa.Text(), nullable=False),
        sa.Column("whys", JSON, nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("escape_point", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("cause_category", sa.String(length=30), nullable=False),
        sa.Column("permanent_fix", sa.Text(), nullable=False),
        sa.Column("change_type", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refuted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_plan_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "decided_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_plan_contract_id_decided_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "submitted_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_plan_contract_id_submitted_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_plan_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint(
            "contract_id", "action_id", "number", name=op.f("uq_plan_contract_id_action_id_number")
        ),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_plan_contract_id_id")),
    )
    op.create_table(
        "repeat",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("earlier_id", sa.Integer(), nullable=False),
        sa.Column("suspected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_repeat_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "decided_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_repeat_contract_id_decided_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "earlier_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_repeat_contract_id_earlier_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_repeat_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeat")),
        sa.UniqueConstraint(
            "contract_id",
            "action_id",
            "earlier_id",
            name=op.f("uq_repeat_contract_id_action_id_earlier_id"),
        ),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_repeat_contract_id_id")),
    )
    with op.batch_alter_table("repeat", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_repeat_contract_id_earlier_id"),
            ["contract_id", "earlier_id"],
            unique=False,
        )

    op.create_table(
        "similar",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Integer(), nullable=True),
        sa.Column("checked_by", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_similar_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "asset_id"],
            ["asset.contract_id", "asset.id"],
            name=op.f("fk_similar_contract_id_asset_id_asset"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "checked_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_similar_contract_id_checked_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "child_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_similar_contract_id_child_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_similar_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_similar")),
        sa.UniqueConstraint(
            "contract_id",
            "action_id",
            "asset_id",
            name=op.f("uq_similar_contract_id_action_id_asset_id"),
        ),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_similar_contract_id_id")),
    )
    op.create_table(
        "clock",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("party", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("business", sa.Boolean(), nullable=False),
        sa.Column("pauses", JSON, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("relieved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("relieved_by", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("step_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_clock_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "decision_id"],
            ["decision.contract_id", "decision.id"],
            name=op.f("fk_clock_contract_id_decision_id_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "relieved_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_clock_contract_id_relieved_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_clock_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_clock_contract_id_id")),
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_clock_contract_id_action_id"), ["contract_id", "action_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_clock_contract_id_due_at_party_kind_breached_at_cancelled_at"),
            ["contract_id", "due_at", "party", "kind", "breached_at", "cancelled_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_clock_contract_id_party_kind_due_at_paused_at"),
            ["contract_id", "party", "kind", "due_at", "paused_at"],
            unique=False,
            sqlite_where=sa.text("stopped_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL AND cancelled_at IS NULL"),
        )

    op.create_table(
        "hold",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("but_for", sa.Text(), nullable=False),
        sa.Column("mitigation", sa.Text(), nullable=False),
        sa.Column("aware_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contested_by", sa.Integer(), nullable=True),
        sa.Column("contested_text", sa.Text(), nullable=False),
        sa.Column("upheld_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id", "action_id"],
            ["action.contract_id", "action.id"],
            name=op.f("fk_hold_contract_id_action_id_action"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "contested_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_hold_contract_id_contested_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "decision_id"],
            ["decision.contract_id", "decision.id"],
            name=op.f("fk_hold_contract_id_decision_id_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "lifted_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_hold_contract_id_lifted_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "raised_by"],
            ["membership.contract_id", "membership.id"],
            name=op.f("fk_hold_contract_id_raised_by_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_hold_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("contract_id", "id", name=op.f("uq_hold_contract_id_id")),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hold_contract_id_action_id"), ["contract_id", "action_id"], unique=False
        )

    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.add_column(sa.Column("severity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("requirement_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("policy_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("calendar_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("court_customer", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("court_contractor", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("court_nobody", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("decision_to", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("hold_cause", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("due_kind", sa.String(length=14), nullable=True))
        batch_op.add_column(
            sa.Column("breached", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("containment", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("contained_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("plan_agreed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("permanent_due_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("accepts_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("monitoring_until", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("repeat_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("generation", sa.Integer(), nullable=False, server_default="1")
        )
        batch_op.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch_op.drop_index(
            batch_op.f("ix_action_contract_id_assignee_id_place"),
            sqlite_where=sa.text("listed = 1"),
        )
        batch_op.drop_index(
            batch_op.f(
                "ix_action_contract_id_court_priority_received_at_id_state_owner_party_category_id_assignee_id_listed"
            ),
            sqlite_where=sa.text("listed = 1"),
        )
        batch_op.drop_index(
            batch_op.f("ix_action_contract_id_place_priority_received_at_id"),
            sqlite_where=sa.text("listed = 1"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_asset_id_category_id_fixed_at"),
            ["contract_id", "asset_id", "category_id", "fixed_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_assignee_id_place_id_court"),
            ["contract_id", "assignee_id", "place", "id", "court"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_calendar_id"),
            ["contract_id", "calendar_id"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_court_category_id_priority_received_at_id"),
            ["contract_id", "court", "category_id", "priority", "received_at", "id"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_court_court_since_id"),
            ["contract_id", "court", "court_since", "id"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f(
                "ix_action_contract_id_court_due_at_id_priority_state_owner_party_category_id_assignee_id_depth"
            ),
            [
                "contract_id",
                "court",
                "due_at",
                "id",
                "priority",
                "state",
                "owner_party",
                "category_id",
                "assignee_id",
                "depth",
            ],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_court_number"),
            ["contract_id", "court", "number"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f(
                "ix_action_contract_id_court_priority_received_at_id_state_owner_party_category_id_assignee_id_depth_paused_at_due_at_breached_source_repeat_until_requirement_id_listed"
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
                "depth",
                "paused_at",
                "due_at",
                "breached",
                "source",
                "repeat_until",
                "requirement_id",
                "listed",
            ],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_court_received_at_id"),
            ["contract_id", "court", "received_at", "id"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            "ix_action_contract_id_ever_received_at", ["contract_id", "received_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_parent_id"),
            ["contract_id", "parent_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_action_contract_id_place_priority_received_at_id_court"),
            ["contract_id", "place", "priority", "received_at", "id", "court"],
            unique=False,
            sqlite_where=sa.text("listed = 1"),
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_action_contract_id_policy_id_agreement"),
            "agreement",
            ["contract_id", "policy_id"],
            ["contract_id", "id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_action_contract_id_calendar_id_agreement"),
            "agreement",
            ["contract_id", "calendar_id"],
            ["contract_id", "id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_action_contract_id_requirement_id_requirement"),
            "requirement",
            ["contract_id", "requirement_id"],
            ["contract_id", "id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_action_contract_id_parent_id_action"),
            "action",
            ["contract_id", "parent_id"],
            ["contract_id", "id"],
        )

    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("words", sa.Text(), nullable=False, server_default=""))

    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("requirement_ref", sa.String(length=40), nullable=False, server_default="")
        )

    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.add_column(sa.Column("terms", JSON, nullable=False, server_default="{}"))

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_event_contract_id_entity_entity_id"),
            ["contract_id", "entity", "entity_id"],
            unique=False,
            sqlite_where=sa.text("action_id IS NULL"),
            postgresql_where=sa.text("action_id IS NULL"),
        )

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role", sa.String(length=12), nullable=True))
        batch_op.drop_index(batch_op.f("ix_notice_contract_id_lead_of_id"))
        batch_op.create_index(
            batch_op.f("ix_notice_contract_id_lead_of_role_id"),
            ["contract_id", "lead_of", "role", "id"],
            unique=False,
        )

    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("validated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("validated_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_report_contract_id_validated_by_membership"),
            "membership",
            ["contract_id", "validated_by"],
            ["contract_id", "id"],
        )

    op.execute("UPDATE action SET accepts_at = next_at WHERE state = 'fixed'")

    if op.get_bind().dialect.name == "postgresql":
        for name, which in (("open", "listed"), ("past", "NOT listed")):
            op.execute(
                f"CREATE INDEX action_words_fts_{name} ON action_words"
                f" USING gin (array_to_tsvector(string_to_array(words, ' '))) WHERE {which}"
            )
    else:
        for name in ("open", "past"):
            op.execute(
                f"CREATE VIRTUAL TABLE action_words_fts_{name} USING fts5"
                " (words, content='', tokenize='unicode61 remove_diacritics 0')"
            )
        forget, keep = (
            [
                f"INSERT INTO action_words_fts_{name} ({column}rowid, words)"
                f" SELECT {value}{row}.action_id, {row}.words WHERE {which} {row}.listed;"
                for name, which in (("open", ""), ("past", "NOT"))
                for column, value in [
                    (f"action_words_fts_{name}, ", "'delete', ") if old else ("", "")
                ]
            ]
            for row, old in (("old", True), ("new", False))
        )
        for name, moment, work in (
            ("kept", "INSERT", keep),
            ("forgotten", "DELETE", forget),
            ("changed", "UPDATE OF words, listed", forget + keep),
        ):
            op.execute(
                f"CREATE TRIGGER action_words_{name} AFTER {moment} ON action_words"
                f" BEGIN {' '.join(work)} END"
            )


def downgrade() -> None:
    raise NotImplementedError("what was agreed and decided has no place in the first schema")
