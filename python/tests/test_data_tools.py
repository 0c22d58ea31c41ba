"""Programs that work with data read and write by the filesystems: pandas, pyarrow and DuckDB."""
import io

import pytest

fsspec = pytest.importorskip("fsspec")

ROWS = 5000


@pytest.fixture
def options(secure):
    if fsspec.get_filesystem_class("ftpes").__module__ != "ftpclient.fsspec":
        pytest.skip("the package is not installed")
    return {"ca": secure.ca, "username": secure.user, "password": secure.password}


@pytest.fixture
def fs(secure, options):
    fs = fsspec.filesystem("ftpes", host=secure.host, port=secure.port, **options)
    yield fs
    fs.close_sessions()


@pytest.fixture
def url(secure):
    return f"ftpes://{secure.host}:{secure.port}/data"


def put_csv(server, name="data/table.csv"):
    server.put(name, b"number,word\n" + b"".join(b"%d,word %d\n" % (it, it % 7) for it in range(ROWS)))


def put_parquet(server, name="data/table.parquet"):
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet
    data = io.BytesIO()
    table = pyarrow.table({"number": range(ROWS), "word": [f"word {it % 7}" for it in range(ROWS)]})
    parquet.write_table(table, data, row_group_size=1000)
    server.put(name, data.getvalue())
    return table


def test_pandas_and_csv(secure, url, options):
    pandas = pytest.importorskip("pandas")
    put_csv(secure)
    frame = pandas.read_csv(f"{url}/table.csv", storage_options=options)
    assert len(frame) == ROWS and frame["number"].sum() == sum(range(ROWS)) and frame["word"][8] == "word 1"
    assert list(pandas.read_csv(f"{url}/table.csv", storage_options=options, nrows=3)["number"]) == [0, 1, 2]
    for name in ("written.csv", "written.csv.gz"):
        frame.to_csv(f"{url}/{name}", index=False, storage_options=options)
        assert pandas.read_csv(f"{url}/{name}", storage_options=options).equals(frame)
    assert (secure.root / "data" / "written.csv").read_bytes() == (secure.root / "data" / "table.csv").read_bytes()
    parts = pandas.read_csv(f"{url}/table.csv", storage_options=options, chunksize=999)
    assert pandas.concat(parts).equals(frame)


def test_pandas_and_parquet(secure, url, options):
    pandas = pytest.importorskip("pandas")
    put_parquet(secure)
    frame = pandas.read_parquet(f"{url}/table.parquet", storage_options=options)
    assert len(frame) == ROWS and frame["number"].sum() == sum(range(ROWS))
    frame.to_parquet(f"{url}/written.parquet", storage_options=options)
    assert pandas.read_parquet(f"{url}/written.parquet", storage_options=options).equals(frame)
    with pytest.raises(FileNotFoundError):
        pandas.read_parquet(f"{url}/none.parquet", storage_options=options)


def test_pyarrow(secure, fs):
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.csv
    import pyarrow.dataset
    import pyarrow.fs
    import pyarrow.parquet
    put_csv(secure)
    table = put_parquet(secure)
    arrow = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(fs))
    assert pyarrow.parquet.read_table("/data/table.parquet", filesystem=arrow).equals(table)
    assert pyarrow.parquet.ParquetFile("/data/table.parquet", filesystem=arrow).read_row_group(2).equals(table.slice(2000, 1000))
    with arrow.open_input_stream("/data/table.csv") as file:
        assert pyarrow.csv.read_csv(file).equals(table)
    pyarrow.parquet.write_table(table, "/data/written.parquet", filesystem=arrow)
    assert pyarrow.parquet.read_table(secure.root / "data" / "written.parquet").equals(table)
    assert arrow.get_file_info("/data/none").type == pyarrow.fs.FileType.NotFound
    pyarrow.dataset.write_dataset(table, "/data/set", format="parquet", filesystem=arrow, partitioning=["word"], max_rows_per_group=500)
    found = pyarrow.dataset.dataset("/data/set", format="parquet", filesystem=arrow, partitioning=["word"])
    assert len(found.files) == 7
    assert found.to_table(filter=pyarrow.dataset.field("word") == "word 3").num_rows == sum(it % 7 == 3 for it in range(ROWS))
    assert found.to_table(columns=["number"]).sort_by("number")["number"].equals(table["number"])
    arrow.delete_dir("/data/set")
    assert not (secure.root / "data" / "set").exists()


def test_duckdb(secure, fs):
    duckdb = pytest.importorskip("duckdb")
    put_csv(secure)
    put_parquet(secure)
    where = f"ftpes://{secure.host}:{secure.port}/data"
    with duckdb.connect() as connection:
        connection.register_filesystem(fs)
        for table in (f"'{where}/table.csv'", f"'{where}/table.parquet'", f"read_parquet('{where}/table.par*t')"):
            told = connection.execute(f"SELECT count(*), sum(number), min(word) FROM {table}").fetchone()
            assert told == (ROWS, sum(range(ROWS)), "word 0"), table
        connection.execute(f"COPY (SELECT 7 AS number) TO '{where}/copied.parquet' (FORMAT parquet)")
        assert connection.execute(f"SELECT number FROM '{where}/copied.parquet'").fetchall() == [(7,)]
        with pytest.raises(duckdb.Error):
            connection.execute(f"SELECT * FROM '{where}/none.csv'")
