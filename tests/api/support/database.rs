//! A database a test: copied from a migrated template, on one Postgres that is started once a run.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use roster::db::embedded::{Durability, Embedded};
use uuid::Uuid;

/// A database, dropped with its last owner.
#[derive(Clone)]
pub(crate) struct Database(Arc<Owned>);

struct Owned {
    name: String,
    url: String,
}

struct Cluster {
    server: Embedded,
    template: String,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-postgres");
    std::fs::create_dir_all(&folder).unwrap();
    let server = Embedded::start(&folder, Durability::Disposable).unwrap();
    let template = make_template(&server);
    Cluster { server, template }
});

impl Database {
    /// A migrated, empty database.
    pub(crate) fn create() -> Self {
        let cluster = &*CLUSTER;
        let name = format!("test_{}", Uuid::now_v7().simple());
        let copy = format!(
            "CREATE DATABASE {name} TEMPLATE {} STRATEGY file_copy",
            cluster.template
        );
        admin(&cluster.server).batch_execute(&copy).unwrap();
        let url = cluster.server.url(&name);
        Self(Arc::new(Owned { name, url }))
    }

    /// Its libpq URL.
    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    /// A connection of its own.
    pub(crate) fn connect(&self) -> PgConnection {
        PgConnection::establish(self.url()).unwrap()
    }

    /// Runs statements.
    pub(crate) fn execute(&self, statements: &str) {
        self.connect().batch_execute(statements).unwrap();
    }

    /// One number.
    pub(crate) fn number(&self, query: &str) -> i64 {
        diesel::select(sql::<BigInt>(&format!("({query})")))
            .get_result(&mut self.connect())
            .unwrap()
    }

    /// Takes the database away: every connection is cut and no new one is let in.
    pub(crate) fn close(&self) {
        let name = &self.0.name;
        self.admin_execute(&format!(
            "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"
        ));
        self.cut();
    }

    /// Cuts every connection; new ones are let in.
    pub(crate) fn cut(&self) {
        let name = &self.0.name;
        self.admin_execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
    }

    /// Gives it back.
    pub(crate) fn reopen(&self) {
        let name = &self.0.name;
        self.admin_execute(&format!(
            "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"
        ));
    }

    #[expect(clippy::unused_self, reason = "whoever has a database has the cluster")]
    fn admin_execute(&self, statement: &str) {
        admin(&CLUSTER.server).batch_execute(statement).unwrap();
    }

    /// One text.
    pub(crate) fn text(&self, query: &str) -> String {
        diesel::select(sql::<Text>(&format!("({query})")))
            .get_result(&mut self.connect())
            .unwrap()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _left = admin(&CLUSTER.server)
            .batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn admin(server: &Embedded) -> PgConnection {
    PgConnection::establish(&server.url("postgres")).unwrap()
}

/// Named by the hash of the migrations, so that it is made anew only when they change. What a run before this one
/// left behind goes.
fn make_template(server: &Embedded) -> String {
    let mut conn = admin(server);
    let stale = "SELECT string_agg(format('DROP DATABASE %I', datname), ';') FROM pg_database WHERE datname LIKE 'test\\_%'";
    let stale: Option<String> = diesel::select(sql::<diesel::sql_types::Nullable<Text>>(&format!(
        "({stale})"
    )))
    .get_result(&mut conn)
    .unwrap();
    for statement in stale
        .unwrap_or_default()
        .split(';')
        .filter(|statement| !statement.is_empty())
    {
        conn.batch_execute(statement).unwrap();
    }
    let name = format!("template_{}", hash_of_migrations());
    let exists = sql::<Bool>(&format!(
        "EXISTS (SELECT FROM pg_database WHERE datname = '{name}')"
    ));
    if !diesel::select(exists)
        .get_result::<bool>(&mut conn)
        .unwrap()
    {
        let unfinished = format!("{name}_unfinished");
        conn.batch_execute(&format!("DROP DATABASE IF EXISTS {unfinished}"))
            .unwrap();
        conn.batch_execute(&format!("CREATE DATABASE {unfinished}"))
            .unwrap();
        roster::db::migrate(&server.url(&unfinished)).unwrap();
        conn.batch_execute(&format!("ALTER DATABASE {unfinished} RENAME TO {name}"))
            .unwrap();
    }
    name
}

fn hash_of_migrations() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("up.sql"))
        .collect();
    files.sort();
    let all: Vec<u8> = files
        .iter()
        .flat_map(|file| std::fs::read(file).unwrap())
        .collect();
    // Lower case: it becomes part of a name that Postgres folds.
    Uuid::from_slice(roster::secret::sha256(&all).get(..16).unwrap())
        .unwrap()
        .simple()
        .to_string()
}
