//! Lists by keyset: a page costs the same wherever it is, and a cursor is signed and bound to the tenant, the
//! filters and the sort that made it.

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::query::Params;
use crate::db::{After, Key, Sort, Sorts};
use crate::error::{Error, Result};
use crate::secret::{MacKey, decode, encode, equal};

pub(super) const DEFAULT_LIMIT: u16 = 50;
pub(super) const MAX_LIMIT: u16 = 200;
/// Bytes of the signature that a cursor carries: 128 bits.
const TAG: usize = 16;

/// What part of a list is asked for.
#[derive(Clone, Debug)]
pub struct PageRequest {
    limit: u16,
    cursor: Option<String>,
    sort: Sort,
    is_sorted: bool,
    include_total: bool,
    binding: String,
}

impl PageRequest {
    /// Reads the paging parameters; before the others, since a cursor is bound to all of them.
    pub fn from_query(params: &mut Params, sorts: &'static Sorts) -> Self {
        let binding = params.binding();
        let names: Vec<_> = sorts.all().map(|column| column.name).collect();
        let expected = format!("{}, with - before it for descending", names.join(" or "));
        let sort = params.parsed("sort", &expected, |raw| Sort::parse(sorts, raw));
        let limit = params.parsed("limit", "a number from 1 to 200", |raw| {
            raw.parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        });
        Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            cursor: params.text("cursor"),
            is_sorted: sort.is_some(),
            sort: sort.unwrap_or_else(|| Sort::default_of(sorts)),
            include_total: params.flag("include_total"),
            binding,
        }
    }
}

/// A page to be read: how many rows, in which order, after which key.
pub struct Window {
    limit: u16,
    after: Option<Key>,
    include_total: bool,
    sort: Sort,
    is_sorted: bool,
    key: MacKey,
    tenant: Uuid,
    binding: String,
}

impl Window {
    pub(super) fn open(page: &PageRequest, key: &MacKey, tenant: Uuid) -> Result<Self> {
        let mut window = Self {
            limit: page.limit,
            after: None,
            include_total: page.include_total,
            sort: page.sort,
            is_sorted: page.is_sorted,
            key: key.clone(),
            tenant,
            binding: page.binding.clone(),
        };
        if let Some(cursor) = &page.cursor {
            let bytes = decode(cursor).ok_or(Error::InvalidCursor)?;
            let (tag, payload) = bytes.split_at_checked(TAG).ok_or(Error::InvalidCursor)?;
            if !equal(tag, &window.tag(payload)) {
                return Err(Error::InvalidCursor);
            }
            window.after = Some(serde_json::from_slice(payload).map_err(|_| Error::InvalidCursor)?);
        }
        Ok(window)
    }

    /// How many rows to fetch: one more than the page has, to know whether there is a next one.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The order, and the sort value that each row has to bring along.
    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Whether the request names the order.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.is_sorted
    }

    /// The key of the last row of the page before.
    #[must_use]
    pub fn last(&self) -> Option<&Key> {
        self.after.as_ref()
    }

    /// The condition that continues the page before, where there was one.
    #[must_use]
    pub fn after(&self) -> Option<After> {
        self.after.as_ref().map(|key| self.sort.after(key))
    }

    /// All matches, counted where the request asks for it.
    ///
    /// # Errors
    /// What counting answers.
    pub fn total(&self, count: impl FnOnce() -> Result<i64>) -> Result<Option<i64>> {
        self.include_total.then(count).transpose()
    }

    fn tag(&self, payload: &[u8]) -> [u8; TAG] {
        let signature = self
            .key
            .sign(&[self.tenant.as_bytes(), self.binding.as_bytes(), payload]);
        let mut tag = [0; TAG];
        tag.iter_mut()
            .zip(signature)
            .for_each(|(to, from)| *to = from);
        tag
    }

    /// The page of the fetched rows, each with its sort value; `id` tells what makes it unique.
    ///
    /// # Errors
    /// Where the key cannot be serialised, which it always can.
    pub fn page<T, I: ToString>(
        &self,
        rows: Vec<(T, String)>,
        total: Option<i64>,
        id: impl FnOnce(&T) -> I,
    ) -> Result<Page<T>> {
        self.ranked_page(rows, total, id, |_| 0)
    }

    /// The same of a list that has parts; `bucket` tells which one a row is in.
    ///
    /// # Errors
    /// Where the key cannot be serialised, which it always can.
    pub fn ranked_page<T, I: ToString>(
        &self,
        mut rows: Vec<(T, String)>,
        total: Option<i64>,
        id: impl FnOnce(&T) -> I,
        bucket: impl FnOnce(&T) -> u8,
    ) -> Result<Page<T>> {
        let limit = usize::from(self.limit);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = match rows.last().filter(|_| more) {
            Some((last, value)) => {
                let key = Key {
                    bucket: bucket(last),
                    value: value.clone(),
                    id: id(last).to_string(),
                };
                let payload = serde_json::to_vec(&key).map_err(Error::internal)?;
                Some(encode(&[self.tag(&payload).as_slice(), &payload].concat()))
            }
            None => None,
        };
        Ok(Page {
            data: rows.into_iter().map(|(row, _)| row).collect(),
            next_cursor,
            total,
        })
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The page's items, in order.
    pub data: Vec<T>,
    /// Continues the list; null on the last page.
    #[schema(max_length = 1000, required)]
    pub next_cursor: Option<String>,
    /// All matches, where `include_total=true` asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, nullable = false)]
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(change).collect(),
            next_cursor: self.next_cursor,
            total: self.total,
        }
    }

    /// A list that is never longer than one page.
    #[must_use]
    pub fn whole(data: Vec<T>) -> Self {
        Self {
            data,
            next_cursor: None,
            total: None,
        }
    }
}

impl<T: Serialize> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = &self.next_cursor {
            let kept = url::form_urlencoded::parse(request.query_string().as_bytes())
                .filter(|(name, _)| name != "cursor");
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(kept)
                .append_pair("cursor", cursor)
                .finish();
            response.insert_header((
                header::LINK,
                format!("<{}?{query}>; rel=\"next\"", request.path()),
            ));
        }
        response.json(self)
    }
}
