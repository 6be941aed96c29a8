"""GitHub, GitLab and Google Cloud on 127.0.0.1, as their documentation records their replies: each request's method, path
and authorisation is looked up; what is not known is 404 and printed. Arguments: port, provider, responder's token."""
import json, re, sys, threading, time

from loopback import serve

PORT, WHO, TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
LEAKED = sys.argv[4] if len(sys.argv) > 4 else ""
STATE = {"hook": True, "dead": False, "paused": False, "off": set(), "rule": False, "running": True}
NEW, OLD = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)), "2020-01-02T03:04:05Z"
PROJECT, SA = "acme-shop-271", "deployer@acme-shop-271.iam.gserviceaccount.com"
KEY = f"projects/{PROJECT}/serviceAccounts/{SA}/keys/"


def set_(name, value, answer=None):
    STATE[name] = value
    return answer if answer is not None else {}


def off(name):
    STATE["off"].add(name)
    return {}


def on(name):
    STATE["off"].discard(name)
    return {}


def key(name, made):
    return {"name": name, "validAfterTime": made, "keyType": "USER_MANAGED", "disabled": name in STATE["off"]}


def log(body):
    said = json.loads(body)
    assert said["resourceNames"] == [f"projects/{PROJECT}"] and re.search(r'timestamp>="20\d\d-', said["filter"]), said
    if 'callerIp="203.0.113.66"' in said["filter"]:
        return {"entries": [{"timestamp": NEW, "protoPayload": {"methodName": "google.iam.admin.v1.CreateServiceAccount", "status": {}, "response": {
            "email": f"neighbour@{PROJECT}.iam.gserviceaccount.com"}, "requestMetadata": {"callerIp": "203.0.113.66"}, "resourceName": "x"}}]}
    if 'serviceAccountKeyName:"' in said["filter"] and "399628e0" in said["filter"]:
        entry = lambda method, answer: {"timestamp": NEW, "protoPayload": {"methodName": method, "status": {}, "response": answer,
                                        "requestMetadata": {"callerIp": "203.0.113.66"}, "resourceName": "x"}}
        return {"entries": [entry("google.iam.admin.v1.CreateServiceAccount", {"email": f"support@{PROJECT}.iam.gserviceaccount.com"}),
                            entry("google.iam.admin.v1.CreateServiceAccountKey", {"name": f"projects/{PROJECT}/serviceAccounts/support/keys/beef"})]}
    return {}


def audit(phrase):
    """What an Enterprise organization's log says of a token, which it knows by its hash, and of a user."""
    import base64, hashlib
    known = base64.b64encode(hashlib.sha256(LEAKED.encode()).digest()).decode()
    if phrase == f'hashed_token:"{known}"':
        return [{"action": "git.clone", "@timestamp": int(time.time() * 1000), "actor": "octo", "actor_ip": "203.0.113.66", "repo": "acme/payroll", "user_agent": "curl"}]
    return [] if phrase.startswith("actor:octo created:>=20") else [{"action": "WRONG PHRASE " + phrase}]


