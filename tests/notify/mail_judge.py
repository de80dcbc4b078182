#!/usr/bin/env python3
"""An independent judge of Bursar's mails: aiosmtpd receives them, Python's email package reads them.

Prints {"port": n}, then one JSON line for every mail. Ends when standard input is closed.
"""
import argparse
import asyncio
import email
import email.policy
import email.utils
import hashlib
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# What the judge has to say it says in JSON.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


def say(what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def utf8(text):
    return text.encode("utf-8", "surrogateescape").decode("utf-8")


def all_defects(mail):
    defects = [type(defect).__name__ for defect in mail.defects]
    for name, value in mail.items():
        defects += [name + ": " + type(defect).__name__ for defect in getattr(value, "defects", ())]
    return defects


class Judge:
    def __init__(self):
        self.peers = set()

    async def handle_DATA(self, server, session, envelope):
        content = envelope.original_content
        mail = email.message_from_bytes(content, policy=email.policy.default)
        # A text/plain part has CRLF as its line end on the wire whatever its transfer encoding (RFC 2046).
        text = mail.get_content().replace("\r\n", "\n")
        self.peers.add(session.peer)
        lines = content.split(b"\r\n")
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "header_from": [[a.display_name, a.addr_spec] for a in mail["From"].addresses],
            "header_to": [utf8(a.addr_spec) for a in mail["To"].addresses],
            "subject": mail["Subject"],
            "text": text,
            "message_id": mail["Message-ID"],
            "event": mail["X-Bursar-Event"],
            "request_id": mail["X-Request-Id"],
            "bcc": mail["Bcc"],
            "fields": len(mail.keys()),
            "date": email.utils.parsedate_to_datetime(mail["Date"]).isoformat(),
            "content_type": mail.get_content_type(),
            "charset": mail.get_content_charset(),
            "defects": all_defects(mail),
            "longest_line": max(len(line) for line in lines),
            "bare": any(b"\r" in line or b"\n" in line for line in lines),
            "seven_bit": content.isascii(),
            "body_sha256": hashlib.sha256(content.split(b"\r\n\r\n", 1)[1]).hexdigest(),
            "encrypted": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
            "connections": len(self.peers),
        })
        return "250 OK judged"


def authenticator_for(user, password):
    def authenticate(server, session, envelope, mechanism, data):
        right = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=right, handled=False, auth_data=data.login if right else None)
    return authenticate


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--certificate")
    arguments.add_argument("--key")
    arguments.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    arguments.add_argument("--user")
    arguments.add_argument("--password")
    arguments.add_argument("--without", default="", help="AUTH mechanism that is not offered")
    chosen = arguments.parse_args()
    context = None
    if chosen.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(chosen.certificate, chosen.key)
    judge = Judge()
    options = {"enable_SMTPUTF8": True}
    if chosen.tls == "starttls":
        options.update(tls_context=context, require_starttls=True)
    if chosen.user:
        options.update(authenticator=authenticator_for(chosen.user, chosen.password), auth_required=True,
                       auth_require_tls=chosen.tls == "starttls")
        options.update(auth_exclude_mechanism=[chosen.without] if chosen.without else None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(judge, loop=loop, **options), "127.0.0.1", 0,
                                      ssl=context if chosen.tls == "implicit" else None)
    say({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


asyncio.run(main())
