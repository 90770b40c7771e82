"""Evidence that can be seen: what was received, and the clean copy that is served."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, in_contract


class Photo(InContract, kw_only=True):
    """A picture of a report, of a step of an action, of an asset, or of an answer of a visit.

    `stage` tells pictures of one answer apart: "" as found, "after" once corrected on the spot.
    Of a checklist (`agreement_id`) it is a guidance picture, of an organisation its logo in this
    contract.

    `received_sha256` is of the bytes as sent (the manifest of the form names it) and stays;
    `picture` and `thumbnail` are the keys of the re-encoded copies in the photo store.
    """

    __tablename__ = "photo"
    __table_args__ = in_contract(
        Index(None, "contract_id", "report_id"),
        Index(None, "contract_id", "action_id"),
        Index(None, "contract_id", "asset_id"),
        Index(None, "contract_id", "event_id"),
        Index(None, "contract_id", "visit_id"),
        Index(None, "contract_id", "agreement_id"),
        Index(None, "contract_id", "organisation_id"),
        report_id="report",
        action_id="action",
        asset_id="asset",
        event_id="event",
        visit_id="visit",
        result_id="visit_result",
        agreement_id="agreement",
    )
    report_id: Mapped[int | None] = mapped_column(default=None)
    action_id: Mapped[int | None] = mapped_column(default=None)
    asset_id: Mapped[int | None] = mapped_column(default=None)
    event_id: Mapped[int | None] = mapped_column(default=None)
    visit_id: Mapped[int | None] = mapped_column(default=None)
    result_id: Mapped[int | None] = mapped_column(default=None)
    agreement_id: Mapped[int | None] = mapped_column(default=None)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    stage: Mapped[str] = mapped_column(String(8), default="")
    received_sha256: Mapped[str] = mapped_column(String(64))
    picture: Mapped[str] = mapped_column(String(64))
    thumbnail: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    hidden_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
