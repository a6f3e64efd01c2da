"""Does the API break somebody's client? Compares the document of the last release with the one of now.

    api_change.py <released> <now> <CHANGES.md>      exit 1 where it does and the version does not say so

Optic's rules for breaking changes decide, but for one (an error that does not happen any more breaks nobody), and one of
ours: whatever a request may send today it may send tomorrow, as unknown fields and parameters are refused. A breaking change passes where `info.version` says it (a new major version;
before 1.0 a new minor one) and CHANGES.md has a heading for that version.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

NODE_MODULES = pathlib.Path(os.environ["NODE_MODULES"])
METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM = "#/components/schemas/Problem"


def reduced(document):
    """The document as optic gets it: no texts, and the problem that every operation can answer once, not 600 times.

    Optic expands every reference, which took it 40 seconds.
    """

    def visit(node, inside_properties=False):
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, dict):
            return node
        if node.get("$ref") == PROBLEM:
            return {}
        texts = () if inside_properties else ("examples", "example", "description", "summary")
        return {key: visit(value, key == "properties") for key, value in node.items() if key not in texts}

    problem = {"description": "", "content": {"application/json": {"schema": {"$ref": PROBLEM}}}}
    result = visit(document)
    for operation in operations(result).values():
        for response in operation["responses"].values():
            response["description"] = ""
    result["components"]["schemas"] = visit(document["components"]["schemas"])
    result["paths"]["/problem"] = {"get": {"operationId": "problem", "responses": {"400": problem}}}
    result["info"] = {"title": "Roster", "version": "1"}
    return result


def operations(document):
    return {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def resolve(document, schema):
    while "$ref" in schema:
        node = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            node = node[step]
        schema = node
    return schema


def sendable(document, schema, at, seen=()):
    """Every field that a body may have, as a pointer."""
    if schema.get("$ref") in seen:
        return
    seen = (*seen, schema.get("$ref")) if "$ref" in schema else seen
    schema = resolve(document, schema)
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from sendable(document, part, at, seen)
    for name, property_schema in schema.get("properties", {}).items():
        yield f"{at}/{name}"
        yield from sendable(document, property_schema, f"{at}/{name}", seen)
    if isinstance(schema.get("items"), dict):
        yield from sendable(document, schema["items"], f"{at}/*", seen)


def requests(document):
    """What requests may send: (operation, parameter or field of the body)."""
    for (method, path), operation in operations(document).items():
        label = f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"
        for parameter in operation.get("parameters", ()):
            parameter = resolve(document, parameter)
            if parameter["in"] != "path":
                yield label, f"{parameter['in']} parameter {parameter['name']}"
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            yield label, f"a body of {media_type}"
            for pointer in sendable(document, content.get("schema", {}), ""):
                yield label, f"field {pointer} of the body"


def refused_now(before, now):
    there = {f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}" for method, path in operations(now)}
    gone = set(requests(before)) - set(requests(now))
    return [f"{label}: {what} is refused now" for label, what in sorted(gone) if label in there]


def optic(before, now):
    """What optic calls breaking."""
    with tempfile.TemporaryDirectory() as scratch:
        files = [pathlib.Path(scratch, name) for name in ("before.json", "now.json")]
        for file, document in zip(files, (before, now), strict=True):
            file.write_text(json.dumps(reduced(document)))
        standard = pathlib.Path(scratch, "optic.yml")
        standard.write_text("ruleset:\n  - breaking-changes\n")
        command = [NODE_MODULES / ".bin" / "optic", "diff", *files, "--check", "--standard", standard]
        environment = {**os.environ, "OPTIC_TELEMETRY_LEVEL": "off", "CI": "true"}
        run = subprocess.run(command, env=environment, cwd=scratch, capture_output=True, text=True, check=False)
    said = re.sub(r"\x1b\[[0-9;]*m", "", run.stdout)
    label, failed, found = "", False, []
    for line in said.splitlines():
        if operation := re.match(r"\S+ ((?:GET|PUT|POST|DELETE|PATCH) \S+):", line):
            label = operation[1]
        elif rule := re.match(r"\s+x (\[.*)", line):
            failed = True
            if not re.search(r"must not remove response status code [45]", rule[1]):
                found.append(f"{label}: {rule[1]}")
    if (run.returncode != 0) != failed:
        sys.exit(f"optic ended with {run.returncode}, which is not understood:\n{said}\n{run.stderr}")
    return found


def says_breaking(before, now, changes):
    """Whether version and notes say that clients break."""
    was, is_now = [tuple(map(int, document["info"]["version"].split("."))) for document in (before, now)]
    significant = 2 if was[0] == 0 and is_now[0] == 0 else 1
    return is_now[:significant] > was[:significant] and re.search(
        rf"^## {re.escape(now['info']['version'])}\b", changes, re.MULTILINE
    )


def main():
    before, now = [json.loads(pathlib.Path(name).read_text()) for name in sys.argv[1:3]]
    if before == now:
        print("the API is as it was released")
        return
    breaking = refused_now(before, now) + optic(before, now)
    for line in breaking:
        print(line)
    if not breaking:
        print(f"no client of {before['info']['version']} breaks")
    elif says_breaking(before, now, pathlib.Path(sys.argv[3]).read_text()):
        print(f"{now['info']['version']} breaks clients, and says so")
    else:
        sys.exit("clients break: openapi/CHANGES.md says what to do")


if __name__ == "__main__":
    main()
