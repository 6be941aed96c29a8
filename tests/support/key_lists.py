"""Providers who delete a key that their list shows, or that names itself, on 127.0.0.1, with the replies that their documentation
shows. As switches.py, whose state and arguments it shares; a sixth argument is `lost` (the list has no such key) or `twin` (the
list has another one that looks the same)."""
import base64, json, sys, urllib.parse

import signatures
from switches import ADMIN, ID, PORT, SECRET, STATE, bearer, run, switch, wrong

HOW = sys.argv[6] if len(sys.argv) > 6 else ""
REFUSED = 401, {"message": "Unauthorized"}


def pair(headers):
    given = headers.get("authorization", "")
    return base64.b64decode(given[6:]).decode() if given.startswith("Basic ") else ""


def listed(leaked, other, twin=None):
    """A neighbour, the leaked key while it is there, and its twin."""
    return [other] + ([leaked] if STATE["on"] and HOW != "lost" else []) + ([twin] if HOW == "twin" else [])


def newrelic(asked, query, headers, body):
    me, said = headers.get("api-key"), json.loads(body)
    if me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return 401, {"errors": [{"message": "The API key provided is invalid"}]}
    asks, values = said["query"], said.get("variables", {})
    if asks.startswith("{actor{user"):
        return 200, {"data": {"actor": {"user": {"id": 7, "email": "a@acme.example", "name": "A"}}}}
    sort, scope = ("USER", {"userIds": [7]}) if me == SECRET else ("INGEST", {"ingestTypes": ["LICENSE"]})
    if values == {"query": {"types": [sort], "scope": scope}}:
        keys = listed({"id": "LEAKED", "key": SECRET}, {"id": "OTHER", "key": SECRET[:8] + "X" * 24})
        return 200, {"data": {"actor": {"apiAccess": {"keySearch": {"keys": keys}}}}}
    if values == {"keys": {"userKeyIds" if me == SECRET else "ingestKeyIds": ["LEAKED"]}}:
        return switch(False, data={"apiAccessDeleteKeys": {"deletedKeys": [{"id": "LEAKED"}], "errors": []}})


def vultr(asked, query, headers, body):
    if bearer(headers) != SECRET or not STATE["on"]:
        return 401, {"error": "Invalid API token.", "status": 401}
    if asked == "GET /v2/account":
        return 200, {"account": {"name": "Acme", "email": "a@acme.example", "acls": ["manage_users"]}}
    shown = lambda key_id, hint: {"id": key_id, "api_key": hint, "name": "ci", "expire": False}
    if asked == "GET /v2/apikeys":
        hint = SECRET[:4] + "*" * 28 + SECRET[-4:]
        return 200, {"api_keys": listed(shown("leaked", hint), shown("other", "ZZZZ" + hint[4:]), shown("twin", hint))}
    if asked == "DELETE /v2/apikeys/leaked":
        return 204, switch(False)


def scaleway(asked, query, headers, body):
    if headers.get("x-auth-token") != SECRET or not STATE["on"]:
        return 401, {"message": "authentication is denied", "reason": "not_found", "type": "denied_authentication"}
    if asked == f"GET /iam/v1alpha1/api-keys/{ID}":
        return 200, {"access_key": ID, "user_id": "u1", "description": "ci"}
    if asked == f"DELETE /iam/v1alpha1/api-keys/{ID}":
        return 204, switch(False)


def backblaze(asked, query, headers, body):
    if asked == "GET /b2api/v3/b2_authorize_account":
        if pair(headers) != f"{ID}:{SECRET}" or not STATE["on"]:
            return 401, {"code": "unauthorized", "message": "", "status": 401}
        api = {"apiUrl": "https://api003.backblazeb2.com", "capabilities": ["deleteKeys"]}
        return 200, {"accountId": "a1", "authorizationToken": "session", "apiInfo": {"storageApi": api}}
    if asked == "POST /b2api/v3/b2_delete_key" and headers["authorization"] == "session":
        assert json.loads(body) == {"applicationKeyId": ID}
        return switch(False, applicationKeyId=ID, keyName="ci")


