//! Certificates that are not good, and names that do not resolve.

use std::{
    fs,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use rcgen::{CertificateParams, date_time_ymd};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use super::{
    OF_APP, config, disk, first_day,
    meddler::{Meddler, Stream},
    small_vendor,
};
use crate::support::{self, Authority, Exporter, Pair, Vendor, eventually, sample, samples, until};

/// The names of the tests below that are rows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BAD.iter()
        .map(|bad| bad.name)
        .chain(["host name that does not resolve"])
}

/// One way in which a certificate is bad.
struct Bad {
    name: &'static str,
    says: &'static str,
    /// Changes a good certificate.
    spoil: fn(&mut CertificateParams),
    /// Whether the trusted authority signs it.
    is_trusted: bool,
}

const BAD: &[Bad] = &[
    Bad {
        name: "certificate expired",
        says: "expired",
        spoil: |params| params.not_after = date_time_ymd(2021, 1, 1),
        is_trusted: true,
    },
    Bad {
        name: "certificate not valid yet",
        says: "not valid yet",
        spoil: |params| params.not_before = date_time_ymd(2098, 1, 1),
        is_trusted: true,
    },
    Bad {
        name: "certificate for another name",
        says: "another name",
        spoil: |params| {
            params.subject_alt_names = CertificateParams::new(["vendor.example".to_owned()])
                .expect("a name")
                .subject_alt_names;
        },
        is_trusted: true,
    },
    Bad {
        name: "certificate of an unknown authority",
        says: "not trusted",
        spoil: |_| {},
        is_trusted: false,
    },
];

#[test]
fn certificates_that_are_not_good_are_refused_until_they_are() {
    let vendor = Vendor::with(small_vendor());
    let meddler = Meddler::before(vendor.address);
    let (trusted, stranger) = (Authority::new("trusted"), Authority::new("stranger"));
    let good = trusted.server();
    let front = Front::before(&meddler, &good);
    let ca = vendor.directory.path().join("ca.pem");
    fs::write(&ca, trusted.pem()).expect("a file");
    let of_app = format!("{OF_APP}    ca_file: {}\n", ca.display());
    let config = config(&vendor, &format!("https://{}", front.address), &of_app);
    let exporter = Exporter::serve(&config).ready();
    let up = || sample(&exporter.metrics(), "netease_meeting_up", &[super::APP]);
    until("a good start", &Some(1.0), up);
    for bad in BAD {
        let name = bad.name;
        let lines_before = exporter.log().len();
        let authority = if bad.is_trusted { &trusted } else { &stranger };
        front.present(&authority.spoilt_server(bad.spoil));
        until(name, &Some(0.0), up);
        eventually("figures to vanish", || {
            let live = samples(&exporter.metrics(), "netease_meeting_active_meetings", &[]);
            live.is_empty().then_some(())
        });
        let labels = [super::APP, ("endpoint", "realtime"), ("code", "tls")];
        let text = exporter.metrics();
        assert!(
            sample(&text, "netease_meeting_api_requests_total", &labels) > Some(0.0),
            "{name}"
        );
        front.present(&good);
        until("recovery", &Some(1.0), up);
        let log = exporter.log().split_off(lines_before);
        let told: Vec<_> = log
            .iter()
            .filter(|line| line.contains("level=warn"))
            .collect();
        assert_eq!(told.len(), 1, "{name}: {told:#?}");
        assert!(told[0].contains(bad.says), "{name}: {}", told[0]);
    }
    let world = vendor.simulator.world();
    until("figures that differ from the truth", &Vec::new(), || {
        let now = vendor.simulator.clock().now();
        support::differences(
            &super::scrape(&exporter),
            &support::truth(world, first_day(&vendor), now),
        )
    });
}

#[test]
fn a_name_that_does_not_resolve_is_waited_for() {
    let vendor = Vendor::with(small_vendor());
    let hosts = vendor.directory.path().join("hosts");
    fs::write(&hosts, "127.0.0.1 localhost\n").expect("a file");
    let of_app = format!("{OF_APP}    allow_insecure_http: true\n");
    let host = format!("http://vendor.invalid:{}", vendor.address.port());
    let config = config(&vendor, &host, &of_app);
    let prepare = format!("mount --bind {} /etc/hosts", hosts.display());
    let exporter = Exporter::spawn(disk::apart(&prepare, &config)).ready();
    let line = eventually("a line", || exporter.warnings().pop());
    assert!(line.contains("could not be resolved"), "{line}");
    let up = || sample(&exporter.metrics(), "netease_meeting_up", &[super::APP]);
    assert_eq!(up(), Some(0.0));
    assert!(
        samples(&exporter.metrics(), "netease_meeting_meetings_total", &[]).is_empty(),
        "not 0"
    );
    fs::write(&hosts, "127.0.0.1 localhost vendor.invalid\n").expect("a file");
    until("recovery", &Some(1.0), up);
    assert_eq!(exporter.warnings().len(), 1, "{:#?}", exporter.warnings());
}

/// A server's part with that certificate.
fn presenting(pair: &Pair) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("PEM");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    Arc::new(config)
}

/// TLS before a meddler, with a certificate that can be changed.
struct Front {
    address: SocketAddr,
    config: Arc<Mutex<Arc<ServerConfig>>>,
}

impl Front {
    fn before(meddler: &Meddler, pair: &Pair) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let config = Arc::new(Mutex::new(presenting(pair)));
        let (inner, current) = (meddler.inner(), Arc::clone(&config));
        // Ends with the test's process; each connection ends with its one answer.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (inner, config) = (
                    Arc::clone(&inner),
                    Arc::clone(&current.lock().expect("unpoisoned")),
                );
                thread::spawn(move || {
                    let Ok(connection) = ServerConnection::new(config) else {
                        return;
                    };
                    let mut stream = Tls(StreamOwned::new(connection, stream));
                    // A client that does not trust us is gone by now.
                    drop(inner.serve(&mut stream));
                    stream.0.conn.send_close_notify();
                    drop(stream.0.flush());
                });
            }
        });
        Self { address, config }
    }

    fn present(&self, pair: &Pair) {
        *self.config.lock().expect("unpoisoned") = presenting(pair);
    }
}

struct Tls(StreamOwned<ServerConnection, TcpStream>);

impl Read for Tls {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stream for Tls {
    fn reset(&mut self) {
        self.0.sock.reset();
    }
}
