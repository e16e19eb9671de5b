"""A deadline against a hang, for everything that waits."""
import time


def wait_until(what: str, probe, timeout: float = 60, every: float = 0.1):
    """Call probe() until it answers something true and return that. `what` names it when the deadline for a hang passes."""
    end = time.monotonic() + timeout
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout:.0f} s still not: {what} (last answer: {answer!r})")
        time.sleep(every)
