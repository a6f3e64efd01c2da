"""Fuzzes the service at ROSTER_URL with schemathesis, as the admins of two tenants that it makes there.

    make fuzz                                        two minutes, as CI does it
    FUZZ_EXAMPLES=200 FUZZ_SEED=7 make fuzz          thoroughly

Needs ROSTER_ADMIN_PASSWORD, the platform's admin's. Arguments go to schemathesis.
"""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
SCRATCH = ROOT / "target" / "fuzz"
URL = os.environ["ROSTER_URL"]
# Said by nobody but these accounts: no example of the document has it, so no request changes it by accident.
PASSWORD = "nobody but the fuzzer says this"
SEED = os.environ.get("FUZZ_SEED", "1")
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "30")
WHOSE = (
    "object_level_authorization,ignored_auth,use_after_free,not_a_server_error,status_code_conformance,"
    "problem_code_conformance"
)
# Sign-in is limited by address, and the fuzzer fails at it from its own all the time. The service believes this machine.
OWN_ADDRESS = {"X-Forwarded-For": "127.0.0.2"}


def call(method, path, body=None, token=None):
    headers = {"Content-Type": "application/json", **OWN_ADDRESS}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read()
    return json.loads(text) if text else None


def sign_in(email, password, **where):
    return call("POST", "/v1/auth/login", {"email": email, "password": password, **where})["access_token"]


def tenant(platform, slug):
    """A tenant with a proven domain and people, and the spares of what the fuzzer needs to go on."""
    email = f"admin@{slug}.example"
    admin = {"email": email, "full_name": f"Admin of {slug}", "password": PASSWORD}
    made = call("POST", "/v1/tenants", {"name": slug, "slug": slug, "admin": admin}, platform)
    token = sign_in(email, PASSWORD, tenant=slug)
    domain, spare_domain = [
        call("POST", "/v1/domains", {"hostname": f"{name}.{slug}.localhost"}, token)["id"] for name in ("app", "spare")
    ]
    call("POST", f"/v1/domains/{domain}/verification", {}, token)
    own = call("GET", "/v1/me", token=token)
    spare = {"email": f"spare@{slug}.example", "full_name": "Spare Admin", "role": "admin", "password": PASSWORD}
    spare = call("POST", "/v1/users", spare, token)
    call("POST", "/v1/tiers", {"key": "spare", "name": "Spare", "features": ["*"]}, token)
    call("POST", "/v1/roles", {"key": "support", "name": "Support", "permissions": ["users:read"]}, token)
    for name in ("Ana Silva", "Bo Chen"):
        person = {
            "email": f"{name.split()[0].lower()}@{slug}.example",
            "full_name": name,
            "company_name": f"{name.split()[1]} of {slug}",
            "role": "support",
            "generate_password": True,
        }
        call("POST", "/v1/users", person, token)
    return made["id"], {own["id"]: spare["id"], domain: spare_domain, "standard": "spare"}


def login(email, password, **where):
    """How schemathesis signs in (its Web Fuzzing Commons file)."""
    return {
        "endpoint": "/v1/auth/login",
        "verb": "POST",
        "contentType": "application/json",
        "headers": [{"name": name, "value": value} for name, value in OWN_ADDRESS.items()],
        "payloadRaw": json.dumps({"email": email, "password": password, **where}),
        "token": {
            "extractFrom": "body",
            "extractSelector": "/access_token",
            "sendIn": "header",
            "sendName": "Authorization",
            "sendTemplate": "Bearer {token}",
        },
    }


def schemathesis(title, *arguments):
    print(f"\n-- {title}", flush=True)
    environment = {
        **os.environ,
        "FUZZ_AUTH": str(SCRATCH / "auth.json"),
        "FUZZ_HOOKS": str(HERE / "hooks.py"),
        "FUZZ_SPARES": str(SCRATCH / "spares.json"),
    }
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"),
        "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{URL}/openapi.json",
        "--seed", SEED, "--max-examples", EXAMPLES,
        *arguments, *sys.argv[1:],
    ]
    return subprocess.run(command, env=environment, cwd=SCRATCH, check=False).returncode


def main():
    SCRATCH.mkdir(parents=True, exist_ok=True)
    password = os.environ["ROSTER_ADMIN_PASSWORD"]
    platform = sign_in("admin@roster.example", password)
    own = call("GET", "/v1/me", token=platform)
    spare, _ = tenant(platform, "spare")
    spares = {own["tenant"]["id"]: spare}
    for slug in ("north", "south"):
        id, of_tenant = tenant(platform, slug)
        spares |= {id: spare, **of_tenant}
    (SCRATCH / "spares.json").write_text(json.dumps(spares))
    entries = [
        *((slug, login(f"admin@{slug}.example", PASSWORD, tenant=slug)) for slug in ("north", "south")),
        ("platform", login("admin@roster.example", password)),
    ]
    entries = [{"name": name, "loginEndpointAuth": how} for name, how in entries]
    (SCRATCH / "auth.json").write_text(json.dumps({"auth": entries}))

    everything = ("--checks", "all", "--exclude-checks", "object_level_authorization")
    failed = schemathesis("every check, as the admin of one tenant", *everything)
    failed |= schemathesis("what belongs to whom, as the admins of two tenants", "--checks", WHOSE)
    # Only the platform's people may do this; everybody else was refused above.
    tags = ("--include-tag", "Tenants", "--include-tag", "Permissions")
    failed |= schemathesis("what is the platform's, as its admin", *everything, "--auth-wfc-user", "platform", *tags)
    sys.exit(failed)


if __name__ == "__main__":
    main()
