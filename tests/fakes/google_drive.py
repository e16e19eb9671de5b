"""Drive v3 of the fake Google (google.py): metadata. What carries bytes is in google_upload.py.

Strict beyond the real one: every call names supportsAllDrives=true, `fields` holds known names only, a file has a name, at
most one parent and an id of files/generateIds; and nobody lists. Equal names in one folder are allowed, as there.
https://developers.google.com/workspace/drive/api/reference/rest/v3/files
"""
import hashlib
import json
import re
import secrets
import time

from google_state import DRIVE_SCOPE, FAULTS, FULL_SCOPE, REFUSALS, STATE, Cut, Refusal, ordered_refusal

FOLDER = "application/vnd.google-apps.folder"
FILE_FIELDS = {"kind", "id", "name", "mimeType", "parents", "size", "md5Checksum", "sha1Checksum", "sha256Checksum", "trashed",
               "appProperties", "createdTime", "driveId", "capabilities"}
ABOUT_FIELDS = {"kind", "user", "storageQuota"}
METADATA = {"id": str, "name": str, "mimeType": str, "parents": list, "appProperties": dict}
QUOTA = 15 * 1024**3


def parse_fields(text: str) -> dict:
    """A field mask: "id,name" or "user/emailAddress,storageQuota(limit,usage)" as a tree of names."""
    tokens = re.findall(r"[A-Za-z0-9]+|\*|[,/()]|.", text)

    def names() -> dict:
        tree: dict = {}
        while True:
            if not tokens or not re.fullmatch(r"[A-Za-z0-9]+|\*", tokens[0]):
                raise Refusal(400, "invalidParameter", f"Invalid field selection {text}")
            name = tokens.pop(0)
            tree[name] = {}
            if tokens[:1] == ["/"]:
                tokens.pop(0)
                tree[name] = names()
                return tree
            if tokens[:1] == ["("]:
                tokens.pop(0)
                tree[name] = names()
                if tokens[:1] != [")"]:
                    raise Refusal(400, "invalidParameter", f"Invalid field selection {text}")
                tokens.pop(0)
            if tokens[:1] != [","]:
                return tree
            tokens.pop(0)

    tree = names()
    if tokens:
        raise Refusal(400, "invalidParameter", f"Invalid field selection {text}")
    return tree


def select(value: dict, fields: str, known: set[str]) -> dict:
    tree = parse_fields(fields)
    if unknown := set(tree) - known - {"*"}:
        raise Refusal(400, "invalidParameter", f"Invalid field selection {', '.join(sorted(unknown))}")

    def cut(part: dict, wanted: dict) -> dict:
        if "*" in wanted or not wanted:
            return part
        return {k: cut(part[k], t) if isinstance(part[k], dict) else part[k] for k, t in wanted.items() if k in part}

    return cut(value, tree)


def single(query: dict, required: set[str], optional: set[str] = frozenset()) -> dict[str, str]:
    """Each parameter once, none missing, none unknown."""
    if required - set(query) or set(query) - required - optional or any(len(v) != 1 for v in query.values()):
        raise Refusal(400, "badRequest", f"query {query}")
    if query.get("supportsAllDrives", ["true"]) != ["true"]:
        raise Refusal(400, "badRequest", f"query {query}")
    return {k: v[0] for k, v in query.items()}


def account(headers) -> dict:
    """The grant behind the access token. One that has run out or was taken back is no mistake of the program."""
    kind, _, token = headers.get("Authorization", "").partition(" ")
    grant = STATE.by_token(token) if kind == "Bearer" else None
    known = grant and grant["access"].get(token)
    if not known or grant["revoked"] or known["until"] < time.time():
        raise Refusal(401, "authError", "Invalid Credentials", complain=not known)
    if not {DRIVE_SCOPE, FULL_SCOPE} & set(known["scope"].split()):
        raise Refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    return {**grant, "full": FULL_SCOPE in known["scope"].split()}


