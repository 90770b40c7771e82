"""A wrong setting is one line that names the variable and says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app import create_app
from inspection import settings
from inspection.settings import WrongSetting


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("TANDEM_PORT", "80 000", "a port is a number"),
        ("TANDEM_PORT", "0", "a port is a number"),
        ("TANDEM_TRUSTED_PROXIES", "many", "0 to 9"),
        ("TANDEM_BASE_URL", "inspect.example.org", "like https://"),
        ("TANDEM_BASE_URL", "https://example.org/tandem", "nothing after the host"),
        ("TANDEM_DATABASE_URL", "mysql://db", "starts with postgresql://"),
        ("TANDEM_STORAGE_URL", "ftp://files", "a directory, or s3://"),
        ("TANDEM_SMTP_URL", "mail.example.org", "like smtps://"),
        ("TANDEM_REPLY_TO", "me@example.org\nBcc: you@example.org", "one address"),
        ("TANDEM_SECRET", "short", "at least 32 characters"),
        ("TANDEM_DEMO", "maybe", "1 for yes, 0 for no"),
        ("TANDEM_ACCESS_LOG", "maybe", "1 for yes, 0 for no"),
        ("TANDEM_WORKERS", "0", "a number from 1 to 64"),
        ("TANDEM_THREADS", "x", "a number from 1 to 64"),
        ("TANDEM_DATA", "/proc/nothing", "TANDEM_DATA"),
    ],
)
def test_a_wrong_setting_names_itself(name: str, value: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        create_app({"TANDEM_DATA": str(tmp_path), name: value})
    said = str(ended.value)
    assert said.startswith("Tandem cannot start. ")
    assert name in said
    assert why in said
    assert "\n" not in said


def test_a_secret_or_password_is_never_repeated(tmp_path: Path) -> None:
    for name, value in (
        ("TANDEM_SECRET", "hunter2"),
        ("TANDEM_SMTP_URL", "imap://me:hunter2@mail"),
        ("TANDEM_DATABASE_URL", "oracle://me:hunter2@db"),
    ):
        with pytest.raises(WrongSetting) as wrong:
            settings.read({"TANDEM_DATA": str(tmp_path), name: value})
        assert "hunter2" not in str(wrong.value)


def test_without_any_setting_it_listens_on_this_machine_alone(tmp_path: Path) -> None:
    chosen = settings.read({"TANDEM_DATA": str(tmp_path)})
    assert (chosen.host, chosen.port, chosen.base_url) == (
        "127.0.0.1",
        8000,
        "http://localhost:8000",
    )
    assert chosen.database_url == f"sqlite:///{tmp_path}/tandem.sqlite3"
    assert (chosen.workers, chosen.threads, chosen.demo, chosen.access_log) == (1, 8, True, None)


def test_the_secret_is_made_once_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    first, second = (settings.read({"TANDEM_DATA": str(tmp_path)}).secret for _ in range(2))
    assert first == second
    assert len(first) == 64
    assert os.stat(tmp_path / "secret").st_mode & 0o077 == 0


def test_opened_to_the_network_it_prints_its_own_address(tmp_path: Path) -> None:
    chosen = settings.read({"TANDEM_DATA": str(tmp_path), "TANDEM_HOST": "0.0.0.0"})
    assert "0.0.0.0" not in chosen.base_url
    assert chosen.host_name in chosen.trusted_hosts