def cockroachdb(asked, query, headers, body):
    if bearer(headers) != SECRET or not STATE["on"]:
        return 401, {"code": 16, "message": "invalid token", "details": []}
    if asked == "GET /api/v1/organization":
        return 200, {"id": "6a3d", "name": "Acme"}
    if asked == "DELETE /api/v1/api-keys/" + "_".join(SECRET.split("_")[:2]):
        return switch(False, id="x", name="ci")


def clickhouse_cloud(asked, query, headers, body):
    me, path = pair(headers), "/v1/organizations/o1/keys"
    if me not in (f"{ID}:{SECRET}", f"ADMIN:{ADMIN}") or (ID in me and not STATE["on"]):
        return 401, {"status": 401, "error": "UNAUTHENTICATED"}
    if asked == "GET /v1/organizations":
        return 200, {"status": 200, "result": [{"id": "o1", "name": "Acme"}]}
    if ID in me:
        return 403, {"status": 403, "error": "FORBIDDEN"}
    shown = lambda key_id, end: {"id": key_id, "name": "ci", "keySuffix": end, "state": "enabled"}
    if asked == "GET " + path:
        keys = [shown("other", "zzzz")] + [shown("leaked", ID[-4:])] * (HOW != "lost") + [shown("twin", ID[-4:])] * (HOW == "twin")
        return 200, {"status": 200, "result": keys}
    if asked == f"PATCH {path}/leaked":
        state = json.loads(body)["state"]
        return switch(state == "enabled", status=200, result={**shown("leaked", ID[-4:]), "state": state})


def honeycomb(asked, query, headers, body):
    if asked == "GET /1/auth":
        if headers.get("x-honeycomb-team") != SECRET or not STATE["on"]:
            return 401, {"error": "unknown API key - check your credentials"}
        return 200, {"api_key_access": {"events": True}, "team": {"slug": "acme", "name": "Acme"}, "environment": {"name": "prod"}}
    if bearer(headers) != "hcxmk_admin:" + ADMIN:
        return 401, {"errors": [{"status": "401", "code": "unauthenticated"}]}
    if asked == f"PATCH /2/teams/acme/api-keys/{SECRET[:32]}":
        assert headers["content-type"] == "application/vnd.api+json"
        wanted = json.loads(body)["data"]
        assert wanted["id"] == SECRET[:32] and wanted["type"] == "api-keys"
        return switch(not wanted["attributes"]["disabled"], data=wanted)


def planetscale(asked, query, headers, body):
    if headers.get("authorization") != f"{ID}:{SECRET}" or not STATE["on"]:
        return 401, {"code": "unauthorized", "message": "Unauthorized"}
    if asked == "GET /v1/organizations":
        return 200, {"type": "list", "data": [{"id": "o1", "name": "acme"}]}
    if asked == f"DELETE /v1/organizations/acme/service-tokens/{ID}":
        return 204, switch(False)


def supabase(asked, query, headers, body):
    if asked == "GET /auth/v1/admin/users":
        good = headers.get("apikey") == SECRET and STATE["on"]
        return (200, {"users": [], "aud": "authenticated"}) if good else (401, {"message": "Invalid API key"})
    if bearer(headers) != ADMIN:
        return REFUSED
    shown = lambda key_id, key: {"id": key_id, "type": "secret", "name": "default", "api_key": key}
    if asked == f"GET /v1/projects/{ID}/api-keys" and query == {"reveal": "true"}:
        return 200, listed(shown("leaked", SECRET), shown("other", "sb_secret_" + "z" * 31))
    if asked == f"DELETE /v1/projects/{ID}/api-keys/leaked" and query["was_compromised"] == "true":
        return switch(False, **shown("leaked", "sb_secret_···"))


def miro(asked, query, headers, body):
    if asked == "POST /v1/oauth/revoke":
        return (204, switch(False)) if query == {"access_token": SECRET} and STATE["on"] else (400, {"code": "invalidRequest"})
    if bearer(headers) != SECRET or not STATE["on"]:
        return 401, {"status": 401, "code": "tokenNotProvided", "message": "No authorization header"}
    if asked == "GET /v1/oauth-token":
        return 200, {"type": "oAuthToken", "user": {"id": "1", "name": "A"}, "team": {"name": "Acme"}}


