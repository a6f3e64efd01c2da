//! The order of what a search finds, where none is asked for: exact first, then starts of words, then the rest.

use crate::support::{Tenant, TestApp};

#[test]
fn exact_matches_come_first_then_starts_of_words_then_the_rest_each_by_name() {
    let app = TestApp::start();
    let tenant = people(&app);
    let (exact, starts, rest) = (
        ["Ána"],
        ["Ana Zorn", "Anabel Smith", "Bo Anand"],
        ["Diana Ross", "Susana Ito"],
    );
    let expected: Vec<_> = exact.into_iter().chain(starts).chain(rest).collect();
    assert_eq!(found(&tenant, "ana"), expected);
}

#[test]
fn an_exact_address_comes_first() {
    let app = TestApp::start();
    let tenant = people(&app);
    tenant.add("x.bo@x.example", "Aaron", "user");
    tenant.add("bo@x.example", "Zacharias", "user");
    assert_eq!(found(&tenant, "BO@x.example"), ["Zacharias", "Aaron"]);
}

#[test]
fn words_of_the_name_come_before_the_start_of_the_address() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for (email, name) in [
        ("ana@x.example", "Aaron Abel"),
        ("ana.b@x.example", "Anatol Voss"),
        ("c@x.example", "Carla de Anaya"),
        ("d@anax.example", "Dario Bruni"),
        ("e@x.example", "Zacharias Ana"),
    ] {
        tenant.add(email, name, "user");
    }
    let expected = [
        "Anatol Voss",
        "Carla de Anaya",
        "Zacharias Ana",
        "Aaron Abel",
        "Dario Bruni",
    ];
    assert_eq!(found(&tenant, "ana"), expected);
    assert_eq!(found(&tenant, "ana.b"), ["Anatol Voss"]);
    // Each page goes on where the last one ended, also from one part into the next.
    let (mut paged, mut path) = (Vec::new(), "/v1/users?q=ana&limit=1".to_owned());
    loop {
        let page = tenant.admin.get(&path).expect(200);
        paged.extend(page.column("full_name"));
        let Some(cursor) = page.body["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/users?q=ana&limit=1&cursor={cursor}");
    }
    assert_eq!(paged, expected);
}

#[test]
fn a_sort_that_is_asked_for_overrules_the_ranking() {
    let app = TestApp::start();
    let tenant = people(&app);
    let by_email = tenant.admin.get("/v1/users?q=ana&sort=email").expect(200);
    assert!(by_email.column("email").is_sorted());
}

#[test]
fn pages_of_a_ranked_search_repeat_and_miss_nobody() {
    let app = TestApp::start();
    let tenant = people(&app);
    let whole = found(&tenant, "an");
    for limit in 1..=4 {
        let (mut paged, mut path) = (Vec::new(), format!("/v1/users?q=an&limit={limit}"));
        loop {
            let page = tenant.admin.get(&path).expect(200);
            paged.extend(page.column("full_name"));
            if page.body["next_cursor"].is_null() {
                break;
            }
            path = format!(
                "/v1/users?q=an&limit={limit}&cursor={}",
                page.text_of("/next_cursor")
            );
        }
        assert_eq!(paged, whole, "limit {limit}");
    }
}

fn people(app: &TestApp) -> Tenant {
    let tenant = app.tenant("Bright Calls");
    for (n, name) in [
        "Susana Ito",
        "Anabel Smith",
        "Diana Ross",
        "Bo Anand",
        "Ána",
        "Ana Zorn",
        "Nobody",
    ]
    .iter()
    .enumerate()
    {
        tenant.add(&format!("p{n}@x.example"), name, "user");
    }
    tenant
}

fn found(tenant: &Tenant, q: &str) -> Vec<String> {
    tenant
        .admin
        .get(&format!("/v1/users?q={q}"))
        .expect(200)
        .column("full_name")
}
