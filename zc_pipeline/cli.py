"""The console script `zc-pipeline`: parses words, calls the pipeline or the Dagster job, says what came out.

Exit codes: 0 all accepted or nothing new · 1 publication stopped or a fault of ours · 2 wrong usage ·
3 finished, with some documents held or refused.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from zc_pipeline import __version__
from zc_pipeline.errors import PublicationStopped, UsageError
from zc_pipeline.settings import DATA_DIR_VARIABLE, data_dir, load_settings, read_settings, settings_lines
from zc_pipeline.storage.address import address_in_words, is_address
from zc_pipeline.watching.logs import start_log

if TYPE_CHECKING:
    from zc_pipeline.storage.paths import DataPaths

_ALL_WELL: Final = 0
_STOPPED: Final = 1
_USAGE: Final = 2
_SOME_HELD: Final = 3

_DATA_DIR_HELP: Final = (
    "Data folder, with raw/<year>/*.pdf in it: a path, or an address such as s3://bucket/folder. "
    f"[default: ${DATA_DIR_VARIABLE}, the settings file, or ./data]"
)
_EPILOG: Final = (
    "Exit codes: 0 all accepted, or nothing new; 1 publication stopped, or a fault of the program; "
    "2 wrong usage; 3 finished, but some documents were held or refused."
)


class _Output(click.Path):
    """Where results are written: a place on this machine."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and is_address(value):
            self.fail(f"{address_in_words(value)} is an address: name a place on this machine.", param, ctx)
        return super().convert(value, param, ctx)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=_EPILOG
)
@click.version_option(__version__, prog_name="zc-pipeline")
def main() -> None:
    """Turn Chinese budget performance-target PDFs (项目支出绩效目标表) into checked Parquet tables.

    Put PDFs into data/raw/<year>/ and call `zc-pipeline run`; or give single files to `zc-pipeline extract`.
    Every value in the tables is exactly what is printed; a document that leaves a doubt is held, with the
    reason.
    """


