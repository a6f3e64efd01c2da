//! The OpenAPI document as a list of operations.

use serde_json::Value;

use crate::support::TestApp;

/// The document.
pub(crate) struct Document {
    pub(crate) root: Value,
    pub(crate) operations: Vec<Operation>,
}

/// What can be done at a path.
#[derive(Clone)]
pub(crate) struct Operation {
    /// `operationId`.
    pub(crate) id: String,
    pub(crate) method: String,
    /// With its `{parameters}`.
    pub(crate) path: String,
    pub(crate) tag: String,
    /// Whether it needs no sign-in.
    pub(crate) is_public: bool,
    /// What the document says that it needs beyond being signed in.
    pub(crate) permission: Option<String>,
    /// The schema of its body, references resolved.
    pub(crate) body: Option<Value>,
    /// All that the document says.
    pub(crate) spec: Value,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Document {
    /// The document that a service serves.
    pub(crate) fn of(app: &TestApp) -> Self {
        let root = app.anonymous().get("/openapi.json").expect(200).body;
        let paths = root["paths"].as_object().unwrap().clone();
        let operations = paths
            .iter()
            .flat_map(|(path, item)| operations_of(&root, path, item))
            .collect();
        Self { root, operations }
    }

    /// Those that need a sign-in.
    pub(crate) fn signed_in(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(|op| !op.is_public)
    }

    /// Whether the body of a success has this field.
    pub(crate) fn answers(&self, operation: &Operation, field: &str) -> bool {
        let content = &operation.spec["responses"]["200"]["content"]["application/json"];
        let schema = resolve(&self.root, content["schema"].clone());
        super::sample::properties_of(&schema).contains_key(field)
    }

    /// The operation of a method at a path, where there is one.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|op| op.method == method && op.path == path)
    }
}

impl Operation {
    /// The collection that its first path parameter picks from, and that parameter's name.
    pub(crate) fn target(&self) -> Option<(&str, &str)> {
        let (collection, rest) = self.path.split_once("/{")?;
        Some((collection, rest.split_once('}')?.0))
    }

    /// The path with its first parameter filled in.
    pub(crate) fn path_to(&self, value: &str) -> String {
        match self.target() {
            Some((_, name)) => self.path.replace(&format!("{{{name}}}"), value),
            None => self.path.clone(),
        }
    }

    /// Whether it belongs to the Users section, which the white-label gate closes.
    pub(crate) fn is_of_users_section(&self) -> bool {
        let below = self.path.strip_prefix("/v1/users");
        self.tag == "Users"
            || self.path.starts_with("/v1/invitations")
            || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The names of its parameters in the query, the path or the head.
    pub(crate) fn parameters(&self, place: &str) -> Vec<&str> {
        let all = self.spec["parameters"].as_array().map(Vec::as_slice);
        all.unwrap_or_default()
            .iter()
            .filter(|parameter| parameter["in"] == place)
            .filter_map(|parameter| parameter["name"].as_str())
            .collect()
    }

    /// The statuses that the document names.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let responses = self.spec["responses"].as_object().unwrap();
        responses
            .keys()
            .filter_map(|key| key.parse().ok())
            .collect()
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

fn operations_of(root: &Value, path: &str, item: &Value) -> Vec<Operation> {
    let here = METHODS.into_iter().filter_map(|method| {
        let spec = item.get(method)?.clone();
        Some(operation(root, method, path, spec))
    });
    here.collect()
}

fn operation(root: &Value, method: &str, path: &str, spec: Value) -> Operation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let security = spec["security"].as_array().cloned().unwrap_or_default();
    let scopes = security.first().map(|scheme| &scheme["bearer"]);
    let body = spec["requestBody"]["content"].as_object();
    let schema = body.map(|content| content.values().next().unwrap()["schema"].clone());
    Operation {
        id: text(&spec["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        tag: text(&spec["tags"][0]),
        is_public: security.is_empty(),
        permission: scopes
            .and_then(|scopes| scopes[0].as_str())
            .map(str::to_owned),
        body: schema.map(|schema| resolve(root, schema)),
        spec,
    }
}

/// The value with every reference replaced by what it refers to.
fn resolve(root: &Value, value: Value) -> Value {
    match value {
        Value::Object(fields) => match fields.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let target = root.pointer(reference.trim_start_matches('#'));
                resolve(
                    root,
                    target
                        .unwrap_or_else(|| panic!("{reference} refers to nothing"))
                        .clone(),
                )
            }
            None => fields
                .into_iter()
                .map(|(name, value)| (name, resolve(root, value)))
                .collect(),
        },
        Value::Array(items) => items.into_iter().map(|item| resolve(root, item)).collect(),
        other => other,
    }
}
