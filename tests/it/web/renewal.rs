//! The web configuration and the files it names, changed while the server runs.

use std::fs;

use netease_meeting_exporter::web::{Limits, ProtectionOptions};

use super::protected::{Files, Protected, TLS, user};
use crate::support::{Authority, Exporter, Pair, Prometheus, Vendor, eventually, until};

const ALICE: [&str; 2] = ["--user", "alice:alice's"];
const SUCCESSFUL: &str = "netease_meeting_exporter_web_config_last_reload_successful";

fn users(names: &[&str]) -> String {
    let lines = names.iter().map(|name| user(name, 4));
    format!("basic_auth_users:\n{}", lines.collect::<String>())
}

#[test]
fn users_headers_and_limits_follow_the_file() {
    let server = Protected::start(&users(&["alice", "bob"]));
    let status = |user: &str| server.plain(&["--user", user, "/metrics"]).status;
    assert_eq!((status("alice:alice's"), status("bob:bob's")), (200, 200));

    server.files.write("web.yml", &users(&["alice", "carol"]));
    until("the new user", &200, || status("carol:carol's"));
    assert_eq!((status("alice:alice's"), status("bob:bob's")), (200, 401));

    let header = "http_server_config:\n  headers:\n    X-Frame-Options: deny\n";
    server
        .files
        .write("web.yml", &format!("{}{header}", users(&["alice"])));
    until("the header", &true, || {
        server
            .plain(&[ALICE[0], ALICE[1], "/metrics"])
            .told
            .contains("x-frame-options: deny")
    });

    let limit = "rate_limit:\n  interval: 1h\n  burst: 0\n";
    server
        .files
        .write("web.yml", &format!("{}{limit}", users(&["alice"])));
    until("the limit", &429, || status("alice:alice's"));
    server.files.write("web.yml", &users(&["alice"]));
    until("no limit any more", &200, || status("alice:alice's"));
}

#[test]
fn what_cannot_be_used_changes_nothing() {
    let good = users(&["alice"]);
    let server = Protected::start(&good);
    assert_eq!(server.metric(SUCCESSFUL), Some(1.0));
    let half = &good[..good.len() - 10];
    for bad in [
        half,
        "",
        "# nothing\n",
        "tls_server_config: {cert_file: gone.pem, key_file: gone.key}\n",
        "a: b: c\n",
    ] {
        server.files.write("web.yml", bad);
        until(&format!("{bad:?} to be noticed"), &Some(0.0), || {
            server.metric(SUCCESSFUL)
        });
        assert_eq!(server.plain(&["/metrics"]).status, 401, "{bad:?}");
        assert_eq!(
            server.plain(&["--user", "alice:wrong", "/metrics"]).status,
            401,
            "{bad:?}"
        );
        server.files.write("web.yml", &good);
        until("the file to be good again", &Some(1.0), || {
            server.metric(SUCCESSFUL)
        });
    }
    fs::remove_file(server.files.path("web.yml")).unwrap();
    until("its absence to be noticed", &Some(0.0), || {
        server.metric(SUCCESSFUL)
    });
    assert_eq!(server.plain(&["/metrics"]).status, 401);
}

/// The certificate that a server shows, as PEM.
fn shown(server: &Protected) -> String {
    let said = server.s_client(&[]);
    let begin = said
        .find("-----BEGIN CERTIFICATE-----")
        .unwrap_or_else(|| panic!("{said}"));
    let end = said[begin..].find("-----END CERTIFICATE-----").unwrap();
    said[begin..begin + end].to_owned()
}

fn is_shown(server: &Protected, pair: &Pair) -> bool {
    let plain = |text: &str| text.replace(['\r', '\n'], "");
    plain(&pair.certificate).contains(&plain(&shown(server)))
}

#[test]
fn a_renewed_certificate_is_shown_and_half_a_renewal_is_not() {
    let server = Protected::start(TLS);
    let before = shown(&server);
    let renewed = server.files.authority.server();
    // The certificate without its key: the old pair stays.
    server.files.write("server.pem", &renewed.certificate);
    until("the mismatch to be noticed", &true, || {
        server
            .curl(&["/metrics"])
            .body
            .contains(&format!("{SUCCESSFUL} 0\n"))
    });
    assert_eq!(shown(&server), before);
    server.files.write("server.key", &renewed.key);
    until("the renewed certificate", &true, || {
        is_shown(&server, &renewed)
    });
    assert!(
        server
            .curl(&["/metrics"])
            .body
            .contains(&format!("{SUCCESSFUL} 1\n"))
    );
}

#[test]
fn client_authorities_and_names_follow_their_files() {
    let policy = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: clients.pem\n";
    let files = Files::new(&format!("{TLS}{policy}"));
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    files.pair(&old.client(&["a.example"]), "old");
    files.pair(&new.client(&["b.example"]), "new");
    files.write("clients.pem", old.pem());
    let server = Protected::with(files, ProtectionOptions::default(), Limits::default());
    let status = |client: &str| {
        let (certificate, key) = (format!("{client}.pem"), format!("{client}.key"));
        server
            .curl(&["--cert", &certificate, "--key", &key, "/metrics"])
            .status
    };
    assert_eq!((status("old"), status("new")), (200, 0));
    server.files.write("clients.pem", new.pem());
    until("the new authority", &200, || status("new"));
    assert_eq!(status("old"), 0);
    server
        .files
        .write("clients.pem", &format!("{}{}", old.pem(), new.pem()));
    until("both", &200, || status("old"));
    let names = "  client_allowed_sans: [b.example]\n";
    server
        .files
        .write("web.yml", &format!("{TLS}{policy}{names}"));
    until("the list of names", &0, || status("old"));
    assert_eq!(status("new"), 200);
}

