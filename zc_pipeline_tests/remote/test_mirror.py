"""A data folder at an address, by small tables: what comes, what goes, and what a break leaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from click.testing import CliRunner
from fsspec.implementations.local import LocalFileSystem

from zc_pipeline.cli import main
from zc_pipeline.errors import StorageRefused, UsageError
from zc_pipeline.remote import Use, published, push, read_published_year
from zc_pipeline.remote.folder import RemoteFolder
from zc_pipeline.remote.mirror import Kind, kind_of
from zc_pipeline.remote.snapshot import Entry, Snapshot
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES
from zc_pipeline.settings import data_dir, load_settings, settings_lines
from zc_pipeline.storage.address import checked_address
from zc_pipeline.storage.files import write_json
from zc_pipeline.storage.parquet import write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.publication import link_notes
from zc_pipeline.storage.raw import scan_raw
from zc_pipeline.tables.frames import frame_of
from zc_pipeline_tests.remote.conftest import Frail, Machine

NAMES = PUBLISHED_TABLES
DOCUMENT = "a" * 64
Named = Callable[[str], Machine]


def put(address: str, name: str, content: bytes) -> None:
    fsspec.core.url_to_fs(address)[0].pipe_file(f"{address}/{name}", content)


def names(address: str) -> set[str]:
    store, root = fsspec.core.url_to_fs(address)
    return {path.removeprefix(root + "/") for path in store.find(root)}


def publish(paths: DataPaths, publication: str, read: str = DOCUMENT, year: int = 2024) -> None:
    """What a run does, in small: a working table, a year's tables and mark, the links."""
    write_table(
        paths.working("page_text", year, read), "page_text", frame_of("page_text", []), {"for": publication}
    )
    write_year(paths, publication, year)
    write_links(paths, publication, year)


def write_year(paths: DataPaths, publication: str, year: int = 2024, tables: Sequence[str] = NAMES) -> None:
    """A year's tables, or those of them that a run came to, and its mark where it came to all."""
    for table in (*tables, "raw_disclosures"):
        notes = {"publication_id": publication}
        write_table(paths.published(table, year), table, frame_of(table, []), notes)
    if tables == NAMES:
        write_json(paths.completed(year), {"publication_id": publication})


def write_links(paths: DataPaths, publication: str, year: int = 2024, before: str | None = None) -> None:
    for table in LINK_TABLES:
        write_table(paths.published(table, year), table, frame_of(table, []), link_notes(before, publication))


def end_with(ending: type[BaseException], work: Callable[..., None], *args: object) -> None:
    work(*args)
    raise ending


def completed(paths: DataPaths) -> str:
    return str(json.loads(paths.completed(2024).read_text())["publication_id"])


