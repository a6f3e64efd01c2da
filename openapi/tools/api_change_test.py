"""Does api_change.py find what breaks, and nothing else? Each case changes one thing of a small document."""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).parent / "api_change.py"

PERSON = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "nick": {"type": ["string", "null"]}},
}
NEW = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "nick": {"type": "string"}}}
BODY = {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}
ANSWER = {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}
WRONG = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
RELEASED = {
    "openapi": "3.1.0",
    "info": {"title": "People", "version": "0.1.0"},
    "paths": {
        "/people": {
            "post": {
                "operationId": "create_person",
                "parameters": [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {"required": True, "content": BODY},
                "responses": {
                    "201": {"description": "Made", "content": ANSWER},
                    "422": {"description": "Wrong", "content": WRONG},
                },
            }
        },
        "/people/{id}": {
            "get": {
                "operationId": "get_person",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "Here", "content": ANSWER}},
            }
        },
    },
    "components": {
        "schemas": {
            "Person": PERSON,
            "New": NEW,
            "Problem": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
        }
    },
}


def post(document):
    return document["paths"]["/people"]["post"]


def schema(document, name):
    return document["components"]["schemas"][name]


def rename_field(document):
    properties = schema(document, "Person")["properties"]
    properties["full_name"] = properties.pop("name")
    schema(document, "Person")["required"] = ["id", "full_name"]


def next_version(document):
    schema(document, "Person")["properties"].pop("nick")
    document["info"]["version"] = "0.2.0"


BREAKING = {
    "a field of answers is removed": lambda d: schema(d, "Person")["properties"].pop("nick"),
    "a field of answers is renamed": rename_field,
    "a field of answers has another type": lambda d: schema(d, "Person")["properties"].update(id={"type": "integer"}),
    "a field of problems is removed": lambda d: schema(d, "Problem").update(required=[], properties={}),
    "a field of requests is refused": lambda d: schema(d, "New")["properties"].pop("nick"),
    "a field of requests is required": lambda d: schema(d, "New")["required"].append("nick"),
    "a parameter is refused": lambda d: post(d)["parameters"].clear(),
    "a parameter is required": lambda d: post(d)["parameters"][0].update(required=True),
    "an operation is removed": lambda d: d["paths"].pop("/people/{id}"),
    "a success has another status": lambda d: post(d)["responses"].update({"200": post(d)["responses"].pop("201")}),
    "the version says it, the notes do not": next_version,
}
PASSING = {
    "nothing": lambda d: None,
    "a field of answers is added": lambda d: schema(d, "Person")["properties"].update(age={"type": "integer"}),
    "a field of requests is added": lambda d: schema(d, "New")["properties"].update(age={"type": "integer"}),
    "a status is added": lambda d: post(d)["responses"].update({"409": {"description": "Taken"}}),
    "an error does not happen any more": lambda d: post(d)["responses"].pop("422"),
    "a text changes": lambda d: schema(d, "Person").update(description="Somebody"),
}


def passes(change, notes=""):
    now = copy.deepcopy(RELEASED)
    change(now)
    with tempfile.TemporaryDirectory() as scratch:
        files = [pathlib.Path(scratch, name) for name in ("released.json", "now.json", "CHANGES.md")]
        for file, text in zip(files, (json.dumps(RELEASED), json.dumps(now), notes), strict=True):
            file.write_text(text)
        run = subprocess.run([sys.executable, SCRIPT, *files], capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1) or "Traceback" in run.stderr or "not understood" in run.stderr:
        sys.exit(run.stdout + run.stderr)
    return run.returncode == 0


def main():
    cases = [
        *((name, False, passes(change)) for name, change in BREAKING.items()),
        *((name, True, passes(change)) for name, change in PASSING.items()),
        ("version and notes say it", True, passes(next_version, "# Changes\n\n## 0.2.0\n\nNo nicknames any more.\n")),
    ]
    wrong = [f"{name}: should {'pass' if should else 'fail'}" for name, should, does in cases if should is not does]
    print("\n".join(wrong) if wrong else f"the change check was right about {len(cases)} changes")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
