"""Providers with a switch for each key, on 127.0.0.1, with the replies that their documentation shows: the key is off or on, and
its neighbours in the lists are told apart from it. Arguments: port, provider, leaked secret, responder's secret, key id.
Prints every change, and what no documentation knows."""
import base64, json, sys

import signatures
from loopback import serve

PORT, WHO, SECRET, ADMIN, ID = int(sys.argv[1]), *sys.argv[2:6]
STATE = {"on": True, "others": 0}
TOKEN, OTHER = "b30bbf97-506c-4ecd-aabc-842f3cb484fb", "1c9d1a7e-9a52-4a3c-8f0a-0f4b7d1f2e55"


def switch(on, **said):
    print("change", "on" if on else "off", flush=True)
    STATE["on"] = on
    return 200, said


def wrong(**said):
    """The switch of a neighbour."""
    print("WRONG KEY", flush=True)
    return 200, said


def bearer(headers):
    return headers.get("authorization", "").split(" ")[-1]


def huawei(asked, query, headers, body):
    me = signatures.huawei_key(headers)
    status = lambda: "active" if STATE["on"] else "inactive"
    if me == ID and not STATE["on"]:
        return 401, {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information: the access key is inactive"}
    if me not in (ID, "ADMIN000000000000000"):
        return 401, {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information: the access key does not exist"}
    if not signatures.huawei(*asked.split(" "), query, headers, body, SECRET if me == ID else ADMIN):
        return 401, {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information: verify aksk signature fail"}
    if asked == f"GET /v3.0/OS-CREDENTIAL/credentials/{ID}":
        return 200, {"credential": {"access": ID, "status": status(), "user_id": "u1", "create_time": "2026-01-08T06:25:19Z"}}
    if asked == "GET /v3.0/OS-CREDENTIAL/credentials/ADMIN000000000000000":
        return 200, {"credential": {"access": me, "status": "active", "user_id": "u2"}}
    if asked == f"PUT /v3.0/OS-CREDENTIAL/credentials/{ID}":
        wanted = json.loads(body)["credential"]["status"]
        return switch(wanted == "active", credential={"access": ID, "status": wanted, "user_id": "u1"})


def volcengine(asked, query, headers, body):
    me = signatures.volcengine_key(headers)
    fail = lambda code: (401, {"ResponseMetadata": {"RequestId": "1", "Error": {"Code": code, "Message": "x"}}})
    if me not in (ID, "AKLTADMIN") or (me == ID and not STATE["on"]):
        return fail("InvalidAccessKey")
    if not signatures.volcengine(*asked.split(" "), query, headers, body, SECRET if me == ID else ADMIN):
        return fail("SignatureDoesNotMatch")
    if query.get("Action") == "GetCallerIdentity":
        user = "build" if me == ID else "admin"
        return 200, {"ResponseMetadata": {"RequestId": "1"}, "Result": {"AccountId": 2100, "Trn": f"trn:iam::2100:user/{user}", "IdentityType": "User"}}
    if query.get("Action") == "UpdateAccessKey" and query["AccessKeyId"] == ID:
        return switch(query["Status"] == "active", ResponseMetadata={"RequestId": "1"})


def cloudflare(asked, query, headers, body):
    me = bearer(headers)
    good = lambda result: (200, {"success": True, "errors": [], "result": result})
    bad = lambda status, code, text: (status, {"success": False, "errors": [{"code": code, "message": text}], "result": None})
    if me not in (SECRET, ADMIN):
        return bad(401, 1000, "Invalid API Token")
    # More than fits a line: what is read is written back whole.
    policies = [{"id": f"p{n}", "effect": "allow", "resources": {"com.cloudflare.api.account.*": "*"}, "permission_groups": [{"id": "g" * 32}]} for n in range(9)]
    state = "active" if STATE["on"] else "disabled"
    home = f"accounts/{ID}" if SECRET.startswith("cfat_") else "user"
    if asked == f"GET /client/v4/{home}/tokens/verify":
        return good({"id": TOKEN if me == SECRET else OTHER, "status": state if me == SECRET else "active"})
    if me == SECRET and not STATE["on"]:
        return bad(403, 9109, "Invalid access token")
    if asked == "GET /client/v4/accounts":
        return good([{"id": "a1", "name": "Acme"}])
    if asked == f"GET /client/v4/{home}/tokens/{TOKEN}":
        return good({"id": TOKEN, "name": 'deploy "eu"', "status": state, "policies": policies})
    if asked == f"PUT /client/v4/{home}/tokens/{TOKEN}":
        wanted = json.loads(body)
        assert wanted["name"] == 'deploy "eu"' and wanted["policies"] == policies, wanted
        return switch(wanted["status"] == "active", success=True, result={"id": TOKEN, "status": wanted["status"]})


def anthropic(asked, query, headers, body):
    me = headers.get("x-api-key")
    refused = 401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}
    if me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return refused
    if asked == "GET /v1/models":
        return 200, {"data": [{"id": "model"}]}
    if me != ADMIN:
        return refused
    if asked == "GET /v1/organizations/api_keys":
        return 200, {"data": [{"id": "apikey_other", "partial_key_hint": "sk-ant-api03-Zzz...QQAA"},
                              {"id": "apikey_leaked", "partial_key_hint": SECRET[:17] + "..." + SECRET[-4:]}]}
    if asked == "POST /v1/organizations/api_keys/apikey_leaked":
        wanted = json.loads(body)["status"]
        return switch(wanted == "active", id="apikey_leaked", status=wanted)


def algolia(asked, query, headers, body):
    me = headers.get("x-algolia-api-key")
    if headers.get("x-algolia-application-id") != ID or me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return 403, {"message": "Invalid Application-ID or API key", "status": 403}
    if asked == f"GET /1/keys/{SECRET}":
        return 200, {"value": SECRET, "acl": ["search"], "createdAt": 1}
    if asked == f"DELETE /1/keys/{SECRET}":
        return switch(False, deletedAt="2026-11-22T00:00:00Z")
    if asked == f"POST /1/keys/{SECRET}/restore":
        return switch(True, key=SECRET, createdAt="2026-11-22T00:00:00Z")


def ibm_cloud(asked, query, headers, body):
    if asked == "POST /identity/token":
        for name, secret in (("leaked", SECRET), ("admin", ADMIN)):
            if f"apikey={secret}".encode() in body and (name == "admin" or STATE["on"]):
                return 200, {"access_token": "token-of-" + name, "scope": "ibm openid"}
        return 400, {"errorCode": "BXNIM0415E", "errorMessage": "Provided API key could not be found."}
    if bearer(headers) != "token-of-admin":
        return 401, {"errors": []}
    if asked == "GET /v1/apikeys/details" and headers.get("iam-apikey") == SECRET:
        return 200, {"id": "ApiKey-1", "locked": False, "disabled": not STATE["on"]}
    if asked in ("POST /v1/apikeys/ApiKey-1/disable", "POST /v1/apikeys/ApiKey-1/enable"):
        return 204, switch(asked.endswith("enable"))


def openrouter(asked, query, headers, body):
    me = bearer(headers)
    if me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return 401, {"error": {"message": "User not found.", "code": 401}}
    if asked == "GET /api/v1/key":
        return 200, {"data": {"label": SECRET[:12] + "..." + SECRET[-3:], "usage": 0, "limit": None}}
    if me == ADMIN and asked == "GET /api/v1/keys":
        return 200, {"data": [{"hash": "other", "label": "sk-or-v1-000...zzz"}, {"hash": "leaked", "label": SECRET[:12] + "..." + SECRET[-3:]}]}
    if me == ADMIN and asked == "PATCH /api/v1/keys/leaked":
        off = json.loads(body)["disabled"]
        return switch(not off, data={"hash": "leaked", "disabled": off})


def dynatrace(asked, query, headers, body):
    me = bearer(headers)
    if me not in (SECRET, ADMIN):
        return 401, {"error": {"code": 401, "message": "Token Authentication failed"}}
    if asked == "POST /api/v2/apiTokens/lookup" and json.loads(body)["token"] == SECRET:
        return 200, {"id": ID, "name": "ci", "enabled": STATE["on"], "owner": "ada", "scopes": []}
    if me == ADMIN and asked == f"PUT /api/v2/apiTokens/{ID}":
        return 204, switch(json.loads(body)["enabled"])


def google(asked, query, headers, body):
    if asked == "GET /v1/models":
        good = headers.get("x-goog-api-key") == SECRET and STATE["on"]
        return (200, {"models": [{"name": "models/x"}]}) if good else (400, {"error": {"details": [{"reason": "API_KEY_INVALID"}]}})
    if bearer(headers) != ADMIN:
        return 401, {"error": {"status": "UNAUTHENTICATED"}}
    name = "projects/415104041262/locations/global/keys/k1"
    if asked == "GET /v2/keys:lookupKey" and query["keyString"] == SECRET:
        return 200, {"name": name, "parent": "projects/415104041262/locations/global"}
    if asked in (f"DELETE /v2/{name}", f"POST /v2/{name}:undelete"):
        return switch(asked.startswith("POST"), name="operations/o1")


def jwt(claims):
    part = lambda said: base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"{part({'alg': 'RS256'})}.{part(claims)}.{'c2ln' * 300}"


def dockerhub(asked, query, headers, body):
    session = lambda source: jwt({"iss": "https://login.docker.com/", "https://hub.docker.com": {"source": source, "username": ID}})
    if asked == "POST /v2/auth/token":
        said = json.loads(body)
        if said == {"identifier": ID, "secret": SECRET} and STATE["on"]:
            return 200, {"access_token": session("docker_pat|" + TOKEN)}
        if said == {"identifier": ID, "secret": ADMIN}:
            return 200, {"access_token": session("docker_password|x")}
        return 401, {"detail": "Incorrect authentication credentials"}
    if bearer(headers) != session("docker_password|x"):
        return 403, {"message": "access denied"}
    shown = lambda uuid, on: {"uuid": uuid, "is_active": on, "token": "", "token_label": "ci", "last_used": None}
    if asked == "GET /v2/access-tokens":
        rows = [shown(OTHER, True), shown(TOKEN, STATE["on"])] if ID != "lost" else [shown(OTHER, True)]
        return 200, {"count": 2, "results": rows}
    if asked == f"PATCH /v2/access-tokens/{TOKEN}":
        on = json.loads(body)["is_active"]
        return switch(on, **shown(TOKEN, on))
    if asked == f"PATCH /v2/access-tokens/{OTHER}":
        return wrong(**shown(OTHER, False))


def grafana(asked, query, headers, body):
    me = bearer(headers)
    if me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return 401, {"message": "Invalid API key"}
    login = "sa-1-ci" if me == SECRET else "sa-1-admin"
    if asked == "GET /api/user":
        return 200, {"id": 0, "uid": "service-account:x", "login": login, "email": login, "name": "ci", "orgId": 1}
    if asked == "GET /api/access-control/user/permissions":
        return 200, {"dashboards:read": ["dashboards:*"]}
    account = lambda number, login, off: {"id": number, "login": login, "name": "ci", "orgId": 1, "isDisabled": off, "tokens": 2}
    if me == SECRET:
        return 403, {"message": "You need additional permissions to perform this action."}
    if asked == "GET /api/serviceaccounts/search":
        return 200, {"totalCount": 2, "serviceAccounts": [account(2, "sa-1-admin", False), account(7, "sa-1-ci", not STATE["on"])]}
    if asked == "PATCH /api/serviceaccounts/7":
        off = json.loads(body)["isDisabled"]
        return switch(not off, id=7, message="Service account updated", serviceaccount=account(7, "sa-1-ci", off))
    if asked == "PATCH /api/serviceaccounts/2":
        return wrong(id=2)


def openai(asked, query, headers, body):
    me = bearer(headers)
    if me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return 401, {"error": {"message": "Incorrect API key provided: sk-proj-***", "code": "invalid_api_key"}}
    if asked == "GET /v1/models":
        return 200, {"object": "list", "data": [{"id": "gpt-4o"}]}, {"openai-project": "proj_abc"}
    if me == ADMIN and asked == "GET /v1/organization/projects/proj_abc/api_keys":
        keys = [{"id": "key_other", "redacted_value": "sk-proj-Zz...zzzz"}]
        return 200, {"object": "list", "data": keys + ([{"id": "key_leaked", "redacted_value": SECRET[:12] + "..." + SECRET[-4:]}] if STATE["on"] else [])}
    if me == ADMIN and asked == "DELETE /v1/organization/projects/proj_abc/api_keys/key_leaked":
        return switch(False, object="organization.project.api_key.deleted", id="key_leaked", deleted=True)


def gitlab(asked, query, headers, body):
    if headers.get("private-token") != ADMIN:
        return 403, {"message": "403 Forbidden"}
    known = json.loads(body or b"{}").get("token") == SECRET and STATE["on"]
    if asked == "POST /admin/token":
        return (200, {"id": 1, "name": "ci", "revoked": False}) if known else (404, {"message": "404 Not Found"})
    if asked == "DELETE /admin/token":
        return (204, switch(False)) if known else (404, {"message": "404 Not Found"})


def kubernetes(asked, query, headers, body):
    me = bearer(headers)
    failed = lambda code, reason: (code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code})
    if asked == "GET /version":
        return 200, {"major": "1", "minor": "31", "gitVersion": "v1.31.0"}
    if me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return failed(401, "Unauthorized")
    if asked == "POST /apis/authentication.k8s.io/v1/selfsubjectreviews":
        name = "system:serviceaccount:shop:ci" if me == SECRET else "admin"
        return 201, {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "status": {"userInfo": {"username": name, "groups": ["system:authenticated"]}}}
    if me != ADMIN:
        return failed(403, "Forbidden")
    held = lambda name, token: {"metadata": {"name": name}, "data": {"token": base64.b64encode(token.encode()).decode()}, "type": "kubernetes.io/service-account-token"}
    if asked == "GET /api/v1/namespaces/shop/secrets" and query == {"fieldSelector": "type=kubernetes.io/service-account-token"}:
        return 200, {"kind": "SecretList", "apiVersion": "v1", "items": [held("other", "x" * 40)] + ([held("ci-token", SECRET)] if STATE["on"] else [])}
    if asked == "DELETE /api/v1/namespaces/shop/secrets/ci-token":
        return switch(False, kind="Status", status="Success", details={"name": "ci-token"})


def run(providers):
    def told(method, path, query, headers, body):
        said = providers[WHO.replace("-", "_")](f"{method} {path}", query, headers, body)
        if said is None:
            print("unexpected", method, path, flush=True)
            return 404, {"message": "Not Found"}
        return said

    serve(PORT, told)


if __name__ == "__main__":
    run(globals())
