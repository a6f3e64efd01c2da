//! Makers of what most tests begin with: a tenant with its admin and an open gate, and users in it.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::{Client, PASSWORD, TestApp};

/// A tenant, made over HTTP as the platform makes one.
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) slug: String,
    /// Its first admin, signed in.
    pub(crate) admin: Client,
    pub(crate) admin_email: String,
}

/// A word that no other call gives.
pub(crate) fn unique(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The body of a new user.
pub(crate) fn new_user(email: &str, full_name: &str, role: &str) -> Value {
    json!({ "email": email, "full_name": full_name, "role": role, "password": PASSWORD })
}

impl TestApp {
    /// A tenant whose Users section is still closed.
    pub(crate) fn closed_tenant(&self, name: &str) -> Tenant {
        let slug = unique("agency");
        let email = format!("admin@{slug}.example");
        let admin = json!({ "email": email, "full_name": format!("Admin of {name}"), "password": PASSWORD });
        let body = json!({ "name": name, "slug": slug, "seat_limit": null, "admin": admin });
        let id = self.platform().post("/v1/tenants", &body).expect(201).id();
        let admin = self.sign_in(&slug, &email, PASSWORD);
        Tenant {
            id,
            slug,
            admin,
            admin_email: email,
        }
    }

    /// A tenant with a proven domain.
    pub(crate) fn tenant(&self, name: &str) -> Tenant {
        let tenant = self.closed_tenant(name);
        tenant.open();
        tenant
    }
}

impl Tenant {
    /// Proves a domain; answers its id.
    pub(crate) fn open(&self) -> String {
        self.prove(&format!("{}.localhost", unique("app")))
    }

    /// Proves a domain of this name under `localhost`; answers its id.
    pub(crate) fn prove(&self, hostname: &str) -> String {
        let body = json!({ "hostname": hostname });
        let id = self.admin.post("/v1/domains", &body).expect(201).id();
        self.admin
            .post(&format!("/v1/domains/{id}/verification"), &json!({}))
            .expect(200);
        id
    }

    /// Adds an active user with [`PASSWORD`]; answers the id.
    pub(crate) fn add(&self, email: &str, full_name: &str, role: &str) -> String {
        self.admin
            .post("/v1/users", &new_user(email, full_name, role))
            .expect(201)
            .id()
    }

    /// Adds a user and signs in as them.
    pub(crate) fn add_and_sign_in(
        &self,
        app: &TestApp,
        email: &str,
        full_name: &str,
        role: &str,
    ) -> (String, Client) {
        let id = self.add(email, full_name, role);
        (id, app.sign_in(&self.slug, email, PASSWORD))
    }

    /// Adds a role with these permissions.
    pub(crate) fn add_role(&self, key: &str, permissions: &[&str]) {
        let body = json!({ "key": key, "name": key, "permissions": permissions });
        self.admin.post("/v1/roles", &body).expect(201);
    }

    /// Adds a tier with this many seats.
    pub(crate) fn add_tier(&self, key: &str, seat_limit: Option<u32>) {
        let body = json!({ "key": key, "name": key, "seat_limit": seat_limit });
        self.admin.post("/v1/tiers", &body).expect(201);
    }

    /// The newest activity entry of this action about this target; fails where there is none.
    pub(crate) fn newest_entry(&self, action: &str, target_id: &str) -> Value {
        let path = format!("/v1/activity?action={action}&target_id={target_id}&limit=1");
        let list = self.admin.get(&path).expect(200);
        let entry = list.body["data"][0].clone();
        assert!(entry.is_object(), "no {action} of {target_id}");
        entry
    }

    /// How often this was done to this target.
    pub(crate) fn count_entries(&self, action: &str, target_id: &str) -> i64 {
        let path = format!("/v1/activity?action={action}&target_id={target_id}&include_total=true");
        let list = self.admin.get(&path).expect(200);
        list.body["total"].as_i64().unwrap()
    }

    /// Its first admin's id.
    pub(crate) fn admin_id(&self) -> String {
        self.admin.get("/v1/me").expect(200).id()
    }
}
