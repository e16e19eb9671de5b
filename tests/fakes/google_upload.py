"""Uploads of the fake Drive: multipart in one request, and resumable sessions. Bytes are hashed, not kept.

To the letter of https://developers.google.com/workspace/drive/api/guides/manage-uploads, with what it only hints at: whatever
ends a request early, only whole blocks of 256 KiB of it are kept; a PUT goes on exactly where the server is; a session is known
by a secret address; one that was ended is 404.
"""
import email.message
import email.parser
import hashlib
import re
import secrets
import time

import google_drive as drive
from google_state import LOCK, REFUSALS, STATE, Cut, Refusal, ordered_refusal

BLOCK = 256 * 1024
MULTIPART_MOST = 5 * 1024 * 1024
STEP = 64 * 1024
STRIKES = {*REFUSALS, "cut", "hang", "not_json"}  # the words that end a request after "after" bytes of its body


class Body:
    """The request's media as it arrives: throttled, counted for the file it belongs to."""

    def __init__(self, handler) -> None:
        self.handler, self.identity, self.rate = handler, None, 0
        length = handler.headers.get("Content-Length", "0" if handler.command == "DELETE" else "")
        if not length.isdigit() or handler.headers.get("Transfer-Encoding"):
            handler.close_connection = True
            raise Refusal(411, "lengthRequired", "an upload without Content-Length")
        self.length = self.left = int(length)

    def read(self, most: int = STEP, paced: bool = True) -> bytes:
        """Some bytes; b"" at the end, or when the sender is gone (left tells)."""
        try:
            data = self.handler.rfile.read1(min(most, STEP, self.left)) if self.left else b""
        except OSError:
            data = b""
        if paced:
            STATE.pace(len(data))
            if self.rate:
                time.sleep(len(data) / self.rate)
        self.left -= len(data)
        if self.identity:
            with LOCK:
                STATE.received[self.identity] = STATE.received.get(self.identity, 0) + len(data)
        return data

    def drain(self) -> None:
        """Take what the sender still sends, so that it reads our answer; not for ever."""
        self.handler.close_connection = self.handler.close_connection or self.left > 0
        self.handler.connection.settimeout(5)
        while self.read(paced=False):
            pass
        self.handler.connection.settimeout(None)


class Session:
    def __init__(self, grant: dict, metadata: dict, fields: str, size: int) -> None:
        self.grant, self.metadata, self.fields, self.size = grant, metadata, fields, size
        self.secret = "AB" + secrets.token_urlsafe(48)
        self.state = "open"  # done | cancelled | expired
        self.turn = 0  # of the request that may write
        self.lose()

    def lose(self) -> None:
        self.stored = 0
        self.tail = b""  # of the running request, less than a block
        self.md5, self.sha256 = hashlib.md5(), hashlib.sha256()

    def feed(self, data: bytes, limit: int) -> None:
        """Bytes behind what is stored; of a chunk, whole blocks count, and the end of the file."""
        self.tail += data
        whole = min(len(self.tail), limit - self.stored) // BLOCK * BLOCK
        if self.stored + len(self.tail) == self.size <= limit:
            whole = len(self.tail)
        self.md5.update(self.tail[:whole])
        self.sha256.update(self.tail[:whole])
        self.stored, self.tail = self.stored + whole, self.tail[whole:]

    def view(self) -> dict:
        return {"fileId": self.metadata["id"], "name": self.metadata["name"], "size": self.size, "stored": self.stored,
                "state": self.state, "owner": self.grant["email"], "secret": self.secret}

    def range(self) -> tuple[int, dict]:
        return 308, {"Range": f"bytes=0-{self.stored - 1}"} if self.stored else {}


