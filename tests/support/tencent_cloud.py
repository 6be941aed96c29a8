"""A small Tencent Cloud on 127.0.0.1: STS, CAM, CloudAudit, CVM and VPC. Signatures are checked (TC3-HMAC-SHA256), keys
that are disabled are refused, state is kept, every change goes into the audit. Argument: port. Prints the first keys."""
import itertools, json, secrets, string, sys, threading, time

import signatures
from loopback import serve

ACCOUNT, LOCK, COUNT = "100000000001", threading.Lock(), itertools.count(100000000010)
USERS, ROLES, GROUPS, INSTANCES, AUDIT = {}, [], {}, {}, []
letters = lambda n: "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(n))
# Tencent writes the time of China without a zone.
now = lambda: time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600))


class No(Exception):
    pass


def add_user(q, me):
    uin = next(COUNT)
    USERS[uin] = {"Name": q["Name"], "ConsoleLogin": q.get("ConsoleLogin", 0), "CreateTime": now(), "keys": [], "policies": []}
    return {"Uin": uin, "Name": q["Name"]}


def create_key(q, me):
    key = {"AccessKeyId": "AKID" + letters(32), "SecretAccessKey": letters(32), "Status": "Active", "CreateTime": now()}
    USERS[q.get("TargetUin") or me]["keys"].append(key)
    return {"AccessKey": key}


def keys_of(uin):
    if uin not in USERS:
        raise No("InvalidParameter.UserNotExist")
    return USERS[uin]["keys"]


def update_key(q, me):
    found = [k for k in keys_of(q.get("TargetUin") or me) if k["AccessKeyId"] == q["AccessKeyId"]]
    if not found:
        raise No("ResourceNotFound.SecretNotExist")
    found[0]["Status"] = q["Status"]
    return {}


def update_user(q, me):
    for one in USERS.values():
        if one["Name"] == q["Name"]:
            one["ConsoleLogin"] = q["ConsoleLogin"]
    return {}


def attach(q, me):
    USERS[q["AttachUin"]]["policies"].append({"PolicyId": q["PolicyId"], "PolicyName": "AdministratorAccess", "AddTime": now()})
    return {}


def create_role(q, me):
    ROLES.append({"RoleName": q["RoleName"], "PolicyDocument": q["PolicyDocument"], "AddTime": now(), "UpdateTime": now(), "policies": []})
    return {"RoleId": "1"}


def attach_role(q, me):
    for role in ROLES:
        if role["RoleName"] == q["AttachRoleName"]:
            role["policies"].append({"PolicyId": q["PolicyId"], "PolicyName": "QCloudResourceFullAccess", "AddTime": now()})
    return {}


