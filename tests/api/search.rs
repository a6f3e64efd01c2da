//! The search bar: `q` over name and e-mail.

use crate::support::{TestApp, new_user};

const PEOPLE: &[(&str, &str)] = &[
    ("Ana María Silva", "ana.silva@northwind.example"),
    ("Łukasz Żółć", "lukasz@x.example"),
    ("Straße Müller", "strasse@x.example"),
    ("100% Percent", "percent@x.example"),
    ("Under_score", "under_score@x.example"),
    ("Back\\slash", "back@x.example"),
    ("Bo", "bo@x.example"),
    ("李小龍", "bruce@lee.example"),
    ("Zoë O'Neil", "o'neil@x.example"),
    ("Nguyễn Văn Anh", "anh+calls@x.example"),
];

struct Searched {
    _app: TestApp,
    tenant: crate::support::Tenant,
}

impl Searched {
    fn start() -> Self {
        let app = TestApp::start();
        let tenant = app.tenant("Bright Calls");
        for (name, email) in PEOPLE {
            let mut body = new_user(email, name, "user");
            body["company_name"] = "Quixotic Holdings".into();
            tenant.admin.post("/v1/users", &body).expect(201);
        }
        Self { _app: app, tenant }
    }

    /// The names found, sorted by address.
    fn find(&self, q: &str) -> Vec<String> {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let list = self
            .tenant
            .admin
            .get(&format!("/v1/users?q={q}&sort=email&include_total=true"))
            .expect(200);
        let names = list.column("full_name");
        assert_eq!(list.body["total"], names.len(), "{q}");
        names
    }

    fn finds(&self, one: &str, queries: &[&str]) {
        for q in queries {
            assert_eq!(self.find(q), [one], "{q}");
        }
    }
}

#[test]
fn accents_case_and_the_order_of_words_do_not_matter() {
    let it = Searched::start();
    it.finds(
        "Ana María Silva",
        &[
            "maria",
            "MARÍA",
            "mari\u{301}a",
            "silva ana",
            "ana silva",
            "  silva   maria  ",
            "aria ilv",
            "SILVA northwind",
        ],
    );
    it.finds("Łukasz Żółć", &["lukasz zolc", "ŁUKASZ", "żółć"]);
    it.finds("Straße Müller", &["strasse muller", "straße", "MÜLLER"]);
    it.finds("Zoë O'Neil", &["zoe", "o'neil"]);
    it.finds("Nguyễn Văn Anh", &["nguyen van", "anh nguyễn"]);
    it.finds("李小龍", &["李", "李小", "李小龍"]);
    assert!(
        it.find("ana muller").is_empty(),
        "all words have to be found"
    );
}

#[test]
fn wildcards_are_letters() {
    let it = Searched::start();
    it.finds("100% Percent", &["100%", "00% p"]);
    it.finds("Under_score", &["r_s", "under_score"]);
    it.finds("Back\\slash", &["k\\s"]);
    for nothing in ["a%a", "u%", "____", "\\\\", "%%", "u%score", "\\_"] {
        assert!(it.find(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn one_and_two_letters_find_too() {
    let it = Searched::start();
    it.finds("Bo", &["bo"]);
    assert_eq!(
        it.find("ż"),
        ["Łukasz Żółć", "Zoë O'Neil"],
        "z as well as ż"
    );
    it.finds("Ana María Silva", &["a m s"]);
    assert!(it.find("qx").is_empty());
    assert_eq!(
        it.find("").len(),
        PEOPLE.len() + 1,
        "an empty search is none"
    );
}

#[test]
fn one_and_two_signs_and_letters_of_a_script_without_spaces_find_too() {
    let it = Searched::start();
    it.finds("100% Percent", &["%"]);
    it.finds("Under_score", &["_"]);
    it.finds("Back\\slash", &["\\"]);
    it.finds("Nguyễn Văn Anh", &["+"]);
    it.finds("李小龍", &["小龍", "龍"]);
}

#[test]
fn fragments_of_an_address_find_its_user() {
    let it = Searched::start();
    it.finds(
        "Ana María Silva",
        &[
            "ana.silva@",
            "@northwind",
            "wind.exam",
            "ANA.SILVA@NORTHWIND.EXAMPLE",
            "a.s",
        ],
    );
    it.finds("Nguyễn Văn Anh", &["anh+calls", "h+c"]);
    it.finds("李小龍", &["bruce@lee"]);
}

#[test]
fn the_company_is_not_searched() {
    let it = Searched::start();
    assert!(it.find("quixotic").is_empty());
    assert!(it.find("ana quixotic").is_empty());
}

#[test]
fn a_search_is_at_most_200_characters() {
    let it = Searched::start();
    assert!(it.find(&"é".repeat(200)).is_empty());
    let long = it
        .tenant
        .admin
        .get(&format!("/v1/users?q={}", "a".repeat(201)));
    long.expect_problem(400, "invalid_query")
        .expect_fault("/q", "too_long");
}
