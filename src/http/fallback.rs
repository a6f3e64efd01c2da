//! What no route answers: 404, or 405 with the methods that the path has. The framework tells no difference;
//! the OpenAPI document does.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};

/// Every path of the document with its methods.
#[derive(Clone, Debug)]
pub struct Routes(Vec<(Vec<String>, Vec<&'static str>)>);

impl Routes {
    /// The routes of a document.
    #[must_use]
    pub fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(
            paths
                .map(|(path, item)| (path.split('/').map(str::to_owned).collect(), methods(item)))
                .collect(),
        )
    }

    /// The methods of a path in order; none where the document has no such path.
    pub(super) fn allowed(&self, path: &str) -> Vec<&'static str> {
        let mut allowed: Vec<_> = self
            .0
            .iter()
            .filter(|(template, _)| fits(template, path))
            .flat_map(|(_, methods)| methods)
            .copied()
            .collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        allowed.sort_unstable();
        allowed.dedup();
        allowed
    }
}

fn fits(template: &[String], path: &str) -> bool {
    let mut segments = path.split('/');
    template.iter().all(|expected| {
        segments.next().is_some_and(|segment| {
            expected == segment || (expected.starts_with('{') && !segment.is_empty())
        })
    }) && segments.next().is_none()
}

fn methods(item: &utoipa::openapi::PathItem) -> Vec<&'static str> {
    [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(method, has)| has.then_some(method))
    .collect()
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