def end_token(headers) -> None:
    token = headers.get("Authorization", "").partition(" ")[2]
    grant = STATE.by_token(token)
    if grant and token in grant["access"]:
        grant["access"][token]["until"] = 0


def refuse_on_order(place: str, headers) -> None:
    order = STATE.take(place, *(set(REFUSALS) - set(FAULTS)))  # those are dealt with before
    if not order:
        return
    if order["do"] == "401":
        end_token(headers)
    raise ordered_refusal(order)


def check_properties(properties: dict) -> None:
    """30 private properties of at most 124 bytes of UTF-8 each, key and value together."""
    for key, value in properties.items():
        if not isinstance(value, str) or len((key + value).encode()) > 124:
            raise Refusal(400, "invalid", f"appProperties {key}: {value}")
    if len(properties) > 30:
        raise Refusal(400, "invalid", f"{len(properties)} appProperties")


def check_metadata(grant: dict, body: bytes, what: str) -> dict:
    """The metadata of a file to be: with an id, a type and one parent. 409 for an id that a file has already."""
    try:
        wish = json.loads(body.decode("utf-8", "strict"))
    except ValueError as e:
        raise Refusal(400, "parseError", f"{what}: {e}") from None
    if not isinstance(wish, dict) or any(k not in METADATA or not isinstance(v, METADATA[k]) for k, v in wish.items()):
        raise Refusal(400, "badRequest", f"{what}: metadata {wish}")
    if not wish.get("name"):
        raise Refusal(400, "badRequest", f"{what}: a file without a name becomes Untitled")
    identity = wish.get("id")
    if identity is not None and STATE.ids.get(identity) != grant["email"]:
        raise Refusal(400, "invalid", f"{what}: the provided file ID {identity} is not usable")
    if identity in STATE.files:
        raise Refusal(409, "fileIdInUse", "A file already exists with the provided ID.", complain=False)
    parents = wish.get("parents", ["root"])
    if len(parents) != 1:
        raise Refusal(400, "invalid", f"{what}: {len(parents)} parents")
    if parents[0] in ("root", root_of(grant)):
        parents = [root_of(grant)]
    else:
        parent = find(grant, parents[0])
        if parent["mimeType"] != FOLDER:
            raise Refusal(403, "parentNotAFolder", f"{what}: {parent['name']} is no folder")
        if not may_add(grant, parent):
            raise Refusal(*REFUSALS["insufficientFilePermissions"], complain=False)
    check_properties(wish.get("appProperties", {}))
    return {"mimeType": "application/octet-stream", "appProperties": {}, **wish, "parents": parents,
            "id": identity or new_id(grant)}


def root_of(grant: dict) -> str:
    """My Drive: "root" is only another name for it."""
    return "0A" + hashlib.sha256(grant["email"].encode()).hexdigest()[:17]


def new_id(grant: dict) -> str:
    identity = "1" + secrets.token_urlsafe(24)
    STATE.ids[identity] = grant["email"]
    return identity


def find(grant: dict, identity: str) -> dict:
    """A file that is not there may be asked for: after a lost answer there is no other way to know. What the account may not see
    is not there, nor is with the scope drive.file what a person or another program has made."""
    file = STATE.files.get(identity)
    drive = STATE.drives.get((file or {}).get("driveId", ""))
    seen = file and (grant["email"] in drive["members"] + drive["readers"] if drive else file["owner"] == grant["email"])
    if not seen or file.get("foreign") and not grant["full"]:
        raise Refusal(404, "notFound", f"File not found: {identity}.", complain=False)
    return file


def may_add(grant: dict, file: dict) -> bool:
    drive = STATE.drives.get(file.get("driveId", ""))
    return file["mimeType"] == FOLDER and not file.get("locked") and (not drive or grant["email"] in drive["members"])


