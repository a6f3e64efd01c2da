// @generated automatically by Diesel CLI.

diesel::table! {
    activity (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        at -> Timestamptz,
        action -> Text,
        actor_type -> Text,
        actor_id -> Nullable<Uuid>,
        actor_name -> Text,
        target_type -> Text,
        target_id -> Text,
        target_name -> Text,
        changes -> Jsonb,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        request_id -> Nullable<Text>,
        search -> Text,
    }
}

diesel::table! {
    attempts (account, lane) {
        /// Hash of tenant and e-mail; or of an address and five minutes of it.
        account -> Bytea,
        /// Hash of an address where the account signed in before; empty for all others together.
        lane -> Bytea,
        /// Failures lately, which the next attempt has to wait for.
        failures -> Int4,
        /// Failures since the last success, of accounts that exist.
        total -> Int4,
        is_somebody -> Bool,
        blocked_until -> Timestamptz,
        signed_in_at -> Nullable<Timestamptz>,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    /// How a tenant's app looks; no row where nobody has said anything yet.
    branding (tenant_id) {
        tenant_id -> Uuid,
        /// The tenant's name where it is null.
        app_name -> Nullable<Text>,
        logo_url -> Nullable<Text>,
        favicon_url -> Nullable<Text>,
        primary_color -> Nullable<Text>,
        accent_color -> Nullable<Text>,
        default_theme -> Text,
        language -> Nullable<Text>,
        currency -> Nullable<Text>,
        support_email -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    companies (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        name -> Text,
        /// The name in lower case and NFC: unique in any letter case.
        name_key -> Text,
        external_id -> Nullable<Text>,
        search -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    devices (tenant_id, user_id, device) {
        tenant_id -> Uuid,
        user_id -> Uuid,
        /// Hash of the client's name without its version and of the network that it came from.
        device -> Bytea,
        /// When it was last signed in from, to the day.
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    domains (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        hostname -> Text,
        is_primary -> Bool,
        status -> Text,
        /// What the TXT record has to say.
        challenge -> Text,
        checked_at -> Nullable<Timestamptz>,
        verified_at -> Nullable<Timestamptz>,
        failure -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        /// Since when the record of a domain that was proven is wrong.
        degraded_at -> Nullable<Timestamptz>,
        /// When the watcher looks next; null where it does not.
        next_check_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    idempotency_keys (tenant_id, principal_id, key) {
        tenant_id -> Uuid,
        principal_id -> Uuid,
        key -> Text,
        request_hash -> Bytea,
        status -> Int2,
        headers -> Jsonb,
        body -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    links (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        purpose -> Text,
        /// Where it was mailed to; of a change of address, the new one.
        address -> Text,
        secret_hash -> Bytea,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        /// When it was taken back: by a newer one, another address or password, a suspension or a removal.
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    outbox (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        email -> Text,
        full_name -> Text,
        /// Its kind and what it tells, without the secret of its link.
        letter -> Jsonb,
        /// The secret of its link; null without one, and once the letter has ended.
        link -> Nullable<Bytea>,
        /// Whether the link is encrypted under `ROSTER_SECRET_KEY`.
        is_sealed -> Bool,
        status -> Text,
        attempts -> Int4,
        /// Why the last attempt was in vain.
        failure -> Nullable<Text>,
        created_at -> Timestamptz,
        give_up_at -> Timestamptz,
        /// When somebody takes it, or takes it away from who has it; null once it has ended.
        next_try_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    passwords (tenant_id, user_id) {
        tenant_id -> Uuid,
        user_id -> Uuid,
        hash -> Text,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    /// The application's own permissions; those of the service are constants in its code.
    permissions (key) {
        key -> Text,
        name -> Text,
        description -> Nullable<Text>,
        group -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    proven_hosts (hostname) {
        hostname -> Text,
        tenant_id -> Uuid,
        domain_id -> Uuid,
    }
}

diesel::table! {
    retired_challenges (tenant_id, hostname, hash) {
        tenant_id -> Uuid,
        hostname -> Text,
        /// SHA-256 of what the TXT record had to say.
        hash -> Bytea,
        retired_at -> Timestamptz,
    }
}

diesel::table! {
    roles (tenant_id, key) {
        tenant_id -> Uuid,
        key -> Text,
        name -> Text,
        description -> Nullable<Text>,
        /// Keys in order; empty for the built-in admin, who holds every permission of the tenant.
        permissions -> Array<Nullable<Text>>,
        is_builtin -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    secrets (name) {
        name -> Text,
        value -> Bytea,
        encrypted -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        refresh_hash -> Bytea,
        previous_hash -> Nullable<Bytea>,
        /// When the refresh token was last exchanged, which is when the session was last seen.
        rotated_at -> Timestamptz,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        created_at -> Timestamptz,
        /// The absolute end; a session that is not refreshed ends before.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    sign_ins (tenant_id, user_id) {
        tenant_id -> Uuid,
        user_id -> Uuid,
        last_login_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    signing_keys (kid) {
        /// The start of the public half's SHA-256; tokens name it.
        kid -> Text,
        /// The private half.
        secret -> Text,
        public -> Bytea,
        created_at -> Timestamptz,
        /// It is published before.
        signs_from -> Timestamptz,
        /// When its tokens count no more; null while no other key follows.
        retires_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// One row a white-label customer; the platform itself is the first.
    tenants (id) {
        id -> Uuid,
        name -> Text,
        slug -> Text,
        is_platform -> Bool,
        seat_limit -> Nullable<Int4>,
        seats_used -> Int4,
        suspended_at -> Nullable<Timestamptz>,
        /// When the first domain was proven; set once and for good.
        users_opened_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    tiers (tenant_id, key) {
        tenant_id -> Uuid,
        key -> Text,
        name -> Text,
        description -> Nullable<Text>,
        features -> Array<Nullable<Text>>,
        seat_limit -> Nullable<Int4>,
        seats_used -> Int4,
        is_builtin -> Bool,
        is_default -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    users (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        email -> Text,
        /// The address in lower case: unique among the users who are not deleted.
        email_key -> Text,
        full_name -> Text,
        company_id -> Nullable<Uuid>,
        role -> Text,
        tier -> Text,
        status -> Text,
        /// What a suspended or deleted user was before, so that lifting it restores the same.
        status_before -> Nullable<Text>,
        suspension_reason -> Nullable<Text>,
        deleted_at -> Nullable<Timestamptz>,
        must_change_password -> Bool,
        external_id -> Nullable<Text>,
        metadata -> Jsonb,
        search -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::joinable!(activity -> tenants (tenant_id));
diesel::joinable!(branding -> tenants (tenant_id));
diesel::joinable!(companies -> tenants (tenant_id));
diesel::joinable!(domains -> tenants (tenant_id));
diesel::joinable!(idempotency_keys -> tenants (tenant_id));
diesel::joinable!(retired_challenges -> tenants (tenant_id));
diesel::joinable!(roles -> tenants (tenant_id));
diesel::joinable!(signing_keys -> secrets (secret));
diesel::joinable!(tiers -> tenants (tenant_id));
diesel::joinable!(users -> tenants (tenant_id));

diesel::allow_tables_to_appear_in_same_query!(
    activity,
    attempts,
    branding,
    companies,
    devices,
    domains,
    idempotency_keys,
    links,
    outbox,
    passwords,
    permissions,
    proven_hosts,
    retired_challenges,
    roles,
    secrets,
    sessions,
    sign_ins,
    signing_keys,
    tenants,
    tiers,
    users,
);
