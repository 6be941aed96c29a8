"""A small Alibaba Cloud on 127.0.0.1: STS, RAM, IMS, ActionTrail, ECS and the account's balance. Signatures are checked
(ACS3-HMAC-SHA256), keys that are disabled are refused as Alibaba does, state is kept, every change goes into the trail.
Argument: port. Prints the root key. A client's User-Agent may say `from=ADDRESS`, where it pretends to be."""
import datetime, itertools, json, re, secrets, string, sys, threading, urllib.parse

import signatures
from loopback import serve

ACCOUNT, REGIONS = "1029384756102938", ["cn-hangzhou", "cn-shanghai", "ap-southeast-1"]
LOCK, COUNT = threading.Lock(), itertools.count(1)
USERS, ROLES, GROUPS, INSTANCES, TRAIL, BIN = {}, {}, {}, {}, [], []
letters = lambda n: "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(n))
now = lambda: datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class No(Exception):
    pass


def user(name):
    if name not in USERS:
        raise No(404, "EntityNotExist.User")
    return USERS[name]


def new_key(name):
    key = {"AccessKeyId": "LTAI5t" + letters(18), "AccessKeySecret": letters(30), "Status": "Active", "CreateDate": now()}
    USERS[name]["keys"].append(key)
    return key


def owner(key_id):
    for name, one in USERS.items():
        for key in one["keys"]:
            if key["AccessKeyId"] == key_id:
                return name, key
    raise No(404, "EntityNotExist.User.AccessKey")


def name_of(q):
    return q.get("UserName") or q.get("UserPrincipalName", "").split("@")[0]


def shown(key):
    return {k: v for k, v in key.items() if k != "AccessKeySecret"}


def create_user(q, me):
    name = q["UserName"]
    USERS[name] = {"keys": [], "policies": [], "login": None, "mfa": None, "CreateDate": now()}
    return {"User": {"UserName": name, "UserId": str(next(COUNT)), "CreateDate": USERS[name]["CreateDate"]}}


def update_key(q, me):
    name, key = owner(q["UserAccessKeyId"])
    if name_of(q) and name_of(q) != name:
        raise No(404, "EntityNotExist.User.AccessKey")
    key["Status"] = q["Status"]
    return {}


def delete_key(q, me):
    name, key = owner(q["UserAccessKeyId"])
    USERS[name]["keys"].remove(key)
    BIN.append((name, {**key, "Status": "Inactive"}))
    return {}


def restore_key(q, me):
    found = [(n, k) for n, k in BIN if k["AccessKeyId"] == q["UserAccessKeyId"] and q["UserId"] == "id-of-" + n]
    if not found:
        raise No(404, "EntityNotExist.User.AccessKey")
    BIN.remove(found[0])
    USERS[found[0][0]]["keys"].append(found[0][1])
    return {}


def in_bin(q, me):
    for name, key in BIN:
        if key["AccessKeyId"] == q["UserAccessKeyId"]:
            return {"AccessKey": {"AccessKeyId": key["AccessKeyId"], "UserId": "id-of-" + name, "CreateDate": key["CreateDate"]}}
    raise No(404, "EntityNotExist.User.AccessKey")


def login_profile(q, me):
    login = user(name_of(q))["login"]
    if not login:
        raise No(404, "EntityNotExist.User.LoginProfile")
    return {"LoginProfile": {**login, "UserName": name_of(q)}}


def mfa(q, me):
    if not user(q["UserName"])["mfa"]:
        raise No(404, "EntityNotExist.User.MFADevice")
    return {"MFADevice": {"SerialNumber": USERS[q["UserName"]]["mfa"]}}


def get_user(q, me):
    name, _ = owner(q["UserAccessKeyId"])
    return {"User": {"UserName": name, "UserPrincipalName": f"{name}@{ACCOUNT}.onaliyun.com", "DisplayName": "the " + name}}


def attach(q, me):
    user(q["UserName"])["policies"].append({"PolicyName": q["PolicyName"], "PolicyType": q["PolicyType"], "AttachDate": now()})
    return {}


def create_role(q, me):
    ROLES[q["RoleName"]] = {"RoleName": q["RoleName"], "CreateDate": now(), "AssumeRolePolicyDocument": q["AssumeRolePolicyDocument"]}
    return {"Role": ROLES[q["RoleName"]]}


def authorize(q, me):
    group = GROUPS[q["SecurityGroupId"]]
    group["rules"].append({"SecurityGroupRuleId": f"sgr-{next(COUNT)}", "IpProtocol": q["IpProtocol"].upper(), "PortRange": q["PortRange"],
                           "SourceCidrIp": q["SourceCidrIp"], "Ipv6SourceCidrIp": "", "Policy": "Accept", "Direction": "ingress",
                           "CreateTime": now()})
    return {}


