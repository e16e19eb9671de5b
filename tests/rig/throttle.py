"""throttle.py PORT TARGET_PORT CONTROL_PORT: a TCP relay on loopback that can be slow, deaf, or gone.

The tests put it between the platform and the S3 server. One JSON object per line on the control port changes it and is
answered with the state and the counters:
  {"rate": bytes per second towards the target, over all connections; 0: no limit}
  {"mode": "pass" | "refuse" (reset new and present connections) | "hang" (accept, move nothing)}
"""
import asyncio
import json
import sys
import time

CHUNK = 64 * 1024


class Relay:
    def __init__(self, target: int) -> None:
        self.target = target
        self.rate = 0
        self.mode = "pass"
        self.sent = 0
        self.connections = 0
        self.free_at = 0.0
        self.open: set[asyncio.StreamWriter] = set()

    async def pace(self, size: int) -> None:
        """One queue for all connections: each chunk occupies the line for size/rate seconds."""
        while self.mode == "hang":
            await asyncio.sleep(0.05)
        if self.rate:
            now = time.monotonic()
            self.free_at = max(self.free_at, now) + size / self.rate
            await asyncio.sleep(self.free_at - now)

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upwards: bool) -> None:
        while data := await reader.read(min(CHUNK, max(1024, self.rate // 10)) if self.rate else CHUNK):
            if upwards:
                await self.pace(len(data))
                self.sent += len(data)
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.mode == "refuse":
            writer.transport.abort()
            return
        self.open.add(writer)
        far = None
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.target)
            self.open.add(far)
            await asyncio.gather(self.pump(reader, far, True), self.pump(far_reader, writer, False))
        except OSError:
            pass  # either side went away; closing the other tells it
        finally:
            for side in (writer, far):
                if side:
                    self.open.discard(side)
                    side.transport.abort() if self.mode == "refuse" else side.close()

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            wish = json.loads(line)
            self.rate = int(wish.get("rate", self.rate))
            self.mode = wish.get("mode", self.mode)
            self.free_at = 0.0
            if self.mode == "refuse":
                for side in list(self.open):
                    side.transport.abort()
            state = {"rate": self.rate, "mode": self.mode, "sent": self.sent, "connections": self.connections}
            writer.write(json.dumps(state).encode() + b"\n")
            await writer.drain()
        writer.close()


async def main() -> None:
    port, target, control = map(int, sys.argv[1:])
    relay = Relay(target)
    servers = [
        await asyncio.start_server(relay.accept, "127.0.0.1", port),
        await asyncio.start_server(relay.control, "127.0.0.1", control),
    ]
    await asyncio.gather(*(s.serve_forever() for s in servers))


asyncio.run(main())
