//! The binary itself: how it starts, dies, comes up again and stops, and what it says about settings that are
//! wrong.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::support::database::Database;
use crate::support::process::{
    Folder, PATIENCE, Running, complaint, roster, run, text, word_after,
};
use crate::support::{ADMIN_EMAIL, Client, PASSWORD};

/// How long a start on the data of a killed predecessor may take.
const COMEBACK: Duration = Duration::from_secs(10);

#[test]
fn the_first_start_prints_what_is_needed_and_a_killed_service_comes_up_again() {
    let folder = Folder::new();
    let first = Running::start(&folder, &[], PATIENCE);
    assert_eq!(word_after(&first.said, "the admin is "), ADMIN_EMAIL);
    assert!(
        first
            .said
            .contains(&format!("http://{}/docs/", first.listen()))
    );
    let password = word_after(&first.said, "the password is ").to_owned();
    assert_eq!(password.len(), 20);
    let ask = word_after(&first.said, "certificates:");
    let (admin, path) = ask.split_at(ask.find("/internal").unwrap());
    let admin = Client::new(admin, None);
    admin.get(path).expect(404);
    admin.get("/healthz").expect(200);
    let token = first.log_in(&password).expect(200).text_of("/access_token");
    let platform = Client::new(&first.base, Some(&token));
    let company = json!({ "name": "Northwind" });
    let path = platform.post("/v1/companies", &company).expect(201);
    let path = path.header("location").to_owned();
    first.kill();

    let second = Running::start(&folder, &[], COMEBACK);
    assert!(!second.said.contains("password"), "{}", second.said);
    let platform = Client::new(&second.base, Some(&token));
    let kept = platform.get(&path).expect(200);
    assert_eq!(kept.body["name"], "Northwind");
    // The doctor looks into the database of the service while that runs.
    let claim = json!({ "hostname": "app.localhost" });
    platform.post("/v1/domains", &claim).expect(201);
    let doctor = run(&folder, &["doctor", "domain", "app.localhost"], &[]);
    assert_eq!(doctor.status.code(), Some(0), "{doctor:?}");
    assert!(text(&doctor.stdout).contains("it is proven"), "{doctor:?}");
    second.log_in(&password).expect(200);
    assert_eq!(second.terminate(), Some(0));
}

#[test]
fn asked_to_stop_it_finishes_and_exits_with_0() {
    let (folder, database) = (Folder::new(), Database::create());
    let settings = [
        ("DATABASE_URL", database.url()),
        ("ROSTER_ADMIN_PASSWORD", PASSWORD),
    ];
    let running = Running::start(&folder, &settings, PATIENCE);
    assert!(running.said.contains("the password is the configured one"));
    assert!(!running.said.contains(PASSWORD));
    running.log_in(PASSWORD).expect(200);
    assert_eq!(running.terminate(), Some(0));
    assert!(
        !folder.0.join("data").exists(),
        "no private Postgres was needed"
    );
}

