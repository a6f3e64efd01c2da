//! Which host name is whose, in memory: for what has to be known of every connection (may a certificate be made?) and
//! of every request (may this origin ask?), and also while Postgres is down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use uuid::Uuid;

use super::{DomainStatus, store};
use crate::db::{Change, Connection, Subscriber};
use crate::error::Result;

/// The host names that were proven and are not another's since, with their tenants. Clones share one memory.
#[derive(Clone, Default)]
pub struct ProvenHosts(Arc<Shared>);

#[derive(Default)]
struct Shared {
    hosts: RwLock<HashMap<String, (Uuid, DomainStatus)>>,
    /// One reload at a time, so that what was read first never replaces what was read last.
    reload: Mutex<()>,
}

impl ProvenHosts {
    /// The tenant that has proven this host name, and where its domain stands: an answer may be `suspended` too. Letter
    /// case and a trailing dot do not matter; names beyond ASCII are asked for by their A-labels (RFC 5891).
    #[must_use]
    pub fn tenant_of(&self, host: &str) -> Option<(Uuid, DomainStatus)> {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let hosts = self.0.hosts.read().unwrap_or_else(PoisonError::into_inner);
        hosts.get(&host).copied()
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

    /// Reads the host names of one tenant anew, or all.
    fn reload(&self, tenant: Option<Uuid>, conn: &mut Connection) -> Result<()> {
        let turn = self.0.reload.lock();
        let _turn = turn.unwrap_or_else(PoisonError::into_inner);
        let rows = store::list_hosts(conn, tenant)?;
        let mut fresh: HashMap<_, _> = rows
            .into_iter()
            .map(|(host, tenant, status)| (host, (tenant, status)))
            .collect();
        let mut hosts = self.0.hosts.write().unwrap_or_else(PoisonError::into_inner);
        match tenant {
            Some(tenant) => {
                hosts.retain(|_, (of, _)| *of != tenant);
                hosts.extend(fresh);
            }
            None => std::mem::swap(&mut *hosts, &mut fresh),
        }
        Ok(())
    }
}

impl Subscriber for ProvenHosts {
    fn hear(&self, change: Change, conn: &mut Connection) -> Result<()> {
        match change {
            Change::Hosts(tenant) => self.reload(Some(tenant), conn),
            Change::Everything => self.reload(None, conn),
            Change::Session { .. } | Change::User { .. } | Change::Tenant(_) | Change::Mail => {
                Ok(())
            }
        }
    }
}
