//! TLS with real clients: curl and openssl.

use netease_meeting_exporter::web::{Limits, ProtectionOptions};

use super::protected::{Files, Protected, TLS};
use crate::support::{Authority, Pair};

#[test]
fn curl_and_openssl_speak_both_versions() {
    let server = Protected::start(TLS);
    for version in ["1.2", "1.3"] {
        let only = [
            "--tls-max",
            version,
            &format!("--tlsv{version}"),
            "/metrics",
        ];
        let answer = server.curl(&only);
        assert_eq!((answer.exit, answer.status), (0, 200), "{answer:?}");
        assert!(
            answer.body.contains("netease_meeting_up{app=\"hq\"} 1\n"),
            "{answer:?}"
        );
        let said = server.s_client(&[&format!("-tls{}", version.replace('.', "_"))]);
        assert!(said.contains(&format!("TLSv{version}")), "{said}");
        assert!(said.contains("Verify return code: 0 (ok)"), "{said}");
        assert!(said.contains("healthy\n"), "{said}");
    }
    let old = server.s_client(&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert!(!old.contains("healthy"), "{old}");
}

#[test]
fn http2_is_agreed_on_unless_switched_off() {
    let server = Protected::start(TLS);
    for (wanted, spoken) in [("--http2", "2"), ("--http1.1", "1.1")] {
        let answer = server.curl(&[wanted, "/metrics"]);
        assert_eq!(
            (answer.status, answer.version.as_str()),
            (200, spoken),
            "{answer:?}"
        );
        assert!(answer.body.contains("netease_meeting_up"), "{answer:?}");
        let head = server.curl(&[wanted, "--head", "/metrics"]);
        assert_eq!((head.exit, head.status), (0, 200), "{head:?}");
    }
    let off = Protected::start(&format!("{TLS}http_server_config:\n  http2: false\n"));
    let answer = off.curl(&["--http2", "/metrics"]);
    assert_eq!(
        (answer.status, answer.version.as_str()),
        (200, "1.1"),
        "{answer:?}"
    );
    let prior = server.plain(&["--http2-prior-knowledge", "/metrics"]);
    assert_ne!(prior.exit, 0, "there is no HTTP/2 without TLS: {prior:?}");
}

#[test]
fn many_requests_share_one_http2_connection() {
    let server = Protected::start(TLS);
    let paths = (0..50).map(|_| server.url("/metrics")).collect::<Vec<_>>();
    // Fewer at once than the server answers at once, which says 503 to the rest.
    let mut arguments = vec!["--http2", "--parallel", "--parallel-max", "30"];
    arguments.extend(paths.iter().map(String::as_str));
    arguments.push("/metrics");
    let answer = server.curl(&arguments);
    assert_eq!(answer.exit, 0, "{answer:?}");
    assert_eq!(
        answer.told.matches("http/2 200").count(),
        51,
        "{}",
        answer.told
    );
}

#[test]
fn versions_suites_and_curves_are_as_configured() {
    let only13 = Protected::start(&format!("{TLS}  min_version: TLS13\n"));
    assert_eq!(only13.curl(&["--tlsv1.3", "/metrics"]).status, 200);
    assert_ne!(only13.curl(&["--tls-max", "1.2", "/metrics"]).exit, 0);

    let only12 = Protected::start(&format!("{TLS}  max_version: TLS12\n"));
    assert_eq!(only12.curl(&["--tls-max", "1.2", "/metrics"]).status, 200);
    assert_ne!(only12.curl(&["--tlsv1.3", "/metrics"]).exit, 0);

    let chosen = Protected::start(&format!(
        "{TLS}  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n  \
         curve_preferences: [CurveP384]\n"
    ));
    let both = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
    let said = chosen.s_client(&["-tls1_2", "-cipher", both]);
    assert!(
        said.contains("Cipher is ECDHE-ECDSA-AES256-GCM-SHA384"),
        "the server's order: {said}"
    );
    assert!(said.contains("Server Temp Key: ECDH, secp384r1"), "{said}");
    let other = chosen.s_client(&["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"]);
    assert!(!other.contains("healthy"), "{other}");
    let other = chosen.s_client(&["-tls1_2", "-curves", "X25519"]);
    assert!(!other.contains("healthy"), "{other}");

    let polite = Protected::start(&format!(
        "{TLS}  max_version: TLS12\n  prefer_server_cipher_suites: false\n"
    ));
    let said = polite.s_client(&["-tls1_2", "-cipher", both]);
    assert!(
        said.contains("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"),
        "the client's order: {said}"
    );
}

#[test]
fn who_speaks_plain_http_to_tls_is_told_so() {
    let server = Protected::start(TLS);
    let answer = server.plain(&["/metrics"]);
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(
        answer.body,
        "Client sent an HTTP request to an HTTPS server.\n"
    );
}

/// Whether clients get in: without a certificate, with one by the authority, one by a stranger, one
/// that has expired, and one that vouches for itself and is among the authorities.
fn admitted(policy: &str) -> String {
    let files = Files::new("");
    let itself = Pair::self_signed("itself.example");
    let authorities = format!("{}{}", files.authority.pem(), itself.certificate);
    files.write("clients.pem", &authorities);
    files.pair(&itself, "itself");
    files.pair(&files.authority.client(&["scraper.example"]), "known");
    files.pair(
        &Authority::new("stranger").client(&["scraper.example"]),
        "stranger",
    );
    files.pair(&files.authority.expired_client(), "expired");
    files.write("web.yml", &format!("{TLS}{policy}"));
    let server = Protected::with(files, ProtectionOptions::default(), Limits::default());
    let mut table = String::new();
    for client in ["none", "known", "stranger", "expired", "itself"] {
        for version in ["1.2", "1.3"] {
            let (certificate, key) = (format!("{client}.pem"), format!("{client}.key"));
            let range = format!("--tlsv{version}");
            let mut arguments = vec!["--tls-max", version, range.as_str()];
            if client != "none" {
                arguments.extend(["--cert", &certificate, "--key", &key]);
            }
            arguments.push("/metrics");
            let answer = server.curl(&arguments);
            let outcome = if answer.status == 200 { "in" } else { "out" };
            assert!(
                answer.status == 200 || answer.exit != 0,
                "{policy} {client}: {answer:?}"
            );
            if version == "1.2" {
                table.push_str(&format!("{client} {outcome}; "));
            } else {
                assert!(
                    table.ends_with(&format!("{outcome}; ")),
                    "{policy} {client}: {table}"
                );
            }
        }
    }
    table
}

#[test]
fn every_policy_lets_in_whom_it_should() {
    let with_ca = |policy: &str| {
        admitted(&format!(
            "  client_auth_type: {policy}\n  client_ca_file: clients.pem\n"
        ))
    };
    let without = |policy: &str| admitted(&format!("  client_auth_type: {policy}\n"));
    assert_eq!(
        without("NoClientCert"),
        "none in; known in; stranger in; expired in; itself in; "
    );
    assert_eq!(
        without("RequestClientCert"),
        "none in; known in; stranger in; expired in; itself in; "
    );
    assert_eq!(
        without("RequireAnyClientCert"),
        "none out; known in; stranger in; expired in; itself in; "
    );
    assert_eq!(
        with_ca("VerifyClientCertIfGiven"),
        "none in; known in; stranger out; expired out; itself in; "
    );
    assert_eq!(
        with_ca("RequireAndVerifyClientCert"),
        "none out; known in; stranger out; expired out; itself in; "
    );
}

#[test]
fn a_certificate_must_have_one_of_the_names() {
    let names = [
        "scraper.example",
        "ops@example.com",
        "192.0.2.1",
        "2001:db8::1",
        "spiffe://example/a",
    ];
    for (number, name) in names.into_iter().enumerate() {
        let files = Files::new(&format!(
            "{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n  \
             client_allowed_sans: [\"{name}\", \"nobody.example\"]\n"
        ));
        files.pair(&files.authority.client(&["other.example", name]), "named");
        let others: Vec<_> = names.into_iter().filter(|other| *other != name).collect();
        files.pair(&files.authority.client(&others), "other");
        let server = Protected::with(files, ProtectionOptions::default(), Limits::default());
        let with = |client: &str| {
            let (certificate, key) = (format!("{client}.pem"), format!("{client}.key"));
            server
                .curl(&["--cert", &certificate, "--key", &key, "/metrics"])
                .status
        };
        assert_eq!(with("named"), 200, "{number}: {name}");
        assert_eq!(with("other"), 0, "{number}: {name}");
    }
}

#[test]
fn a_list_of_names_makes_a_certificate_necessary() {
    for policy in ["RequestClientCert", "VerifyClientCertIfGiven"] {
        let server = Protected::start(&format!(
            "{TLS}  client_auth_type: {policy}\n  client_ca_file: ca.pem\n  client_allowed_sans: [a.example]\n"
        ));
        assert_eq!(server.curl(&["/metrics"]).status, 0, "{policy}");
    }
}

#[test]
fn health_can_be_exempt_from_certificates() {
    let files = Files::new(&format!(
        "{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n"
    ));
    files.pair(&files.authority.client(&["scraper.example"]), "known");
    let options = ProtectionOptions {
        health_exempt: true,
        ..ProtectionOptions::default()
    };
    let server = Protected::with(files, options, Limits::default());
    assert_eq!(server.curl(&["/-/healthy"]).status, 200);
    assert_eq!(server.curl(&["/-/ready"]).status, 200);
    for path in ["/metrics", "/", "/-/reload", "/nowhere"] {
        assert_eq!(server.curl(&[path]).status, 403, "{path}");
    }
    let with = server.curl(&["--cert", "known.pem", "--key", "known.key", "/metrics"]);
    assert_eq!(with.status, 200, "{with:?}");
}
