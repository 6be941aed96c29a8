"""An API server that knows one service account: it checks the RS256 signature, issuer and expiry of the bearer token as the
real one does, and answers a SelfSubjectReview; it may read secrets and nothing else. Arguments: port, public key (PEM), certificate with its key (PEM)."""
import base64, http.server, json, pathlib, ssl, subprocess, sys, tempfile, time

PORT, PUBLIC, PEM = int(sys.argv[1]), sys.argv[2], sys.argv[3]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="unleak-k8s-"))


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def user(header):
    try:
        head, body, sign = header.removeprefix("Bearer ").split(".")
        (WORK / "sign").write_bytes(raw(sign))
        checked = subprocess.run(["openssl", "dgst", "-sha256", "-verify", PUBLIC, "-signature", WORK / "sign"],
                                 input=f"{head}.{body}".encode(), capture_output=True)
        claims = json.loads(raw(body))
        known = json.loads(raw(head))["alg"] == "RS256" and claims["iss"] == "https://kubernetes.default.svc"
        return claims["sub"] if checked.returncode == 0 and known and claims["exp"] > time.time() else None
    except (ValueError, KeyError):
        return None


class Api(http.server.BaseHTTPRequestHandler):
    def say(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        # What a body does not say of its kind follows from the address.
        review = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        name = user(self.headers.get("Authorization", ""))
        if name is None:
            return self.say(401, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "Unauthorized",
                                  "reason": "Unauthorized", "code": 401})
        if self.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" and review.get("kind") == "SelfSubjectAccessReview":
            may = review["spec"]["resourceAttributes"].get("resource") == "secrets"
            return self.say(201, {**review, "status": {"allowed": may}})
        if self.path.split("?")[0] != "/apis/authentication.k8s.io/v1/selfsubjectreviews" or review.get("kind", "SelfSubjectReview") != "SelfSubjectReview":
            return self.say(404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404})
        info = {"username": name, "groups": ["system:serviceaccounts", "system:authenticated"]}
        self.say(201, {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "status": {"userInfo": info}})

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Api)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(PEM)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
