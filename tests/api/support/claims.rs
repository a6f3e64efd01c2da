//! Claims of host names, and what is done with them over HTTP.

use serde_json::{Value, json};

use super::Client;

/// Claims a host name; answers the domain.
pub(crate) fn claim(admin: &Client, hostname: &str) -> Value {
    let body = json!({ "hostname": hostname });
    admin.post("/v1/domains", &body).expect(201).body
}

/// Has a domain verified now; answers it as it stands then.
pub(crate) fn verify(admin: &Client, domain: &Value) -> Value {
    let path = format!("{}/verification", path_of(domain));
    admin.post(&path, &json!({})).expect(200).body
}

/// A domain as it stands.
pub(crate) fn read_domain(admin: &Client, domain: &Value) -> Value {
    admin.get(&path_of(domain)).expect(200).body
}

/// The name and the value of the record that proves a domain.
pub(crate) fn record_of(domain: &Value) -> (&str, &str) {
    let record = &domain["verification"]["record"];
    (
        record["name"].as_str().unwrap(),
        record["value"].as_str().unwrap(),
    )
}

fn path_of(domain: &Value) -> String {
    format!("/v1/domains/{}", domain["id"].as_str().unwrap())
}