def seen(address: str) -> str | None:
    """The publication that a reader of all tables meets; it must be one."""
    year = read_published_year(address, NAMES, 2024)
    assert year.missing in ((), NAMES)
    return year.publication_id


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("raw/2024/a.pdf", Kind.GIVEN),
        ("raw/2024/区/A.PDF", Kind.GIVEN),
        ("releases.yaml", Kind.WORDS),
        ("parquet/projects/projects_2024.parquet", Kind.PUBLISHED),
        ("state/completed_unfiled.json", Kind.PUBLISHED),
        ("parquet/runs/runs_20240301T000000Z_x.parquet", Kind.OWN),
        (f"parquet/page_text/2024/{DOCUMENT}.parquet", Kind.OWN),
        ("raw/2024/.hidden.pdf", None),
        ("raw/../../etc/a.pdf", None),
        ("parquet/projects/../../../a.parquet", None),
        ("parquet/other/other_2024.parquet", None),
        ("state/lock", None),
        ("state/page_text_2024.json", None),
        ("state/runs/x.json", None),
        ("published.json", None),
    ],
)
def test_what_has_a_part_in_a_mirror(name: str, kind: Kind | None) -> None:
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("file:///srv/budget", "give its path, without file://"),
        ("simplecache::s3://bucket/x", "no address of a data folder"),
        ("s3://", "no address of a data folder"),
        ("s3://bucket/x?y=1", "no address of a data folder"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked_address(address)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://KEY:ge@heim/geheim@bucket/x", "come from the environment"),
        ("s3://KEY@bucket/x", "come from the environment"),
        ("abfs://user:geheim@account.dfs.core.windows.net/x", "come from the environment"),
        ("sftp://me:ge/heim@host/budget", "with a slash cannot stand in an address"),
    ],
)
def test_an_address_with_credentials_is_refused_and_not_repeated(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        checked_address(address)
    assert "heim" not in str(refused.value)
    assert "KEY" not in str(refused.value)


def test_a_container_and_a_folder_may_have_an_at() -> None:
    for address in ("abfs://box@account.dfs.core.windows.net/x", "s3://bucket/x@2024", "sftp://me@host:22/x"):
        assert checked_address(address) == address


def test_what_a_store_repeats_of_a_password_is_left_out(
    frail: type[Frail], monkeypatch: pytest.MonkeyPatch
) -> None:
    def repeat(self: Frail, path: str, **kwargs: object) -> None:
        raise OSError("no way to frail://me:ge@heim@host; the password ge@heim was refused")

    monkeypatch.setattr(Frail, "cat_file", repeat)
    with pytest.raises(StorageRefused, match="the password … was refused") as refused:
        published("frail://me:ge@heim@host/x")
    assert "heim" not in str(refused.value)
    assert refused.value.__cause__ is None, "a traceback would print it"


class Folders(LocalFileSystem):
    """A store that knows folders and is listed one by one, as ``sftp://`` is: a folder of this machine."""

    protocol = "folders"
    unreadable = ""
    lacking: Collection[str] = ()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(str(path).removeprefix("folders:/")))

    def ls(self, path: str, detail: bool = False, **kwargs: Any) -> list[Any]:
        if self.unreadable and path.endswith(self.unreadable):
            raise ConnectionResetError(104, "connection reset by peer")
        return list(super().ls(path, detail, **kwargs))

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        return {name: one for name, one in super().info(path, **kwargs).items() if name not in self.lacking}