def create_group(q, me):
    group = f"sg-{letters(8).lower()}"
    GROUPS[group] = {"RegionId": q["RegionId"], "rules": []}
    return {"SecurityGroupId": group}


def revoke(q, me):
    group = GROUPS[q["SecurityGroupId"]]
    group["rules"] = [r for r in group["rules"] if r["SecurityGroupRuleId"] != q["SecurityGroupRuleId.1"]]
    return {}


def run_instances(q, me):
    one = f"i-{letters(8).lower()}"
    INSTANCES[one] = {"InstanceId": one, "RegionId": q["RegionId"], "InstanceType": q.get("InstanceType", "ecs.gn7i"), "Status": "Running",
                      "CreationTime": now()[:16] + "Z", "PublicIpAddress": {"IpAddress": []}}
    return {"InstanceIdSets": {"InstanceIdSet": [one]}}


def stop(q, me):
    INSTANCES[q["InstanceId"]]["Status"] = "Stopped"
    return {}


def lookup(q, me, region):
    if q["LookupAttribute.1.Key"] not in ("EventAccessKeyId", "User", "SourceIpAddress"):
        raise No(400, "InvalidParameter")
    if datetime.datetime.strptime(q["StartTime"], "%Y-%m-%dT%H:%M:%SZ") < datetime.datetime.utcnow() - datetime.timedelta(days=90):
        raise No(400, "InvalidTimeRange")
    wanted = {"EventAccessKeyId": lambda e: e["userIdentity"]["accessKeyId"], "User": lambda e: e["userIdentity"]["userName"],
              "SourceIpAddress": lambda e: e["sourceIpAddress"]}[q["LookupAttribute.1.Key"]]
    found = [e for e in TRAIL if e["acsRegion"] == region and wanted(e) == q["LookupAttribute.1.Value"]]
    start = int(q.get("NextToken") or 0)
    more = {"NextToken": str(start + 2)} if start + 2 < len(found) else {}
    return {"Events": found[start:start + 2], **more}


READS = {
    "GetCallerIdentity": lambda q, me: {"AccountId": ACCOUNT, "Arn": f"acs:ram::{ACCOUNT}:user/{me}", "IdentityType": "RAMUser", "UserId": "27"},
    "GetUser": get_user, "GetAccessKeyInfoInRecycleBin": in_bin,
    "ListPoliciesForRole": lambda q, me: {"Policies": {"Policy": ROLES[q["RoleName"]].get("policies", [])}},
    "ListUsers": lambda q, me: {"Users": {"User": [{"UserName": n, "CreateDate": u["CreateDate"]} for n, u in USERS.items()]}, "IsTruncated": False},
    "ListAccessKeys": lambda q, me: {"AccessKeys": {"AccessKey": [shown(k) for k in user(name_of(q))["keys"]]}},
    "GetAccessKeyLastUsed": lambda q, me: {"AccessKeyLastUsed": {"LastUsedDate": now(), "ServiceName": "Oss"}},
    "GetLoginProfile": login_profile, "GetUserMFAInfo": mfa,
    "ListPoliciesForUser": lambda q, me: {"Policies": {"Policy": user(q["UserName"])["policies"]}},
    "ListRoles": lambda q, me: {"Roles": {"Role": [{"RoleName": r["RoleName"], "CreateDate": r["CreateDate"]} for r in ROLES.values()]}},
    "GetRole": lambda q, me: {"Role": ROLES[q["RoleName"]]},
    "GetPasswordPolicy": lambda q, me: {"PasswordPolicy": {"MinimumPasswordLength": 8, "MaxPasswordAge": 0, "PasswordReusePrevention": 0}},
    "DescribeRegions": lambda q, me: {"Regions": {"Region": [{"RegionId": r} for r in REGIONS]}},
    "DescribeSecurityGroups": lambda q, me: {"SecurityGroups": {"SecurityGroup": [
        {"SecurityGroupId": g, "SecurityGroupName": g} for g, v in GROUPS.items() if v["RegionId"] == q["RegionId"]]}},
    "DescribeSecurityGroupAttribute": lambda q, me: {"Permissions": {"Permission": GROUPS[q["SecurityGroupId"]]["rules"]}},
    "DescribeInstances": lambda q, me: {"Instances": {"Instance": [
        i for i in INSTANCES.values() if i["RegionId"] == q["RegionId"] and i["Status"] == q.get("Status", i["Status"])]}},
    "QueryAccountBalance": lambda q, me: {"Code": "200", "Data": {"AvailableAmount": "1234.56", "Currency": "CNY"}},
}
CHANGES = {
    "CreateUser": create_user, "CreateAccessKey": lambda q, me: {"AccessKey": new_key(name_of(q))},
    "UpdateAccessKey": update_key, "DeleteAccessKey": delete_key, "RestoreAccessKeyFromRecycleBin": restore_key,
    "CreateLoginProfile": lambda q, me: USERS[q["UserName"]].update(login={"CreateDate": now(), "Status": "Active", "MFABindRequired": False}) or {},
    "UpdateLoginProfile": lambda q, me: user(name_of(q))["login"].update(Status=q["Status"]) or {},
    "AttachPolicyToUser": attach, "CreateRole": create_role, "CreateSecurityGroup": create_group, "AuthorizeSecurityGroup": authorize,
    "RevokeSecurityGroup": revoke, "RunInstances": run_instances, "StopInstance": stop,
}
# Who may do what here: everybody with this policy everything, everybody else nothing but ask who he is.
ADMIN = "AdministratorAccess"


