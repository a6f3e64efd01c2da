//! Lists that are searched by one text: `q`, a sort and a page. The parameters in the document are made of the
//! same values that the query is read with.

use std::marker::PhantomData;

use unicode_normalization::UnicodeNormalization;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::page::PageRequest;
use super::parameters::page_params;
use super::query::{FromQuery, Params};
use crate::db::Sorts;

/// Something that lists are made of.
pub trait Listed: 'static {
    /// What its lists can be sorted by.
    const SORTS: &'static Sorts;
    /// What `q` searches in, for the document.
    const SEARCHED: &'static str;
}

/// Most words of a search that count.
const MAX_WORDS: usize = 8;

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search(Vec<String>);

impl Search {
    /// Reads `q`.
    pub fn from_query(params: &mut Params) -> Self {
        let q = params.text("q").unwrap_or_default();
        if q.chars().count() > 200 {
            params.refuse("q", "too_long", "has at most 200 characters");
        }
        // What is searched is in this form too, in which some signs are a blank and another one.
        let q: String = q.nfkc().collect();
        Self(
            q.split_whitespace()
                .take(MAX_WORDS)
                .map(str::to_owned)
                .collect(),
        )
    }

    /// The words, all of which have to be found, in any order.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.0.iter().cloned()
    }

    /// Whether nothing is searched for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A list of `T`, searched, sorted and paged.
#[derive(Debug)]
pub struct Listing<T> {
    /// What to search for.
    pub search: Search,
    /// Which part, in which order.
    pub page: PageRequest,
    of: PhantomData<fn() -> T>,
}

impl<T: Listed> FromQuery for Listing<T> {
    fn from_query(params: &mut Params) -> Self {
        let page = PageRequest::from_query(params, T::SORTS);
        Self {
            search: Search::from_query(params),
            page,
            of: PhantomData,
        }
    }
}

impl<T: Listed> IntoParams for Listing<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = vec![search_param(T::SEARCHED)];
        params.extend(page_params(T::SORTS));
        params
    }
}

/// The parameter `q`.
#[must_use]
pub fn search_param(searched: &str) -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(200));
    ParameterBuilder::new()
        .name("q")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(format!(
            "Finds words in {searched}: in any order, any letter case, with or without accents; `%`, `_` and `\\` are letters"
        )))
        .schema(Some(text))
        .build()
}