def foreign(wish: dict) -> None:
    """A person makes a shared drive ("members", "readers"), a folder or a file: of an "owner", or below a "parent"."""
    if "members" in wish:
        STATE.drives[wish["id"]] = {"readers": [], **wish}
        wish = {"id": wish["id"], "name": "Drive", "driveId": wish["id"], "owner": "", "parents": []}
    parent = STATE.files.get(wish.get("parent", ""))
    file = {"mimeType": FOLDER, "appProperties": {}, "foreign": True, "parents": [parent["id"]] if parent else [], **wish}
    if parent:
        file |= {k: parent[k] for k in ("driveId", "owner") if k in parent}
    STATE.files[wish["id"]] = file


def store(grant: dict, metadata: dict, size: int, md5: str, sha256: str) -> dict:
    """The file exists from now on."""
    file = {**metadata, "owner": grant["email"], "createdTime": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())}
    parent = STATE.files.get(metadata["parents"][0], {})
    if "driveId" in parent:
        file["driveId"] = parent["driveId"]
    if metadata["mimeType"] != FOLDER:
        file |= {"size": str(size), "md5Checksum": md5, "sha256Checksum": sha256}
    STATE.files[file["id"]] = file
    return file


def remove(identity: str) -> list[str]:
    """With everything below it; the paths of the files that are gone."""
    gone = [path_of(STATE.files[identity])] if STATE.files[identity]["mimeType"] != FOLDER else []
    for child in [f["id"] for f in STATE.files.values() if f["parents"] == [identity]]:
        gone += remove(child)
    del STATE.files[identity]
    return gone


def resource(file: dict, fields: str | None, grant: dict | None = None) -> dict:
    """What an answer says about a file; it may lie on order (place "metadata")."""
    shown = {"kind": "drive#file", "trashed": False, **{k: v for k, v in file.items() if k in FILE_FIELDS}}
    if grant:
        shown["capabilities"] = {"canAddChildren": may_add(grant, file)}
    if "md5Checksum" in file:
        lie = STATE.take("metadata").get("do")
        for checksum, length in (("md5", 32), ("sha256", 64)):
            if lie == f"wrong_{checksum}":
                shown[f"{checksum}Checksum"] = "0" * length
            if lie in (f"no_{checksum}", "no_checksums"):
                del shown[f"{checksum}Checksum"]
    return select(shown, fields or "kind,id,name,mimeType", FILE_FIELDS)


def path_of(file: dict) -> str:
    parent = STATE.files.get(next(iter(file["parents"]), ""))
    return f"{path_of(parent)}/{file['name']}" if parent else file["name"]


def files() -> list[dict]:
    """For the tests: everything that is there."""
    return [{**f, "path": path_of(f), "received": STATE.received.get(f["id"], 0)} for f in STATE.files.values()]


