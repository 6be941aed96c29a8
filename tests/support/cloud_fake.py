"""Alibaba, Tencent, Huawei, Volcengine, Baidu and Qiniu on one port, each request's signature checked with the provider's
own SDK: what the SDK would have signed must be what came. Arguments: port, cloud, key id, secret."""
import sys, urllib.parse

import signatures
from loopback import serve

PORT, CLOUD, KEY, SECRET = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]


def alibaba(method, path, query, headers, body):
    if signatures.acs3_key(headers) != KEY:
        return 404, {"Code": "InvalidAccessKeyId.NotFound", "Message": "Specified access key is not found."}
    if not signatures.acs3(method, path, query, headers, body, SECRET):
        return 400, {"Code": "SignatureDoesNotMatch", "Message": "Specified signature is not matched with our calculation."}
    return 200, {"AccountId": "1029384756102938", "Arn": "acs:ram::1029384756102938:user/build", "IdentityType": "RAMUser",
                 "UserId": "27", "RequestId": "1"}


def tencent(method, path, query, headers, body):
    fail = lambda code: (200, {"Response": {"Error": {"Code": code, "Message": "x"}, "RequestId": "1"}})
    if signatures.tc3_key(headers) != KEY:
        return fail("AuthFailure.SecretIdNotFound")
    if not signatures.tc3(method, path, query, headers, body, SECRET):
        return fail("AuthFailure.SignatureFailure")
    return 200, {"Response": {"Arn": "qcs::cam::uin/100:uin/100", "AccountId": "100", "UserId": "100", "PrincipalId": "100",
                              "Type": "RootAccount", "RequestId": "1"}}


def huawei(method, path, query, headers, body):
    from huaweicloudsdkcore.signer.signer import Signer
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.sdk_request import SdkRequest
    given = headers["authorization"]
    if f"Access={KEY}," not in given:
        return 401, {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information: ak " + KEY[:2] + " not exist"}
    names = given.split("SignedHeaders=")[1].split(",")[0].split(";")
    request = SdkRequest(method=method, schema="https", host=headers["host"], resource_path=path, uri=path,
                         query_params=list(query.items()), header_params={n: headers[n] for n in names if n != "host"}, body=body.decode())
    signed = Signer(BasicCredentials(KEY, SECRET)).sign(request)
    if signed.header_params["Authorization"].split("Signature=")[1] != given.split("Signature=")[1]:
        return 401, {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information: verify aksk signature fail"}
    return 200, {"credential": {"access": KEY, "status": "active", "user_id": "u1", "create_time": "2026-01-08T06:25:19Z"}}


def volcengine(method, path, query, headers, body):
    from volcengine.auth.SignerV4 import SignerV4
    from volcengine.Credentials import Credentials
    from volcengine.base.Request import Request
    given = headers["authorization"]
    fail = lambda code: (401, {"ResponseMetadata": {"Error": {"Code": code, "Message": "x"}}})
    if f"Credential={KEY}/" not in given:
        return fail("InvalidAccessKey")
    scope = given.split("Credential=")[1].split(",")[0].split("/")
    request = Request()
    request.method, request.path, request.query, request.body = method, path, query, body
    request.headers = {"Host": headers["host"]}
    if "content-type" in headers:
        request.headers["Content-Type"] = headers["content-type"]
    SignerV4.get_current_format_date = staticmethod(lambda: headers["x-date"])
    SignerV4.sign(request, Credentials(KEY, SECRET, scope[3], scope[2], ""))
    if request.headers["Authorization"].split("Signature=")[1] != given.split("Signature=")[1]:
        return fail("SignatureDoesNotMatch")
    return 200, {"ResponseMetadata": {"RequestId": "1", "Action": "GetCallerIdentity"},
                 "Result": {"AccountId": 2100, "Trn": "trn:iam::2100:user/build", "IdentityType": "User", "IdentityId": "7"}}


def qiniu(method, path, query, headers, body):
    from qiniu.auth import QiniuMacAuth
    given = headers["authorization"]
    url = "https://" + headers["host"] + path + ("?" + urllib.parse.urlencode(query) if query else "")
    kind = headers.get("content-type")
    token = QiniuMacAuth(KEY, SECRET).token_of_request(method, None, url, "", kind, body.decode())
    if given != "Qiniu " + token:
        return 401, {"error": "bad token"}
    return 200, ["bucket-a", "bucket-b"]


def baidu(method, path, query, headers, body):
    from baidubce.auth.bce_credentials import BceCredentials
    from baidubce.auth import bce_v1_signer
    import calendar, time
    given = headers["authorization"]
    _, key, at, seconds, names, _ = given.split("/")
    if key != KEY:
        return 403, {"code": "InvalidAccessKeyId", "message": "The Access Key ID you provided does not exist in our records."}
    names = names.split(";")
    stamp = calendar.timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ"))
    wanted = bce_v1_signer.sign(BceCredentials(KEY, SECRET), method.encode(), path.encode(),
                                {n.encode(): headers[n].encode() for n in names}, {k.encode(): v.encode() for k, v in query.items()},
                                stamp, int(seconds), [n.encode() for n in names])
    if wanted.decode() != given:
        return 403, {"code": "SignatureDoesNotMatch", "message": "The request signature we calculated does not match."}
    return 200, {"owner": {"id": "o1", "displayName": "acme"}, "buckets": [], "accountId": "o1"}


serve(PORT, lambda *asked: globals()[CLOUD](*asked))