#[test]
fn a_setting_that_is_wrong_stops_the_start_with_a_line_that_names_it() {
    let folder = Folder::new();
    let unused = "postgres://nobody@/nothing?host=%2Fnowhere";
    for (name, value) in [
        ("ROSTER_LISTEN", "nonsense"),
        ("ROSTER_LISTEN", "127.0.0.1:99999"),
        ("ROSTER_ADMIN_LISTEN", "8081"),
        ("ROSTER_X", "1"),
        ("ROSTER_PUBLIC_URL", "ftp://x"),
        ("ROSTER_DNS_SERVERS", "dns.example"),
        ("ROSTER_LOCAL_DOMAINS", "perhaps"),
        ("ROSTER_DOMAIN_RECHECK", "15"),
        ("ROSTER_DOMAIN_GRACE", "soon"),
        ("ROSTER_SMTP_URL", "https://mail.example.com"),
        ("ROSTER_SMTP_URL", "smtp://mail.example.com?tls=perhaps"),
        ("ROSTER_MAIL_FROM", "Roster"),
        ("ROSTER_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("ROSTER_CORS_ORIGINS", "*"),
        ("ROSTER_CORS_ORIGINS", "https://*.example.com"),
        ("ROSTER_CORS_ORIGINS", "https://a.example/path"),
        ("ROSTER_KEY_ROTATION", "90"),
        ("ROSTER_KEY_ROTATION", "23h"),
        ("ROSTER_PASSWORD_MEMORY_KIB", "much"),
        ("ROSTER_PASSWORD_MEMORY_KIB", "7167"),
        ("ROSTER_PASSWORD_PASSES", "0"),
        ("ROSTER_PASSWORD_PASSES", "1"),
        ("ROSTER_LOG", "=,="),
    ] {
        let output = run(
            &folder,
            &["serve"],
            &[("DATABASE_URL", unused), (name, value)],
        );
        let complaint = complaint(&output);
        assert!(complaint.contains(name), "{complaint}");
    }
    std::fs::write(folder.0.join("roster.toml"), "listne = \"127.0.0.1:0\"\n").unwrap();
    let complaint = complaint(&run(&folder, &[], &[("DATABASE_URL", unused)]));
    assert!(
        complaint.contains("roster.toml") && complaint.contains("listne"),
        "{complaint}"
    );
}

#[test]
fn an_admin_that_cannot_be_stops_the_first_start_with_a_line_that_names_the_setting() {
    let (folder, database) = (Folder::new(), Database::create());
    for (name, value) in [
        ("ROSTER_ADMIN_PASSWORD", "too short"),
        ("ROSTER_ADMIN_PASSWORD", "too shorttoo short"),
        ("ROSTER_ADMIN_PASSWORD", "Administrator 2026"),
        ("ROSTER_ADMIN_EMAIL", "not an address"),
    ] {
        let output = run(
            &folder,
            &["serve"],
            &[("DATABASE_URL", database.url()), (name, value)],
        );
        let complaint = complaint(&output);
        assert!(complaint.contains(name), "{complaint}");
        assert!(!complaint.contains(value), "{complaint}");
    }
}

#[test]
fn a_port_that_is_taken_stops_the_start_with_a_line_that_names_it() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for setting in ["ROSTER_LISTEN", "ROSTER_ADMIN_LISTEN"] {
        let output = run(&folder, &["serve"], &[(setting, &address)]);
        let complaint = complaint(&output);
        assert!(complaint.contains(&address), "{complaint}");
        assert!(complaint.contains(setting), "{complaint}");
    }
    assert!(!folder.0.join("data").exists(), "nothing was begun");
}

#[test]
fn a_database_that_cannot_be_reached_stops_the_start_without_its_password() {
    let folder = Folder::new();
    let url = "postgres://roster:s3cret-word@127.0.0.1:1/roster";
    let complaint = complaint(&run(&folder, &["serve"], &[("DATABASE_URL", url)]));
    assert!(!complaint.contains("s3cret-word"), "{complaint}");
    assert!(complaint.contains("127.0.0.1"), "{complaint}");
}

#[test]
fn the_openapi_document_needs_no_database() {
    let folder = Folder::new();
    let unreachable = [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")];
    let output = run(&folder, &["openapi"], &unreachable);
    assert!(output.status.success(), "{output:?}");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/v1/users"]["post"].is_object());
    assert!(!folder.0.join("data").exists());
}

#[test]
fn the_health_check_tells_whether_the_service_answers() {
    let (folder, database) = (Folder::new(), Database::create());
    let running = Running::start(&folder, &[("DATABASE_URL", database.url())], PATIENCE);
    let check = |listen: &str| run(&folder, &["healthcheck"], &[("ROSTER_LISTEN", listen)]);
    assert!(check(running.listen()).status.success());
    let (_, port) = running.listen().split_once(':').unwrap();
    assert!(check(&format!("0.0.0.0:{port}")).status.success());
    let listen = running.listen().to_owned();
    database.close();
    assert!(check(&listen).status.success(), "only the process counts");
    running.kill();
    let output = check(&listen);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("roster: "));
}

