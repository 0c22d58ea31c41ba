"""Dask: two worker processes read 200 files over FTPS from a real server that demands resumed TLS sessions."""
import contextlib
import os

import pytest

fsspec = pytest.importorskip("fsspec")
dataframe = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

from conftest import serve


@contextlib.contextmanager
def cluster():
    found = fsspec.get_filesystem_class("ftpes")
    if found.__module__ != "ftpclient.fsspec":
        pytest.skip("the package is not installed")
    workers = distributed.LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None,
                                       host="127.0.0.1", worker_dashboard_address=None)
    with workers, distributed.Client(workers) as client:
        yield client


def put_files(server, count):
    for number in range(count):
        rows = "".join(f"{row},{number * 100 + row}\n" for row in range(100))
        server.put(f"dask/part{number:03}.csv", b"row,value\n" + rows.encode())


def frame_of(server, **more):
    options = {"ca": server.ca, "username": server.user, "password": server.password, **more}
    return dataframe.read_csv(f"ftpes://{server.host}:{server.port}/dask/part*.csv", storage_options=options)


def logs(client):
    """What the processes have logged."""
    return str(client.get_worker_logs()) + str(client.get_scheduler_logs())


def test_two_workers_read_200_files(secure):
    put_files(secure, 200)
    with cluster() as client:
        frame = frame_of(secure)
        assert frame.npartitions == 200
        assert int(frame["value"].sum().compute()) == sum(range(20_000))
        # Both have worked, in processes of their own.
        assert len(set(client.run(os.getpid).values()) - {os.getpid()}) == 2
        assert secure.password not in repr(frame) and secure.password not in str(frame.expr)
        assert secure.password not in logs(client)


def test_no_log_has_the_password_when_a_read_fails(secure):
    """The logs have the tasks that have failed."""
    put_files(secure, 3)
    with cluster() as client:
        frame = frame_of(secure)
        for path in (secure.root / "dask").iterdir():
            path.unlink()
        with pytest.raises(FileNotFoundError) as caught:
            frame["value"].sum().compute()
        told = logs(client)
        assert "Compute Failed" in told
        assert secure.password not in told + str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("most", [1, 3])
def test_a_server_that_lets_few_sessions_be_open(most):
    for server in serve("vsftpd", "--tls", "explicit", "--reuse", "required", "--most-sessions", str(most)):
        put_files(server, 40)
        with cluster():
            assert int(frame_of(server)["value"].sum().compute()) == sum(range(4_000))
