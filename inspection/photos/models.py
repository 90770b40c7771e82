"""Evidence that can be seen: what was received, and the clean copy that is served."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, in_contract

AWAITED, UNREADABLE = "awaited", "unreadable"


class Photo(InContract, kw_only=True):
    """A picture of a report, of a step of an action, of an asset, or of an answer of a visit.

    `stage` tells pictures of one answer apart: "" as found, "after" once corrected on the spot.
    Of a checklist (`agreement_id`) it is a guidance picture, of an organisation its logo in this
    contract.

    `standing` says whether it can be seen: AWAITED until its bytes have followed the form
    (`upload_id`), UNREADABLE when what came is no picture that can be shown: then `picture` names
    the bytes as they came, and nobody's browser is given them to draw.

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
        Index(None, "contract_id", "upload_id"),
        Index(None, "contract_id", "quarantine_id"),
        report_id="report",
        action_id="action",
        asset_id="asset",
        event_id="event",
        visit_id="visit",
        result_id="visit_result",
        agreement_id="agreement",
        upload_id="upload",
        quarantine_id="quarantine",
    )
    report_id: Mapped[int | None] = mapped_column(default=None)
    action_id: Mapped[int | None] = mapped_column(default=None)
    asset_id: Mapped[int | None] = mapped_column(default=None)
    event_id: Mapped[int | None] = mapped_column(default=None)
    visit_id: Mapped[int | None] = mapped_column(default=None)
    result_id: Mapped[int | None] = mapped_column(default=None)
    agreement_id: Mapped[int | None] = mapped_column(default=None)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    upload_id: Mapped[int | None] = mapped_column(default=None)
    quarantine_id: Mapped[int | None] = mapped_column(default=None)  # only leads see it
    stage: Mapped[str] = mapped_column(String(8), default="")
    standing: Mapped[str] = mapped_column(String(10), default="")
    received_sha256: Mapped[str] = mapped_column(String(64))
    picture: Mapped[str] = mapped_column(String(64))
    thumbnail: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    hidden_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class Upload(InContract, kw_only=True):
    """A picture that a form named and that comes after it, in parts.

    `address` is the hash of the secret that the phone got with its receipt: whoever holds it may
    send this picture and no other. Whole when `received` is `bytes` and the hash was right; its
    parts are then forgotten.
    """

    __tablename__ = "upload"
    __table_args__ = in_contract(UniqueConstraint("address", "sha256"), Index(None, "created_at"))
    address: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    whole_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class Part(InContract, kw_only=True):
    """Some bytes of an upload, from `offset` on."""

    __tablename__ = "upload_part"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "upload_id", "offset"), upload_id="upload"
    )
    upload_id: Mapped[int]
    offset: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
