"""Real content and torrents of it."""
import hashlib
import pathlib
import random

STEP = 64 * 1024 * 1024  # randbytes() takes less than 256 MiB at a time


class Torrent:
    """A torrent with its content on disk: files maps the path inside the torrent to (size, sha256)."""

    def __init__(self, name: str, folder: pathlib.Path, path: pathlib.Path, infohash: str) -> None:
        self.name, self.folder, self.path, self.infohash = name, folder, path, infohash
        self.metainfo = path.read_bytes()
        self.content = folder / name
        self.multi_file = self.content.is_dir()
        found = self.order = content_files(self.content)
        self.files = {
            str(p.relative_to(self.content)) if self.multi_file else name:
                (p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest()) for p in found}

    @property
    def size(self) -> int:
        return sum(size for size, _ in self.files.values())

    def key(self, job_id: int, path: str) -> str:
        """Where the platform puts a file of this torrent."""
        return f"torrents/{job_id}/" + (f"{self.name}/{path}" if self.multi_file else path)


def fill(path: pathlib.Path, size: int, chance: random.Random) -> None:
    with path.open("wb") as out:
        for at in range(0, size, STEP):
            out.write(chance.randbytes(min(STEP, size - at)))


def content_files(content: pathlib.Path) -> list[pathlib.Path]:
    """In the order of the torrent."""
    return [content] if content.is_file() else sorted(p for p in content.rglob("*") if p.is_file())


def describe(content: pathlib.Path, piece: int) -> dict:
    """The info dictionary (BEP 3) of a file or folder. Our own, because transmission-create leaves out empty files."""
    files = content_files(content)
    data = b"".join(p.read_bytes() for p in files)
    pieces = b"".join(hashlib.sha1(data[i:i + piece]).digest() for i in range(0, len(data), piece))
    info: dict = {"name": content.name, "piece length": piece, "pieces": pieces}
    if content.is_file():
        return {**info, "length": len(data)}
    info["files"] = [{"length": p.stat().st_size, "path": list(p.relative_to(content).parts)} for p in files]
    return info


# Names that have broken programs: nested folders, spaces, what URLs and S3 signatures treat in their own way, UTF-8.
ODD_FILES = {
    "readme.txt": 1234,
    "empty.bin": 0,
    "sub/deep er/and deeper/one.dat": 70_000,
    "sub/a+b %41 & c='d' (e) [f];,~!@$.txt": 4_321,
    "sub/Ünïcödé ☂ 日本語.mkv": 300_001,
    "one byte": 1,
}
