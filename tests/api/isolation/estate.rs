//! A tenant with one of everything, under a word that stands nowhere else.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Response, Tenant, new_user, unique};
use crate::walk::{Operation, Walk};

/// Everything that a tenant can have one of, with words that stand nowhere else.
pub(super) struct Estate {
    pub(super) tenant: Tenant,
    pub(super) user: String,
    /// Who is invited.
    pub(super) guest: String,
    pub(super) role: String,
    pub(super) tier: String,
    pub(super) company: String,
    pub(super) domain: String,
    pub(super) session: String,
    /// What nobody else may ever see.
    pub(super) secrets: Vec<String>,
}

impl Estate {
    pub(super) fn build(walk: &Walk, name: &str) -> Self {
        let tenant = walk.app.tenant(name);
        let admin = &tenant.admin;
        let word = unique("zanzibar");
        let of = |collection: &str, body: Value| admin.post(collection, &body).expect(201);
        let company = of(
            "/v1/companies",
            json!({ "name": format!("Company {word}"), "external_id": format!("c-{word}") }),
        )
        .id();
        let role = format!("role-{word}");
        of(
            "/v1/roles",
            json!({ "key": role, "name": format!("Role {word}"), "permissions": ["users:read"] }),
        );
        let tier = format!("tier-{word}");
        of(
            "/v1/tiers",
            json!({ "key": tier, "name": format!("Tier {word}") }),
        );
        let domain = of(
            "/v1/domains",
            json!({ "hostname": format!("{word}.example") }),
        )
        .id();
        let email = format!("{word}@mail.example");
        let mut user = new_user(&email, &format!("User {word}"), &role);
        (user["company_id"], user["tier"], user["external_id"]) =
            (json!(company), json!(tier), json!(format!("u-{word}")));
        let user = of("/v1/users", user).id();
        let guest = of(
            "/v1/invitations",
            json!({ "email": format!("guest-{word}@mail.example"), "full_name": format!("Guest {word}"), "role": role }),
        )
        .id();
        walk.app.sign_in(&tenant.slug, &email, PASSWORD);
        let session = admin
            .get(&format!("/v1/users/{user}/sessions"))
            .expect(200)
            .text_of("/data/0/id");
        let mut secrets = vec![
            word,
            tenant.id.clone(),
            tenant.slug.clone(),
            tenant.admin_email.clone(),
        ];
        secrets
            .extend([&user, &guest, &role, &tier, &company, &domain, &session].map(Clone::clone));
        Self {
            tenant,
            user,
            guest,
            role,
            tier,
            company,
            domain,
            session,
            secrets,
        }
    }

    /// The path of an operation to what this tenant has there.
    pub(super) fn path(&self, operation: &Operation) -> String {
        let (collection, _) = operation.target().unwrap();
        let target = match collection {
            "/v1/users" => &self.user,
            "/v1/invitations" => &self.guest,
            "/v1/roles" => &self.role,
            "/v1/tiers" => &self.tier,
            "/v1/companies" => &self.company,
            "/v1/domains" => &self.domain,
            "/v1/me/sessions" => &self.session,
            other => {
                panic!("give Estate one of {other}, so that it is known to be out of others' reach")
            }
        };
        operation.path_to(target)
    }

    #[track_caller]
    pub(super) fn expect_unseen(&self, answer: &Response) {
        for secret in &self.secrets {
            assert!(
                !answer.text.contains(secret.as_str()),
                "{} tells {secret}: {}",
                answer.request,
                answer.text
            );
        }
    }

    /// All rows of this tenant but who was seen when.
    pub(super) fn fingerprint(&self, walk: &Walk) -> Vec<String> {
        let tables = [
            "links",
            "users",
            "roles",
            "tiers",
            "companies",
            "domains",
            "sessions",
            "passwords",
            "activity",
            "branding",
        ];
        let of = |table| {
            format!(
                "SELECT coalesce(string_agg(t::text, ',' ORDER BY t::text), '') FROM {table} t WHERE tenant_id = '{}'",
                self.tenant.id
            )
        };
        tables
            .map(|table| walk.app.database.text(&of(table)))
            .into()
    }
}