hook = lambda: {"id": 9, "active": STATE["hook"], "config": {"url": "https://evil.example/x"}, "created_at": NEW, "updated_at": NEW}
TABLES = {
    "github": [
        ("POST /credentials/revoke", None, lambda m, b: (202, set_("dead", LEAKED in b.decode(), {}))),
        ("GET /user", LEAKED, lambda m, b: (401, {"message": "Bad credentials"}) if STATE["dead"] else (200, {"login": "octo", "id": 583})),
        ("GET /user", TOKEN, lambda m, b: (200, {"login": "octo", "id": 583})),
        ("GET /user/keys", TOKEN, lambda m, b: (200, [{"id": 1, "title": "old-laptop", "created_at": OLD}, {"id": 2, "title": "evil-key", "created_at": NEW}])),
        ("GET /user/(gpg_keys|ssh_signing_keys)", TOKEN, lambda m, b: (200, [])),
        ("GET /user/emails", TOKEN, lambda m, b: (200, [{"email": "octo@acme.example", "primary": True, "verified": True}, {"email": "evil@evil.example", "primary": False, "verified": True}])),
        ("GET /repos/octo/shop/collaborators", TOKEN, lambda m, b: (200, [{"login": "octo", "role_name": "admin"}, {"login": "evil-admin", "role_name": "admin"}, {"login": "reader", "role_name": "read"}])),
        ("GET /repos/octo/shop/actions/workflows", TOKEN, lambda m, b: (200, {"total_count": 1, "workflows": [{"id": 7, "path": ".github/workflows/evil.yml", "created_at": NEW, "updated_at": NEW}]})),
        ("GET /repos/octo/shop/actions/secrets", TOKEN, lambda m, b: (200, {"total_count": 1, "secrets": [{"name": "EVIL_SECRET", "created_at": OLD, "updated_at": NEW}]})),
        ("GET /orgs/acme/members", TOKEN, lambda m, b: (200, [{"login": "octo"}, {"login": "evil-owner"}] if Q.get("role") == "admin" else [{"login": "careless"}])),
        ("GET /orgs/acme/outside_collaborators", TOKEN, lambda m, b: (200, [{"login": "evil-outsider"}])),
        ("GET /orgs/acme/invitations", TOKEN, lambda m, b: (200, [{"id": 8, "login": None, "email": "late@evil.example", "role": "admin", "created_at": NEW, "inviter": {"login": "octo"}}])),
        ("GET /orgs/acme/actions/secrets", TOKEN, lambda m, b: (403, {"message": "no"})),
        ("GET /orgs/acme/credential-authorizations", TOKEN, lambda m, b: (404, {"message": "Not Found"})),
        ("GET /user/repos", TOKEN, lambda m, b: (200, [{"full_name": "octo/shop", "permissions": {"admin": True}}, {"full_name": "other/x", "permissions": {"admin": False}}])),
        ("GET /user/memberships/orgs", TOKEN, lambda m, b: (200, [{"role": "admin", "organization": {"login": "acme"}}])),
        ("GET /repos/octo/shop/keys", TOKEN, lambda m, b: (200, [{"id": 5, "title": "evil-deploy", "created_at": NEW, "read_only": False}])),
        ("GET /repos/octo/shop/hooks", TOKEN, lambda m, b: (200, [hook()])),
        ("GET /repos/octo/shop/hooks/9", TOKEN, lambda m, b: (200, hook())),
        ("PATCH /repos/octo/shop/hooks/9", TOKEN, lambda m, b: (200, set_("hook", json.loads(b)["active"], hook()))),
        ("GET /(repos/octo/shop|orgs/acme)/actions/runners", TOKEN, lambda m, b: (200, {"total_count": 1, "runners": [{"id": 3, "name": "evil-runner", "os": "linux", "status": "online"}]})),
        ("GET /repos/octo/shop/invitations", TOKEN, lambda m, b: (200, [{"id": 4, "invitee": {"login": "mallory"}, "permissions": "admin", "created_at": NEW}])),
        ("GET /orgs/acme/hooks", TOKEN, lambda m, b: (200, [])),
        ("GET /orgs/acme/installations", TOKEN, lambda m, b: (200, {"installations": [{"id": 6, "app_slug": "evil-app", "created_at": NEW, "updated_at": NEW}]})),
        ("GET /orgs/acme/audit-log", TOKEN, lambda m, b: (200, audit(Q["phrase"]))),
        ("GET /orgs/acme", TOKEN, lambda m, b: (200, {"login": "acme", "two_factor_requirement_enabled": False})),
        ("GET /users/octo/events", TOKEN, lambda m, b: (200, [{"type": "PublicEvent", "created_at": NEW, "repo": {"name": "octo/shop"}}])),
    ],
    "gitlab": [
        ("GET /personal_access_tokens/self", LEAKED, lambda m, b: (401, {"error": "invalid_token", "error_description": "Token was revoked. You have to re-authorize from the user."})
         if STATE["dead"] else (200, {"id": 12, "name": "ci", "revoked": False, "scopes": ["api"], "user_id": 7, "active": True})),
        ("DELETE /personal_access_tokens/self", LEAKED, lambda m, b: (204, set_("dead", True, ""))),
        ("GET /user", TOKEN, lambda m, b: (200, {"id": 7, "username": "ada", "two_factor_enabled": False})),
        ("GET /personal_access_tokens", TOKEN, lambda m, b: (200, [] if "evil" in STATE["off"] else [{"id": 13, "name": "evil-token", "created_at": NEW, "scopes": ["api"]}, {"id": 14, "name": "ancient-token", "created_at": OLD, "scopes": ["api"]}])),
        ("DELETE /personal_access_tokens/13", TOKEN, lambda m, b: (204, off("evil"))),
        ("GET /user/emails", TOKEN, lambda m, b: (200, [{"id": 1, "email": "late@evil.example", "confirmed_at": NEW}])),
        ("GET /groups", TOKEN, lambda m, b: (200, [{"id": 77, "full_path": "acme", "require_two_factor_authentication": False}])),
        ("GET /groups/77/members", TOKEN, lambda m, b: (200, [{"id": 9, "username": "group-mallory", "created_at": NEW, "access_level": 50}])),
        ("GET /groups/77/access_tokens", TOKEN, lambda m, b: (200, [{"id": 3, "name": "evil-group-token", "created_at": NEW, "revoked": False}])),
        ("GET /groups/77/deploy_tokens", TOKEN, lambda m, b: (200, [{"id": 4, "name": "evil-deploy-token", "revoked": False, "expired": False, "scopes": ["read_repository"]}])),
        ("GET /groups/77/(hooks|audit_events)", TOKEN, lambda m, b: (403, {"message": "403 Forbidden"})),
        ("GET /groups/77/runners", TOKEN, lambda m, b: (200, [])),
        ("GET /projects/42/pipeline_schedules", TOKEN, lambda m, b: (200, [{"id": 6, "description": "evil-schedule", "active": True, "created_at": NEW, "updated_at": NEW, "owner": {"username": "ada"}}])),
        ("GET /user/keys", TOKEN, lambda m, b: (200, [{"id": 2, "title": "evil-key", "created_at": NEW}])),
        ("GET /user/gpg_keys", TOKEN, lambda m, b: (200, [])),
        ("GET /projects", TOKEN, lambda m, b: (200, [{"id": 42, "path_with_namespace": "acme/shop"}])),
        ("GET /projects/42/deploy_keys", TOKEN, lambda m, b: (200, [{"id": 5, "title": "evil-deploy", "created_at": NEW, "can_push": True}])),
        ("GET /projects/42/hooks", TOKEN, lambda m, b: (200, [{"id": 9, "url": "https://evil.example/x", "created_at": NEW}])),
        ("GET /projects/42/runners", TOKEN, lambda m, b: (200, [{"id": 3, "description": "evil-runner", "created_at": NEW, "paused": STATE["paused"]}])),
        ("PUT /runners/3", TOKEN, lambda m, b: (200, set_("paused", json.loads(b)["paused"], {"id": 3}))),
        ("GET /runners/3", TOKEN, lambda m, b: (200, {"id": 3, "paused": STATE["paused"]})),
        ("GET /projects/42/(deploy_tokens|triggers|access_tokens)", TOKEN, lambda m, b: (200, [])),
        ("GET /projects/42/members", TOKEN, lambda m, b: (200, [{"id": 8, "username": "mallory", "created_at": NEW, "access_level": 50}])),
        ("GET /projects/42/audit_events", TOKEN, lambda m, b: (403, {"message": "403 Forbidden"})),
        ("GET /users/7/events", TOKEN, lambda m, b: (200, [{"action_name": "deleted", "created_at": NEW, "project_id": 42, "push_data": {"ref": "main"}}])),
    ],
    "google": [
        ("POST /token", None, lambda m, b: (400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}) if KEY + "399628e0d34d64914daf14d6a29aad29c2dce4d6" in STATE["off"]
         or b"assertion=" not in b or not good_jwt(b) else (200, {"access_token": "self-token", "expires_in": 3599})),
        ("POST /v1/projects/-/serviceAccounts/[^/]+/keys/(399628e0[0-9a-f]+):disable", "*", lambda m, b: (200, off(KEY + m[1]))),
        ("POST /v1/projects/-/serviceAccounts/[^/]+/keys/(399628e0[0-9a-f]+):enable", TOKEN, lambda m, b: (200, on(KEY + m[1]))),
        ("POST /v1/(projects/.*/keys/cafe):disable", TOKEN, lambda m, b: (200, off(m[1]))),
        ("GET /v1/billingAccounts/0/budgets", TOKEN, lambda m, b: (200, {})),
        (f"POST /v1/projects/{PROJECT}/serviceAccounts/(deployer|support)@[^/:]+:getIamPolicy", TOKEN, lambda m, b: (200, {"etag": "x", "bindings": [
            {"role": "roles/iam.serviceAccountTokenCreator", "members": ["serviceAccount:x@evil-project-7.iam.gserviceaccount.com"]}]} if m[1] == "deployer" else {"etag": "x"})),
        (f"GET /v1/projects/{PROJECT}/roles", TOKEN, lambda m, b: (200, {"roles": [{"name": f"projects/{PROJECT}/roles/helper", "includedPermissions": ["iam.serviceAccountKeys.create"]}]})),
        (f"GET /storage/v1/projects/{PROJECT}/hmacKeys", TOKEN, lambda m, b: (200, {"items": [{"accessId": "GOOGEVIL", "state": "ACTIVE", "timeCreated": NEW, "serviceAccountEmail": SA}]})),
        (f"GET /compute/v1/projects/{PROJECT}", TOKEN, lambda m, b: (200, {"commonInstanceMetadata": {"items": [{"key": "ssh-keys", "value": "x"}, {"key": "enable-oslogin", "value": "TRUE"}]}})),
        (f"GET /v2/projects/{PROJECT}/sinks", TOKEN, lambda m, b: (200, {"sinks": [{"name": "to-evil", "destination": "storage.googleapis.com/evil", "createTime": NEW}]})),
        (f"POST /compute/v1/projects/{PROJECT}/zones/us-x1-a/instances/evil-miner/stop", TOKEN, lambda m, b: (200, set_("running", False))),
        (f"GET /compute/v1/projects/{PROJECT}/zones/us-x1-a/instances/evil-miner", TOKEN, lambda m, b: (200, {"status": "RUNNING" if STATE["running"] else "STOPPING"})),
        (f"GET /v1/projects/{PROJECT}", TOKEN, lambda m, b: (200, {"projectNumber": "415104041262", "lifecycleState": "ACTIVE"})),
        (f"GET /v1/projects/{PROJECT}/billingInfo", TOKEN, lambda m, b: (200, {"billingAccountName": "billingAccounts/0", "billingEnabled": True})),
        (f"GET /v1/projects/{PROJECT}/serviceAccounts", TOKEN, lambda m, b: (200, {"accounts": [{"email": SA}, {"email": f"support@{PROJECT}.iam.gserviceaccount.com", "disabled": "support" in STATE["off"]}]})),
        ("GET /v1/projects/-/serviceAccounts/deployer@[^/]+/keys", TOKEN, lambda m, b: (200, {"keys": [key(KEY + "399628e0d34d64914daf14d6a29aad29c2dce4d6", OLD), key(KEY + "cafe", OLD)]})),
        ("GET /v1/projects/-/serviceAccounts/support@[^/]+/keys", TOKEN, lambda m, b: (200, {"keys": [key(f"projects/{PROJECT}/serviceAccounts/support/keys/beef", NEW)]})),
        ("GET /v1/projects/-/serviceAccounts/support@[^/]+", TOKEN, lambda m, b: (200, {"disabled": "support" in STATE["off"]})),
        ("POST /v1/projects/-/serviceAccounts/support@[^/:]+:disable", TOKEN, lambda m, b: (200, off("support"))),
        ("POST /v1/(projects/.*/keys/beef):disable", TOKEN, lambda m, b: (200, off(m[1]))),
        (f"POST /v1/projects/{PROJECT}:getIamPolicy", TOKEN, lambda m, b: (200, {"bindings": [{"role": "roles/owner", "members": ["user:boss@acme.example", "user:mallory@gmail.com", f"serviceAccount:support@{PROJECT}.iam.gserviceaccount.com",
            "serviceAccount:y@evil-project-8.iam.gserviceaccount.com", "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"]}]})),
        ("POST /v2/entries:list", TOKEN, lambda m, b: (200, log(b))),
        (f"GET /compute/v1/projects/{PROJECT}/global/firewalls", TOKEN, lambda m, b: (200, {"items": [
            {"name": "evil-open", "direction": "INGRESS", "disabled": STATE["rule"], "sourceRanges": ["0.0.0.0/0"], "allowed": [{"IPProtocol": "tcp", "ports": ["22", "3380-3390"]}], "creationTimestamp": NEW}]})),
        (f"PATCH /compute/v1/projects/{PROJECT}/global/firewalls/evil-open", TOKEN, lambda m, b: (200, set_("rule", json.loads(b)["disabled"]))),
        (f"GET /compute/v1/projects/{PROJECT}/aggregated/instances", TOKEN, lambda m, b: (200, {"items": {"zones/us-x1-a": {"instances": [
            {"name": "evil-miner", "zone": f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/zones/us-x1-a", "status": "RUNNING", "machineType": "a2", "creationTimestamp": NEW}]}}})),
        (f"GET /v2/projects/{PROJECT}/locations/global/keys", TOKEN, lambda m, b: (200, {"keys": [{"name": "evil-api-key", "createTime": NEW}]})),
    ],
}


def good_jwt(body):
    """Signed by the key that leaked, not by a made-up one: the client's negative control spoils the signature."""
    import base64, subprocess, tempfile, urllib.parse
    jwt = urllib.parse.parse_qs(body.decode())["assertion"][0]
    head, said, mark = jwt.split(".")
    pad = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    with tempfile.NamedTemporaryFile() as signature:
        signature.write(pad(mark))
        signature.flush()
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", LEAKED, "-signature", signature.name], input=f"{head}.{said}".encode(),
                              capture_output=True).returncode == 0


Q = {}


def told(method, path, query, headers, body):
    Q.clear()
    Q.update(query)
    given = headers.get("authorization", "").split(" ")[-1] or headers.get("private-token", "")
    asked, known = f"{method} {path}", False
    for pattern, token, reply in TABLES[WHO]:
        found = re.fullmatch(pattern, asked)
        known = known or found is not None
        if found and (token is None and not given or token == "*" or token == given):
            return reply(found, body)
    status = 401 if known else 404
    print(f"unexpected: {asked} {status} {'known' if known else ''}", flush=True)
    return status, {"message": "Bad credentials", "error": "invalid_token"} if known else {"message": "Not Found"}


LOCK = threading.Lock()


def one(*asked):
    with LOCK:
        return told(*asked)


serve(PORT, one)
