// What an integrator does first, with the classes of openapi-generator's typescript-fetch and nothing that goes around them.
import assert from "node:assert/strict";
import {
  Configuration,
  DomainsApi,
  ProblemFromJSON,
  ResponseError,
  SignInApi,
  UsersApi,
  type CreateUser,
  type Problem,
} from "./api/index.js";

const { ROSTER_URL: basePath, ROSTER_ADMIN_PASSWORD: password } = process.env;
assert(basePath && password);

/** The problem that a call ends with. */
async function problemOf(call: Promise<unknown>): Promise<Problem> {
  try {
    await call;
  } catch (error) {
    assert(error instanceof ResponseError);
    return ProblemFromJSON(await error.response.json());
  }
  assert.fail("nothing went wrong");
}

// Signing in
const signIn = new SignInApi(new Configuration({ basePath }));
const tokens = await signIn.logIn({ login: { email: "admin@roster.example", password } });
const signedIn = new Configuration({ basePath, accessToken: tokens.accessToken });
const domains = new DomainsApi(signedIn);
const users = new UsersApi(signedIn);

// Setting up a domain
const claim = await domains.createDomain({ createDomain: { hostname: "typescript-fetch.localhost" } });
const proven = await domains.verifyDomain({ id: claim.id });
assert.equal(proven.status, "active");

// Adding a user
const createUser: CreateUser = {
  email: "ana.silva@typescript-fetch.example",
  fullName: "Ana Silva",
  companyName: "Northwind Traders",
  role: "manager",
  generatePassword: true,
};
const made = await users.createUser({ createUser });
assert.equal(made.fullName, "Ana Silva");
assert(made.generatedPassword);

// What is wrong is said field by field
const wrong = await problemOf(users.createUser({ createUser: { ...createUser, email: "ana silva@x.example" } }));
assert.equal(wrong.code, "validation_failed");
assert.equal(wrong.errors?.[0]?.pointer, "/email");

// Finding her
const found = await users.listUsers({ q: "silva typescript-fetch", includeTotal: true });
assert.equal(found.total, 1);
const ana = found.data[0];
assert(ana);
assert.equal(ana.id, made.id);

// Editing her as she was read; who comes second is told so
const read = await users.getUserRaw({ id: ana.id });
const ifMatch = read.raw.headers.get("ETag");
assert(ifMatch);
const edited = await users.updateUser({ id: ana.id, ifMatch, updateUser: { fullName: "Ana María Silva" } });
assert.equal(edited.fullName, "Ana María Silva");
const late = await problemOf(users.updateUser({ id: ana.id, ifMatch, updateUser: { fullName: "Somebody Else" } }));
assert.equal(late.status, 412);
assert.equal(late.code, "stale_version");

// Removing her
await users.deleteUser({ id: ana.id });
const gone = await problemOf(users.getUser({ id: ana.id }));
assert.equal(gone.code, "not_found");