class Drive:
    """drive/v3. A row of `routes` is method, pattern, place of orders and function."""

    def __init__(self) -> None:
        one = re.compile(r"/drive/v3/files/([A-Za-z0-9_-]+)")
        self.routes = [
            ("GET", re.compile(r"/drive/v3/about"), "about", self.about),
            ("GET", re.compile(r"/drive/v3/files/generateIds"), "ids", self.generate_ids),
            ("GET", re.compile(r"/drive/v3/files"), "list", self.list),
            ("POST", re.compile(r"/drive/v3/files"), "create", self.create),
            ("GET", re.compile(r"/drive/v3/drives/([A-Za-z0-9_-]+)"), "drive", self.drive),
            ("GET", one, "get", self.get),
            ("DELETE", one, "delete", self.delete),
        ]

    def route(self, method: str, path: str):
        for m, pattern, place, function in self.routes:
            match = pattern.fullmatch(path)
            if match and m == method:
                return place, function, match.groups()
        return "", None, ()

    def serve(self, method: str, path: str, query: dict, headers, body: bytes):
        place, function, groups = self.route(method, path)
        if not function:
            raise Refusal(404, "notFound", "no such address")
        grant = account(headers)
        refuse_on_order(place, headers)
        value = function(grant, query, headers, body, *groups)
        if STATE.cuts(place, STATE.take(place, "cut_answer"), (value or {}).get("id", "")):
            raise Cut
        return value

    def about(self, grant, query, headers, body):
        if set(query) != {"fields"}:
            raise Refusal(400, "required", "The 'fields' parameter is required for this method.")
        order = STATE.take("about", "disabled", "full", "no_email", "lie")
        if order.get("do") == "disabled":
            raise Refusal(403, "accessNotConfigured", "Google Drive API has not been used in project 1 before or it is disabled.")
        usage = sum(int(f.get("size", 0)) for f in STATE.files.values() if f["owner"] == grant["email"])
        room = STATE.quotas.get(grant["email"], {"limit": QUOTA, "other": 0})
        usage += room["other"]
        value = {"kind": "drive#about", "user": {"kind": "drive#user", "emailAddress": order.get("email") or grant["email"]},
                 "storageQuota": {"usage": str(QUOTA if order.get("do") == "full" else usage),
                                  "usageInDrive": str(usage), "usageInDriveTrash": "0"}}
        if room["limit"] is not None:  # absent for accounts without a limit
            value["storageQuota"]["limit"] = str(room["limit"])
        if order.get("do") == "no_email":
            value["user"] = {}
        return select(value, query["fields"][0], ABOUT_FIELDS)

    def generate_ids(self, grant, query, headers, body):
        q = single(query, {"count", "space"}, {"type", "fields"})
        if q["space"] != "drive" or q.get("type", "files") != "files" or not re.fullmatch(r"[1-9][0-9]{0,3}", q["count"]):
            raise Refusal(400, "invalidParameter", f"query {query}")
        if int(q["count"]) > 1000:
            raise Refusal(400, "invalidParameter", "Invalid value: at most 1000 ids in a call")
        value = {"kind": "drive#generatedIds", "space": "drive", "ids": [new_id(grant) for _ in range(int(q["count"]))]}
        return select(value, q.get("fields", "kind,space,ids"), set(value))

    def list(self, grant, query, headers, body):
        if STATE.take("list", "allow"):
            return {"kind": "drive#fileList", "files": [resource(f, None) for f in STATE.files.values()
                                                        if f["owner"] == grant["email"]]}
        raise Refusal(403, "forbidden", "no listing on the hot path")

    def create(self, grant, query, headers, body):
        q = single(query, {"fields", "supportsAllDrives"})
        if headers.get("Content-Type", "").split(";")[0] != "application/json":
            raise Refusal(400, "badRequest", "metadata is JSON")
        metadata = check_metadata(grant, body, "create")
        if STATE.take("files", "full"):
            raise Refusal(*REFUSALS["storageQuotaExceeded"], complain=False)
        return resource(store(grant, metadata, 0, hashlib.md5().hexdigest(), hashlib.sha256().hexdigest()), q["fields"])

    def get(self, grant, query, headers, body, identity):
        q = single(query, {"fields", "supportsAllDrives"})
        return resource(find(grant, identity), q["fields"], grant)

    def drive(self, grant, query, headers, body, identity):
        if not grant["full"]:
            raise Refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.", complain=False)
        drive = STATE.drives.get(identity)
        if not drive or grant["email"] not in drive["members"] + drive["readers"]:
            raise Refusal(404, "notFound", f"Shared drive not found: {identity}", complain=False)
        return select({"kind": "drive#drive", "id": drive["id"], "name": drive["name"]}, single(query, {"fields"})["fields"],
                      {"kind", "id", "name"})

    def delete(self, grant, query, headers, body, identity):
        single(query, {"supportsAllDrives"})
        if STATE.take("files", "undeletable"):
            raise Refusal(*REFUSALS["insufficientFilePermissions"], complain=False)
        remove(find(grant, identity)["id"])
