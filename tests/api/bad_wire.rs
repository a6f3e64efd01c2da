//! HTTP that no client library would send, over a socket: a 4xx in any case, and the service goes on.

use crate::support::{TestApp, WireAnswer};

/// A request with these extra lines in its head.
fn head(line: &str, extra: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{extra}\r\n").into_bytes()
}

fn get(app: &TestApp, target: &str) -> WireAnswer {
    app.wire(&head(&format!("GET {target}"), ""))
}

fn assert_alive(app: &TestApp) {
    let alive = get(app, "/healthz");
    assert_eq!(alive.status, 200, "{alive:?}");
}

/// The framework's parser answers before the service sees the request: only the status is known.
#[track_caller]
fn assert_refused(answer: &WireAnswer) {
    assert!((400..500).contains(&answer.status), "{answer:?}");
}

const POST: &str = "POST /v1/auth/login";
const TYPE: &str = "Content-Type: application/json\r\n";

#[test]
fn a_hundred_megabytes_that_are_announced_are_refused_before_they_come() {
    let app = TestApp::start();
    let announced = format!("{TYPE}Content-Length: 104857600\r\n");
    app.wire(&head(POST, &announced))
        .expect_problem(413, "payload_too_large");
    let (start, block) = (head(POST, &announced), vec![b'x'; 64 * 1024]);
    let parts = std::iter::once(start.as_slice()).chain(std::iter::repeat_n(&block[..], 1600));
    app.wire_parts(parts)
        .expect_problem(413, "payload_too_large");
    assert_alive(&app);
}

#[test]
fn a_hundred_megabytes_in_chunks_are_cut_off_early() {
    let app = TestApp::start();
    let start = head(POST, &format!("{TYPE}Transfer-Encoding: chunked\r\n"));
    let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
    let parts = std::iter::once(start.as_slice()).chain(std::iter::repeat_n(&chunk[..], 1600));
    app.wire_parts(parts)
        .expect_problem(413, "payload_too_large");
    assert_alive(&app);
}

#[test]
fn a_body_in_chunks_is_read_like_any_other() {
    let app = TestApp::start();
    let mut request = head(POST, &format!("{TYPE}Transfer-Encoding: chunked\r\n"));
    request.extend_from_slice(b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n");
    app.wire(&request).expect_problem(422, "validation_failed");
}

#[test]
fn a_body_of_chunks_without_a_type_is_415() {
    let app = TestApp::start();
    let mut request = head(POST, "Transfer-Encoding: chunked\r\n");
    request.extend_from_slice(b"2\r\n{}\r\n0\r\n\r\n");
    app.wire(&request)
        .expect_problem(415, "unsupported_media_type");
}

#[test]
fn headers_by_the_hundred_and_by_the_hundred_thousand_are_refused() {
    let app = TestApp::start();
    let many = |count: usize| {
        let lines: Vec<_> = (0..count).map(|n| format!("X-{n}: {n}\r\n")).collect();
        lines.concat()
    };
    let some = app.wire(&head("GET /v1/me", &many(80)));
    some.expect_problem(401, "unauthenticated");
    for count in [100, 100_000] {
        assert_refused(&app.wire(&head("GET /v1/me", &many(count))));
    }
    let long = format!("X-Long: {}\r\n", "x".repeat(1024 * 1024));
    assert_refused(&app.wire(&head("GET /v1/me", &long)));
    assert_alive(&app);
}

#[test]
fn an_address_of_64_kb_is_refused() {
    let app = TestApp::start();
    let x = |count: usize| "x".repeat(count);
    get(&app, &format!("/v1/{}", x(60_000))).expect_problem(404, "not_found");
    let listed = get(&app, &format!("/v1/users?q={}", x(60_000)));
    listed.expect_problem(401, "unauthenticated");
    for target in [
        format!("/v1/{}", x(65_536)),
        format!("/v1/users?q={}", x(65_536)),
    ] {
        assert_refused(&get(&app, &target));
    }
    let token = app.platform().token().to_owned();
    let line = format!("GET /v1/users?q={}", x(60_000));
    let listed = app.wire(&head(&line, &format!("Authorization: Bearer {token}\r\n")));
    assert_refused(&listed);
    assert_alive(&app);
}

#[test]
fn what_is_no_http_is_refused() {
    let app = TestApp::start();
    let requests: [&[u8]; 12] = [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET /heal thz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"G\xffT / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n",
        b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ];
    for request in requests {
        let answer = app.wire(request);
        assert!(
            (400..500).contains(&answer.status),
            "{request:?} {answer:?}"
        );
    }
    assert_alive(&app);
}

#[test]
fn a_request_that_could_be_smuggled_is_refused() {
    let app = TestApp::start();
    for extra in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
    ] {
        let mut request = head(POST, &format!("{TYPE}{extra}"));
        request.extend_from_slice(b"0\r\n\r\n");
        assert_refused(&app.wire(&request));
    }
    let mut request = head(POST, &format!("{TYPE}Transfer-Encoding: chunked\r\n"));
    request.extend_from_slice(b"zz\r\n{}\r\n0\r\n\r\n");
    assert_refused(&app.wire(&request));
    assert_alive(&app);
}

#[test]
fn raw_bytes_in_the_address_are_refused() {
    let app = TestApp::start();
    for target in [
        &b"/v1/\xff\xfe"[..],
        b"/v1/users?q=\xff",
        b"/v1/users\x01",
        b"/problems/last_admin?\xc3\x28",
    ] {
        let request = [
            b"GET ",
            target,
            b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        ]
        .concat();
        assert_refused(&app.wire(&request));
    }
    assert_alive(&app);
}

#[test]
fn a_request_without_a_host_is_answered() {
    let app = TestApp::start();
    let body = format!(
        "{{\"email\":\"{}\",\"password\":\"x\"}}",
        crate::support::ADMIN_EMAIL
    );
    let length = body.len();
    let request = format!("{POST} HTTP/1.0\r\n{TYPE}Content-Length: {length}\r\n\r\n{body}");
    app.wire(request.as_bytes())
        .expect_problem(401, "invalid_credentials");
    for host in [
        "",
        ":",
        ":::",
        "[::1]:8080",
        "\u{e9}.example",
        &"h".repeat(5_000),
    ] {
        let request = format!(
            "{POST} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{TYPE}Content-Length: {length}\r\n\r\n{body}"
        );
        assert_refused(&app.wire(request.as_bytes()));
    }
}
