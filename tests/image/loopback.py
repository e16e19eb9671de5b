"""loopback.py PID PORT...: what is asked of 127.0.0.1:PORT in the network namespace of process PID is answered by who listens there in
ours: the rig's servers, inside a container of a network of its own. Says "ready" when it listens; ends with its input."""
import asyncio
import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace: int) -> None:
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def listeners(pid: str, ports: list[int]) -> list[socket.socket]:
    """A socket stays in the namespace that it was made in; the thread goes home."""
    home, there = (os.open(f"/proc/{who}/ns/net", os.O_RDONLY) for who in ("self", pid))
    enter(there)
    try:
        return [socket.create_server(("127.0.0.1", port)) for port in ports]
    finally:
        enter(home)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 18):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def main() -> None:
    async def serve(listener: socket.socket) -> None:
        port = listener.getsockname()[1]

        async def meet(reader, writer) -> None:
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                writer.close()
                return
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

        await asyncio.start_server(meet, sock=listener)

    for listener in listeners(sys.argv[1], [int(p) for p in sys.argv[2:]]):
        await serve(listener)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