def answer(method, path, query, headers, body):
    key_id = signatures.acs3_key(headers) or ""
    name, key = owner_or_none(key_id)
    if not key:
        raise No(404, "InvalidAccessKeyId.NotFound")
    if not signatures.acs3(method, path, query, headers, body, key["AccessKeySecret"]):
        raise No(400, "SignatureDoesNotMatch")
    if key["Status"] != "Active":
        raise No(400, "InvalidAccessKeyId.Inactive")
    action, asked = headers["x-acs-action"], {**dict(urllib.parse.parse_qsl(body.decode())), **query}
    region = asked.get("RegionId") or "cn-hangzhou"
    event = {"eventName": action, "eventTime": now(), "acsRegion": region, "serviceName": "x", "userAgent": headers.get("user-agent", ""),
             "sourceIpAddress": (re.search("from=([0-9.]+)", headers.get("user-agent", "")) or ["", "127.0.0.1"])[1],
             "userIdentity": {"accessKeyId": key_id, "userName": name, "accountId": ACCOUNT}, "requestParameters": asked}
    allowed = action == "GetCallerIdentity" or any(p["PolicyName"] == ADMIN for p in USERS[name]["policies"])
    try:
        if not allowed:
            raise No(403, "NoPermission")
        # Restrictive protection: what is dangerous is refused for a key that was seen in public, whatever its policies say.
        if name == "flagged" and action in CHANGES:
            raise No(403, "Forbidden", "There is a risk of leakage of this AccessKey.")
        if action == "LookupEvents":
            return {**lookup(asked, name, region_asked(path)), "RequestId": "1"}
        if action in READS:
            return {**READS[action](asked, name), "RequestId": "1"}
        done = {**CHANGES[action](asked, name), "RequestId": "1"}
        TRAIL.append({**event, "responseElements": json.loads(json.dumps(done), object_hook=lambda d: {k: v for k, v in d.items() if k != "AccessKeySecret"})})
        return done
    except No as why:
        if action in CHANGES or not allowed:
            TRAIL.append({**event, "errorCode": why.args[1]})
        raise


def region_asked(path):
    """The host would name the region; all hosts are one here, so the client puts it first in the path."""
    first = path.strip("/").split("/")[0]
    return first if first in REGIONS else "cn-hangzhou"


def owner_or_none(key_id):
    try:
        return owner(key_id)
    except No:
        return None, None


def told(*asked):
    try:
        with LOCK:
            return 200, answer(*asked)
    except No as why:
        return why.args[0], {"Code": why.args[1], "Message": why.args[2] if len(why.args) > 2 else "no", "RequestId": "1"}


if __name__ == "__main__":
    for name in ["root-admin", "build", "flagged"]:
        create_user({"UserName": name}, "")
        attach({"UserName": name, "PolicyName": ADMIN, "PolicyType": "System"}, "")
    USERS["root-admin"]["login"] = {"CreateDate": now(), "Status": "Active", "MFABindRequired": True}
    USERS["root-admin"]["mfa"] = f"acs:ram::{ACCOUNT}:mfa/root-admin"
    ROLES["app"] = {"RoleName": "app", "CreateDate": now(), "AssumeRolePolicyDocument": json.dumps(
        {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ecs.aliyuncs.com"]}}], "Version": "1"})}
    keys = {name: new_key(name) for name in ["root-admin", "build", "build", "flagged"]}
    print(json.dumps({name: [key["AccessKeyId"], key["AccessKeySecret"]] for name, key in keys.items()}), flush=True)
    serve(int(sys.argv[1]), told)
