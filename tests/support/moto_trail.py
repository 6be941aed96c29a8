"""moto_server, strict (see moto_strict.py), with a CloudTrail that has seen every call: LookupEvents by AccessKeyId or
Username, region by region, two events a page. A client's User-Agent may say `from=ADDRESS`, where it pretends to be."""
import datetime, json, pathlib, re, runpy, xml.etree.ElementTree as ET
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.responses import BaseResponse

EVENTS = []
QUIET = re.compile("^(LookupEvents|Describe|List|Get(?!SessionToken|FederationToken))")
plain = BaseResponse.call_action


def lower(name):
    return name[:1].lower() + name[1:]


def tree(node):
    children = list(node)
    if not children:
        return node.text
    names = [child.tag.split("}")[-1] for child in children]
    if set(names) <= {"item", "member"}:
        return {"items": [tree(child) for child in children]}
    return {lower(name): tree(child) for name, child in zip(names, children)}


def elements(body):
    try:
        root = ET.fromstring(body)
    except ET.ParseError:
        return None
    found = {}
    for child in root:
        name = child.tag.split("}")[-1]
        inner = tree(child)
        found.update(inner if name.endswith("Result") and isinstance(inner, dict) else {lower(name): inner})
    return found


def call_action(self):
    done = plain(self)
    action = self._get_action()
    authorization = self.headers.get("Authorization", "")
    key = re.search("Credential=([^/]+)/[^/]+/([^/]+)/([^/]+)/", authorization)
    if key and not QUIET.match(action):
        status, _, body = done
        asked = {lower(k): v[0] for k, v in self.querystring.items() if isinstance(v, list) and k not in ("Action", "Version")}
        agent = self.headers.get("User-Agent", "")
        told = {
            "eventTime": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventName": action, "eventSource": key[3] + ".amazonaws.com", "userAgent": agent,
            "sourceIPAddress": (re.search("from=([0-9.]+)", agent) or ["", "127.0.0.1"])[1],
            "userIdentity": {"accessKeyId": key[1]}, "requestParameters": asked,
            "responseElements": elements(body) if status < 400 else None,
        }
        if status >= 400:
            told["errorCode"] = "AccessDenied" if status == 403 else "Error"
        EVENTS.append((key[2] if key[3] != "iam" else "us-east-1", key[1], told))
    return done


def lookup_events(self):
    asked = json.loads(self.body)
    assert isinstance(asked["StartTime"], int), "AWS wants a number"
    [how] = asked["LookupAttributes"]
    assert how["AttributeKey"] in ("AccessKeyId", "Username")
    fits = lambda key, told: (key if how["AttributeKey"] == "AccessKeyId" else told.get("user")) == how["AttributeValue"]
    found = [told for region, key, told in EVENTS if region == self.region and fits(key, told)]
    start = int(asked.get("NextToken", 0))
    page = [{"EventId": str(n), "EventName": told["eventName"], "CloudTrailEvent": json.dumps(told)}
            for n, told in enumerate(found)][start:start + 2]
    more = {"NextToken": str(start + 2)} if start + 2 < len(found) else {}
    return json.dumps({"Events": page, **more})


BaseResponse.call_action = call_action
CloudTrailResponse.lookup_events = lookup_events
runpy.run_path(str(pathlib.Path(__file__).with_name("moto_strict.py")), run_name="__main__")
