"""Creates payments, replays some of them, polls each until it is final, and at the end compares what the API stores
with what it acknowledged.

    scripts/setup.sh loadtest                          # Debian's python3-locust
    locust --headless --host http://127.0.0.1:8000 --locustfile loadtest/locustfile.py \
        --users 50 --spawn-rate 25 --run-time 60s --stop-timeout 10

Tokens live 15 minutes at most: BURSAR_TOKEN is taken as it is; without it the development key of a running
`bursar up` signs one now and then through `build/bursar token mint` (BURSAR_BIN names another binary).
The exit code is 1 when a request failed or the numbers differ.
"""
import itertools
import os
import random
import subprocess
import time
import uuid

from locust import HttpUser, constant_pacing, events, task

SERVICE = "3d5c8a10-2b7e-4f6a-8c91-5e0f7a6b4d22"  # may create for any user; seeded by `bursar up`
TOKEN_LIFETIME_S = 600
POLLS_MAX = 60
PAGE_ITEMS = 200
REPLAYS_OF_100 = 10
AMOUNT_MAX = 9_999  # the simulator declines or breaks some amounts above
RUN = f"locust-{uuid.uuid4().hex[:12]}"

acknowledged: set[str] = set()


class Token:
    """One for all simulated users, renewed before it expires."""

    value = ""
    renew_at = 0.0

    @classmethod
    def header(cls) -> dict[str, str]:
        if time.monotonic() >= cls.renew_at:
            cls.value = os.environ.get("BURSAR_TOKEN") or cls.mint()
            cls.renew_at = time.monotonic() + TOKEN_LIFETIME_S
        return {"Authorization": f"Bearer {cls.value}"}

    @staticmethod
    def mint() -> str:
        command = [os.environ.get("BURSAR_BIN", "build/bursar"), "token", "mint",
                   "--subject", SERVICE, "--role", "service", "--ttl", "15m"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Merchant(HttpUser):
    """A service that charges its users, each task one payment's whole life as a client sees it."""

    wait_time = constant_pacing(0.1)
    numbers = itertools.count(1)

    def on_start(self) -> None:
        # A hundred payers a merchant, so that the index by user has something to do.
        self.payers = [str(uuid.uuid4()) for _ in range(100)]

    @task
    def pay(self) -> None:
        body = {"user_id": random.choice(self.payers), "amount": random.randint(100, AMOUNT_MAX), "currency": "EUR",
                "reference": RUN, "metadata": {"number": str(next(self.numbers))}}
        key = str(uuid.uuid4())
        payment = self.create(body, key)
        if payment is None:
            return
        acknowledged.add(payment["id"])
        if random.randrange(100) < REPLAYS_OF_100:
            self.replay(body, key, payment)
        self.poll(payment)

    def create(self, body: dict, key: str) -> dict | None:
        with self.client.post("/payments", json=body, headers=Token.header() | {"Idempotency-Key": key},
                              name="create", catch_response=True) as answer:
            if answer.status_code != 202:
                answer.failure(f"{answer.status_code} {answer.text[:200]}")
                return None
            payment = answer.json()
            if payment["status"] != "PENDING" or answer.headers.get("Location") != f"/payments/{payment['id']}":
                answer.failure(f"not a new payment: {answer.text[:200]}")
                return None
            return payment

    def replay(self, body: dict, key: str, first: dict) -> None:
        with self.client.post("/payments", json=body, headers=Token.header() | {"Idempotency-Key": key},
                              name="replay", catch_response=True) as answer:
            same = ("id", "user_id", "amount", "currency", "created_at", "reference", "metadata")
            if answer.status_code != 202 or answer.headers.get("Idempotent-Replayed") != "true":
                answer.failure(f"{answer.status_code} {answer.text[:200]}")
            elif any(answer.json().get(name) != first.get(name) for name in same):
                answer.failure(f"another payment under the same key: {answer.text[:200]}")

    def poll(self, payment: dict) -> None:
        """Twice a second at first, then slower, as a patient client would."""
        for number in range(POLLS_MAX):
            with self.client.get(f"/payments/{payment['id']}", headers=Token.header(), name="poll",
                                 catch_response=True) as answer:
                if answer.status_code != 200:
                    answer.failure(f"{answer.status_code} {answer.text[:200]}")
                    return
                seen = answer.json()
                if seen["amount"] != payment["amount"] or seen["currency"] != payment["currency"]:
                    answer.failure(f"other money: {answer.text[:200]}")
                    return
                if seen["status"] != "PENDING":
                    if seen["status"] != "SUCCESS":
                        answer.failure(f"no reason to fail: {answer.text[:200]}")
                    return
            time.sleep(min(0.5 + number * 0.1, 2))
        events.request.fire(request_type="GET", name="final", response_time=0, response_length=0,
                            exception=TimeoutError(f"{payment['id']} is still PENDING"))


@events.quitting.add_listener
def compare(environment, **_) -> None:
    """Rows = successes: the API lists exactly the payments that it acknowledged in this run."""
    client = Merchant(environment).client
    stored: set[str] = set()
    query = {"reference": RUN, "limit": str(PAGE_ITEMS)}
    while True:
        page = client.get("/payments", params=query, headers=Token.header(), name="list").json()
        stored |= {payment["id"] for payment in page["payments"]}
        if not page.get("next_cursor"):
            break
        query["cursor"] = page["next_cursor"]
    lost, phantom = acknowledged - stored, stored - acknowledged
    failures = environment.stats.total.num_failures
    print(f"acknowledged {len(acknowledged)}, stored {len(stored)}, lost {len(lost)}, not acknowledged {len(phantom)}, "
          f"failures {failures}")
    # A create whose answer never came may be stored without having been acknowledged: that is a failure above.
    environment.process_exit_code = 1 if lost or phantom or failures or not stored else 0