def _ending_in_words(command: Callable[..., int]) -> Callable[..., NoReturn]:
    """Turn a command's errors into a last line and an exit code."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> NoReturn:
        try:
            loaded = load_settings()  # a wrong setting ends the command before it does anything
            start_log(loaded.settings)
            for doubt in loaded.doubts:
                logging.getLogger("zc_pipeline").warning(doubt)
            code = command(*args, **kwargs)
        except UsageError as error:
            _end(_USAGE, str(error))
        except PublicationStopped as error:
            _end(_STOPPED, str(error))
        except click.ClickException:
            raise
        except KeyboardInterrupt:
            _end(_STOPPED, "Interrupted. Nothing half-written is left; the next run goes on from here.")
        except OSError as error:
            _end(_STOPPED, f"The system refused: {error}. Nothing half-written is left.")
        except Exception as error:
            traceback.print_exc()
            _end(_STOPPED, f"This is a fault of the program, please report it: {error!r}")
        sys.exit(code)

    return wrapped


def _end(code: int, reason: str) -> NoReturn:
    click.echo(reason, err=True)
    sys.exit(code)


@main.command(epilog=_EPILOG)
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=str), help=_DATA_DIR_HELP)
@click.option("--year", type=click.IntRange(2010, 2100), help="This fiscal year only.")
@click.option(
    "--redo",
    metavar="NAME",
    help="Read one document again: its file name, its path below raw/, or the start of its document_id.",
)
@click.option(
    "--accept-removals",
    metavar="YEAR",
    multiple=True,
    type=click.IntRange(2010, 2100),
    help="The files of YEAR that are gone were removed on purpose, however many: they are called withdrawn.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be read and written, and change nothing.")
@_ending_in_words
def run(
    data_dir: str | None,
    year: int | None,
    redo: str | None,
    accept_removals: tuple[int, ...],
    dry_run: bool,
) -> int:
    """Process everything new below DATA_DIR/raw/<year>/ and publish the year's tables.

    Only what is new is read. The tables lie in DATA_DIR/parquet: documents, projects, indicators, problems,
    one file a year.
    """
    from zc_pipeline.pipeline import RunContext
    from zc_pipeline.storage.raw import require_raw
    from zc_pipeline.watching.notify import check_addresses
    from zc_pipeline.watching.watch import tell_of_dead_runs, tell_of_quiet

    if dry_run:
        with _opened(data_dir) as paths:
            require_raw(paths)
            return _dry_run(paths, year, redo, accept_removals)
    settings = read_settings()
    check_addresses(settings)
    with _opened(data_dir, "WRITE") as paths:
        require_raw(paths)
        with RunContext(paths, "from the command line").lock():
            tell_of_dead_runs(paths, settings)
            try:
                return _run(paths, data_dir, year, redo, accept_removals)
            finally:
                tell_of_quiet(paths, settings)


def _run(
    paths: DataPaths,
    given: str | None,
    year: int | None,
    redo: str | None,
    accept_removals: tuple[int, ...],
) -> int:
    """What `run` does while no other run writes there.

    Where the data folder is an address, what is done is sent there step by step; a year's run sends its own.
    """
    from zc_pipeline import linking, pipeline
    from zc_pipeline.report import summary_lines

    if redo is not None:
        forgotten = pipeline.forget_document(paths, redo)
        if not forgotten:
            raise UsageError(f"No document read so far is named {redo!r}. `zc-pipeline status` lists them.")
        for _, source_file in forgotten:
            click.echo(f"{source_file} is read again.")
        _send(given)  # whatever becomes of this run, the next one reads it again
    pending = linking.pending_years(paths)
    todo = [one for one in pending if year is None or one == year]
    if not todo:
        _send(given)  # what a run that died had not sent
        click.echo(f"There is nothing new in {paths.raw_dir}.")
        _mention_other_years(pending, year)
        return _ALL_WELL
    if None in todo:
        pipeline.publish_unfiled(pipeline.RunContext(paths, uuid.uuid4().hex))
        _send(given)
    years = [one for one in todo if one is not None]
    failures: list[str] = []
    if years:
        from zc_pipeline.defs.launch import run_years

        click.echo(f"Reading {', '.join(map(str, years))} in {paths.raw_dir}")
        failures = [
            f"{result.year}: {result.failure}"
            for result in run_years(years, data_dir(given), accept_removals)
            if not result.success
        ]
    lines, has_doubts = summary_lines(paths, todo)
    click.echo("\n".join(lines))
    _mention_other_years(pending, year)
    if failures:
        _end(_STOPPED, "\n".join(failures))
    if has_doubts:
        _end(
            _SOME_HELD, "Some documents were held or refused; the reasons are named above and in `problems`."
        )
    return _ALL_WELL


def _dry_run(paths: DataPaths, year: int | None, redo: str | None, accept_removals: tuple[int, ...]) -> int:
    """What `run --dry-run` does: it takes no lock, for it writes nothing."""
    from zc_pipeline import linking
    from zc_pipeline.report import plan_lines

    if redo is not None:
        raise UsageError("--redo and --dry-run do not go together: --redo always reads that one document.")
    pending = linking.pending_years(paths)
    todo = [one for one in pending if year is None or one == year]
    if todo:
        click.echo("\n".join(plan_lines(paths, todo, accept_removals)))
    else:
        click.echo(f"There is nothing new in {paths.raw_dir}.")
    _mention_other_years(pending, year)
    return _ALL_WELL


def _mention_other_years(pending: list[int | None], year: int | None) -> None:
    others = [str(one) for one in pending if one not in (year, None)]
    if year is not None and others:
        click.echo(f"Other years have something new: {', '.join(others)}.")


@main.command(epilog=_EPILOG)
@click.argument("pdf", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=_Output(file_okay=False, path_type=Path),
    help="Folder for the tables; made if it is not there.",
)
@click.option(
    "--year",
    type=click.IntRange(2000, 2100),
    help="Fiscal year of files whose folder is not named after one and that print none.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "csv", "json"]),
    default="parquet",
    show_default=True,
)
@_ending_in_words
def extract(pdf: tuple[Path, ...], out: Path, year: int | None, file_format: str) -> int:
    """Read the given PDFs, without Dagster, and write one file a table into OUT.

    The tables are documents, page_text, stitched_rows, projects, indicators and problems; projects and
    indicators hold accepted documents only. Existing files of these names are replaced, others are left.
    """
    from zc_pipeline import pipeline
    from zc_pipeline.report import verdict_lines
    from zc_pipeline.storage.export import write_frames

    extraction = pipeline.extract(pdf, year=year, run_id=uuid.uuid4().hex)
    written = write_frames(extraction.frames, out, file_format)
    lines, has_doubts = verdict_lines(extraction.frames["documents"], extraction.frames["problems"])
    click.echo(
        "\n".join([*lines, f"Tables      {out.resolve()}: {', '.join(path.name for path in written)}"])
    )
    if has_doubts:
        _end(
            _SOME_HELD, "Some documents were held or refused; the reasons are named above and in `problems`."
        )
    return _ALL_WELL


@main.command()
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=str), help=_DATA_DIR_HELP)
@_ending_in_words
def status(data_dir: str | None) -> int:
    """Say what lies in the folder, by year and verdict, what is new, and how large the tables are."""
    from zc_pipeline.report import status_lines

    with _opened(data_dir) as paths:
        click.echo("\n".join(status_lines(paths)))
    return _ALL_WELL


@main.command()
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=str), help=_DATA_DIR_HELP)
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@_ending_in_words
def clean(data_dir: str | None, dry_run: bool) -> int:
    """Remove what no document needs: what was read of files that are not listed any more, unfinished files.

    Published tables and raw files are never touched, and nothing is removed while a run is at work.
    """
    from zc_pipeline.pipeline import RunContext
    from zc_pipeline.pipeline.cleaning import find_needless, remove_needless
    from zc_pipeline.report import needless_lines
    from zc_pipeline.storage.raw import require_raw

    with _opened(data_dir, "READ" if dry_run else "WRITE", "clean") as paths:
        require_raw(paths)
        found = find_needless(paths) if dry_run else remove_needless(RunContext(paths, "clean"))
        _send(data_dir)
    click.echo("\n".join(needless_lines(found, is_removed=not dry_run)))
    return _ALL_WELL


@main.command()
@_ending_in_words
def settings() -> int:
    """Print every setting: its value, where that came from, and what it means. Passwords are not shown."""
    click.echo("\n".join(settings_lines(load_settings())))
    return _ALL_WELL


@main.command()
@click.argument("identity", metavar="ID")
@click.option("--page", type=click.IntRange(min=1), help="Page of a document, from 1.  [default: 1]")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=str), help=_DATA_DIR_HELP)
@click.option(
    "--out",
    metavar="FILE.png",
    type=_Output(dir_okay=False, path_type=Path),
    help="Where to write the picture.  [default: named after ID, in the working folder]",
)
@_ending_in_words
def show(identity: str, page: int | None, data_dir: str | None, out: Path | None) -> int:
    """Show where a value is printed: a picture of the page with its cells marked, and the printed text.

    ID is a project_id or indicator_id (a row over several pages is shown on each of them), or a document:
    its file name, its path below raw/, or at least 8 digits of its document_id. Of a document one page is
    shown with all that was read of it, and the rows that its problems name.
    """
    from zc_pipeline import show as shows
    from zc_pipeline.pictures import png_bytes
    from zc_pipeline.storage.files import replace_file

    if out is not None and out.suffix.lower() != ".png":
        raise UsageError(f"{out} does not end in .png: the picture is a PNG file.")
    with _opened(data_dir) as paths:
        shown = shows.show(paths, identity, page)
    target = (out or Path(shown.name)).resolve()
    replace_file(target, lambda path: _write_bytes(path, png_bytes(shown.picture)))
    click.echo("\n".join([*shown.lines, "", f"Picture     {target}"]))
    return _ALL_WELL


@main.command()
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=str), help=_DATA_DIR_HELP)
@click.option(
    "--year",
    "years",
    multiple=True,
    type=click.IntRange(2010, 2100),
    help="Fiscal year; may be given several times.  [default: all that are published]",
)
@click.option(
    "--xlsx",
    metavar="DIR",
    type=_Output(file_okay=False, path_type=Path),
    help="Write Excel workbooks into this folder, one a year.",
)
@click.option(
    "--by", type=click.Choice(["department"]), help="One workbook a department and year, instead of a year."
)
@click.option(
    "--csv",
    "csv_dir",
    metavar="DIR",
    type=_Output(file_okay=False, path_type=Path),
    help="Write a CSV file a table into this folder, and datapackage.json, which describes them.",
)
@click.option(
    "--duckdb",
    metavar="FILE",
    type=_Output(dir_okay=False, path_type=Path),
    help="Write one DuckDB file with all tables, commented, and views with Chinese headings.",
)
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Language of headings, descriptions and comments; values stay as printed.",
)
@_ending_in_words
def export(
    data_dir: str | None,
    years: tuple[int, ...],
    xlsx: Path | None,
    by: str | None,
    csv_dir: Path | None,
    duckdb: Path | None,
    language: str,
) -> int:
    """Write the published tables as files to open: Excel workbooks, CSV, DuckDB.

    At least one of --xlsx, --csv and --duckdb; several at once are put in place together, or none of them.
    Existing files of these names are replaced, others are left. Workbooks and DuckDB need
    `pip install 'zc_pipeline[export]'`.
    """
    from zc_pipeline.dictionary import Language
    from zc_pipeline.export.run import Targets, export_published

    targets = Targets(xlsx, csv_dir, duckdb, is_by_department=by == "department")
    with _opened(data_dir, "READ_TABLES") as paths:
        lines = export_published(paths, targets, years=years, language=Language(language))
    click.echo("\n".join(lines))
    return _ALL_WELL


@main.command()
@click.argument("target", metavar="DIR", type=_Output(path_type=Path))
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=str), help=_DATA_DIR_HELP)
@click.option("--year", type=click.IntRange(2010, 2100), help="This fiscal year only.")
@click.option("--no-pictures", is_flag=True, help="Leave pictures of pages out; places are shown without.")
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Language the pages begin with; each has a switch.",
)
@_ending_in_words
def book(target: Path, data_dir: str | None, year: int | None, no_pictures: bool, language: str) -> int:
    """Write the published tables as a folder of pages that open from disk: start with DIR/index.html.

    Search and filter projects and indicators, see each beside the picture of its printed row, and read the
    printed sums, the problems and the verdicts. No server and no network are needed. A book that lies in DIR
    is replaced in one step; a folder with anything else is left alone.
    """
    from zc_pipeline.book.write import write_book

    with _opened(data_dir) as paths:
        report = write_book(paths, target, year=year, with_pictures=not no_pictures, language=language)
    click.echo("\n".join(report.lines))
    return _ALL_WELL


def _send(given: str | None) -> None:
    """Send what was done so far, and publish what is whole, where the data folder is an address."""
    from zc_pipeline import remote

    remote.push(data_dir(given))


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@contextlib.contextmanager
def _opened(
    given: str | None, use_name: str = "READ", run: str = "from the command line"
) -> Iterator[DataPaths]:
    """The data folder for the length of a command, wherever it lies; ``use_name``: of ``remote.Use``."""
    from zc_pipeline import remote

    place = data_dir(given)
    with remote.opened(place, remote.Use[use_name], run) as paths:
        if str(paths.data_dir) != str(place):
            click.echo(f"{address_in_words(str(place))}, in {paths.data_dir}")
        yield paths


if __name__ == "__main__":
    main()
