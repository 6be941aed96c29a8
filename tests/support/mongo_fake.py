"""A MongoDB that knows one user and nothing else: OP_MSG, hello, SCRAM-SHA-256. pymongo logging in is the proof that it
asks what the real one asks. Arguments: port, user, password."""
import base64, hashlib, hmac, os, socketserver, struct, sys

import bson

PORT, USER, PASSWORD = int(sys.argv[1]), sys.argv[2], sys.argv[3]
SALT, ROUNDS = os.urandom(28), 15000


def refused():
    return {"ok": 0.0, "errmsg": "Authentication failed.", "code": 18, "codeName": "AuthenticationFailed"}


class Line(socketserver.BaseRequestHandler):
    user = None

    def handle(self):
        while True:
            head = self.exact(16)
            if not head:
                return
            length, number, _, code = struct.unpack("<iiii", head)
            body = self.exact(length - 16)
            if code != 2013:
                return
            command = bson.decode(body[5:5 + struct.unpack("<i", body[5:9])[0]])
            reply = bson.encode(self.answer(command))
            self.request.sendall(struct.pack("<iiii", 21 + len(reply), 1, number, 2013) + b"\0\0\0\0\0" + reply)

    def exact(self, count):
        data = b""
        while len(data) < count:
            more = self.request.recv(count - len(data))
            if not more:
                return None
            data += more
        return data

    def answer(self, command):
        name = next(iter(command))
        if name.lower() in ("hello", "ismaster"):
            out = {"ismaster": True, "isWritablePrimary": True, "maxWireVersion": 21, "minWireVersion": 0, "ok": 1.0,
                   "maxBsonObjectSize": 16 << 20, "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000}
            if "saslSupportedMechs" in command:
                out["saslSupportedMechs"] = ["SCRAM-SHA-256"]
            if "speculativeAuthenticate" in command:
                out["speculativeAuthenticate"] = self.start(command["speculativeAuthenticate"])
            return out
        if name == "saslStart":
            return self.start(command)
        if name == "saslContinue":
            return self.proof(command)
        if name == "connectionStatus" and self.user:
            return {"authInfo": {"authenticatedUsers": [{"user": self.user, "db": "admin"}],
                                 "authenticatedUserRoles": [{"role": "readWrite", "db": "shop"}]}, "ok": 1.0}
        if name in ("ping", "endSessions"):
            return {"ok": 1.0}
        return {"ok": 0.0, "errmsg": "command requires authentication", "code": 13}

    def start(self, command):
        first = bytes(command["payload"]).decode()
        self.bare = first[3:]
        fields = dict(field.split("=", 1) for field in self.bare.split(","))
        self.name = fields["n"]
        self.nonce = fields["r"] + base64.b64encode(os.urandom(18)).decode()
        self.first = f"r={self.nonce},s={base64.b64encode(SALT).decode()},i={ROUNDS}"
        return {"conversationId": 1, "done": False, "payload": self.first.encode(), "ok": 1.0}

    def proof(self, command):
        last = bytes(command["payload"]).decode()
        bare, _, proof = last.rpartition(",p=")
        if not proof:
            return {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0}
        salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, ROUNDS)
        mac = lambda key, text: hmac.new(key, text, "sha256").digest()
        client = mac(salted, b"Client Key")
        text = f"{self.bare},{self.first},{bare}".encode()
        wanted = bytes(a ^ b for a, b in zip(client, mac(hashlib.sha256(client).digest(), text)))
        if self.name != USER or f"c=biws,r={self.nonce}" != bare or base64.b64decode(proof) != wanted:
            return refused()
        self.user = USER
        server = base64.b64encode(mac(mac(salted, b"Server Key"), text)).decode()
        return {"conversationId": 1, "done": "skip" in str(command), "payload": f"v={server}".encode(), "ok": 1.0}


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


Server(("127.0.0.1", PORT), Line).serve_forever()
