"""Whether a request is signed as the provider's own SDK would have signed it: Alibaba's ACS3 and Tencent's TC3; by their published
rules Huawei's and Volcengine's (tests/servers asks their SDKs), and OAuth 1."""
import base64, hashlib, hmac, re, urllib.parse


def acs3_key(headers):
    given = headers.get("authorization", "")
    return given.split("Credential=")[1].split(",")[0] if given.startswith("ACS3-HMAC-SHA256 Credential=") else None


def acs3(method, path, query, headers, body, secret):
    """By the published rule over the headers that the client signed; where those are the ones that the older official
    helper signs, also by that helper."""
    from alibabacloud_openapi_util.client import Client
    from Tea.request import TeaRequest
    given, payload = headers["authorization"], headers["x-acs-content-sha256"]
    names = given.split("SignedHeaders=")[1].split(",")[0].split(";")
    if not {"host", *(n for n in headers if n.startswith("x-acs-"))} <= set(names) or hashlib.sha256(body).hexdigest() != payload:
        return False
    quote = lambda text: urllib.parse.quote(text, safe="-_.~")
    pairs = "&".join(f"{quote(k)}={quote(v)}" for k, v in sorted(query.items()))
    lines = "".join(f"{n}:{headers[n].strip()}\n" for n in names)
    canonical = "\n".join([method, path, pairs, lines, ";".join(names), payload])
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    good = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest() == given.split("Signature=")[1]
    request = TeaRequest()
    request.method, request.pathname, request.query = method, path, query
    request.headers = {k: v for k, v in headers.items() if k.startswith("x-acs-") or k in ("host", "content-type")}
    wanted = Client.get_authorization(request, "ACS3-HMAC-SHA256", payload, acs3_key(headers), secret)
    same_headers = wanted.split("Signature=")[0] == given.split("Signature=")[0]
    return good and (wanted == given or not same_headers)


def tc3_key(headers):
    given = headers.get("authorization", "")
    return given.split("Credential=")[1].split("/")[0] if given.startswith("TC3-HMAC-SHA256 Credential=") else None


def tc3(method, path, query, headers, body, secret):
    from tencentcloud.common.sign import Sign
    given = headers["authorization"]
    names = given.split("SignedHeaders=")[1].split(",")[0]
    lines = "".join(f"{n}:{headers[n].lower() if n != 'host' else headers[n]}\n" for n in names.split(";"))
    canonical = "\n".join([method, path, urllib.parse.urlencode(query), lines, names, hashlib.sha256(body).hexdigest()])
    scope = given.split("Credential=")[1].split(",")[0].split("/", 1)[1]
    day, service, _ = scope.split("/")
    text = "\n".join(["TC3-HMAC-SHA256", headers["x-tc-timestamp"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    return Sign.sign_tc3(secret, day, service, text) == given.split("Signature=")[1]


def canonical(method, path, query, headers, body, names):
    quote = lambda text: urllib.parse.quote(text, safe="-_.~")
    pairs = "&".join(f"{quote(k)}={quote(v)}" for k, v in sorted(query.items()))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names.split(";"))
    said = "\n".join([method, path, pairs, lines, names, hashlib.sha256(body).hexdigest()])
    return hashlib.sha256(said.encode()).hexdigest()


def huawei_key(headers):
    given = headers.get("authorization", "")
    return given.split("Access=")[1].split(",")[0] if given.startswith("SDK-HMAC-SHA256 Access=") else None


def huawei(method, path, query, headers, body, secret):
    given = headers["authorization"]
    names = given.split("SignedHeaders=")[1].split(",")[0]
    text = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{canonical(method, path.rstrip('/') + '/', query, headers, body, names)}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest() == given.split("Signature=")[1]


def volcengine_key(headers):
    given = headers.get("authorization", "")
    return given.split("Credential=")[1].split("/")[0] if given.startswith("HMAC-SHA256 Credential=") else None


def volcengine(method, path, query, headers, body, secret):
    given = headers["authorization"]
    names = given.split("SignedHeaders=")[1].split(",")[0]
    scope = given.split("Credential=")[1].split(",")[0].split("/", 1)[1]
    text = f"HMAC-SHA256\n{headers['x-date']}\n{scope}\n{canonical(method, path, query, headers, body, names)}"
    key = secret.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == given.split("Signature=")[1]


def oauth1(method, url, query, headers, secrets):
    """RFC 5849, 3.4; gives what the header says of who asks."""
    said = dict(re.findall(r'([a-z_]+)="([^"]*)"', headers["authorization"]))
    said = {name: urllib.parse.unquote(value) for name, value in said.items()}
    quote = lambda text: urllib.parse.quote(text, safe="-_.~")
    signed = {**query, **{name: value for name, value in said.items() if name != "oauth_signature"}}
    pairs = "&".join(sorted(f"{quote(name)}={quote(value)}" for name, value in signed.items()))
    key = "&".join(map(quote, secrets)).encode()
    wanted = hmac.new(key, "&".join(map(quote, (method, url, pairs))).encode(), hashlib.sha1).digest()
    return said if base64.b64encode(wanted).decode() == said["oauth_signature"] else None
