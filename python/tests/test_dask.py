"""Dask: two worker processes read 200 files over FTPS from a real server that demands resumed TLS sessions."""
import os

import pytest

fsspec = pytest.importorskip("fsspec")
dataframe = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")


def test_two_workers_read_200_files(secure):
    for number in range(200):
        rows = "".join(f"{row},{number * 100 + row}\n" for row in range(100))
        secure.put(f"dask/part{number:03}.csv", b"row,value\n" + rows.encode())
    found = fsspec.get_filesystem_class("ftpes")
    if found.__module__ != "ftpclient.fsspec":
        pytest.skip("the package is not installed")
    options = {"ca": secure.ca, "username": secure.user, "password": secure.password}
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None,
                                       host="127.0.0.1", worker_dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        frame = dataframe.read_csv(f"ftpes://{secure.host}:{secure.port}/dask/part*.csv", storage_options=options)
        assert frame.npartitions == 200
        assert int(frame["value"].sum().compute()) == sum(range(20_000))
        # Both have worked, in processes of their own.
        assert len(set(client.run(os.getpid).values()) - {os.getpid()}) == 2
        assert secure.password not in repr(frame) and secure.password not in str(frame.expr)
