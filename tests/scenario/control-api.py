"""Answers of a running agent against docs/control-api.yaml: ROOT FOLDER URL COMMAND. FOLDER has control.sock and
ut.sock; URL is a document that an application may ask for.
"""

import http.client
import json
import pathlib
import re
import socket
import sys

import jsonschema
import yaml

ROOT, FOLDER, URL = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
API = yaml.safe_load((ROOT / "docs/control-api.yaml").read_text(encoding="utf-8"))
METHODS = {"get", "head", "post", "put", "delete"}
DIGEST = "5e" * 32
KEY = {"naf": "kms.home1.net", "ua_protocol_id": "0100000006"}
# name: method, path, body, status. In this order, each once.
REQUESTS = {
    "status before": ("GET", "/status", None, 200),
    "status refused": ("POST", "/status", {}, 405),
    "status without a body": ("HEAD", "/status", None, 200),
    "a key": ("POST", "/keys", KEY, 200),
    "a key without the key": ("POST", "/keys", {**KEY, "with_key": False}, 200),
    "a key that nobody may have": ("POST", "/keys", {**KEY, "ua_protocol_id": "0100000002"}, 403),
    "a key for a malformed request": ("POST", "/keys", {**KEY, "naf": "192.0.2.1"}, 400),
    "where documents are": ("GET", "/xcap", None, 200),
    "the same without a body": ("HEAD", "/xcap", None, 200),
    "no documents put there": ("POST", "/xcap", {}, 405),
    "bootstrap": ("POST", "/bootstrap", None, 200),
    "bootstrap too soon": ("POST", "/bootstrap", None, 503),
    "bootstrap of nobody": ("POST", "/bootstrap", {"subscriber": "nobody"}, 400),
    "status after": ("GET", "/status", None, 200),
    "explain": ("POST", "/explain", {"method": "GET", "url": URL, "uid": 0, "gids": [0]}, 200),
    "explain a denial": ("POST", "/explain", {"method": "POST", "url": URL, "application": "presence"}, 200),
    "explain a stranger": ("POST", "/explain", {"method": "GET", "url": URL, "uid": 65534}, 200),
    "explain nothing": ("POST", "/explain", {}, 400),
    "reload dry": ("POST", "/reload", {"dry_run": True}, 200),
    "reload": ("POST", "/reload", None, 200),
    "reload malformed": ("POST", "/reload", {"dry_run": 1}, 400),
    "log level": ("PUT", "/log-level", {"level": "debug"}, 200),
    "log level unknown": ("PUT", "/log-level", {"level": "loud"}, 400),
    "token made": ("POST", "/tokens/make", {"application": "tcp-app", "sha256": DIGEST}, 200),
    "token for nobody": ("POST", "/tokens/make", {"application": "nobody", "sha256": DIGEST}, 400),
    "tokens": ("GET", "/tokens", None, 200),
    "tokens without a body": ("HEAD", "/tokens", None, 200),
    "tokens refused": ("PUT", "/tokens", {}, 405),
    "token revoked": ("POST", "/tokens/revoke", {"id": DIGEST[:12]}, 200),
    "token revoked again": ("POST", "/tokens/revoke", {"id": DIGEST[:12]}, 400),
    "numbers": ("GET", "/metrics", None, 200),
    "numbers without a body": ("HEAD", "/metrics", None, 200),
    "numbers refused": ("POST", "/metrics", {}, 405),
    "health": ("GET", "/health", None, 200),
    "health without a body": ("HEAD", "/health", None, 200),
    "health refused": ("POST", "/health", {}, 405),
    "ready": ("GET", "/ready", None, 200),
    "ready without a body": ("HEAD", "/ready", None, 200),
    "ready refused": ("POST", "/ready", {}, 405),
    "forget": ("POST", "/forget", None, 200),
    "forget nobody": ("POST", "/forget", {"subscriber": "nobody"}, 400),
    "no such path": ("GET", "/nothing", None, 404),
}


class Connection(http.client.HTTPConnection):
    def __init__(self, name):
        super().__init__("ut-agent", timeout=20)
        self.name = name

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(FOLDER / self.name))


def door(path):
    tags = {tag for one in API["paths"].get(path, {}).values() if "tags" in one for tag in one["tags"]}
    return "ut.sock" if "application" in tags else "control.sock"


def request(method, path, body):
    connection = Connection(door(path))
    connection.request(method, path, None if body is None else json.dumps(body), {})
    answer = connection.getresponse()
    return answer, answer.read()


def resolved(node):
    while "$ref" in node:
        where = API
        for part in node["$ref"].removeprefix("#/").split("/"):
            where = where[part]
        node = where
    return node


def validate(value, schema):
    # The references of the document are the schema's.
    whole = {**schema, "components": API["components"]}
    checker = jsonschema.FormatChecker()
    checker.checks("date-time")(lambda text: not isinstance(text, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)))
    jsonschema.Draft202012Validator(whole, format_checker=checker).validate(value)


def problem_names():
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs/problems.md").read_text(encoding="utf-8"), re.M))


