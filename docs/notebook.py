"""Charts of the answers to docs/questions.md, as a marimo notebook.

    python -m pip install -e '.[notebook]'
    marimo run docs/notebook.py     # in a browser; `marimo edit --skip-update-check` shows the code too

It takes the tables from ZC_DATA_DIR, or from the folder data beside docs, and its SQL from questions.md: a
question is changed there, and here only how its answer is drawn.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Questions to the tables")


@app.cell
def imports():
    import os
    import re
    from pathlib import Path

    import altair as alt
    import duckdb
    import marimo as mo

    return Path, alt, duckdb, mo, os, re


@app.cell
def open_tables(Path, duckdb, mo, os):
    data_dir = Path(os.environ.get("ZC_DATA_DIR") or mo.notebook_dir().parent / "data")
    table_names = (
        "projects",
        "indicators",
        "documents",
        "reconciliation",
        "problems",
        "project_links",
        "project_changes",
    )
    missing = [name for name in table_names if not list((data_dir / "parquet" / name).glob("*.parquet"))]
    advice = (
        f"{data_dir} has no {', '.join(missing)}: call `zc-pipeline run` first, or set ZC_DATA_DIR to the "
        "data folder."
    )
    if missing and mo.app_meta().mode == "script":
        raise SystemExit(advice)
    mo.stop(bool(missing), mo.md(advice))
    connection = duckdb.connect()
    for _name in table_names:
        connection.read_parquet(f"{data_dir}/parquet/{_name}/*.parquet").create_view(_name)
    return (connection,)


@app.cell
def read_questions(mo, re):
    # Heading and first SQL block of each question.
    page = (mo.notebook_dir() / "questions.md").read_text(encoding="utf-8")
    questions = {
        title: body.split("```sql\n", 1)[1].split("```", 1)[0]
        for title, body in re.findall(r"^### (.+?)\n(.*?)(?=^##+ |\Z)", page, re.M | re.S)
    }
    return (questions,)


@app.cell
def choose_year(connection, mo):
    _years = connection.sql("SELECT DISTINCT fiscal_year FROM projects ORDER BY ALL DESC").fetchall()
    _names = [str(_one) for (_one,) in _years]
    mo.stop(not _names, mo.md("No disclosure was accepted yet: `documents` and `problems` say why."))
    year = mo.ui.dropdown(_names, value=_names[0], label="Budget year")
    keyword = mo.ui.text(value="毕节", label="Keyword in name or goal")
    mo.vstack([mo.md("# Questions to the tables"), mo.hstack([year, keyword], justify="start")])
    return keyword, year


@app.cell
def tools(alt, connection, mo, questions, year):
    WIDTH = 420

    def ask(start, keyword="毕节"):
        """Title, SQL and the year's rows of the question that begins so; amounts are floats, for drawing."""
        (title,) = [one for one in questions if one.startswith(start)]
        sql = questions[title].replace("'毕节'", "'" + keyword.replace("'", "''") + "'")
        rows = connection.sql(sql).df()
        rows = rows[rows["fiscal_year"] == int(year.value)].drop(columns="fiscal_year")
        return title, sql, rows.reset_index(drop=True)

    def section(title, sql, rows, chart):
        """A question as it is shown: chart, then table and SQL to unfold."""
        shown = chart if len(rows) else mo.md("*No row.*")
        return mo.vstack(
            [
                mo.md(f"## {title}"),
                shown,
                mo.accordion({"Table": mo.ui.table(rows, selection=None), "SQL": mo.md(f"```sql\n{sql}```")}),
            ]
        )

    def numbered(names):
        """Names to label bars with: the number before each keeps equal names of different rows apart."""
        shown = names.fillna("（未印）")
        return (names.index + 1).astype(str) + ". " + shown

    def bars(rows, value, value_title, name, color=None, color_title=None):
        """Horizontal bars in the order of the rows; several rows of a name are stacked by ``color``."""
        chart = (
            alt.Chart(rows)
            .mark_bar()
            .encode(
                x=alt.X(f"{value}:Q", title=value_title),
                y=alt.Y(f"{name}:N", title=None, sort=None, axis=alt.Axis(labelLimit=420)),
                tooltip=[f"{one}:N" for one in rows.columns],
            )
            .properties(width=WIDTH, height=alt.Step(26))
        )
        if color is None:
            return chart
        below = alt.Legend(orient="bottom", labelLimit=420, columns=3)
        return chart.encode(color=alt.Color(f"{color}:N", title=color_title, legend=below))

    return WIDTH, ask, bars, numbered, section


@app.cell
def money(ask, bars, numbered, section):
    _title, _sql, _rows = ask("How much does each unit spend")
    _sources = {
        "fiscal_cny": "财政拨款",
        "special_account_cny": "财政专户拨款",
        "other_cny": "其他资金",
    }
    _long = (
        _rows.assign(unit=numbered(_rows["unit_name"]))
        .head(30)
        .melt(id_vars="unit", value_vars=list(_sources), var_name="source", value_name="amount")
        .dropna(subset="amount")
    )
    _long["source"] = _long["source"].map(_sources)
    _long["amount"] = _long["amount"] / 10_000
    money_chart = bars(_long, "amount", "万元", "unit", "source", "Source")
    section(_title, _sql, _rows, money_chart)
    return (money_chart,)