fsspec.register_implementation("folders", Folders, clobber=True)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a folder with a PDF, in a store that knows folders."""
    raw = tmp_path / "there" / "raw" / "2024" / "x"
    raw.mkdir(parents=True)
    (raw / "a.pdf").write_bytes(b"%PDF one")
    return f"folders:/{tmp_path}/there"


def test_a_store_that_knows_folders(machine: Named, folders: str) -> None:
    with machine("a")(folders) as paths:
        publish(paths, "one")
        push(folders)
    with machine("b")(folders) as paths:
        assert completed(paths) == "one"
        assert [file.source_file for file in scan_raw(paths)] == ["2024/x/a.pdf"]


@pytest.mark.parametrize("below", ["/raw/2024/x", "/leases"])
def test_a_folder_that_cannot_be_listed_is_not_an_empty_one(
    machine: Named, folders: str, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with machine("a")(folders):
        pass
    monkeypatch.setattr(Folders, "unreadable", below)
    with pytest.raises(StorageRefused, match="cannot be listed"), machine("a")(folders):
        pytest.fail("opened")
    with pytest.raises(StorageRefused, match="cannot be listed"):
        RemoteFolder(folders).find("leases/" if below == "/leases" else "raw/")


def test_a_store_that_tells_no_mark_and_no_time_is_refused(
    machine: Named, folders: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folders, "lacking", ("mtime", "created"))
    with pytest.raises(StorageRefused, match="neither a mark"), machine("a")(folders):
        pytest.fail("opened")


@pytest.mark.parametrize(
    ("key", "time"),
    [
        ("modify", "20240301120000"),
        ("modify", "20240301120000.500"),
        ("modificationTime", 1_709_294_400_000),
        ("modifiedTime", "2024-03-01T12:00:00Z"),
        ("mtime", 1_709_294_400.25),
        ("mtime", datetime(2024, 3, 1, 12, tzinfo=UTC)),
    ],
)
def test_times_as_stores_tell_them(folders: str, key: str, time: object) -> None:
    class Telling(Folders):
        def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
            said = super().info(path, **kwargs)
            return {"name": said["name"], "size": said["size"], "type": said["type"], key: time}

    folder = RemoteFolder(folders)
    folder._fs = Telling()  # type: ignore[misc]
    (found,) = folder.find().values()
    assert found.stamp_ns // 10**9 == 1_709_294_400


def test_a_store_without_its_package_and_one_that_nobody_knows(machine: Named) -> None:
    with pytest.raises(UsageError, match="no such kind of store is known"), machine("a")("zz://bucket/x"):
        pytest.fail("opened")
    fsspec.register_implementation(
        "lacking", "zc_pipeline_lacking.Store", errtxt="Install lacking", clobber=True
    )
    with (
        pytest.raises(UsageError, match="needs a package that is not installed"),
        machine("a")("lacking://b/x"),
    ):
        pytest.fail("opened")


def test_an_empty_address_is_said_and_nothing_is_written_there(machine: Named, memory: str) -> None:
    with (
        pytest.raises(UsageError, match=r"Nothing lies at memory://.*raw/<year>/"),
        machine("a")(memory, Use.READ),
    ):
        pytest.fail("opened")
    assert names(memory) == set()


def test_another_machine_goes_on_with_the_same_files_and_times(machine: Named, memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory) as paths:
        files = scan_raw(paths)
        assert paths.raw_dir.joinpath("2024/a.pdf").read_bytes() == b"%PDF one"
        publish(paths, "one")
        push(memory)
    first = {"parquet/projects/projects_2024.parquet", "state/completed_2024.json", "published.json"}
    assert first | {f"parquet/page_text/2024/{DOCUMENT}.parquet"} <= names(memory)
    assert seen(memory) == "one"
    with machine("b")(memory) as paths:
        assert [(f.source_file, f.size_bytes, f.modified_ns) for f in scan_raw(paths)] == [
            (f.source_file, f.size_bytes, f.modified_ns) for f in files
        ], "the same fingerprint, so that nothing is read again"
        assert completed(paths) == "one"
        assert paths.working("page_text", 2024, DOCUMENT).is_file()


def test_a_file_replaced_within_the_second_by_one_of_its_size_is_another(machine: Named, memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory, Use.READ) as paths:
        (before,) = scan_raw(paths)
    put(memory, "raw/2024/a.pdf", b"%PDF two")
    with machine("a")(memory, Use.READ) as paths:
        (after,) = scan_raw(paths)
        assert after.path.read_bytes() == b"%PDF two"
    assert (before.size_bytes, before.modified_ns) != (after.size_bytes, after.modified_ns)


def test_a_name_may_be_as_long_as_a_disk_takes_it(machine: Named, memory: str) -> None:
    put(memory, f"raw/2024/{'绩' * 83}.pdf", b"%PDF one")  # 253 bytes
    with machine("a")(memory) as paths:
        assert [len(file.source_file) for file in scan_raw(paths)] == [len("2024/") + 87]
    put(memory, f"raw/2024/{'绩' * 84}.pdf", b"%PDF one")
    with pytest.raises(UsageError, match="no folder can hold a file of this name"), machine("a")(memory):
        pytest.fail("opened")


def test_only_what_is_new_is_read(
    machine: Named, frail: type[Frail], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("frail://x", "raw/2024/a.pdf", b"%PDF one")
    with machine("a")("frail://x") as paths:
        publish(paths, "one")
        push("frail://x")
    fetched: list[str] = []
    get_file = Frail.get_file

    def counted(self: Frail, rpath: str, lpath: str, **kwargs: object) -> None:
        fetched.append(rpath)
        get_file(self, rpath, lpath, **kwargs)

    monkeypatch.setattr(Frail, "get_file", counted)
    put("frail://x", "raw/2024/b.pdf", b"%PDF two")
    with machine("a")("frail://x"):
        pass
    assert fetched == ["/x/raw/2024/b.pdf"]


def test_what_is_removed_goes_on_both_sides(machine: Named, memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    put(memory, "releases.yaml", b"[]")
    with machine("a")(memory) as paths:
        publish(paths, "one")
        push(memory)
    store, root = fsspec.core.url_to_fs(memory)
    store.rm_file(f"{root}/raw/2024/a.pdf")
    store.rm_file(f"{root}/releases.yaml")
    with machine("a")(memory) as paths:
        assert scan_raw(paths) == []
        assert not paths.releases.exists()
        paths.working("page_text", 2024, DOCUMENT).unlink()
        paths.completed(2024).unlink()
        push(memory)
    assert f"parquet/page_text/2024/{DOCUMENT}.parquet" not in names(memory)
    assert "state/completed_2024.json" not in names(memory)
    with machine("b")(memory) as paths:
        assert not paths.completed(2024).exists()
        assert paths.published("projects", 2024).is_file()


def test_a_folder_that_was_copied_there_is_taken_as_it_is(
    machine: Named, memory: str, tmp_path_factory
) -> None:
    paths = DataPaths(tmp_path_factory.mktemp("local"))
    publish(paths, "one")
    for path in paths.data_dir.rglob("*.*"):
        if path.is_file():
            put(memory, path.relative_to(paths.data_dir).as_posix(), path.read_bytes())
    with machine("a")(memory) as paths:
        assert completed(paths) == "one"
    assert seen(memory) == "one", "from now on there is a list"


def test_a_push_that_breaks_anywhere_leaves_one_publication_and_the_next_completes(
    machine: Named, frail: type[Frail]
) -> None:
    put("frail://x", "raw/2024/a.pdf", b"%PDF one")
    with machine("a")("frail://x") as paths:
        publish(paths, "before")
        push("frail://x")
    later: dict[str, int] = {"before": 0, "now": 0}
    for writes in range(60):
        now = f"now {writes}"
        try:
            with machine("a")("frail://x") as paths:
                assert completed(paths) in ("before", f"now {writes - 1}")
                publish(paths, now, f"{writes:064x}")
                frail.left = writes
                push("frail://x")
            is_over = True
        except StorageRefused:
            is_over = False
        standing = seen("frail://x")
        assert standing in ("before", f"now {writes - 1}", now)
        later["now" if standing == now else "before"] += 1
        frail.left = float("inf")
        for name in [name for name in Frail.store if name.startswith("/x/leases/")]:
            del Frail.store[name]  # what becomes of a dead lease has its own tests
        # Another machine, which has nothing: what it finds is whole, and it makes good the plain names.
        with machine(f"other {writes}")("frail://x") as paths:
            assert {completed(paths)} == {standing}
            push("frail://x")
        plain = {table: Frail.store[f"/x/parquet/{table}/{table}_2024.parquet"].getvalue() for table in NAMES}
        assert all(str(standing).encode() in content for content in plain.values())
        if is_over:
            break
    assert is_over, "the last push has as many writes as it takes"
    assert min(later.values()) > 2, "breaks before and after the list was replaced"


def test_work_of_a_run_that_died_is_kept_and_its_tables_are_not(machine: Named, frail: type[Frail]) -> None:
    put("frail://x", "raw/2024/a.pdf", b"%PDF one")
    with machine("a")("frail://x") as paths:
        publish(paths, "one")
        push("frail://x")
    with pytest.raises(KeyboardInterrupt), machine("a")("frail://x") as paths:
        end_with(KeyboardInterrupt, publish, paths, "two", "b" * 64)
    assert seen("frail://x") == "one"
    with machine("a")("frail://x") as paths:
        assert completed(paths) == "one"
        assert paths.working("page_text", 2024, "b" * 64).is_file()
    assert f"/x/parquet/page_text/2024/{'b' * 64}.parquet" in Frail.store


@pytest.mark.parametrize("how", ["fails", "is interrupted", "is not linked"])
def test_a_run_that_does_not_come_to_its_end_publishes_nothing(machine: Named, memory: str, how: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory) as paths:
        publish(paths, "one")
        push(memory)
    standing = published(memory)
    ending = {"fails": OSError, "is interrupted": KeyboardInterrupt, "is not linked": RuntimeError}[how]
    come_to = NAMES if how == "is not linked" else NAMES[:2]
    with pytest.raises(ending), machine("a")(memory) as paths:
        end_with(ending, write_year, paths, "two", 2024, come_to)
    assert published(memory) == standing


@pytest.mark.parametrize("come_to", [NAMES[:2], NAMES], ids=["torn", "not linked"])
def test_a_year_that_did_not_come_to_its_end_keeps_its_tables_while_others_change(
    machine: Named, memory: str, come_to: Sequence[str]
) -> None:
    """Publishing at the wrong moment: the net below the rule of who publishes when."""

    def ids() -> dict[int, str | None]:
        tables = ("raw_disclosures", *NAMES, *LINK_TABLES)
        return {year: read_published_year(memory, tables, year).publication_id for year in (2020, 2023, 2024)}

    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory) as paths:
        publish(paths, "one", year=2020)
        publish(paths, "one", year=2023)
        write_year(paths, "one")
        write_links(paths, "one", before="one")
        push(memory)
    assert ids() == {2020: "one", 2023: "one", 2024: "one"}
    with machine("a")(memory) as paths:
        publish(paths, "two", year=2020)
        publish(paths, "two", year=2023)  # the links of 2024 belong to its "one"
        write_year(paths, "two", tables=come_to)
        write_year(paths, "two", 2025, tables=come_to)
        push(memory)
    assert ids() == {2020: "two", 2023: "one", 2024: "one"}
    assert read_published_year(memory, NAMES, 2025).missing == NAMES, "it had none, and has none"
    with machine("a")(memory) as paths:
        assert completed(paths) == "one", "the mirror is what stands published again"
        publish(paths, "three", year=2023)
        write_year(paths, "three")
        write_links(paths, "three", before="three")
        push(memory)
    assert ids() == {2020: "two", 2023: "three", 2024: "three"}


def test_a_mirror_that_vanishes_under_a_run_takes_nothing_with_it(machine: Named, memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory) as paths:
        publish(paths, "one")
        push(memory)
    with machine("a")(memory) as paths:
        paths.published("projects", 2024).unlink()
        with pytest.raises(StorageRefused, match="vanished while a run was at work"):
            push(memory)
    assert seen(memory) == "one"


@pytest.mark.slow
def test_a_reader_of_all_tables_never_meets_two_publications(machine: Named, s3: str) -> None:
    put(s3, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(s3) as paths:
        publish(paths, "0")
        push(s3)
    met: list[str | None] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            met.append(seen(s3))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(1, 5):
            with machine("a")(s3) as paths:
                publish(paths, str(number))
                push(s3)
    finally:
        over.set()
        reader.join(60)
    assert not reader.is_alive()
    met.append(seen(s3))
    assert met[-1] == "4"
    assert met == sorted(met, key=lambda one: int(one or 0)), "never back to an older one"
    assert len(set(met)) > 2, "it read while they changed"


def test_a_reader_on_the_machine_of_a_run_sees_the_mirror_as_it_stands(machine: Named, memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory) as paths:
        publish(paths, "one")
        push(memory)

        def look() -> None:
            with machine("a")(memory, Use.READ) as same:
                looked.append(completed(same))

        looked: list[str] = []
        reader = threading.Thread(target=look)
        reader.start()
        reader.join(60)
        assert looked == ["one"]


def test_plain_names_are_made_good_and_what_is_not_ours_is_left_alone(machine: Named, memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory) as paths:
        publish(paths, "one")
        push(memory)
    store, root = fsspec.core.url_to_fs(memory)
    plain = [
        f"{root}/parquet/{table}/{table}_2024.parquet" for table in ("projects", "documents", "problems")
    ]
    contents = store.cat(plain)
    put(memory, "parquet/projects/projects_2024.parquet", b"x" * store.size(plain[0]))
    put(memory, "parquet/documents/documents_2024.parquet", b"")
    store.rm_file(plain[2])
    put(memory, "parquet/projects/mine_2024.parquet", b"theirs")
    put(memory, "parquet/projects/projects_2024.old.parquet", b"theirs")
    put(memory, "parquet/projects/projects_2023.parquet", b"theirs")
    with machine("a")(memory):
        push(memory)
    assert store.cat(plain) == contents
    assert {
        "parquet/projects/mine_2024.parquet",
        "parquet/projects/projects_2024.old.parquet",
        "parquet/projects/projects_2023.parquet",
    } <= names(memory)


def test_superseded_files_stay_for_a_day() -> None:
    now = datetime(2024, 3, 1, tzinfo=UTC)
    one = {"parquet/a/a_2024.parquet": Entry("published/a.1.parquet", "1", 1)}
    two = {"parquet/a/a_2024.parquet": Entry("published/a.2.parquet", "2", 1)}
    first, over = Snapshot().following(one, [], now)
    assert over == []
    second, over = first.following(two, ["published/a.1.parquet", "published/orphan.parquet"], now)
    assert over == []
    assert set(second.superseded) == {"published/a.1.parquet", "published/orphan.parquet"}
    again, over = second.following(one, ["published/a.1.parquet"], now + timedelta(hours=23))
    assert over == []
    assert "published/a.1.parquet" not in again.superseded, "it is named again"
    _, over = again.following(one, [], now + timedelta(hours=25))
    assert over == ["published/orphan.parquet"]


def test_a_list_of_a_later_version_is_refused(machine: Named, memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    put(memory, "published.json", b'{"format": 2}')
    with pytest.raises(UsageError, match="of a later version"), machine("a")(memory):
        pytest.fail("opened")


def test_what_stands_published_is_named_by_table_and_year(machine: Named, memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory) as paths:
        publish(paths, "one")
        push(memory)
    urls = published(memory).urls
    assert set(urls) == {"raw_disclosures", *NAMES, *LINK_TABLES}
    with fsspec.open(urls["projects"][2024]) as file:
        assert file.read(4) == b"PAR1"


def test_results_are_written_to_this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["book", "s3://bucket/x"], ["export", "--csv", "s3://bucket/x"]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2
        assert "name a place on this machine" in done.output
    assert list(tmp_path.iterdir()) == []


def test_the_settings_take_an_address_and_print_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "zc_pipeline.toml").write_text(
        'data_dir = "sftp://me:geheim@host/budget/"\n', encoding="utf-8"
    )
    assert data_dir(environment={}) == "sftp://me:geheim@host/budget"
    assert data_dir(environment={"ZC_DATA_DIR": "s3://bucket/x"}) == "s3://bucket/x"
    assert data_dir("elsewhere", {}) == tmp_path / "elsewhere"
    for nothing in ("", " "):
        with pytest.raises(UsageError, match="has no name"):
            data_dir(nothing, {"ZC_DATA_DIR": "s3://bucket/x"})
    with pytest.raises(UsageError, match="is not allowed") as refused:
        load_settings({"ZC_DATA_DIR": "s3://KEY:geheim@bucket/x"})
    assert "geheim" not in str(refused.value)
    lines = "\n".join(settings_lines(load_settings({})))
    assert "sftp://…@host/budget" in lines
    assert "geheim" not in lines
