"""latency.py PORT TARGET_PORT ROUND_TRIP_MS [RATE]: a TCP relay on loopback that is far away. Each byte arrives half a
round trip after it was sent; nothing else is slower, unless RATE (bytes per second towards the target, over all
connections) says so. One thread; a chunk costs some 30 us, which is far below what either side spends on a request."""
import asyncio
import collections
import sys

CHUNK = 256 * 1024


class Relay:
    def __init__(self, target: int, delay: float, rate: int) -> None:
        self.target, self.delay, self.rate, self.free_at = target, delay, rate, 0.0

    async def deliver(self, queue: collections.deque, more: asyncio.Event, writer: asyncio.StreamWriter) -> None:
        """What is due, in order."""
        loop = asyncio.get_running_loop()
        while True:
            while not queue:
                more.clear()
                await more.wait()
            due, data = queue.popleft()
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            if not data:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()

    def due(self, size: int, upwards: bool) -> float:
        """The line is one for all connections: a chunk occupies it for size/rate seconds, and then travels."""
        now = asyncio.get_running_loop().time()
        if upwards and self.rate:
            self.free_at = now = max(self.free_at, now) + size / self.rate
        return now + self.delay

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upwards: bool) -> None:
        queue, more = collections.deque(), asyncio.Event()
        delivery = asyncio.create_task(self.deliver(queue, more, writer))
        try:
            while True:
                data = await reader.read(CHUNK)
                queue.append((due := self.due(len(data), upwards), data))
                more.set()
                if not data:
                    return await delivery
                # A slow line takes no more than it can carry; what travels is held here.
                if (ahead := due - self.delay - asyncio.get_running_loop().time()) > 0.05:
                    await asyncio.sleep(ahead)
        finally:
            delivery.cancel()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = None
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(self.pump(reader, far, True), self.pump(far_reader, writer, False))
        except OSError:
            pass  # either side went away; closing the other tells it
        finally:
            for side in (writer, far):
                if side:
                    side.close()


async def main() -> None:
    port, target, round_trip_ms = map(int, sys.argv[1:4])
    relay = Relay(target, round_trip_ms / 2000, int(sys.argv[4]) if len(sys.argv) > 4 else 0)
    server = await asyncio.start_server(relay.accept, "127.0.0.1", port, backlog=512)
    print("relaying", flush=True)
    await server.serve_forever()


asyncio.run(main())
