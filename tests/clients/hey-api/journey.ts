// What an integrator does first, with the functions of @hey-api/openapi-ts and nothing that goes around them.
import assert from "node:assert/strict";
import { client } from "./api/client.gen.js";
import {
  createDomain,
  createUser,
  deleteUser,
  getUser,
  listUsers,
  logIn,
  updateUser,
  verifyDomain,
  type CreateUser,
} from "./api/index.js";

const { ROSTER_URL: baseUrl, ROSTER_ADMIN_PASSWORD: password } = process.env;
assert(baseUrl && password);
client.setConfig({ baseUrl });

// Signing in
const signedIn = await logIn({ body: { email: "admin@roster.example", password } });
assert(signedIn.data, signedIn.error?.title);
const token = signedIn.data.access_token;
client.setConfig({ auth: () => token });

// Setting up a domain
const claim = await createDomain({ body: { hostname: "hey-api.localhost" } });
assert(claim.data, claim.error?.title);
const proof = await verifyDomain({ path: { id: claim.data.id } });
assert(proof.data, proof.error?.title);
assert.equal(proof.data.status, "active");

// Adding a user
const body: CreateUser = {
  email: "ana.silva@hey-api.example",
  full_name: "Ana Silva",
  company_name: "Northwind Traders",
  role: "manager",
  generate_password: true,
};
const made = await createUser({ body });
assert(made.data, made.error?.title);
assert.equal(made.data.full_name, "Ana Silva");
assert(made.data.generated_password);

// What is wrong is said field by field
const wrong = await createUser({ body: { ...body, email: "ana silva@hey-api.example" } });
assert.equal(wrong.error?.code, "validation_failed");
assert.equal(wrong.error.errors?.[0]?.pointer, "/email");

// Finding her
const found = await listUsers({ query: { q: "silva hey-api", include_total: true } });
assert(found.data, found.error?.title);
assert.equal(found.data.total, 1);
const ana = found.data.data[0];
assert(ana);
assert.equal(ana.id, made.data.id);

// Editing her as she was read; who comes second is told so
const read = await getUser({ path: { id: ana.id } });
const etag = read.response?.headers.get("ETag");
assert(etag);
const asRead = { path: { id: ana.id }, headers: { "If-Match": etag } };
const edited = await updateUser({ ...asRead, body: { full_name: "Ana María Silva" } });
assert(edited.data, edited.error?.title);
assert.equal(edited.data.full_name, "Ana María Silva");
const late = await updateUser({ ...asRead, body: { full_name: "Somebody Else" } });
assert.equal(late.response?.status, 412);
assert.equal(late.error?.code, "stale_version");

// Removing her
const removed = await deleteUser({ path: { id: ana.id } });
assert.equal(removed.response?.status, 204);
const gone = await getUser({ path: { id: ana.id } });
assert.equal(gone.error?.code, "not_found");
