"""POST /payments as a usual service has it: FastAPI, SQLAlchemy's asyncio engine on asyncpg, uvloop. The same table,
columns and indexes, the same token check, one transaction a request; no queue, no notifications. What `make bench`
compares accepts with; every package is Debian's.

    uvicorn peer_fastapi:app --loop uvloop --http httptools
"""
import base64
import hashlib
import os
import time
import uuid

import jwt
import sqlalchemy as sa
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import BYTEA, UUID, insert
from sqlalchemy.ext.asyncio import create_async_engine

ISSUER = AUDIENCE = "bursar"
SECRET = base64.urlsafe_b64decode(os.environ["BURSAR_JWT_KEYS"].split(":")[2] + "=")
CONNECTIONS = 16

engine = create_async_engine(f"postgresql+asyncpg://postgres@/peer?host={os.environ['PEER_DATABASE_FOLDER']}",
                             pool_size=CONNECTIONS, max_overflow=0)
intents = sa.Table(
    "payment_intents", sa.MetaData(),
    sa.Column("payment_id", UUID(as_uuid=True)), sa.Column("created_at", sa.DateTime(timezone=True)),
    sa.Column("key_digest", UUID(as_uuid=True)), sa.Column("created_by", UUID(as_uuid=True)),
    sa.Column("user_id", UUID(as_uuid=True)), sa.Column("amount", sa.BigInteger), sa.Column("gateway", sa.SmallInteger),
    sa.Column("currency", sa.Text), sa.Column("fingerprint", BYTEA), sa.Column("idempotency_key", sa.Text),
    sa.Column("request_id", sa.Text), sa.Column("description", sa.Text), sa.Column("reference", sa.Text))
app = FastAPI()


class Payment(BaseModel):
    user_id: uuid.UUID
    amount: int = Field(ge=1, le=2**53 - 1)
    currency: str = Field(regex="^[A-Z]{3}$")
    description: str | None = Field(default=None, max_length=500)
    reference: str | None = Field(default=None, max_length=100)


def time_ordered_id() -> uuid.UUID:
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    return uuid.UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)


def caller_of(authorization: str) -> dict:
    try:
        return jwt.decode(authorization.removeprefix("Bearer "), SECRET, ["HS256"], issuer=ISSUER, audience=AUDIENCE)
    except jwt.PyJWTError as fault:
        raise HTTPException(401, str(fault)) from fault


@app.post("/payments", status_code=202)
async def create(payment: Payment, response: Response, authorization: str = Header(),
                 idempotency_key: str = Header(max_length=255)):
    subject = caller_of(authorization)["sub"]
    scope = hashlib.sha256(f"{subject} POST /payments {idempotency_key}".encode()).digest()
    payment_id = time_ordered_id()
    body = payment.json(exclude_none=True)
    row = {"payment_id": payment_id, "created_at": sa.func.clock_timestamp(), "key_digest": uuid.UUID(bytes=scope[:16]),
           "created_by": uuid.UUID(subject), "user_id": payment.user_id, "amount": payment.amount, "gateway": 1,
           "currency": payment.currency, "fingerprint": b"\x01" + hashlib.sha256(body.encode()).digest(),
           "idempotency_key": idempotency_key, "request_id": os.urandom(16).hex(),
           "description": payment.description, "reference": payment.reference}
    statement = insert(intents).values(row).on_conflict_do_nothing(index_elements=["key_digest"])
    async with engine.begin() as connection:
        created = (await connection.execute(statement.returning(intents.c.created_at))).scalar_one_or_none()
    if created is None:
        raise HTTPException(409, "this key was used before")
    response.headers["Location"] = f"/payments/{payment_id}"
    return {"id": payment_id, "status": "PENDING", **payment.dict(exclude_none=True), "created_at": created}
