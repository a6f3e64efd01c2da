// What an integrator does first, with the types of openapi-typescript and nothing that goes around them.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const { ROSTER_URL: baseUrl, ROSTER_ADMIN_PASSWORD: password } = process.env;
assert(baseUrl && password);

const api = createClient<paths>({ baseUrl });

// Signing in
const signedIn = await api.POST("/v1/auth/login", { body: { email: "admin@roster.example", password } });
assert(signedIn.data, signedIn.error?.title);
const token = signedIn.data.access_token;
api.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
});

// Setting up a domain
const claim = await api.POST("/v1/domains", { body: { hostname: "openapi-fetch.localhost" } });
assert(claim.data, claim.error?.title);
const domain = { params: { path: { id: claim.data.id } } };
const proof = await api.POST("/v1/domains/{id}/verification", domain);
assert(proof.data, proof.error?.title);
assert.equal(proof.data.status, "active");
assert.equal(proof.data.verification.failure, null);

// Adding a user
const body: components["schemas"]["CreateUser"] = {
  email: "ana.silva@openapi-fetch.example",
  full_name: "Ana Silva",
  company_name: "Northwind Traders",
  role: "manager",
  generate_password: true,
};
const made = await api.POST("/v1/users", { body });
assert(made.data, made.error?.title);
assert.equal(made.data.full_name, "Ana Silva");
assert(made.data.generated_password);

// What is wrong is said field by field
const wrong = await api.POST("/v1/users", { body: { ...body, email: "ana silva@openapi-fetch.example" } });
assert.equal(wrong.error?.code, "validation_failed");
assert.equal(wrong.error.errors?.[0]?.pointer, "/email");

// Finding her
const found = await api.GET("/v1/users", { params: { query: { q: "silva openapi-fetch", include_total: true } } });
assert(found.data, found.error?.title);
assert.equal(found.data.total, 1);
const ana = found.data.data[0];
assert(ana);
assert.equal(ana.id, made.data.id);

// Editing her as she was read; who comes second is told so
const read = await api.GET("/v1/users/{id}", { params: { path: { id: ana.id } } });
const etag = read.response.headers.get("ETag");
assert(etag);
const asRead = { path: { id: ana.id }, header: { "If-Match": etag } };
const edited = await api.PATCH("/v1/users/{id}", { params: asRead, body: { full_name: "Ana María Silva" } });
assert(edited.data, edited.error?.title);
assert.equal(edited.data.full_name, "Ana María Silva");
const late = await api.PATCH("/v1/users/{id}", { params: asRead, body: { full_name: "Somebody Else" } });
assert.equal(late.response.status, 412);
assert.equal(late.error?.code, "stale_version");

// Removing her
const removed = await api.DELETE("/v1/users/{id}", { params: { path: { id: ana.id } } });
assert.equal(removed.response.status, 204);
const gone = await api.GET("/v1/users/{id}", { params: { path: { id: ana.id } } });
assert.equal(gone.error?.code, "not_found");
