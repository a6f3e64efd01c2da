//! What no handler looks at: a path or method without a route (404, or 405 with the methods that the path has), and
//! a query on an operation that takes none. The framework tells no difference; the OpenAPI document does.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};

use super::query::Params;
use crate::error::{Error, Result};

/// Every path of the document with its methods.
#[derive(Clone, Debug)]
pub struct Routes(Vec<Route>);

#[derive(Clone, Debug)]
struct Route {
    path: String,
    methods: Vec<&'static str>,
    /// Those that have query parameters.
    queried: Vec<&'static str>,
}

impl Routes {
    /// The routes of a document.
    #[must_use]
    pub fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(paths.map(|(path, item)| Route::of(path, item)).collect())
    }

    /// The methods of a path in order; none where the document has no such path.
    pub(super) fn allowed(&self, path: &str) -> Vec<&'static str> {
        let mut allowed: Vec<_> = self
            .0
            .iter()
            .filter(|route| fits(&route.path, path))
            .flat_map(|route| &route.methods)
            .copied()
            .collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        allowed.sort_unstable();
        allowed.dedup();
        allowed
    }

    /// Whether an operation has query parameters; what the document does not know is not judged.
    fn is_queried(&self, pattern: &str, method: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        let route = self.0.iter().find(|route| route.path == pattern);
        route
            .is_none_or(|route| route.queried.contains(&method) || !route.methods.contains(&method))
    }
}

/// Refuses the query of an operation that takes none; where it takes some, its handler reads them.
pub(super) fn refuse_stray_query(request: &HttpRequest) -> Result<()> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    let is_queried = match (request.app_data::<Data<Routes>>(), request.match_pattern()) {
        (Some(routes), Some(pattern)) => routes.is_queried(&pattern, request.method().as_str()),
        _ => true,
    };
    if is_queried {
        return Ok(());
    }
    Params::parse(request.path(), request.query_string()).finish()
}

fn fits(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    template.split('/').all(|expected| {
        segments.next().is_some_and(|segment| {
            expected == segment || (expected.starts_with('{') && !segment.is_empty())
        })
    }) && segments.next().is_none()
}

impl Route {
    fn of(path: &str, item: &PathItem) -> Self {
        let operations = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        let known = operations
            .into_iter()
            .filter_map(|(method, operation)| operation.as_ref().map(|found| (method, found)));
        let queried = known
            .clone()
            .filter(|(_, operation)| is_queried(operation))
            .map(|(method, _)| method);
        Self {
            path: path.to_owned(),
            queried: queried.collect(),
            methods: known.map(|(method, _)| method).collect(),
        }
    }
}

fn is_queried(operation: &Operation) -> bool {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .into_iter()
        .any(|parameter| matches!(parameter, RefOr::T(known) if known.parameter_in == ParameterIn::Query))
}

/// Answers what no route does.
///
/// # Errors
/// Always: 404 or 405.
pub async fn no_route(request: HttpRequest, routes: Data<Routes>) -> Result<HttpResponse> {
    let allowed = routes.allowed(request.path());
    if allowed.is_empty() {
        Err(Error::NotFound)
    } else {
        Err(Error::MethodNotAllowed(allowed.join(", ")))
    }
}
