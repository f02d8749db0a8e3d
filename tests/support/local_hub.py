"""A small Hugging Face Hub on loopback: what ``huggingface_hub`` and ``datasets`` ask of the real one, over real HTTP.

Commits are whole snapshots; files are kept once by the hash of their content. Parquet goes through large file storage (the LFS
batch protocol, and a redirect to read it), as on the real one; all else is in the commit itself. Writing needs the token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_for_the_stand_in_only"
PAGE = 10  # entries of a tree that are given at once


class Stored(NamedTuple):
    """A file of a commit."""

    sha256: str
    blob: str  # git's name of it
    size: int
    lfs: bool

    @property
    def etag(self) -> str:
        return self.sha256 if self.lfs else self.blob


class Commit(NamedTuple):
    oid: str
    title: str
    files: dict[str, Stored]


class Repo:
    """A repository: its commits on main, oldest first, and its tags."""

    def __init__(self, private: bool) -> None:
        self.private, self.tags = private, {}
        self.commits: list[Commit] = []
        self.commit("initial commit", {})

    def commit(self, title: str, files: dict[str, Stored]) -> str:
        oid = hashlib.sha1(f"{len(self.commits)} {title} {sorted(files.items())}".encode()).hexdigest()
        self.commits.append(Commit(oid, title, files))
        return oid

    def at(self, revision: str) -> Commit | None:
        oid = self.commits[-1].oid if revision == "main" else self.tags.get(revision, revision)
        return next((one for one in self.commits if one.oid == oid), None)


class Hub:
    """All that the server has, and all that it was sent. The first request whose path has the first of ``fail`` is broken off, and so on."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.blobs: dict[str, bytes] = {}  # by sha256
        self.log: list[tuple[str, str, int]] = []
        self.bodies: list[bytes] = []
        self.headers: list[str] = []
        self.fail: list[str] = []
        self.gated: set[str] = set()  # repositories whose files are for those only who have asked their owner
        self.url = ""

    def keep(self, content: bytes, lfs: bool) -> Stored:
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[digest] = content
        return Stored(digest, hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(), len(content), lfs)

    def add(self, repo: str, tag: str, folder: Path) -> str:
        """Add a commit with the files of a folder, and its tag, as if they had been published; the id of the commit."""
        found = self.repos.setdefault(repo, Repo(private=False))
        paths = (path for path in folder.rglob("*") if path.is_file())
        files = {path.relative_to(folder).as_posix(): self.keep(path.read_bytes(), path.suffix == ".parquet") for path in paths}
        found.tags[tag] = found.commit(f"Release {tag}", files)
        return found.tags[tag]

    def snapshot(self, repo: str, revision: str, folder: Path) -> Path:
        """Write what the server has of a revision into a folder."""
        for name, stored in self.repos[repo].at(revision).files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(self.blobs[stored.sha256])
        return folder


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub at ``url`` until the block ends."""
    hub = Hub()
    handler = type("Handler", (Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


API = r"/api/datasets/(?P<repo>[^/]+/[^/]+)"
ROUTES = (
    ("POST", r"/api/repos/create", "create"),
    ("POST", r"/api/validate-yaml", "valid"),
    ("GET", API + r"(/revision/(?P<revision>[^/]+))?", "info"),
    ("GET", API + r"/refs", "refs"),
    ("GET", API + r"/tree/(?P<revision>[^/]+)(/(?P<path>.*))?", "tree"),
    ("GET", API + r"/commits/(?P<revision>[^/]+)", "commits"),
    ("POST", API + r"/paths-info/(?P<revision>[^/]+)", "paths"),
    ("POST", API + r"/preupload/(?P<revision>[^/]+)", "preupload"),
    ("POST", API + r"/commit/(?P<revision>[^/]+)", "take"),
    ("POST", API + r"/tag/(?P<revision>[^/]+)", "tag"),
    ("POST", r"/datasets/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch", "batch"),
    ("PUT", r"/lfs/(?P<oid>[0-9a-f]{64})", "put"),
    ("GET", r"/lfs/(?P<oid>[0-9a-f]{64})", "large"),
    ("GET", r"/datasets/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "resolve"),
)
OPEN = {"info", "refs", "tree", "commits", "paths", "large", "resolve", "valid", "put"}


class Handler(BaseHTTPRequestHandler):
    """One request: found in the table above, answered by the method that it names."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    hub: Hub

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_any(self) -> None:
        url = urlsplit(self.path)
        self.query, self.body = parse_qs(url.query), self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.hub.bodies.append(self.body)
        self.hub.headers.append(str(self.headers))
        method = "GET" if self.command == "HEAD" else self.command
        for wanted, pattern, name in ROUTES:
            if wanted == method and (match := re.fullmatch(pattern, url.path)):
                found = {key: unquote(value or "") for key, value in match.groupdict().items()}
                return self.answer(name, found)
        return self.send(404, {"error": "no such address"})

    do_GET = do_HEAD = do_POST = do_PUT = do_any

    def answer(self, name: str, found: dict[str, str]) -> None:
        if self.hub.fail and self.hub.fail[0] in self.path:
            self.hub.fail.pop(0)
            return self.send(500, {"error": "the stand-in was told to fail"})
        if name not in OPEN and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.send(401, {"error": "Invalid username or password."})
        if "repo" in found:
            self.repo = self.hub.repos.get(found["repo"])
            if self.repo is None:
                return self.send(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
            self.at = self.repo.at(found.get("revision") or "main")
            if self.at is None:
                return self.send(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
        return getattr(self, name)(**{key: value for key, value in found.items() if key != "revision"})

    def send(self, status: int, value: object = b"", headers: dict[str, str] | None = None) -> None:
        self.hub.log.append((self.command, self.path, status))
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        headers = {"Content-Length": str(len(body)), **(headers or {})}
        if not isinstance(value, bytes):
            headers["Content-Type"] = "application/json"
        for name, content in headers.items():
            self.send_header(name, content)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    # Repositories.

    def create(self) -> None:
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}"
        if name in self.hub.repos:
            return self.send(409, {"error": "You already created this dataset repo"})
        repo = self.hub.repos[name] = Repo(asked.get("visibility") == "private")
        repo.commits[0].files[".gitattributes"] = self.hub.keep(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n", False)
        return self.send(200, {"url": f"{self.hub.url}/datasets/{name}", "name": name})

    def info(self, repo: str) -> None:
        siblings = [{"rfilename": name} for name in sorted(self.at.files)]
        return self.send(200, {"id": repo, "sha": self.at.oid, "siblings": siblings, "tags": [], "private": self.repo.private})

    def refs(self, repo: str) -> None:
        main = {"name": "main", "ref": "refs/heads/main", "targetCommit": self.repo.commits[-1].oid}
        tags = [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": oid} for name, oid in self.repo.tags.items()]
        return self.send(200, {"branches": [main], "converts": [], "tags": tags})

    def commits(self, repo: str) -> None:
        known = self.repo.commits[: self.repo.commits.index(self.at) + 1]
        date = "2031-01-01T00:00:00.000Z"
        return self.send(
            200, [{"id": one.oid, "title": one.title, "message": "", "authors": [], "date": date} for one in known[::-1]]
        )

    def tag(self, repo: str) -> None:
        name = json.loads(self.body)["tag"]
        if name in self.repo.tags:
            return self.send(409, {"error": f"Tag {name} already exists"})
        self.repo.tags[name] = self.at.oid
        return self.send(200, {})

    # What a revision has.

    def tree(self, repo: str, path: str) -> None:
        inside = {name: stored for name, stored in self.at.files.items() if not path or name.startswith(f"{path}/")}
        depth = path.count("/") + 1 if path else 0
        folders = {"/".join(name.split("/")[:number]) for name in inside for number in range(depth + 1, name.count("/") + 1)}
        entries = [{"type": "directory", "path": name, "oid": "0" * 40, "size": 0} for name in sorted(folders)]
        entries += [entry(name, stored) for name, stored in sorted(inside.items())]
        if self.query.get("recursive", ["False"])[0].lower() not in ("true", "1"):
            entries = [one for one in entries if one["path"].count("/") == depth]
        if path and not entries:
            return self.send(404, {"error": "no such folder"}, {"X-Error-Code": "EntryNotFound"})
        start = int(self.query.get("cursor", ["0"])[0])
        more = start + PAGE < len(entries)
        recursive = self.query.get("recursive", ["False"])[0]
        link = f'<{self.hub.url}{urlsplit(self.path).path}?recursive={recursive}&cursor={start + PAGE}>; rel="next"'
        return self.send(200, entries[start : start + PAGE], {"Link": link} if more else {})

    def paths(self, repo: str) -> None:
        is_form = "form" in self.headers.get("Content-Type", "")
        asked = parse_qs(self.body.decode())["paths"] if is_form else json.loads(self.body)["paths"]
        found = [entry(name, self.at.files[name]) for name in asked if name in self.at.files]
        folders = [name for name in asked if any(one.startswith(f"{name}/") for one in self.at.files)]
        return self.send(200, found + [{"type": "directory", "path": name, "oid": "0" * 40, "size": 0} for name in folders])

    def resolve(self, repo: str, path: str) -> None:
        if repo in self.hub.gated:
            return self.send(403, {"error": "Access is restricted"}, {"X-Error-Code": "GatedRepo"})
        stored = self.at.files.get(path)
        if stored is None:
            return self.send(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": self.at.oid})
        told = {"X-Repo-Commit": self.at.oid, "ETag": f'"{stored.blob}"', "Accept-Ranges": "bytes"}
        if stored.lfs:
            linked = {"X-Linked-Etag": f'"{stored.sha256}"', "X-Linked-Size": str(stored.size)}
            store = self.hub.url.replace("127.0.0.1", "localhost")  # another host than the Hub's own, as in the world
            return self.send(302, b"", told | linked | {"Location": f"{store}/lfs/{stored.sha256}"})
        return self.content(self.hub.blobs[stored.sha256], told)

    def large(self, oid: str) -> None:
        return self.content(self.hub.blobs[oid], {"ETag": f'"{oid}"', "Accept-Ranges": "bytes"})

    def content(self, whole: bytes, headers: dict[str, str]) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            return self.send(200, whole, headers)
        start, end = int(asked[1]), min(int(asked[2] or len(whole) - 1), len(whole) - 1)
        return self.send(206, whole[start : end + 1], headers | {"Content-Range": f"bytes {start}-{end}/{len(whole)}"})

    # What is sent.

    def valid(self) -> None:
        return self.send(200, {"errors": [], "warnings": []})

    def preupload(self, repo: str) -> None:
        files = json.loads(self.body)["files"]
        return self.send(200, {"files": [self.mode(one["path"]) for one in files]})

    def mode(self, path: str) -> dict:
        stored = self.at.files.get(path)
        how = "lfs" if path.endswith(".parquet") else "regular"
        return {"path": path, "uploadMode": how, "shouldIgnore": False} | ({"oid": stored.etag} if stored else {})

    def batch(self, repo: str) -> None:
        objects = []
        for one in json.loads(self.body)["objects"]:
            upload = {"upload": {"href": f"{self.hub.url}/lfs/{one['oid']}"}}
            objects.append(one if one["oid"] in self.hub.blobs else one | {"actions": upload})
        return self.send(200, {"transfer": "basic", "objects": objects})

    def put(self, oid: str) -> None:
        if hashlib.sha256(self.body).hexdigest() != oid:
            return self.send(400, {"error": "these bytes have another sha256"})
        self.hub.blobs[oid] = self.body
        return self.send(200)

    def take(self, repo: str) -> None:
        lines = [json.loads(line) for line in self.body.splitlines()]
        header, files = lines[0]["value"], dict(self.at.files)
        if header.get("parentCommit", self.at.oid) != self.at.oid:
            return self.send(412, {"error": "The expected parent commit is not the newest"})
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "deletedFile":
                del files[value["path"]]
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.keep(self.hub.blobs[value["oid"]], True)
            else:
                files[value["path"]] = self.hub.keep(base64.b64decode(value["content"]), False)
        oid = self.repo.commit(header["summary"], files)
        return self.send(200, {"commitUrl": f"{self.hub.url}/datasets/{repo}/commit/{oid}", "commitOid": oid, "success": True})


def entry(name: str, stored: Stored) -> dict:
    """A file as a tree lists it."""
    large = {"lfs": {"oid": stored.sha256, "size": stored.size, "pointerSize": 134}} if stored.lfs else {}
    return {"type": "file", "path": name, "oid": stored.blob, "size": stored.size} | large