def ask(method, path, body, status):
    answer, octets = request(method, path, body)
    print(answer.status, octets.decode()[:1000])
    assert answer.status == status, f"wanted {status}"
    operation = API["paths"].get(path, {}).get(method.lower())
    if operation is None:  # refused, as it is not in the document
        assert status in (404, 405)
        response = resolved(API["components"]["responses"]["Problem"])
    else:
        response = resolved(operation["responses"].get(str(status), operation["responses"]["default"]))
    if method == "HEAD":
        assert octets == b"" and "content" not in response
        return
    media, content = next(iter(response["content"].items()))
    assert answer.headers["Content-Type"] == media, answer.headers["Content-Type"]
    value = json.loads(octets) if "json" in media else octets.decode()
    validate(value, content["schema"])
    if media == "application/problem+json":
        assert value["status"] == status
        assert value["type"].removeprefix("urn:ut-agent:problem:") in problem_names(), value["type"]
    elif operation and operation.get("requestBody") and body is not None:
        validate(body, operation["requestBody"]["content"]["application/json"]["schema"])


def operations():
    return {(method.upper(), path) for path, item in API["paths"].items() for method in item if method in METHODS}


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node
        for one in node.values():
            yield from references(one)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def schemas(node):
    if isinstance(node, dict):
        if "schema" in node:
            yield node["schema"]
        for one in node.values():
            yield from schemas(one)


def document():
    assert API["openapi"].startswith("3.1.") and API["info"]["title"] and API["info"]["version"]
    for node in references(API):
        resolved(node)
    for schema in [*schemas(API["paths"]), *API["components"]["schemas"].values()]:
        jsonschema.Draft202012Validator.check_schema(schema)
    tags = {tag["name"] for tag in API["tags"]}
    names = []
    for path, item in API["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                names.append(operation["operationId"])
                assert set(operation["tags"]) <= tags and operation["summary"], path
                assert "200" in operation["responses"] and "default" in operation["responses"], path
                assert all("description" in resolved(one) for one in operation["responses"].values()), path
    assert len(names) == len(set(names))
    print(len(API["paths"]), "paths,", len(names), "operations,", len(API["components"]["schemas"]), "schemas")


def source():
    found = set()
    for file in (ROOT / "agent").rglob("*.cpp"):
        for path, methods in re.findall(r'"(/[a-z][a-z/-]*)",\s*"((?:GET|HEAD|POST|PUT|DELETE)(?:, (?:GET|HEAD|POST|PUT|DELETE))*)"',
                                        file.read_text(encoding="utf-8")):
            found |= {(method, path) for method in methods.split(", ")}
    print("only in the source:", found - operations(), "only in the document:", operations() - found)
    assert len(found) > 10 and found == operations()


def allow():
    for path in API["paths"]:
        answer, _ = request("DELETE", path, None)
        wanted = {method for method, one in operations() if one == path}
        given = set((answer.headers["Allow"] or "").split(", "))
        print(path, answer.status, given)
        assert answer.status == 405 and given == wanted, path
        other = "control.sock" if door(path) == "ut.sock" else "ut.sock"
        connection = Connection(other)
        connection.request("GET", path)
        assert connection.getresponse().status == 404, f"{path} is served at {other}"


def complete():
    good = {(method, path) for method, path, _, status in REQUESTS.values() if status == 200} | {("GET", "/events")}
    bad = {path for _, path, _, status in REQUESTS.values() if status >= 400} | {"/events"}
    print(operations() - good, set(API["paths"]) - bad)
    assert operations() <= good and set(API["paths"]) <= bad


def events():
    readers = []
    while True:
        connection = Connection("control.sock")
        connection.request("GET", "/events")
        answer = connection.getresponse()
        if answer.status != 200:
            break
        readers.append((connection, answer))
        assert len(readers) <= 8
    assert len(readers) == 8 and answer.status == 503
    validate(json.loads(answer.read()), API["components"]["schemas"]["Problem"])
    answer = readers[0][1]
    assert answer.headers["Content-Type"] == "text/event-stream"
    schema = API["paths"]["/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]["schema"]
    application = Connection("ut.sock")
    host, _, path = URL.removeprefix("http://").partition("/")
    application.request("GET", f"/{path}", headers={"Host": host})
    application.getresponse().read()
    kinds = []
    while "request" not in kinds:
        line = answer.readline().decode()
        if line.startswith("event: "):
            kinds.append(line[7:].strip())
        elif line.startswith("data: "):
            value = json.loads(line[6:])
            validate(value, schema)
            assert value["kind"] == kinds[-1]
    print(kinds)


def main():
    command = sys.argv[4]
    if command == "ask":
        for name, one in REQUESTS.items():
            try:
                ask(*one)
                print("ok", name)
            except Exception as problem:  # pylint: disable=broad-except
                print(*repr(problem).splitlines()[:5], "not ok " + name, sep="\n")
    elif command == "ask-broken":
        ask("POST", "/reload", None, 500)
    else:
        {"document": document, "source": source, "allow": allow, "complete": complete, "events": events}[command]()


main()