def run(q, me):
    number = f"ins-{next(COUNT)}"
    INSTANCES[number] = {"InstanceId": number, "InstanceType": "GN10X", "CreatedTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                         "InstanceState": "RUNNING", "region": q["Region"]}
    return {"InstanceIdSet": [number]}


def stop(q, me):
    for number in q["InstanceIds"]:
        INSTANCES[number]["InstanceState"] = "STOPPED"
    return {}


def instances(q, me):
    found = [i for i in INSTANCES.values() if i["region"] == q["Region"] and i["InstanceId"] in q.get("InstanceIds", [i["InstanceId"]])]
    return {"TotalCount": len(found), "InstanceSet": [{k: v for k, v in i.items() if k != "region"} for i in found]}


def events(q, me):
    assert isinstance(q["StartTime"], int) and q["EndTime"] - q["StartTime"] < 30 * 86400, "the span is below 30 days"
    [how] = q["LookupAttributes"]
    field = {"AccessKeyId": "SecretId", "PrincipalId": "Username", "SourceIPAddress": "SourceIPAddress"}[how["AttributeKey"]]
    found = [e for e in AUDIT if e[field] == how["AttributeValue"]]
    start = q.get("NextToken") or 0
    more = {"NextToken": start + 2} if start + 2 < len(found) else {}
    return {"Events": found[start:start + 2], "ListOver": not more, **more}


READS = {
    "GetCallerIdentity": lambda q, me: {"Arn": f"qcs::cam::uin/{ACCOUNT}:uin/{me}", "AccountId": ACCOUNT, "UserId": str(me), "PrincipalId": str(me), "Type": "SubAccount"},
    "GetSecurityLastUsed": lambda q, me: {"SecretIdLastUsedRows": [{"SecretId": k, "LastUsedDate": "2026-01-02"} for k in q["SecretIdList"]]},
    "ListUsers": lambda q, me: {"Data": [{"Uin": n, "Name": u["Name"], "ConsoleLogin": u["ConsoleLogin"], "CreateTime": u["CreateTime"]} for n, u in USERS.items()]},
    "ListAccessKeys": lambda q, me: {"AccessKeys": [{k: v for k, v in key.items() if k != "SecretAccessKey"} for key in keys_of(q.get("TargetUin") or me)]},
    "ListAttachedUserAllPolicies": lambda q, me: {"TotalNum": len(USERS[q["TargetUin"]]["policies"]), "PolicyList": [
        {**p, "PolicyId": str(p["PolicyId"]), "Groups": []} for p in USERS[q["TargetUin"]]["policies"]] if q["AttachType"] == 0 else []},
    "ListAttachedRolePolicies": lambda q, me: {"List": [p for r in ROLES if r["RoleName"] == q["RoleName"] for p in r["policies"]]},
    "DescribeSafeAuthFlagColl": lambda q, me: {"LoginFlag": {"Phone": 0, "Stoken": 0, "Wechat": 0}, "ActionFlag": {"Phone": 0, "Stoken": 0, "Wechat": 0}},
    "GetPasswordRules": lambda q, me: {"Rules": {"MinimumLength": 8, "MustContain": "1", "ForcePasswordChange": 0, "ReusePasswordLimit": 1,
                                                 "RetryPasswordLimit": 10, "PasswordExpirationInvalidation": 2}, "UpdateTime": "", "Modifier": ""},
    "ListCollaborators": lambda q, me: {"TotalNum": 1, "Data": [{"Uin": 100077776666, "Name": "partner", "CreateTime": now()}]},
    "ListSAMLProviders": lambda q, me: {"TotalCount": 0, "SAMLProviderSet": []},
    "DescribeAccountBalance": lambda q, me: {"Balance": 12345, "RealBalance": 12345, "Uin": int(ACCOUNT)},
    "DescribeRoleList": lambda q, me: {"List": ROLES if q["Page"] == 1 else [], "TotalNum": len(ROLES)},
    "DescribeEvents": events,
    "DescribeRegions": lambda q, me: {"RegionSet": [{"Region": "ap-guangzhou"}, {"Region": "ap-singapore"}]},
    "DescribeSecurityGroups": lambda q, me: {"SecurityGroupSet": [{"SecurityGroupId": g} for g, r in GROUPS.items() if r == q["Region"]]},
    "DescribeSecurityGroupPolicies": lambda q, me: {"SecurityGroupPolicySet": {"Ingress": [
        {"PolicyIndex": 0, "Protocol": "tcp", "Port": "6379,27017", "CidrBlock": "0.0.0.0/0", "Ipv6CidrBlock": "", "Action": "ACCEPT", "ModifyTime": now()},
        {"PolicyIndex": 1, "Protocol": "tcp", "Port": "443", "CidrBlock": "0.0.0.0/0", "Ipv6CidrBlock": "", "Action": "ACCEPT", "ModifyTime": now()}]}},
    "DescribeInstances": instances,
}
CHANGES = {"AddUser": add_user, "CreateAccessKey": create_key, "UpdateAccessKey": update_key, "UpdateUser": update_user,
           "AttachUserPolicy": attach, "CreateRole": create_role, "AttachRolePolicy": attach_role, "RunInstances": run, "StopInstances": stop}


def answer(method, path, query, headers, body):
    key_id = signatures.tc3_key(headers)
    found = [(uin, key) for uin, one in USERS.items() for key in one["keys"] if key["AccessKeyId"] == key_id]
    if not found:
        raise No("AuthFailure.SecretIdNotFound")
    uin, key = found[0]
    if not signatures.tc3(method, path, query, headers, body, key["SecretAccessKey"]):
        raise No("AuthFailure.SignatureFailure")
    if key["Status"] != "Active":
        raise No("AuthFailure.SecretIdDisabled")
    action, asked = headers["x-tc-action"], json.loads(body or b"{}")
    if action in READS:
        return READS[action]({**asked, "Region": headers.get("x-tc-region")}, uin)
    if action not in CHANGES:
        raise No("InvalidAction")
    event = {"EventId": str(next(COUNT)), "EventName": action, "EventTime": str(int(time.time())), "SecretId": key_id, "Username": str(uin),
             "SourceIPAddress": headers.get("x-from", "127.0.0.1"), "ErrorCode": 0}
    done = CHANGES[action]({**asked, "Region": headers.get("x-tc-region")}, uin)
    told = json.loads(json.dumps(done), object_hook=lambda d: {k: v for k, v in d.items() if k != "SecretAccessKey"})
    AUDIT.append({**event, "CloudAuditEvent": json.dumps({"requestParameters": asked, "responseElements": told})})
    return done


def told(*asked):
    try:
        with LOCK:
            done = answer(*asked)
    except No as why:
        done = {"Error": {"Code": why.args[0], "Message": "no"}}
    return 200, {"Response": {**done, "RequestId": "1"}}


if __name__ == "__main__":
    made = {}
    for name in ["admin", "build", "build"]:
        uin = next((n for n, u in USERS.items() if u["Name"] == name), None) or add_user({"Name": name}, 0)["Uin"]
        key = create_key({"TargetUin": uin}, 0)["AccessKey"]
        made[name] = [key["AccessKeyId"], key["SecretAccessKey"], uin]
    GROUPS["sg-open"] = "ap-singapore"
    print(json.dumps(made), flush=True)
    serve(int(sys.argv[1]), told)
