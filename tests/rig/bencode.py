"""Torrents made by hand, so that tests can make them wrong."""
import hashlib


def encode(value) -> bytes:
    if isinstance(value, bool):
        raise TypeError("bencode has no booleans")
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(encode(v) for v in value) + b"e"
    pairs = sorted((k.encode() if isinstance(k, str) else k, v) for k, v in value.items())
    return b"d" + b"".join(encode(k) + encode(v) for k, v in pairs) + b"e"


def info(name: str | bytes, files: dict[str, int] | int, piece: int = 16384, **more) -> dict:
    """files: path -> size for a folder, a number for a single file. The pieces are zeroes: nobody downloads this."""
    total = files if isinstance(files, int) else sum(files.values())
    out = {"name": name, "piece length": piece, "pieces": bytes(20 * -(-total // piece)), **more}
    if isinstance(files, int):
        out["length"] = files
    else:
        out["files"] = [{"length": size, "path": path.split("/")} for path, size in files.items()]
    return out


def torrent(name: str | bytes, files, trackers: list[str] | None = None, **more) -> bytes:
    out: dict = {"info": info(name, files, **more)}
    if trackers:
        out["announce"] = trackers[0]
        out["announce-list"] = [[t] for t in trackers]
    return encode(out)


def info_hash(metainfo_info: dict) -> str:
    return hashlib.sha1(encode(metainfo_info)).hexdigest().upper()