def smartsheet(asked, query, headers, body):
    if bearer(headers) != SECRET or not STATE["on"]:
        return 401, {"errorCode": 1002, "message": "Your Access Token is invalid."}
    if asked == "GET /2.0/users/me":
        return 200, {"id": 48, "email": "a@acme.example"}
    if asked == "DELETE /2.0/token":
        return switch(False, message="SUCCESS", resultCode=0)


def mailtrap(asked, query, headers, body):
    if headers.get("api-token") != SECRET or not STATE["on"]:
        return 401, {"error": "Incorrect API token"}
    if asked == "GET /api/accounts":
        return 200, [{"id": 31, "name": "Acme", "access_levels": [100]}]
    shown = lambda number, end: {"id": number, "name": "ci", "last_4_digits": end, "resources": []}
    if asked == "GET /api/accounts/31/api_tokens":
        return 200, listed(shown(5, SECRET[-4:]), shown(4, "zzzz"), shown(6, SECRET[-4:]))
    if asked == "DELETE /api/accounts/31/api_tokens/5":
        return 204, switch(False)


def ably(asked, query, headers, body):
    if asked == "GET /stats":
        good = pair(headers) == SECRET and STATE["on"]
        return (200, []) if good else (401, {"error": {"code": 40131, "statusCode": 401}})
    name = SECRET.split(":")[0].split(".")
    if bearer(headers) == ADMIN and asked == f"POST /v1/apps/{name[0]}/keys/{name[1]}/revoke":
        return switch(False)


def langfuse(asked, query, headers, body):
    me, path = pair(headers), "/api/public/projects/p1/apiKeys"
    if me not in (f"{ID}:{SECRET}", f"pk-lf-org:{ADMIN}") or (ID in me and not STATE["on"]):
        return 401, {"error": "UnauthorizedError", "message": "Invalid credentials."}
    if asked == "GET /api/public/projects":
        return 200, {"data": [{"id": "p1", "name": "prod"}]}
    if ID in me:
        return 403, {"message": "Organization-scoped API key required for this operation."}
    shown = lambda key_id, public: {"id": key_id, "publicKey": public, "displaySecretKey": "sk-lf-...771b"}
    if asked == "GET " + path:
        return 200, {"apiKeys": listed(shown("leaked", ID), shown("other", "pk-lf-other"))}
    if asked == f"DELETE {path}/leaked":
        return switch(False, success=True)


def mixpanel(asked, query, headers, body):
    me, path = pair(headers), "/api/app/organizations/77/service-accounts"
    if me not in (f"{ID}:{SECRET}", f"admin.1.mp-service-account:{ADMIN}") or (ID in me and not STATE["on"]):
        return 401, {"status": "error", "error": "Invalid credentials"}
    if asked == "GET /api/app/me":
        return 200, {"status": "ok", "results": {"user_id": 1, "user_email": me.split(":")[0]}}
    if ID in me:
        return 403, {"status": "error", "error": "Permission denied"}
    if asked == "GET " + path:
        return 200, {"status": "ok", "results": listed({"id": 5, "username": ID}, {"id": 4, "username": "other." + ID})}
    if asked == f"DELETE {path}/5":
        return switch(False, status="ok")


def quay(asked, query, headers, body):
    if asked == "GET /v2/auth":
        good = pair(headers) == f"{ID}:{SECRET}" and STATE["on"]
        return (200, {"token": "eyJ"}) if good else (401, {"errors": [{"code": "UNAUTHORIZED", "message": "Could not find robot"}]})
    space, robot = ID.split("+")
    if bearer(headers) == ADMIN and asked == f"POST /api/v1/organization/{space}/robots/{robot}/regenerate":
        return switch(False, name=ID, token="N" * 64)


