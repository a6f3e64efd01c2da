//! Which host name is whose, in memory: for what has to be known of every connection (may a certificate be made?) and
//! of every request (may this origin ask?), and also while Postgres is down.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{DomainStatus, store};
use crate::db::{Change, Connection, Hearing, Subscriber};
use crate::error::{Error, Result};

/// How often is asked whether changes are heard.
const ATTENTION: Duration = Duration::from_millis(50);
/// The longest pause between two loads while they are not.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The host names that were proven and are not another's since, with their tenants. Clones share one memory.
#[derive(Clone, Default)]
pub struct ProvenHosts(Arc<Shared>);

#[derive(Default)]
struct Shared {
    known: RwLock<Known>,
    /// How many loads were begun.
    loads: AtomicU64,
}

/// What is known, and of which load. Loads are numbered when they begin; several may be under way, and one may hang with
/// its connection, so none waits for another, and what an older one has read never replaces what a newer one has.
#[derive(Default)]
struct Known {
    hosts: HashMap<String, Host>,
    /// The newest load of all host names.
    all: u64,
    /// The newer ones of single tenants.
    tenants: HashMap<Uuid, u64>,
}

#[derive(Clone, Copy)]
struct Host {
    tenant: Uuid,
    status: DomainStatus,
    load: u64,
}

type Row = (String, Uuid, DomainStatus);

impl ProvenHosts {
    /// The tenant that has proven this host name, and where its domain stands: an answer may be `suspended` too. Letter
    /// case and a trailing dot do not matter; names beyond ASCII are asked for by their A-labels (RFC 5891).
    #[must_use]
    pub fn tenant_of(&self, host: &str) -> Option<(Uuid, DomainStatus)> {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .hosts
            .get(&host)
            .map(|host| (host.tenant, host.status))
    }

    /// The tenant whose app is served at this host name now: its domain is active or degraded.
    #[must_use]
    pub fn served_tenant(&self, host: &str) -> Option<Uuid> {
        let (tenant, status) = self.tenant_of(host)?;
        status.is_proven().then_some(tenant)
    }

    /// Reads all of them anew.
    ///
    /// # Errors
    /// Where the database fails; what was known stays.
    pub fn load(&self, conn: &mut Connection) -> Result<()> {
        self.reload(None, conn)
    }

    /// Has all of them read anew, again and again, while changes are not heard: on a thread of its own, as long as
    /// somebody has this value. Nobody who asks waits for it, and what the database does not answer leaves what was known.
    ///
    /// # Errors
    /// Where the thread cannot be started.
    pub fn keep_fresh(
        &self,
        hearing: Hearing,
        load: impl Fn(&Self) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let shared = Arc::downgrade(&self.0);
        let watch = move || {
            while let Some(hosts) = shared.upgrade().map(Self) {
                let began = Instant::now();
                if !hearing.is_heard()
                    && let Err(cause) = load(&hosts)
                {
                    tracing::debug!(%cause, "host names are answered as they were last known");
                }
                drop(hosts);
                thread::sleep(began.elapsed().clamp(ATTENTION, LONGEST_PAUSE));
            }
        };
        let thread = thread::Builder::new().name("hosts".to_owned());
        thread.spawn(watch).map(drop).map_err(Error::internal)
    }

    /// The host names that are known as this tenant's. Who has them now is read together with what is the tenant's, so
    /// that one that goes from one tenant to another is never nobody's.
    fn names_of(&self, tenant: Uuid) -> Vec<String> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = known.hosts.iter().filter(|(_, host)| host.tenant == tenant);
        of_tenant.map(|(name, _)| name.clone()).collect()
    }

    /// Reads the host names of one tenant anew, or all.
    fn reload(&self, tenant: Option<Uuid>, conn: &mut Connection) -> Result<()> {
        let load = self.0.loads.fetch_add(1, Ordering::AcqRel) + 1;
        let of = tenant.map(|tenant| (tenant, self.names_of(tenant)));
        let rows = store::list_hosts(conn, of)?;
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        match tenant {
            Some(tenant) => known.take_in_tenant(load, tenant, rows),
            None => known.take_in_all(load, rows),
        }
        Ok(())
    }
}

impl Known {
    fn take_in_all(&mut self, load: u64, rows: Vec<Row>) {
        if load < self.all {
            return;
        }
        self.all = load;
        self.tenants.retain(|_, newest| *newest > load);
        self.hosts.retain(|_, host| host.load > load);
        for (name, tenant, status) in rows {
            self.add(name, tenant, status, load);
        }
    }

    fn take_in_tenant(&mut self, load: u64, tenant: Uuid, rows: Vec<Row>) {
        let newest = self.tenants.get(&tenant).copied().unwrap_or_default();
        if load < newest.max(self.all) {
            return;
        }
        self.tenants.insert(tenant, load);
        self.hosts
            .retain(|_, host| host.tenant != tenant || host.load > load);
        for (name, tenant, status) in rows {
            self.add(name, tenant, status, load);
        }
    }

    /// Unless a newer load has found it with somebody else, or has not found it any more.
    fn add(&mut self, name: String, tenant: Uuid, status: DomainStatus, load: u64) {
        let of_tenant = self.tenants.get(&tenant).copied().unwrap_or_default();
        let of_host = self.hosts.get(&name).map_or(0, |host| host.load);
        if load >= of_tenant.max(of_host) {
            let host = Host {
                tenant,
                status,
                load,
            };
            self.hosts.insert(name, host);
        }
    }
}

impl Subscriber for ProvenHosts {
    fn hear(&self, change: Change, conn: &mut Connection) -> Result<()> {
        match change {
            Change::Hosts(tenant) => self.reload(Some(tenant), conn),
            Change::Everything => self.reload(None, conn),
            Change::Session { .. }
            | Change::User { .. }
            | Change::Tenant(_)
            | Change::Seats(_)
            | Change::Mail => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "app.example";

    fn row(tenant: Uuid) -> Vec<Row> {
        vec![(HOST.to_owned(), tenant, DomainStatus::Active)]
    }

    fn holder(known: &Known) -> Option<Uuid> {
        known.hosts.get(HOST).map(|host| host.tenant)
    }

    #[test]
    fn what_an_older_load_has_read_never_replaces_what_a_newer_one_has() {
        let [old, new] = [(); 2].map(|()| Uuid::now_v7());
        // A name goes from one tenant to another while loads from before that hang.
        let mut known = Known::default();
        known.take_in_all(1, row(old));
        known.take_in_tenant(6, new, row(new));
        known.take_in_tenant(5, old, Vec::new());
        assert_eq!(holder(&known), Some(new));
        known.take_in_tenant(3, old, row(old));
        known.take_in_all(4, row(old));
        assert_eq!(holder(&known), Some(new));
        known.take_in_all(2, Vec::new());
        assert_eq!(holder(&known), Some(new));

        // A name that was given up does not come back, nor goes one that was proven since.
        known.take_in_tenant(9, new, Vec::new());
        known.take_in_all(8, row(new));
        known.take_in_tenant(7, old, row(new));
        assert_eq!(holder(&known), None);
        known.take_in_tenant(11, old, row(old));
        known.take_in_all(10, Vec::new());
        assert_eq!(holder(&known), Some(old));
        known.take_in_all(12, Vec::new());
        assert_eq!(holder(&known), None);
        assert!(known.tenants.is_empty());
    }
}
