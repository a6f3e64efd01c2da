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

/// Somebody in a list that is long enough to be walked, and what the search looks at.
struct Person {
    email: String,
    search: String,
}

impl Person {
    /// The part of the list that they are in, where they are found at all.
    fn part(&self, words: &[&str]) -> Option<u8> {
        let (name, address) = self.search.rsplit_once(' ').unwrap();
        let name_starts = |word: &&str| format!("{name} ").contains(&format!(" {word}"));
        let starts = |word: &&str| name_starts(word) || address.starts_with(word);
        let is_found = |word: &&str| match word.len() {
            1 | 2 if word.starts_with(char::is_alphanumeric) => starts(word),
            _ => self.search.contains(word),
        };
        let typed = words.join(" ");
        let can_start = words
            .iter()
            .all(|word| word.starts_with(char::is_alphanumeric));
        match () {
            () if !words.iter().all(is_found) => None,
            () if name.trim_start() == typed || address == typed => Some(0),
            () if can_start && words.iter().all(name_starts) => Some(1),
            () if can_start && words.iter().all(starts) => Some(2),
            () => Some(3),
        }
    }
}

/// Adds so many people past the service; the search text is read from the database.
fn crowd(app: &TestApp, tenant: &Tenant) -> Vec<Person> {
    app.execute(&format!(
        "WITH people AS (SELECT n, (ARRAY['Ana','Bruno','Carla','Dario','Juana','Mariana','Zoe'])[1 + n % 7] AS first,
             (ARRAY['Garcia','Anand','Lopez','Marsh','Quist'])[1 + n / 7 % 5] AS last FROM generate_series(1, 2500) n),
         added AS (INSERT INTO users (tenant_id, id, email, email_key, full_name, role, tier, status, created_at, updated_at)
             SELECT '{0}', gen_random_uuid(), mail, mail, name, 'user', 'standard', 'active', now(), now() FROM
             (SELECT lower(CASE n % 3 WHEN 0 THEN first WHEN 1 THEN last ELSE 'info' END) || n || '@'
                 || (ARRAY['gmail.com','ana.example'])[1 + n % 2] AS mail,
                 first || ' ' || CASE WHEN n % 10 = 0 THEN '(Con) ' ELSE '' END || last AS name FROM people) named
             RETURNING tenant_id, id)
         INSERT INTO sign_ins (tenant_id, user_id) SELECT tenant_id, id FROM added",
        tenant.id
    ));
    app.execute(&format!(
        "UPDATE tenants SET seats_used = seats_used + 2500 WHERE id = '{}'",
        tenant.id
    ));
    tenant.add("x@bücher.example", "O´Brien", "user");
    tenant.add("y@x.example", "Ana", "user");
    let texts = app.database.text(&format!(
        "SELECT string_agg(search, chr(10)) FROM users WHERE tenant_id = '{}'",
        tenant.id
    ));
    let person = |search: &str| Person {
        email: search.rsplit_once(' ').unwrap().1.to_owned(),
        search: search.to_owned(),
    };
    texts.lines().map(person).collect()
}

#[test]
fn in_a_long_list_every_way_to_a_page_finds_the_same_people_in_the_same_order() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let people = crowd(&app, &tenant);
    for (q, words) in [
        ("ana", vec!["ana"]),
        ("an", vec!["an"]),
        ("a", vec!["a"]),
        ("mar", vec!["mar"]),
        ("(con", vec!["(con"]),
        ("ana (con", vec!["ana", "(con"]),
        ("garcia an", vec!["garcia", "an"]),
        ("info", vec!["info"]),
        ("com", vec!["com"]),
        ("@gmail", vec!["@gmail"]),
        ("uan", vec!["uan"]),
        ("info20", vec!["info20"]),
        ("nobody", vec!["nobody"]),
        ("x@bücher.example", vec!["x@bucher.example"]),
    ] {
        let found = people
            .iter()
            .filter_map(|person| Some((person.part(&words)?, &person.search, &person.email)));
        let mut expected: Vec<_> = found.collect();
        expected.sort();
        let path = format!("/v1/users?limit=200&include_total=true&q={}", encoded(q));
        let (mut paged, mut page) = (Vec::new(), tenant.admin.get(&path).expect(200));
        assert_eq!(page.body["total"], expected.len(), "{q}");
        loop {
            paged.extend(page.column("email"));
            let Some(cursor) = page.body["next_cursor"].as_str() else {
                break;
            };
            page = tenant
                .admin
                .get(&format!("{path}&cursor={cursor}"))
                .expect(200);
        }
        let paged: Vec<_> = paged.iter().map(|email| email.replace('ü', "u")).collect();
        let expected: Vec<_> = expected.into_iter().map(|(_, _, email)| email).collect();
        assert_eq!(paged.iter().collect::<Vec<_>>(), expected, "{q}");
    }
    assert_eq!(found(&tenant, &encoded("O´Brien")), ["O´Brien"]);
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