#[test]
fn migrations_go_down_and_up_again() {
    let (folder, database) = (Folder::new(), Database::create());
    let migrate = |arguments: &[&str]| {
        let output = run(&folder, arguments, &[("DATABASE_URL", database.url())]);
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    let tables = || {
        database.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> '__diesel_schema_migrations'")
    };
    let before = tables();
    let count = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"));
    let count = count.unwrap().count();
    assert!(migrate(&["migrate"]).starts_with("ran 0 migrations"));
    let said = migrate(&["migrate", "--revert-all"]);
    assert!(
        said.starts_with(&format!("took {count} migrations back")),
        "{said}"
    );
    assert_eq!(tables(), 0);
    assert!(migrate(&["migrate"]).starts_with(&format!("ran {count} migrations")));
    assert_eq!(tables(), before);
}

#[test]
fn a_secret_key_encrypts_what_is_there_and_a_wrong_one_stops_the_start() {
    let (folder, database) = (Folder::new(), Database::create());
    let base = [
        ("DATABASE_URL", database.url()),
        ("ROSTER_ADMIN_PASSWORD", PASSWORD),
    ];
    let with_key = |key| [&base[..], &[("ROSTER_SECRET_KEY", key)]].concat();
    let secrets =
        || database.text("SELECT string_agg(encode(value, 'hex'), ' ' ORDER BY name) FROM secrets");
    let encrypted = || database.number("SELECT count(*) FROM secrets WHERE encrypted");
    let plain = Running::start(&folder, &base, PATIENCE);
    let token = plain.log_in(PASSWORD).expect(200).text_of("/access_token");
    assert_eq!(plain.terminate(), Some(0));
    assert_eq!(encrypted(), 0);
    let readable = secrets();

    let sealed = Running::start(&folder, &with_key("a key of the operator"), PATIENCE);
    assert_eq!(encrypted(), 3);
    for secret in readable.split(' ') {
        assert!(!secrets().contains(secret));
    }
    // The keys are the same: nobody is signed out.
    Client::new(&sealed.base, Some(&token))
        .get("/v1/me")
        .expect(200);
    assert_eq!(sealed.terminate(), Some(0));

    let stored = secrets();
    for settings in [with_key("another key"), base.to_vec()] {
        let output = run(&folder, &["serve"], &settings);
        let complaint = complaint(&output);
        assert!(complaint.contains("ROSTER_SECRET_KEY"), "{complaint}");
    }
    assert_eq!(secrets(), stored);
    let again = Running::start(&folder, &with_key("a key of the operator"), PATIENCE);
    again.log_in(PASSWORD).expect(200);
}

#[test]
fn the_log_of_a_run_has_no_secret() {
    let (folder, database) = (Folder::new(), Database::create());
    let settings = [
        ("DATABASE_URL", database.url()),
        ("ROSTER_ADMIN_PASSWORD", PASSWORD),
        ("ROSTER_LOG", "debug"),
    ];
    let mut command = roster(&folder, &["serve"], &settings);
    let log = folder.0.join("log");
    command
        .stderr(std::fs::File::create(&log).unwrap())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    while !said.contains("next:") {
        assert!(out.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let base = format!("http://{}", word_after(&said, "listens on http://"));
    let body = json!({ "email": ADMIN_EMAIL, "password": PASSWORD });
    let answer = Client::new(&base, None)
        .post("/v1/auth/login", &body)
        .expect(200);
    let refresh = answer.text_of("/refresh_token");
    let body = json!({ "refresh_token": refresh });
    Client::new(&base, None)
        .post("/v1/auth/refresh", &body)
        .expect(200);
    Client::new(&base, Some(&answer.text_of("/access_token")))
        .get("/v1/me")
        .expect(200);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut log_text = String::new();
    std::fs::File::open(&log)
        .unwrap()
        .read_to_string(&mut log_text)
        .unwrap();
    assert!(log_text.contains("/v1/auth/login"));
    for secret in [
        PASSWORD,
        &refresh,
        &answer.text_of("/access_token"),
        "argon2id",
    ] {
        assert!(!log_text.contains(secret), "{secret} is in the log");
    }
}