def cloudinary(asked, query, headers, body):
    me, path = pair(headers), "/v1_1/provisioning/accounts/acc1/sub_accounts"
    if asked == "GET /v1_1/acme-shop/usage":
        good = me == f"{ID}:{SECRET}" and STATE["on"]
        return (200, {"plan": "Free", "objects": {"usage": 7}}) if good else (401, {"error": {"message": "unknown api_key"}})
    if me != "provisioner:" + ADMIN:
        return 401, {"error": {"message": "Invalid credentials"}}
    if asked == "GET " + path:
        return 200, {"sub_accounts": [{"id": "s0", "cloud_name": "acme"}] + [{"id": "s1", "cloud_name": "acme-shop"}] * (HOW != "lost")}
    if asked == f"PUT {path}/s1/access_keys/{ID}":
        on = json.loads(body)["enabled"]
        return switch(on, name="ci", api_key=ID, enabled=on)
    if asked.startswith(f"PUT {path}"):
        return wrong()


def splunk_observability(asked, query, headers, body):
    me = headers.get("x-sf-token")
    if me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return 401, {"code": 401, "message": "The token has expired"}
    if asked == "GET /v2/organization":
        return 200, {"organizationName": "Acme", "id": "o"}
    if me == ADMIN and asked == "GET /v2/token":
        tokens = listed({"name": "ci / eu", "secret": SECRET, "disabled": False}, {"name": "ci", "secret": "z" * 22, "disabled": False})
        return 200, {"count": len(tokens), "results": tokens}
    if me == ADMIN and asked == "DELETE /v2/token/ci%20%2F%20eu":
        return 204, switch(False)


def statsig(asked, query, headers, body):
    me = headers.get("statsig-api-key")
    if me not in (SECRET, ADMIN) or (me == SECRET and not STATE["on"]):
        return 401, {"status": 401, "message": "Invalid key"}
    if asked == "GET /console/v1/gates":
        return 200, {"message": "Gates listed successfully.", "data": []}
    if me == ADMIN and asked == "DELETE /console/v1/keys/" + SECRET:
        return switch(False, message="Key deleted successfully.", data={"key": SECRET, "type": "CONSOLE", "status": "active"})


def notion(asked, query, headers, body):
    if asked == "POST /v1/oauth/revoke":
        good = pair(headers) == "app:" + ADMIN and json.loads(body) == {"token": SECRET} and STATE["on"]
        return switch(False, request_id="r1") if good else (400, {"error": "invalid_request"})
    if bearer(headers) != SECRET or not STATE["on"]:
        return 401, {"object": "error", "status": 401, "code": "unauthorized", "message": "API token is invalid."}
    if asked == "GET /v1/users/me":
        return 200, {"object": "user", "id": "b", "type": "bot", "bot": {"workspace_name": "Acme"}}


def square(asked, query, headers, body):
    refused = 401, {"errors": [{"category": "AUTHENTICATION_ERROR", "code": "UNAUTHORIZED"}]}
    if asked == "POST /oauth2/revoke":
        wanted = {"client_id": "sq0idp-app", "access_token": SECRET, "revoke_only_access_token": True}
        good = headers["authorization"] == "Client " + ADMIN and json.loads(body) == wanted
        return switch(False, success=True) if good else (404, {"message": "access token not found", "type": "not_found"})
    if bearer(headers) != SECRET or not STATE["on"]:
        return refused
    if asked == "GET /v2/merchants/me":
        return 200, {"merchant": {"id": "M", "business_name": "Acme", "country": "US"}}


def twitter(asked, query, headers, body):
    if asked == "POST /oauth2/invalidate_token":
        who = signatures.oauth1("POST", f"http://127.0.0.1:{PORT}/oauth2/invalidate_token", query, headers, (ADMIN, "owner's"))
        assert who["oauth_consumer_key"] == "app" and who["oauth_token"] == "7-owner", who
        return switch(False, access_token=SECRET) if query == {"access_token": urllib.parse.unquote(SECRET)} else (403, {})
    if bearer(headers) != SECRET or not STATE["on"]:
        return 401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}
    if asked == "GET /1.1/application/rate_limit_status.json":
        return 200, {"rate_limit_context": {"application": "x"}, "resources": {}}


if __name__ == "__main__":
    run(globals())
