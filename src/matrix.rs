//! Who may do what, as tables for people. They are written from the constants that the guards name and from the OpenAPI
//! document, so that nobody keeps them by hand.

use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::access::{PurgeUsers, ReadUsers, SERVICE_PERMISSIONS, service_permission};
use crate::error::{Error, Result};
use crate::permissions;
use crate::roles::{ADMIN, BUILTIN, Builtin};

const INTRODUCTION: &str = "# Who may do what

The roles that every tenant starts with, and what they allow. `make openapi` writes this file from the code; a test
compares it. Tenants edit `manager` and `user` and add roles of their own; `admin` always holds everything of its tenant.
";
const PERMISSIONS: &str = "
## Roles and permissions

`platform`: only in the platform's own tenant. A permission of the application (the CMS) counts where the user's
subscription tier includes it too.
";
const OPERATIONS: &str = "
## Roles and operations

Everything under `/v1/users` is closed until the tenant's first domain is proven, whatever the role.
";
/// In the order in which the operations of a path are listed.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The tables, as Markdown.
pub(crate) fn markdown(document: &OpenApi) -> Result<String> {
    let document = serde_json::to_value(document).map_err(Error::internal)?;
    let mut lines = vec![INTRODUCTION.to_owned() + PERMISSIONS];
    lines.extend(heading("permission", "what it allows"));
    lines.extend(catalogue().into_iter().map(|(key, name)| {
        let cells = BUILTIN.map(|role| cell(&role, key));
        row(&format!("`{key}`"), name, cells)
    }));
    lines.push(OPERATIONS.to_owned());
    lines.extend(heading("operation", "needs"));
    lines.extend(operations(&document));
    lines.push(format!(
        "\n`DELETE /v1/users/{{id}}?purge=true` needs `{}` too, and `POST /v1/access/check` about others `{}`.",
        PurgeUsers::KEY,
        ReadUsers::KEY
    ));
    Ok(lines.join("\n") + "\n")
}

fn heading(first: &str, second: &str) -> [String; 2] {
    let columns = BUILTIN.map(|role| role.key);
    [row(first, second, columns), row("---", "---", ["---"; 3])]
}

fn row(first: &str, second: &str, cells: [&str; 3]) -> String {
    format!("| {first} | {second} | {} |", cells.join(" | "))
}

/// Key and name of every permission of a new installation, by key.
fn catalogue() -> Vec<(&'static str, &'static str)> {
    let own = SERVICE_PERMISSIONS.iter().map(|own| (own.key, own.name));
    let mut all: Vec<_> = own.chain(permissions::BUILTIN).collect();
    all.sort_unstable();
    all
}

fn cell(role: &Builtin, permission: &str) -> &'static str {
    let of_platform = service_permission(permission).is_some_and(|own| own.platform_only);
    match role.key {
        ADMIN if of_platform => "platform",
        ADMIN => "yes",
        _ if role.permissions.contains(&permission) => "yes",
        _ => "",
    }
}

/// A row for every operation, by path.
fn operations(document: &Value) -> Vec<String> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut paths: Vec<_> = paths.into_iter().flatten().collect();
    paths.sort_by_key(|(path, _)| *path);
    let of_path = |(path, item): (&String, &Value)| {
        let rows = METHODS.iter().filter_map(|method| {
            let name = format!("`{} {path}`", method.to_uppercase());
            Some(operation(&name, item.get(method)?))
        });
        rows.collect::<Vec<_>>()
    };
    paths.into_iter().flat_map(of_path).collect()
}

fn operation(name: &str, operation: &Value) -> String {
    let scheme = operation.pointer("/security/0");
    let permission = scheme.and_then(|scheme| scheme.pointer("/bearer/0"));
    match permission.and_then(Value::as_str) {
        Some(permission) => {
            let cells = BUILTIN.map(|role| cell(&role, permission));
            row(name, &format!("`{permission}`"), cells)
        }
        None if scheme.is_some() => row(name, "a sign-in", ["yes"; 3]),
        None => row(name, "nothing", ["yes"; 3]),
    }
}
