"""What the web frontend of the replaced product accepts, stated again in our own words from reading it: its rules for answers
(zod schemas: a member may be null only where the rule says so, may be absent only where it says so, and members that no rule names
are fine) and its way to a sentence for a person. A rule returns the value or raises Broken."""
import datetime
import math
import re

STATUSES = ("QUEUED", "DOWNLOADING", "PENDING_UPLOAD", "UPLOADING", "TORRENT_DOWNLOAD_RETRY", "UPLOAD_RETRY", "COMPLETED", "FAILED",
            "CANCELLED", "TORRENT_FAILED", "UPLOAD_FAILED", "GOOGLE_DRIVE_FAILED")
SOURCES = ("worker", "user", "system", "recovery")
ABSENT = object()


class Broken(ValueError):
    """The frontend would show an error in place of the page."""


def rule(check, what: str):
    def apply(value, where: str):
        if value is ABSENT or not check(value):
            raise Broken(f"{where}: {'absent' if value is ABSENT else repr(value)} is no {what}")
        return value

    return apply


def is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_int(value) -> bool:
    return is_number(value) and value == int(value) and abs(value) < 2**53


def is_datetime(value) -> bool:
    """ISO 8601 with T and a literal Z, seconds optional, and a day and an hour that exist."""
    found = isinstance(value, str) and re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?Z", value)
    if not found:
        return False
    try:
        datetime.datetime(*(int(part or 0) for part in found.groups()))
    except ValueError:
        return False
    return True


text = rule(lambda v: isinstance(v, str), "string")
boolean = rule(lambda v: isinstance(v, bool), "boolean")
number = rule(is_number, "finite number")
positive = rule(lambda v: is_int(v) and v > 0, "positive integer")
count = rule(lambda v: is_int(v) and v >= 0, "integer from 0 on")
moment = rule(is_datetime, "UTC datetime with Z")
status = rule(lambda v: v in STATUSES if isinstance(v, str) and not v.isdigit() else
              not isinstance(v, bool) and str(v).isdigit() and int(v) < 12, "status")
source = rule(lambda v: v.lower() in SOURCES if isinstance(v, str) else is_int(v) and 0 <= v < 4, "source")
url = rule(lambda v: isinstance(v, str) and re.match(r"[a-z][a-z0-9+.-]*://[^/]+", v) is not None, "absolute URL")


def literal(*values):
    return rule(lambda v: v in values, " or ".join(values))


def nullable(inner):
    """Must be there, may be null."""
    return lambda value, where: None if value is None else inner(value, where)


def optional(inner):
    """May be absent, never null."""
    return lambda value, where: value if value is ABSENT else inner(value, where)


def nullish(inner):
    return lambda value, where: value if value is ABSENT or value is None else inner(value, where)


def array(inner):
    def apply(value, where: str):
        if not isinstance(value, list):
            raise Broken(f"{where}: no array")
        return [inner(item, f"{where}[{i}]") for i, item in enumerate(value)]

    return apply


def members(**rules):
    def apply(value, where: str):
        if not isinstance(value, dict):
            raise Broken(f"{where}: no object")
        return {name: check(value.get(name, ABSENT), f"{where}.{name}") for name, check in rules.items()}

    return apply


def page(inner):
    return members(items=array(inner), totalCount=count, pageNumber=positive, pageSize=positive, totalPages=count,
                   hasPreviousPage=boolean, hasNextPage=boolean)


job = members(
    id=positive, storageProfileId=positive, storageProfileName=nullable(text), status=status, type=literal("Torrent"),
    requestFileId=positive, requestFileName=nullable(text), errorMessage=nullable(text), currentState=nullable(text),
    bytesDownloaded=count, totalBytes=count, bytesUploaded=optional(count), selectedFilePaths=nullable(array(text)), createdAt=moment,
    updatedAt=nullish(moment), startedAt=nullish(moment), completedAt=nullish(moment), progressPercentage=number,
    uploadProgressPercentage=optional(number), isActive=boolean, canRetry=optional(boolean), canCancel=optional(boolean))
change = members(
    fromStatus=nullable(status), toStatus=status, source=source, sourceName=text, errorMessage=nullable(text),
    metadataJson=nullable(text), changedAt=moment, durationFromPrevious=nullable(text))
statistics = members(totalJobs=count, activeJobs=count, completedJobs=count, failedJobs=count, downloadingJobs=optional(count),
                     statusFilters=array(members(status=status, count=count)))
analysis = members(
    torrentFileId=number, fileName=text, infoHash=text, totalSizeInBytes=number, files=array(members(index=number, path=text, size=number)),
    torrentHealth=members(seeders=number, leechers=number, completed=number, seederRatio=number, healthScore=number, isComplete=boolean,
                          isDead=boolean, isWeak=boolean, isHealthy=boolean))
created = members(jobId=number, storageProfileId=number)
PROFILE = {"id": number, "profileName": text, "providerType": literal("GoogleDrive", "OneDrive", "S3", "Dropbox"), "email": nullable(text),
           "isDefault": boolean, "isActive": boolean, "needsReauth": boolean, "isConfigured": boolean, "createdAt": text}
profiles = array(members(**PROFILE))
# Its page formats both dates and has no error boundary, so that a bad one is a white page.
profile_detail = members(**PROFILE | {"createdAt": moment, "updatedAt": nullable(moment)})
credentials = array(members(id=number, name=text, clientIdMasked=text, redirectUri=text, createdAt=text))
credential_saved = members(credentialId=number, name=text)
consent = members(authorizationUrl=url)
login = members(accessToken=text, user=members(name=text, email=text, image=nullable(text)))
ready = members(version=text, databaseResponseTimeMs=nullable(number), redisResponseTimeMs=nullable(number))

DURATION = re.compile(r"\d\d:\d\d:\d\d")  # shown as "1h 2m 3s"; anything else raw


def sentence(body: dict, status_code: int) -> tuple[str | None, str]:
    """The code that it looks up and the words it falls back to."""
    if isinstance(body.get("errors"), dict) and not body.get("code"):
        words = ". ".join(m for list_ in body["errors"].values() for m in list_)
        return None, words or body.get("title") or "Validation failed"
    if body.get("code") and body.get("message"):
        return body["code"], body["message"]
    if body.get("message"):
        return None, body["message"]
    return None, f"Request failed with status code {status_code}"
