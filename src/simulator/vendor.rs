//! The simulated vendor: a world, who may ask about it, and what goes wrong meanwhile.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    builder::{Builder, Options},
    credentials::Credentials,
    endpoint::Endpoint,
    fault::Fault,
    gate::Gate,
    naming,
    records::{Records, SeenRequest},
    server,
    world::World,
};
use crate::clock::SharedClock;

/// The vendor's twin. All of it can be read and changed while it serves.
#[derive(Debug)]
pub struct Simulator {
    pub(super) world: World,
    pub(super) clock: SharedClock,
    pub(super) gate: Gate,
    pub(super) options: Options,
    pub(super) records: Records,
    credentials: Credentials,
    trouble: RwLock<Arc<Trouble>>,
}

/// What can be changed at run time, read once for each request.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble {
    pub(super) faults: Vec<Fault>,
    pub(super) latency: Duration,
    pub(super) answers: BTreeMap<Endpoint, Bytes>,
}

impl Simulator {
    /// A simulator with everything at its default; see [`Builder`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(
        world: World,
        clock: SharedClock,
        options: Options,
        trouble: Trouble,
    ) -> Self {
        let credentials = Credentials::new(world.config().seed, world.apps());
        Self {
            gate: Gate::new(credentials, options.strict_nonces),
            records: Records::new(world.apps()),
            trouble: RwLock::new(Arc::new(trouble)),
            world,
            clock,
            options,
            credentials,
        }
    }

    /// Serves until `shutdown`; answers under way are finished, for two seconds at most.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: CancellationToken) {
        server::serve(self, listener, shutdown).await;
    }

    /// The world it tells of: the ground truth.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The clock it goes by.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// A stable, readable name for an application: `headquarters`, …, `app-00017`.
    #[must_use]
    pub fn display_name(&self, app: usize) -> String {
        naming::display_name(app)
    }

    /// An application's AppKey: 32 hexadecimal digits.
    #[must_use]
    pub fn app_key(&self, app: usize) -> String {
        self.credentials.app_key(app)
    }

    /// An application's AppSecret: 12 hexadecimal digits. It guards nothing but a simulation.
    #[must_use]
    pub fn app_secret(&self, app: usize) -> String {
        self.credentials.app_secret(app)
    }

    /// The accountId an application must send.
    #[must_use]
    pub fn account_id(&self, app: usize) -> String {
        self.credentials.account_id(app)
    }

    /// Replaces the faults from the next request on. Several can strike one answer.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.change(|trouble| trouble.faults = faults);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.set_faults(Vec::new());
    }

    /// Delays every answer by this much, besides what faults add.
    pub fn set_latency(&self, latency: Duration) {
        self.change(|trouble| trouble.latency = latency);
    }

    /// From now on answers every question at `endpoint` that is let in with `body`, byte for byte.
    pub fn set_answer(&self, endpoint: Endpoint, body: impl Into<Bytes>) {
        self.change(|trouble| {
            trouble.answers.insert(endpoint, body.into());
        });
    }

    /// Answers from the world again.
    pub fn clear_answers(&self) {
        self.change(|trouble| trouble.answers.clear());
    }

    /// Requests with an application's AppKey at an endpoint so far, refused ones included.
    #[must_use]
    pub fn requests(&self, app: usize, endpoint: Endpoint) -> u64 {
        self.records.count(app, endpoint)
    }

    /// All requests so far.
    #[must_use]
    pub fn all_requests(&self) -> u64 {
        self.records.all()
    }

    /// The latest requests, at most 256, oldest first.
    #[must_use]
    pub fn latest_requests(&self) -> Vec<SeenRequest> {
        self.records.latest()
    }

    pub(super) fn trouble(&self) -> Arc<Trouble> {
        let trouble = self.trouble.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&trouble)
    }

    fn change(&self, change: impl FnOnce(&mut Trouble)) {
        let mut trouble = self.trouble.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut trouble));
    }
}
