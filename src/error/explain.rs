//! `GET /problems/<code>`: what a code means, told to a person.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Problem, samples};

/// What a problem code means.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// The code.
    #[schema(max_length = 64, examples("last_admin"))]
    pub code: &'static str,
    /// The HTTP status that it comes with.
    #[schema(minimum = 400, maximum = 599, examples(409))]
    pub status: u16,
    /// What it means and why it happens.
    #[schema(max_length = 1000)]
    pub meaning: &'static str,
    /// What to do about it.
    #[schema(max_length = 1000)]
    pub remedy: &'static str,
    /// One such problem.
    pub example: Problem,
}

/// The explanation of a code, where there is one.
#[must_use]
pub fn explain(code: &str) -> Option<Explanation> {
    let &(status, code, meaning, remedy) = ALL.iter().find(|entry| entry.1 == code)?;
    let example = samples().into_iter().find(|problem| problem.code == code)?;
    Some(Explanation {
        code,
        status,
        meaning,
        remedy,
        example,
    })
}

#[rustfmt::skip]
const ALL: &[(u16, &str, &str, &str)] = &[
    (400, "malformed_json", "The body could not be read as JSON: a syntax error, a name that stands twice in one object, or more than a hundred levels of nesting.", "Send one JSON object; the detail names line and column."),
    (400, "invalid_query", "A query parameter is unknown, stands twice, or has a value that it cannot have.", "The list `errors` names each parameter and what it accepts."),
    (400, "invalid_cursor", "Cursors are signed and bound to the tenant, the filters and the sort of the list that gave them.", "Take `next_cursor` as it is and keep the other parameters; or start again without it."),
    (400, "invalid_header", "A header has a value that cannot be understood.", "The detail names the header and its form."),
    (400, "link_invalid", "No link with this token was ever mailed, or not lately: it was altered, cut off or made up.", "Open the link of the newest mail again, whole."),
    (400, "link_foreign", "The token was mailed for something else, such as an invitation for a new password, or by another organisation than the one whose app you are in.", "Open the link where the mail leads."),
    (401, "unauthenticated", "The request has no credentials, or some that were never valid here.", "Sign in with POST /v1/auth/login and send the access token as `Authorization: Bearer …`."),
    (401, "token_expired", "Access tokens live ten minutes.", "POST /v1/auth/refresh with the refresh token."),
    (401, "token_revoked", "The session was ended: by a sign-out, a changed password, a suspension or a removal; or a refresh token was used twice.", "Sign in again."),
    (401, "invalid_credentials", "No active user of this tenant has this e-mail with this password. Which of them is wrong is not told. After a hundred failures in a row no password fits any more until a new one is set.", "Check both, and the domain or tenant that you sign in to; or set a new one by POST /v1/auth/password/forgot."),
    (403, "permission_denied", "The operation needs a permission that your role does not include; the detail names both.", "Ask an admin of your tenant for a role that includes it; GET /v1/users/{id}/access shows which do."),
    (403, "password_change_required", "Your password was set by somebody else and has to be changed first.", "PUT /v1/me/password with `current_password` and `new_password`."),
    (403, "domain_not_configured", "Users can be managed once the tenant has a proven white-label domain, and added while one is active.", "Create a domain with POST /v1/domains, publish its TXT record, then POST /v1/domains/{id}/verification."),
    (403, "privilege_escalation", "Nobody grants, edits, resets, suspends or removes above their own permissions; the detail lists what you lack.", "Ask somebody who holds these permissions."),
    (404, "not_found", "Nothing is at this address, or it belongs to somebody else.", "Check the id; lists show what you can see."),
    (405, "method_not_allowed", "The path exists, but not with this method.", "The Allow header lists the methods."),
    (408, "request_timeout", "The body did not arrive within the time that the service waits.", "Send it in one go."),
    (409, "already_exists", "Another one of the same tenant has this value; `errors` points to the field.", "Choose another value, or edit the existing one."),
    (409, "conflict", "The state of the target does not allow this.", "The detail says which state it is in."),
    (409, "in_use", "Users still refer to what you want to remove.", "Move them first, or let `?reassign_to=<key>` do it in the same step."),
    (409, "seat_limit_reached", "Invited and active users hold a seat of their tier and tenant, and all are taken.", "Remove or suspend a user, choose another tier, or raise the limit."),
    (409, "claim_limit_reached", "A tenant has as many domains that are not proven, those that ran out included, as it may have at a time. Proven ones are not counted.", "Publish the TXT records and verify the domains, or remove those that you do not need; GET /v1/domains lists them."),
    (409, "last_admin", "A tenant always keeps one active user with the role `admin`.", "Make another active user admin first."),
    (409, "idempotency_in_progress", "A request with the same Idempotency-Key has not ended yet.", "Wait a moment and repeat it."),
    (410, "link_used", "Each mailed link works once, and this one did.", "Sign in; or ask for a new link where something is left to do."),
    (410, "link_revoked", "A newer mail, another address or password, a suspension or a removal has ended the link, or its organisation is suspended.", "Use the newest mail, or ask for a new link."),
    (410, "link_expired", "Invitations can be accepted for seven days, a forgotten password can be set for thirty minutes, a new address confirmed for a day.", "Ask for a new link: POST /v1/auth/password/forgot, or whoever invited you."),
    (412, "stale_version", "If-Match named a version that is no longer the newest: somebody changed it in the meantime.", "Read it again, decide anew, and send the new ETag."),
    (413, "payload_too_large", "The body is larger than the service reads for this operation.", "The detail names the limit in bytes."),
    (415, "unsupported_media_type", "The Content-Type is not one that this operation reads.", "The detail names the types."),
    (422, "validation_failed", "The JSON is well-formed but fields are unknown, missing or invalid; `errors` lists all of them.", "Mend them all and send the request again."),
    (422, "idempotency_key_reused", "The key was used before with another method, path or body.", "Use a new key for each new request."),
    (429, "rate_limited", "Too many attempts have failed lately, at this account or from this address. Successes are not counted, and where somebody signed in to the account before, others' failures are not either. Or too many mails were asked for, to this address or from it.", "Wait for Retry-After seconds. Each further failure makes the wait longer."),
    (500, "internal", "A fault of the service.", "Tell the operator the request_id; the cause is in the log under it."),
    (503, "overloaded", "More work than the service takes on at once.", "Wait for Retry-After seconds and try again."),
    (503, "database_unavailable", "Postgres cannot be reached. Where it went while a change was being committed, the change may have been made.", "Wait for Retry-After seconds and try again."),
];
