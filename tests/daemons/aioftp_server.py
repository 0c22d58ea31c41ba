#!/usr/bin/env python3
"""A server made of aioftp: servers.py starts it with the Python that has aioftp installed."""

import argparse
import asyncio

import aioftp


async def serve(arguments):
    user = aioftp.User(arguments.user, arguments.password, base_path=arguments.root)
    # Files by threads: by itself it reads and writes them in its event loop, which stalls all sessions.
    server = aioftp.Server([user], path_io_factory=aioftp.AsyncPathIO)
    await server.run(arguments.host, arguments.port)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("host", "user", "password", "root"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args()))


main()
