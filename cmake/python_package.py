"""Writes what the Debian package of the Python package has beside its modules: the description of the C API, and what pip and fsspec look
for.

    python_package.py SOURCE VERSION TARGET
"""
import json
import sys
import tomllib
from pathlib import Path

source, version, target = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
told = tomllib.loads((source / "python/pyproject.toml").read_text())["project"]

# Without the comments.
api = json.loads((source / "abi/ftpclient.json").read_text(),
                 object_hook=lambda item: {key: value for key, value in item.items() if key != "doc"})
(target / "ftpclient").mkdir(parents=True, exist_ok=True)
(target / "ftpclient/_api.json").write_text(json.dumps(api))

info = target / f"ftpclient-{version}.dist-info"
info.mkdir(exist_ok=True)
lines = ["Metadata-Version: 2.1", f"Name: {told['name']}", f"Version: {version}", f"Summary: {told['description']}",
         f"License: {told['license']['text']}", f"Requires-Python: {told['requires-python']}"]
lines += [f"Classifier: {it}" for it in told["classifiers"]]
for extra, needs in told["optional-dependencies"].items():
    lines += [f"Provides-Extra: {extra}", *(f'Requires-Dist: {it}; extra == "{extra}"' for it in needs)]
(info / "METADATA").write_text("\n".join(lines) + "\n")
points = []
for group, names in told["entry-points"].items():
    points += [f"[{group}]", *(f"{name} = {where}" for name, where in names.items()), ""]
(info / "entry_points.txt").write_text("\n".join(points))
(info / "top_level.txt").write_text("ftpclient\n")
(info / "INSTALLER").write_text("debian\n")
