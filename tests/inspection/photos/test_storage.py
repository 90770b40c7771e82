"""What was put is there, once, under the hash of its bytes, and survives a power cut."""

import hashlib
import os
import threading
import time
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from inspection.photos.storage import Directory, ObjectStore, Store, store_at

PICTURE = b"\xff\xd8\xff a picture"
NAME = hashlib.sha256(PICTURE).hexdigest()
NEVER_PUT = hashlib.sha256(b"never put").hexdigest()


@pytest.fixture(params=["directory", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return store_at(str(tmp_path)) if request.param == "directory" else ObjectStore(MemoryStore())


def test_what_was_put_is_read_by_the_hash_of_its_bytes(store: Store) -> None:
    assert store.put(PICTURE) == NAME
    assert store.exists(NAME)
    assert store.read(NAME) == PICTURE
    with store.open(NAME) as file:
        assert file.read() == PICTURE


def test_putting_the_same_bytes_again_changes_nothing(store: Store) -> None:
    assert store.put(PICTURE) == store.put(PICTURE)
    assert store.read(NAME) == PICTURE


def test_a_name_that_was_never_put_is_not_found(store: Store) -> None:
    assert not store.exists(NEVER_PUT)
    with pytest.raises(FileNotFoundError):
        store.read(NEVER_PUT)
    with pytest.raises(FileNotFoundError):
        store.open(NEVER_PUT)


@pytest.mark.parametrize("name", ["", "../secret", "/etc/passwd", NAME.upper(), NAME + "\n", "é"])
def test_a_name_that_is_no_hash_is_not_found_either(store: Store, name: str) -> None:
    store.put(PICTURE)
    assert not store.exists(name)
    store.delete(name)
    with pytest.raises(FileNotFoundError):
        store.read(name)


def test_what_was_deleted_is_gone_and_may_be_deleted_again(store: Store) -> None:
    store.put(PICTURE)
    store.delete(NAME)
    store.delete(NAME)
    assert not store.exists(NAME)


def test_the_file_lies_two_folders_deep_and_nothing_else_is_left(tmp_path: Path) -> None:
    store_at(str(tmp_path)).put(PICTURE)
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [Path(NAME[:2], NAME[2:4], NAME)]


def test_a_kept_file_that_is_whole_is_not_written_again_but_counts_as_new(tmp_path: Path) -> None:
    store = Directory(tmp_path)
    store.put(PICTURE)
    path = tmp_path / NAME[:2] / NAME[2:4] / NAME
    os.utime(path, (1, 1))
    before = path.stat()
    store.put(PICTURE)
    assert path.stat().st_ino == before.st_ino
    assert store.put_at(NAME) > time.time() - 60


def test_a_damaged_file_is_mended_by_putting_its_bytes_again(tmp_path: Path) -> None:
    store = Directory(tmp_path)
    store.put(PICTURE)
    (tmp_path / NAME[:2] / NAME[2:4] / NAME).write_bytes(b"\0" * len(PICTURE))
    store.put(PICTURE)
    assert store.read(NAME) == PICTURE


def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(handle: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        seen.append("part" if path.name.startswith(".part-") else str(path.relative_to(tmp_path)))
        fsync(handle)

    def watched_replace(part: str, path: Path) -> None:
        seen.append("named")
        replace(part, path)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    Directory(tmp_path).put(PICTURE)
    assert seen == ["part", "named", f"{NAME[:2]}/{NAME[2:4]}", NAME[:2], "."]


def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Directory(tmp_path).put(PICTURE)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_ten_at_once_put_one_file(tmp_path: Path) -> None:
    store = Directory(tmp_path)
    threads = [threading.Thread(target=store.put, args=(PICTURE,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [NAME]


def test_an_s3_url_makes_a_store_without_asking_the_network() -> None:
    store = store_at("s3://pictures/tandem?endpoint=http://127.0.0.1:9&region=eu-north-1")
    assert isinstance(store, ObjectStore)


@pytest.mark.parametrize("url", ["", "ftp://host/x", "s3://", "s3:///x", "s3://bucket?secret=1"])
def test_a_url_that_is_no_store_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(ValueError, match=r"s3://bucket") as refusal:
        store_at(url)
    assert "\n" not in str(refusal.value)


def test_everything_that_is_kept_can_be_listed(store: Store) -> None:
    names = {store.put(PICTURE), store.put(b"another")}
    assert set(store.names()) == names