@app.cell
def sums(WIDTH, alt, ask, numbered, section):
    _title, _sql, _rows = ask("Do the printed sums hold")
    _drawn = _rows.assign(
        sum=numbered(_rows["row_name"] + " " + _rows["column_name"]), least=-_rows["tolerance_cny"]
    ).head(60)
    _base = alt.Chart(_drawn).encode(
        y=alt.Y("sum:N", title=None, sort=None, axis=alt.Axis(labelLimit=420)),
        tooltip=[f"{_one}:N" for _one in _drawn.columns],
    )
    sums_chart = (
        _base.mark_bar(opacity=0.25, height=10).encode(
            x=alt.X("least:Q", title="printed less re-added, 元; the bar is what rounding explains"),
            x2="tolerance_cny:Q",
        )
        + _base.mark_point(filled=True, size=70).encode(
            x="difference_cny:Q",
            color=alt.Color("is_explained:N", title="Explained", legend=alt.Legend(orient="bottom")),
        )
    ).properties(width=WIDTH, height=alt.Step(26))
    section(_title, _sql, _rows, sums_chart)
    return (sums_chart,)


@app.cell
def largest(ask, bars, numbered, section):
    _title, _sql, _rows = ask("Which projects are the largest")
    _drawn = _rows.assign(project=numbered(_rows["project_name"]))
    largest_chart = bars(_drawn, "share_pct", "share of all money, %", "project")
    section(_title, _sql, _rows, largest_chart)
    return (largest_chart,)


@app.cell
def named(ask, bars, keyword, numbered, section):
    _title, _sql, _rows = ask("What does helping 毕节 cost", keyword.value or "毕节")
    _drawn = _rows.assign(project=numbered(_rows["project_name"]), amount=_rows["total_cny"] / 10_000).head(
        30
    )
    keyword_chart = bars(_drawn, "amount", "万元", "project", "unit_name", "Unit")
    section(_title.replace("毕节", keyword.value or "毕节"), _sql, _rows, keyword_chart)
    return (keyword_chart,)


@app.cell
def places(ask, bars, section):
    _title, _sql, _rows = ask("How much goes to each place")
    _drawn = _rows.assign(
        shared=_rows["shared_cny"].fillna(0) / 10_000,
        alone=(_rows["total_cny"] - _rows["shared_cny"].fillna(0)) / 10_000,
    ).melt(id_vars="place", value_vars=["alone", "shared"], var_name="project names", value_name="amount")
    _drawn["project names"] = _drawn["project names"].map({"alone": "this place", "shared": "several places"})
    places_chart = bars(_drawn, "amount", "万元", "place", "project names", "The project names")
    section(_title, _sql, _rows, places_chart)
    return (places_chart,)


@app.cell
def satisfaction(ask, bars, numbered, section):
    _title, _sql, _rows = ask("Where is a satisfaction of less than 90 %")
    _drawn = _rows.assign(target=numbered(_rows["project_name"] + "：" + _rows["indicator_name"])).head(30)
    satisfaction_chart = bars(_drawn, "at_least_pct_points", "at least, %", "target")
    section(_title, _sql, _rows, satisfaction_chart)
    return (satisfaction_chart,)


@app.cell
def measurable(ask, bars, section):
    _title, _sql, _rows = ask("And by kind of indicator")
    _drawn = _rows.assign(
        kind=_rows["level2_code"] + " " + _rows["level2_name"], others=_rows["targets"] - _rows["measurable"]
    ).melt(id_vars="kind", value_vars=["measurable", "others"], var_name="target", value_name="count")
    _drawn["target"] = _drawn["target"].map({"measurable": "measurable", "others": "not measurable"})
    measurable_chart = bars(_drawn, "count", "annual targets", "kind", "target", "Target")
    section("Which targets can be measured, by kind of indicator?", _sql, _rows, measurable_chart)
    return (measurable_chart,)


@app.cell
def reasons(ask, bars, section):
    _title, _sql, _rows = ask("Why are the others not measurable")
    reasons_chart = bars(
        _rows.fillna({"annual_reason": "empty"}), "targets", "annual targets", "annual_reason"
    )
    section(_title, _sql, _rows, reasons_chart)
    return (reasons_chart,)


@app.cell
def copied(ask, bars, numbered, section):
    _title, _sql, _rows = ask("How many annual targets are the target of the whole cycle")
    _drawn = _rows.assign(unit=numbered(_rows["unit_name"])).head(30)
    copied_chart = bars(_drawn, "same_text_pct", "same text, % of the targets", "unit")
    section(_title, _sql, _rows, copied_chart)
    return (copied_chart,)


@app.cell
def compared(ask, bars, section):
    _title, _sql, _rows = ask("Which projects can be compared")
    _drawn = _rows.assign(
        link=_rows["link_state"] + " " + _rows["rule"], certainty=_rows["certainty"].fillna("not linked")
    )
    compared_chart = bars(_drawn, "projects", "projects", "link", "certainty", "Certainty")
    section(_title, _sql, _rows, compared_chart)
    return (compared_chart,)


@app.cell
def fell(WIDTH, alt, ask, numbered, section):
    _title, _sql, _rows = ask("Which annual targets fell while the money rose")
    _drawn = _rows.assign(
        target=numbered(_rows["project_name"] + "：" + _rows["indicator_name"]),
        step=_rows["from_text"] + " → " + _rows["to_text"],
        more=_rows["difference_cny"] / 10_000,
    ).head(30)
    _base = alt.Chart(_drawn).encode(
        x=alt.X("more:Q", title="more money than the year before, 万元"),
        y=alt.Y("target:N", title=None, sort=None, axis=alt.Axis(labelLimit=420)),
        tooltip=[f"{_one}:N" for _one in _drawn.columns],
    )
    fell_chart = (_base.mark_bar() + _base.mark_text(align="left", dx=4).encode(text="step:N")).properties(
        width=WIDTH, height=alt.Step(26)
    )
    section(_title, _sql, _rows, fell_chart)
    return (fell_chart,)


if __name__ == "__main__":
    app.run()
