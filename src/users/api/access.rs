//! `/v1/users/{id}/access` and `/v1/access/check`.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Memory, ReadUsers, Scope, SignedIn};
use crate::error::{Error, Fault, Faults, Result};
use crate::http::{Answer, Body, Caller, Done, Json, Page, Path, Query, UsersSection};
use crate::users::{AccessAnswer, Explainer, Recall};

/// Explain a user's access
///
/// Every permission of the catalogue: allowed or denied, which layer decided and why, and what you could do about
/// it.
#[utoipa::path(tag = "Access", security(("bearer" = [ReadUsers::KEY])), responses((status = 200, body = Page<AccessAnswer>)), extensions(("x-problem-codes" = json!(["domain_not_configured"]))))]
#[get("/v1/users/{id}/access")]
pub(super) async fn get_user_access(
    caller: Caller<ReadUsers, UsersSection>,
    id: Path<Uuid>,
    _: Query<()>,
) -> Result<Done<Page<AccessAnswer>>> {
    caller
        .read(move |conn, scope| {
            Ok(Done(Page::whole(
                Explainer::load(conn, scope)?.all(conn, *id)?,
            )))
        })
        .await
}

/// One question, or a batch of up to a hundred in `checks`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::users) struct CheckAccess {
    /// Whom the question is about; yourself unless given.
    user_id: Option<Uuid>,
    /// The permission in question.
    #[schema(max_length = 64, examples("settings:advanced"))]
    permission: Option<String>,
    /// Several questions at once.
    #[schema(inline, nullable = false, min_items = 1, max_items = 100)]
    checks: Option<Vec<Check>>,
}

/// One question of a batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::users) struct Check {
    /// Whom the question is about; yourself unless given.
    user_id: Option<Uuid>,
    /// The permission in question.
    #[schema(required, nullable = false, max_length = 64, examples("calls:manage"))]
    permission: Option<String>,
}

/// The questions, and whether they came as a batch.
pub(in crate::users) struct Questions {
    batch: bool,
    of: Vec<(Option<Uuid>, String)>,
}

impl Body for CheckAccess {
    type Checked = Questions;

    fn check(self, faults: &mut Faults) -> Option<Questions> {
        match (self.permission, self.checks) {
            (Some(permission), None) => Some(Questions {
                batch: false,
                of: vec![(self.user_id, permission)],
            }),
            (None, Some(checks)) if self.user_id.is_none() => {
                let of = checks
                    .into_iter()
                    .filter_map(|check| Some((check.user_id, check.permission?)))
                    .collect();
                Some(Questions { batch: true, of })
            }
            (None, None) => {
                faults.add(
                    "/permission",
                    "required",
                    "name a permission, or several in `checks`",
                );
                None
            }
            _ => {
                faults.add(
                    "/checks",
                    "conflicting",
                    "ask one question or a batch, not both",
                );
                None
            }
        }
    }
}

/// The answers of a batch, in the order of its questions.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::users) struct CheckAnswers {
    data: Vec<AccessAnswer>,
}

/// One answer, or those of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::users) enum CheckAnswer {
    /// To one question.
    One(Box<AccessAnswer>),
    /// To a batch.
    Batch(CheckAnswers),
}

/// Check access
///
/// May somebody do something? About yourself anybody may ask; about others it needs `users:read`. The answer says
/// which layer decided, why, and what you could do about it.
#[utoipa::path(tag = "Access", security(("bearer" = [])), responses((status = 200, body = CheckAnswer)), extensions(("x-problem-codes" = json!(["domain_not_configured", "not_found", "permission_denied"]))))]
#[post("/v1/access/check")]
pub(super) async fn check_access(
    caller: Caller<SignedIn>,
    Json(questions): Json<CheckAccess>,
) -> Result<Answer<Done<CheckAnswer>>> {
    let me = caller.principal().user_id;
    let about_others = questions
        .of
        .iter()
        .any(|(user, _)| user.is_some_and(|user| user != me));
    let caller = if about_others {
        caller.also_gated::<ReadUsers, UsersSection>()?
    } else {
        caller
    };
    let ids = questions.of.iter().map(|(id, _)| id.unwrap_or(me));
    let (people, memory): (Vec<Uuid>, _) = (ids.collect(), caller.memory());
    let known = caller.recall(|scope| from_memory(&memory, scope, &questions, &people))?;
    if let Some(answer) = known {
        return Ok(answer);
    }
    caller
        .answer(move |conn, scope| {
            let mut explainer = Explainer::load(conn, scope)?;
            explainer.keep_in(&memory);
            explainer.meet(conn, &people)?;
            let answer = |id, permission: &str| explainer.answer(id, permission);
            answers(&questions, &people, answer).map(Done)
        })
        .await
}

/// The answers that need no statement; none where one of them does.
fn from_memory(
    memory: &Memory,
    scope: &Scope,
    questions: &Questions,
    people: &[Uuid],
) -> Option<Done<CheckAnswer>> {
    let recall = Recall::of(memory, scope)?;
    let answer = |id, permission: &str| recall.answer(id, permission).ok_or(Error::NotFound);
    answers(questions, people, answer).ok().map(Done)
}

fn answers(
    questions: &Questions,
    people: &[Uuid],
    answer: impl Fn(Uuid, &str) -> Result<AccessAnswer>,
) -> Result<CheckAnswer> {
    let mut answers = Vec::with_capacity(people.len());
    let mut faults = Faults::default();
    for (index, (id, (_, permission))) in people.iter().zip(&questions.of).enumerate() {
        let answer = answer(*id, permission);
        let answer = answer.map_err(|error| at_question(error, questions.batch.then_some(index)));
        answers.extend(faults.absorb(answer)?);
    }
    faults.finish()?;
    Ok(match answers.pop() {
        Some(only) if !questions.batch => CheckAnswer::One(Box::new(only)),
        last => {
            answers.extend(last);
            CheckAnswer::Batch(CheckAnswers { data: answers })
        }
    })
}

/// Puts the faults of one question where the body has it.
fn at_question(error: Error, index: Option<usize>) -> Error {
    let pointer = index.map_or("/permission".to_owned(), |index| {
        format!("/checks/{index}/permission")
    });
    match error {
        Error::Invalid(faults) => Error::Invalid(
            faults
                .into_iter()
                .map(|fault| Fault::new(pointer.clone(), &fault.code, fault.message))
                .collect(),
        ),
        other => other,
    }
}