#[test]
fn tls_is_not_switched_off_under_way() {
    let server = Protected::start(TLS);
    server.files.write("web.yml", &users(&["alice"]));
    until("the change to be refused", &true, || {
        server
            .curl(&["/metrics"])
            .body
            .contains(&format!("{SUCCESSFUL} 0\n"))
    });
    assert_eq!(server.plain(&["/metrics"]).status, 400);
}

#[test]
fn certificates_are_renewed_under_load_without_a_failed_scrape() {
    const SCRAPERS: usize = 3;
    const SCRAPES: usize = 150;
    let server = Protected::start(TLS);
    let first = shown(&server);
    let renewals = std::thread::scope(|scope| {
        let scrapers: Vec<_> = (0..SCRAPERS)
            .map(|number| {
                let server = &server;
                scope.spawn(move || {
                    let url = server.url("/metrics");
                    let spoken = if number == 0 { "--http2" } else { "--http1.1" };
                    let mut arguments =
                        vec![spoken, "--fail-early", "--fail", "--output", "/dev/null"];
                    // One after the other, each with a handshake of its own.
                    arguments.extend(["--header", "Connection: close", "--no-sessionid"]);
                    for _ in 1..SCRAPES {
                        arguments.extend([url.as_str(), "--output", "/dev/null"]);
                    }
                    arguments.push("/metrics");
                    server.curl(&arguments)
                })
            })
            .collect();
        let mut renewals = 0;
        while scrapers.iter().any(|scraper| !scraper.is_finished()) {
            let renewed = server.files.authority.server();
            server.files.write("server.pem", &renewed.certificate);
            server.files.write("server.key", &renewed.key);
            until("the renewed certificate", &true, || {
                is_shown(&server, &renewed)
            });
            renewals += 1;
        }
        for scraper in scrapers {
            let answers = scraper.join().unwrap();
            assert_eq!(answers.exit, 0, "{answers:?}");
            let good = answers.told.matches(" 200 \r\n").count()
                + answers.told.matches(" 200 ok\r\n").count();
            assert_eq!(good, SCRAPES);
        }
        renewals
    });
    assert!(renewals > 0);
    assert_ne!(shown(&server), first);
}

#[test]
fn a_real_prometheus_scrapes_over_tls_with_a_password() {
    let vendor = Vendor::start();
    let exporter = vendor.config("");
    let files = Files::new(&format!("{TLS}{}", users(&["alice"])));
    let web = files.path("web.yml");
    let exporter = Exporter::start(&[
        "--config.file",
        exporter.to_str().unwrap(),
        "--web.config.file",
        web.to_str().unwrap(),
    ]);
    assert_eq!(
        exporter.log_with("https://127.0.0.1:").len(),
        1,
        "{:#?}",
        exporter.log()
    );
    let scrape = |password: &str| {
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            "global: {{ scrape_interval: 1s }}\nscrape_configs:\n  - job_name: exporter\n    scheme: https\n    \
             tls_config: {{ ca_file: {} }}\n    basic_auth: {{ username: alice, password: \"{password}\" }}\n    \
             static_configs: [{{ targets: [\"{}\"] }}]\n",
            files.path("ca.pem").display(),
            exporter.address(),
        );
        let prometheus =
            Prometheus::configured(crate::tools::Release::Stable, &config, directory.path());
        (prometheus, directory)
    };
    let (prometheus, _directory) = scrape("alice's");
    until("a scrape", &Some(1.0), || prometheus.query("up"));
    let up = r#"netease_meeting_up{app="demo"}"#;
    until("the application's state", &Some(1.0), || {
        prometheus.query(up)
    });
    let (stranger, _directory) = scrape("guess");
    until("a refusal", &Some(0.0), || stranger.query("up"));

    // One line for each change of state, however often the file is looked at.
    let bad = "basic_auth_users:\n  alice: in-clear\n";
    files.write("web.yml", bad);
    let told = |exporter: &Exporter| exporter.log_with("web configuration cannot be used").len();
    until("a complaint", &1, || told(&exporter));
    files.write("web.yml", &format!("{bad}# and the same again\n"));
    let good = format!("{TLS}{}", users(&["alice", "bob"]));
    files.write("web.yml", &good);
    eventually("a good file", || {
        exporter
            .log_with("web configuration loaded")
            .first()
            .cloned()
    });
    assert_eq!(told(&exporter), 1);
    assert!(!exporter.log().iter().any(|line| line.contains("in-clear")));
    assert_eq!(prometheus.query("up"), Some(1.0));
}

#[test]
fn the_check_covers_the_web_configuration() {
    let vendor = Vendor::start();
    let config = vendor.config("");
    let files = Files::new(TLS);
    let web = files.path("web.yml");
    let check = || {
        let output = std::process::Command::new(crate::support::binary())
            .args(["--config.check", "--config.file", config.to_str().unwrap()])
            .args(["--web.config.file", web.to_str().unwrap()])
            .output()
            .unwrap();
        let told =
            String::from_utf8_lossy(&output.stderr).replace(web.to_str().unwrap(), "web.yml");
        (output.status.code().unwrap(), told)
    };
    assert_eq!(check().0, 0);
    files.write("web.yml", "tls_server_config:\n  cert_file: server.pem\n");
    let (status, told) = check();
    assert_eq!(status, 64);
    assert!(
        told.contains("web.yml: tls_server_config: missing one of key or key_file"),
        "{told}"
    );
    files.write(
        "web.yml",
        "tls_server_config:\n  cert_file: server.pem\n  key_file: gone.key\n",
    );
    let (status, told) = check();
    assert_eq!(status, 64);
    assert!(told.contains("failed to read key_file ("), "{told}");
}
