"""What the parts of the fake Google (google.py) share: what is stored, what was ordered, and how it refuses."""
import random
import threading
import time

DRIVE_SCOPE = "https://www.googleapis.com/auth/drive.file"
FULL_SCOPE = "https://www.googleapis.com/auth/drive"
FAULTS = ("500", "503", "not_json", "cut", "hang", "delay")
LOCK = threading.RLock()


class Refusal(Exception):
    """An error answer: status, the word that programs branch on, and why. A refusal that a faultless program may meet is no
    complaint."""

    def __init__(self, status: int, word: str, why: str, complain: bool = True, headers: dict | None = None,
                 plain: bool = False) -> None:
        super().__init__(why)
        self.status, self.word, self.why = status, word, why
        self.complain, self.headers, self.plain = complain, headers or {}, plain


class Cut(Exception):
    """The connection ends here, without an answer."""


# Refusals to order: status, reason and message as Google words them.
REFUSALS = {
    "401": (401, "authError", "Invalid Credentials"),
    "404": (404, "notFound", "Not Found"),
    "410": (410, "gone", "Gone"),
    "429": (429, "rateLimitExceeded", "Rate Limit Exceeded"),
    "500": (500, "backendError", "Backend Error"),
    "503": (503, "backendError", "Backend Error"),
    "userRateLimitExceeded": (403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
    "rateLimitExceeded": (403, "rateLimitExceeded", "Rate Limit Exceeded"),
    "storageQuotaExceeded": (403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded."),
    "dailyLimitExceeded": (403, "dailyLimitExceeded", "Daily Limit Exceeded"),
    "teamDriveFileLimitExceeded": (403, "teamDriveFileLimitExceeded", "The file limit for this shared drive has been exceeded."),
    "insufficientFilePermissions": (403, "insufficientFilePermissions",
                                    "The user does not have sufficient permissions for this file."),
}


def ordered_refusal(order: dict) -> Refusal:
    status, word, why = REFUSALS[order["do"]]
    headers = {"Retry-After": str(order["retry_after"])} if "retry_after" in order else {}
    return Refusal(status, word, why, False, headers)


class State:
    def __init__(self) -> None:
        self.clients: dict[str, dict] = {}
        self.codes: dict[str, dict] = {}
        self.grants: list[dict] = []  # what an account gave a client, once: its tokens live and die together
        self.reset()

    def reset(self) -> None:
        self.ids: dict[str, str] = {}  # that were handed out: id -> account
        self.files: dict[str, dict] = {}
        self.sessions: dict[str, dict] = {}
        self.received: dict[str, int] = {}  # media bytes that arrived: file id -> bytes
        self.calls: list[list[str]] = []
        self.places: dict[str, int] = {}
        self.complaints: list[str] = []
        self.orders: dict[str, dict | list[dict]] = {}
        self.cut: set[tuple[str, str]] = set()  # answers of orders with "each" that were cut: place and file id
        self.drives: dict[str, dict] = {}  # shared ones: id -> name, members, readers
        self.quotas: dict[str, dict] = {}  # account -> limit (None: there is none) and what other programs have stored
        self.rate = 0
        self.free_at = 0.0

    def take(self, place: str, *words: str) -> dict:
        """The next order for this place that is one of these words (none given: any), counted down; {} for nothing."""
        orders = self.orders.get(place) or []
        for order in orders if isinstance(orders, list) else [orders]:
            if order.get("times", 1) <= 0 or words and order.get("do") not in words:
                continue
            if order.get("skip", 0) > 0:
                order["skip"] -= 1
                return {}
            if "percent" in order:  # which of the requests it strikes, the seed alone decides
                order["asked"] = order.get("asked", 0) + 1
                if random.Random(f"{place} {order.get('seed', 0)} {order['asked']}").random() * 100 >= order["percent"]:
                    continue
            order["times"] = order.get("times", 1) - 1
            return order
        return {}

    def cuts(self, place: str, order: dict, identity: str) -> bool:
        """Is the answer about this file to be cut. With "each" it is once for every file."""
        if order.get("do") != "cut_answer" or order.get("each") and (place, identity) in self.cut:
            return False
        self.cut.add((place, identity))
        return True

    def pace(self, size: int) -> None:
        """One line for all uploads: each piece occupies it for size/rate seconds."""
        with LOCK:
            if not self.rate:
                return
            now = time.monotonic()
            self.free_at = max(self.free_at, now) + size / self.rate
            wait = self.free_at - now
        time.sleep(wait)

    def grant(self, client: str, email: str) -> dict:
        for g in self.grants:
            if g["client"] == client and g["email"] == email and not g["revoked"]:
                return g
        self.grants.append({"client": client, "email": email, "revoked": False, "refresh": [], "access": {}})
        return self.grants[-1]

    def by_token(self, token: str) -> dict | None:
        return next((g for g in self.grants if token in g["refresh"] or token in g["access"]), None)

    def complain(self, what: str) -> None:
        with LOCK:
            self.complaints.append(what)


STATE = State()