class Uploads:
    def serve(self, handler, body: Body, query: dict) -> None:
        if "upload_id" in query:
            return self.on_session(handler, body, query)
        if handler.command != "POST" or query.get("uploadType") not in (["multipart"], ["resumable"]):
            raise Refusal(400, "badRequest", f"{handler.command} with {query}")
        q = drive.single(query, {"uploadType", "supportsAllDrives", "fields"})
        return self.multipart(handler, body, q) if q["uploadType"] == "multipart" else self.start(handler, body, q)

    @staticmethod
    def begin(place: str) -> dict:
        """Count, and what is ordered for this request. A strike without "after" happens before a byte is read."""
        with LOCK:
            STATE.places[place] = STATE.places.get(place, 0) + 1
            order = STATE.take(place)
        if order.get("do") == "delay":
            time.sleep(order.get("seconds", 1))
        return order

    def strike(self, handler, order: dict, session: Session | None = None) -> None:
        what = order["do"]
        if what == "hang":
            time.sleep(order.get("seconds", 60))
        if what in ("hang", "cut"):
            raise Cut
        if what == "not_json":
            return handler.answer(200, b"<html>It works!</html>")
        with LOCK:
            if what == "401":
                drive.end_token(handler.headers)
            if what in ("404", "410") and session:
                session.state = "expired"
        refusal = ordered_refusal(order)
        refusal.plain = what in ("404", "410")  # the upload servers have pages, not JSON, for these
        raise refusal

    # One request for a small file.

    def multipart(self, handler, body: Body, q: dict) -> None:
        order = self.begin("multipart")
        body.rate = order.get("rate", 0)
        text = b""
        limit = order.get("after", 0) if order.get("do") in STRIKES else body.length
        while len(text) < limit and (data := body.read(limit - len(text))):
            text += data
        with LOCK:
            grant = drive.account(handler.headers)
        if order.get("do") in STRIKES:
            return self.strike(handler, order)
        if body.left:
            raise Cut
        with LOCK:
            file = self.store_multipart(grant, handler.headers, text, order)
            value = drive.resource(file, q["fields"])
        if STATE.cuts("multipart", order, file["id"]):
            raise Cut
        return handler.answer(200, value)

    def store_multipart(self, grant: dict, headers, text: bytes, order: dict) -> dict:
        related = email.message.Message()
        related["Content-Type"] = headers.get("Content-Type", "")
        edge = related.get_param("boundary", "")
        if related.get_content_type() != "multipart/related" or not re.fullmatch(r"[A-Za-z0-9'()+_,./:=?-]{1,70}", str(edge)):
            raise Refusal(400, "badRequest", f"Content-Type {headers.get('Content-Type')}")
        line = b"--" + str(edge).encode()
        parts = (b"\r\n" + text).split(b"\r\n" + line)
        if len(parts) != 4 or parts[0] or parts[3] not in (b"--", b"--\r\n"):
            raise Refusal(400, "badRequest", f"multipart: {len(parts) - 2} parts")
        read = []
        for part in parts[1:3]:
            head, gap, content = part.partition(b"\r\n\r\n")
            if not head.startswith(b"\r\n") or not gap:
                raise Refusal(400, "badRequest", f"multipart: a part begins with {part[:80]!r}")
            read.append((email.parser.BytesParser().parsebytes(head[2:]), content))
        (first, metadata), (second, media) = read
        if first.get_content_type() != "application/json" or "Content-Type" not in second:
            raise Refusal(400, "badRequest", "multipart: metadata as JSON, then media with its type")
        if len(media) > MULTIPART_MOST:
            raise Refusal(413, "uploadTooLarge", f"multipart: {len(media)} bytes; it is for 5 MB")
        wish = drive.check_metadata(grant, metadata, "multipart")
        if wish["mimeType"] == drive.FOLDER:
            raise Refusal(400, "badRequest", "multipart: a folder has no media")
        STATE.received[wish["id"]] = STATE.received.get(wish["id"], 0) + len(media)
        if order.get("do") == "damage":
            media = bytes(b ^ 1 for b in media[:1]) + media[1:]
        return drive.store(grant, wish, len(media), hashlib.md5(media).hexdigest(), hashlib.sha256(media).hexdigest())

    # Sessions.

    def start(self, handler, body: Body, q: dict) -> None:
        order = self.begin("start")
        text = b""
        while data := body.read(paced=False):
            text += data
        with LOCK:
            grant = drive.account(handler.headers)
        if order.get("do") in STRIKES:
            return self.strike(handler, order)
        size = handler.headers.get("X-Upload-Content-Length", "")
        if handler.headers.get("Content-Type", "").lower() != "application/json; charset=utf-8":
            raise Refusal(400, "badRequest", f"start: Content-Type {handler.headers.get('Content-Type')}")
        if not size.isdigit() or not handler.headers.get("X-Upload-Content-Type"):
            raise Refusal(400, "badRequest", "start: X-Upload-Content-Type and X-Upload-Content-Length")
        with LOCK:
            wish = drive.check_metadata(grant, text, "start")
            if wish["mimeType"] == drive.FOLDER:
                raise Refusal(400, "badRequest", "start: a folder has no media")
            session = Session(grant, wish, q["fields"], int(size))
            STATE.sessions[session.secret] = session
        if STATE.cuts("start", order, wish["id"]):
            raise Cut
        where = f"http://{handler.headers['Host']}{handler.path}&upload_id={session.secret}"
        return handler.answer(200, b"", {"Location": where})

    def on_session(self, handler, body: Body, query: dict) -> None:
        method, span = handler.command, handler.headers.get("Content-Range", "")
        if method not in ("PUT", "DELETE"):
            raise Refusal(405, "methodNotAllowed", f"{method} on a session")
        asks = re.fullmatch(r"bytes \*/(\d+)", span)
        place = "cancel" if method == "DELETE" else "status" if asks else "put"
        order = self.begin(place)
        with LOCK:
            grant = drive.account(handler.headers)
            session = STATE.sessions.get(query["upload_id"][0])
        if not session or session.grant["email"] != grant["email"]:
            raise Refusal(404, "notFound", "there is no such session", plain=True)
        body.identity, body.rate = session.metadata["id"], order.get("rate", 0)
        if order.get("do") in STRIKES and (place != "put" or not order.get("after")):
            return self.strike(handler, order, session)
        if session.state in ("cancelled", "expired"):
            raise Refusal(404, "notFound", "The session is over.", complain=False, plain=True)
        if place == "cancel":
            return self.cancel(handler, session, order)
        if asks and int(asks[1]) != session.size or asks and body.length:
            raise Refusal(400, "badRequest", f"status: {span} of {session.size}, with {body.length} bytes")
        if not asks:
            self.receive(handler, session, body, span, order)
        return self.report(handler, session, order, asks)

    @staticmethod
    def cancel(handler, session: Session, order: dict):
        with LOCK:
            if session.state == "open":
                session.state = "cancelled"
        if STATE.cuts("cancel", order, session.metadata["id"]):
            raise Cut
        return handler.answer(499, b"")

    def receive(self, handler, session: Session, body: Body, span: str, order: dict) -> None:
        """The bytes of a PUT. It takes the place of an older one that still runs."""
        with LOCK:
            if session.state == "done":
                return
            session.turn, session.tail = session.turn + 1, b""
            turn, begin = session.turn, session.stored
        self.check_span(session, body, span)
        end = begin + body.length
        if order.get("do") in ("keep", "lose"):
            end = min(begin + order.get("bytes", 0), session.size - 1)
        stop = min(order["after"], body.length) if order.get("do") in STRIKES else body.length
        first = order.get("do") == "damage"
        while body.length - body.left < stop and (data := body.read(stop - (body.length - body.left))):
            with LOCK:
                if session.turn != turn or session.state != "open":
                    break
                session.feed(bytes([data[0] ^ 1]) + data[1:] if first else data, end)
                first = False
        with LOCK:
            session.tail = b"" if session.turn == turn else session.tail
            if session.stored == session.size:
                self.commit(session)
        if order.get("do") in STRIKES:
            self.strike(handler, order, session)
            raise Cut
        if body.left:
            raise Cut

    @staticmethod
    def check_span(session: Session, body: Body, span: str) -> None:
        whole = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", span)
        if span and not whole:
            raise Refusal(400, "badRequest", f"put: Content-Range {span}")
        begin, last, size = map(int, whole.groups()) if whole else (0, body.length - 1, body.length)
        if size != session.size or last + 1 - begin != body.length or last >= size:
            raise Refusal(400, "badRequest", f"put: {span or 'all'} with {body.length} bytes of {session.size}")
        if begin != session.stored:
            raise Refusal(400, "badRequest", f"put: from {begin}, but {session.stored} bytes are stored")

    @staticmethod
    def commit(session: Session) -> None:
        if session.metadata["id"] in STATE.files:
            raise Refusal(409, "fileIdInUse", "A file already exists with the provided ID.", complain=False)
        parent = session.metadata["parents"][0]
        if parent not in STATE.files and parent != drive.root_of(session.grant):  # deleted while the bytes came
            session.state = "expired"
            raise Refusal(404, "notFound", f"File not found: {parent}.", complain=False, plain=True)
        session.state = "done"
        drive.store(session.grant, session.metadata, session.size, session.md5.hexdigest(), session.sha256.hexdigest())

    @staticmethod
    def report(handler, session: Session, order: dict, asks) -> None:
        """Where the session is: what a PUT and a status query both answer."""
        if STATE.cuts("status" if asks else "put", order, session.metadata["id"]):
            raise Cut
        with LOCK:
            if order.get("do") == "lose" and session.state == "open":
                session.lose()
            if asks and session.size == 0 and session.state == "open":
                Uploads.commit(session)
            file = STATE.files.get(session.metadata["id"])
            if session.state == "done" and not file:  # deleted since
                raise Refusal(404, "notFound", "The session is over.", complain=False, plain=True)
            done = session.state == "done" and order.get("do") != "308_after_complete"
            value = drive.resource(file, session.fields) if done else b""
            status, headers = (200, {}) if done else session.range()
        return handler.answer(status, value, headers)


UPLOADS = Uploads()


def sessions() -> list[dict]:
    """For the tests: every session there was."""
    return [s.view() for s in STATE.sessions.values()]


def serve(handler, query: dict) -> None:
    """A request below /upload; what was not read of its body is taken before the connection closes."""
    body = None
    try:
        body = Body(handler)
        UPLOADS.serve(handler, body, query)
    except Refusal as r:
        if r.complain:
            STATE.complain(f"{handler.command} /upload: {r.word}: {r.why}")
        handler.refuse(r)
    except Cut:
        handler.close_connection = True
        return
    if body:
        body.drain()
