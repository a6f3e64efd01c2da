"""What schemathesis may not do to itself, and two checks that it does not have."""

import json
import os
import pathlib

import schemathesis

# What a request that its schema allows may still be refused for: what there is and what there is not, what two fields say
# together, and forms that no pattern describes. A refusal for anything else is one that the document has to announce.
BEYOND_SCHEMAS = {
    "conflicting",
    "idempotency_key_reused",
    "invalid_cursor",
    "invalid_email",
    "invalid_hostname",
    "ip_address",
    "number_out_of_range",
    "required",  # one of two fields
    "single_label",
    "unchanged",
    "unknown_reference",
    "wrong_password",
}
# Passwords that are long enough and still easy to guess.
BEYOND_SCHEMAS_START = "password_"
TOO_SHORT = "password_too_short"

SPARES = json.loads(pathlib.Path(os.environ["FUZZ_SPARES"]).read_text())


@schemathesis.hook
def before_call(context, case, kwargs):
    """Nothing is left out of the test, but a change that would saw off the branch that the fuzzer sits on (its own account,
    its tenant's proven domain, the default tier) goes to a spare of the same kind instead."""
    if case.method.upper() != "GET" and isinstance(case.path_parameters, dict):
        for name, value in case.path_parameters.items():
            if isinstance(value, str) and value in SPARES:
                case.path_parameters[name] = SPARES[value]
    if case.meta is not None and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        reach(case.body)


def reach(body):
    """Leads every other valid body past what is checked first: to a role and a tier that are there, and one of two fields."""
    if len(json.dumps(body, default=str)) % 2:
        return
    for name, there in (("role", "support"), ("tier", "standard"), ("permissions", ["users:read"])):
        if name in body:
            body[name] = there
    for one, other in (("company_name", "company_id"), ("password", "generate_password"), ("password", "generate")):
        if one in body:
            body.pop(other, None)


def problem_of(response):
    if response.status_code < 400 or "problem+json" not in str(response.headers.get("content-type", "")):
        return None
    return response.json()


@schemathesis.check
def problem_code_conformance(ctx, response, case):
    """What status_code_conformance is to statuses: the operation declares every problem code that it answers."""
    problem = problem_of(response)
    if problem is None or problem["code"] == "method_not_allowed":
        return
    operation = case.operation.definition.raw
    declared = operation.get("responses", {}).get(str(response.status_code), {}).get("x-problem-codes")
    if declared is not None and problem["code"] not in declared:
        raise AssertionError(f"{response.status_code} {problem['code']} is not declared: {problem['detail']}")


@schemathesis.check
def announced_refusal(ctx, response, case):
    """What positive_data_acceptance is to statuses: a request that its schema allows is refused for a reason that no
    schema can say, or not at all."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    problem = problem_of(response)
    if not positive or problem is None or response.status_code not in (400, 422):
        return
    codes = {fault["code"] for fault in problem.get("errors", ())} or {problem["code"]}
    unannounced = {
        code
        for code in codes
        if code == TOO_SHORT or (code not in BEYOND_SCHEMAS and not code.startswith(BEYOND_SCHEMAS_START))
    }
    if unannounced:
        raise AssertionError(f"the schema allows what is refused as {sorted(unannounced)}: {json.dumps(problem)}")
