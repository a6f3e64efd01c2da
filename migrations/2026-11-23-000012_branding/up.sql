CREATE TABLE branding (
    tenant_id     uuid PRIMARY KEY CONSTRAINT branding_tenant_exists REFERENCES tenants (id),
    app_name      text,
    logo_url      text,
    favicon_url   text,
    primary_color text,
    accent_color  text,
    default_theme text NOT NULL DEFAULT 'light' CONSTRAINT branding_default_theme_known CHECK (default_theme IN ('light', 'dark', 'system')),
    language      text,
    currency      text,
    support_email text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    version       bigint NOT NULL DEFAULT nextval('row_version')
);
COMMENT ON TABLE branding IS 'How a tenant''s app looks; no row where nobody has said anything yet.';
COMMENT ON COLUMN branding.app_name IS 'The tenant''s name where it is null.';
