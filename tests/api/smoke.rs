use crate::support::{TestApp, new_user};
use serde_json::json;

#[test]
fn all() {
    let app = TestApp::start();
    let t = app.tenant("Bright Calls");
    let u = t.admin.post("/v1/users", &json!({"email":"Ana.Silva@northwind.example","full_name":"Ana María Silva","role":"manager","tier":"standard","company_name":"Northwind Traders","password":"correct horse battery staple"})).expect(201);
    println!("{:?}\n{}", u.headers, u.text);
    let id = u.id();
    for path in [
        "/v1/users?q=maria",
        "/v1/users?q=northwind&include_total=true&limit=1",
        "/v1/users?sort=full_name&limit=1",
        "/v1/users?sort=-last_login_at",
        "/v1/users?sort=email",
        "/v1/companies?q=NORTH&sort=name",
        "/v1/roles?sort=name",
        "/v1/tiers?q=stand",
        "/v1/domains?q=app",
        "/v1/permissions",
        "/v1/activity?q=ana&limit=3",
        "/v1/me/sessions",
        "/v1/readiness",
        "/.well-known/jwks.json",
    ] {
        let r = t.admin.get(path).expect(200);
        println!("{path} {}\n", r.text);
        if !r.header("link").is_empty() {
            let next = r
                .header("link")
                .trim_start_matches('<')
                .split('>')
                .next()
                .unwrap()
                .to_owned();
            println!("NEXT {next}: {}", t.admin.get(&next).expect(200).text);
        }
    }
    println!(
        "{}",
        t.admin
            .patch(
                &format!("/v1/users/{id}"),
                &json!({"role":"user","full_name":"Ana Silva","metadata":{"a":1}})
            )
            .expect(200)
            .text
    );
    println!(
        "{}",
        t.admin
            .put(
                &format!("/v1/users/{id}/password"),
                &json!({"generate":true})
            )
            .expect(200)
            .text
    );
    println!(
        "{}",
        t.admin
            .put(
                &format!("/v1/users/{id}/password"),
                &json!({"password":"correct horse battery staple","must_change":false})
            )
            .expect(204)
            .text
    );
    let ana = app.sign_in(
        &t.slug,
        "ana.silva@NORTHWIND.example",
        "correct horse battery staple",
    );
    println!("{}", ana.get("/v1/me").expect(200).text);
    println!("{}", ana.get("/v1/me/access").expect(200).text);
    println!("{}", ana.get("/v1/users").expect(403).text);
    println!(
        "{}",
        t.admin
            .get(&format!("/v1/users/{id}/access"))
            .expect(200)
            .text
    );
    println!(
        "{}",
        t.admin
            .post(
                "/v1/access/check",
                &json!({"user_id":id,"permission":"settings:advanced"})
            )
            .expect(200)
            .text
    );
    println!("{}", t.admin.post("/v1/access/check", &json!({"checks":[{"user_id":id,"permission":"calls:read"},{"permission":"nope:x"}]})).expect(422).text);
    println!(
        "{}",
        t.admin
            .put(
                &format!("/v1/users/{id}/suspension"),
                &json!({"reason":"left"})
            )
            .expect(200)
            .text
    );
    println!("{}", ana.get("/v1/me").expect(401).text);
    t.admin
        .delete(&format!("/v1/users/{id}/suspension"))
        .expect(204);
    t.admin.delete(&format!("/v1/users/{id}")).expect(204);
    println!(
        "{}",
        t.admin
            .post(&format!("/v1/users/{id}/restoration"), &json!({}))
            .expect(200)
            .text
    );
    t.admin
        .delete(&format!("/v1/users/{id}?purge=true"))
        .expect(204);
    println!(
        "{}",
        t.admin
            .get("/v1/activity?target_type=user")
            .expect(200)
            .text
    );
    println!("{}", t.admin.post("/v1/users", &json!({"email":"a b@c","role":7,"x":1,"status":"active","company_name":"","company_id":"zz"})).expect(422).text);
    let k = t.admin.with("Idempotency-Key", "k1");
    let b =
        json!({"email":"gen@x.example","full_name":"Gen","role":"user","generate_password":true});
    println!("{}", k.post("/v1/users", &b).expect(201).text);
    let r = k.post("/v1/users", &b).expect(201);
    println!("{:?} {}", r.headers, r.text);
    println!(
        "{}",
        k.post("/v1/users", &new_user("gen2@x.example", "x", "user"))
            .expect(422)
            .text
    );
    println!("{}", t.admin.post("/v1/users", &b).expect(409).text);
}
