//! Passwords, headers, the rate limit and the number of requests, with curl.

use netease_meeting_exporter::web::{Limits, ProtectionOptions};

use super::protected::{Files, Protected, TLS, user};

const ALICE: [&str; 2] = ["--user", "alice:alice's"];

fn users() -> String {
    format!("basic_auth_users:\n{}{}", user("alice", 4), user("bob", 5))
}

#[test]
fn a_name_and_its_password_let_in() {
    for (configuration, over_tls) in [(users(), false), (format!("{TLS}{}", users()), true)] {
        let server = Protected::start(&configuration);
        let ask = |arguments: &[&str]| match over_tls {
            true => server.curl(arguments),
            false => server.plain(arguments),
        };
        for (user, status) in [
            ("alice:alice's", 200),
            ("bob:bob's", 200),
            ("alice:bob's", 401),
            ("alice:", 401),
            ("mallory:alice's", 401),
            (":", 401),
        ] {
            for path in ["/metrics", "/", "/-/healthy", "/nowhere"] {
                let answer = ask(&["--user", user, path]);
                let wanted = if status == 200 && path == "/nowhere" {
                    404
                } else {
                    status
                };
                assert_eq!(answer.status, wanted, "{user} {path}: {answer:?}");
            }
        }
        let none = ask(&["/metrics"]);
        assert_eq!(
            (none.status, none.body.as_str()),
            (401, "Unauthorized\n"),
            "{none:?}"
        );
        assert!(
            none.told.contains("www-authenticate: basic\r\n"),
            "{none:?}"
        );
    }
}

#[test]
fn headers_are_on_every_answer_and_the_pages_own_policy_stays() {
    let server = Protected::start(&format!(
        "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-XSS-Protection: 1\n    \
         Content-Security-Policy: default-src 'self'\n{}",
        users()
    ));
    for (arguments, status) in [
        (vec![ALICE[0], ALICE[1], "/metrics"], 200),
        (vec![ALICE[0], ALICE[1], "/nowhere"], 404),
        (vec!["/metrics"], 401),
    ] {
        let answer = server.plain(&arguments);
        assert_eq!(answer.status, status, "{answer:?}");
        for header in [
            "x-frame-options: deny\r\n",
            "x-xss-protection: 1\r\n",
            "default-src 'self'\r\n",
        ] {
            assert!(answer.told.contains(header), "{answer:?}");
        }
    }
    let page = server.plain(&[ALICE[0], ALICE[1], "/"]);
    assert!(
        page.told
            .contains("content-security-policy: default-src 'none'"),
        "{page:?}"
    );
    assert_eq!(
        page.told.matches("content-security-policy").count(),
        1,
        "{page:?}"
    );
}

#[test]
fn the_rate_limit_comes_before_passwords_and_is_one_for_all() {
    let limited = format!("rate_limit:\n  interval: 1h\n  burst: 3\n{}", users());
    let server = Protected::start(&limited);
    let statuses: Vec<_> = [
        "/metrics",
        "/-/healthy",
        "/nowhere",
        "/metrics",
        "/-/healthy",
    ]
    .into_iter()
    .map(|path| server.plain(&[path]).status)
    .collect();
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    let refused = server.plain(&[ALICE[0], ALICE[1], "/metrics"]);
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (429, "Too Many Requests\n")
    );

    let options = ProtectionOptions {
        health_exempt: true,
        ..ProtectionOptions::default()
    };
    let exempt = Protected::with(Files::new(&limited), options, Limits::default());
    for _ in 0..5 {
        assert_eq!(exempt.plain(&["/-/healthy"]).status, 200);
        assert_eq!(exempt.plain(&["/-/ready"]).status, 200);
    }
    assert_eq!(
        exempt.plain(&["/metrics"]).status,
        401,
        "they used up nothing"
    );
}

#[test]
fn a_burst_of_none_refuses_everybody() {
    let server = Protected::start("rate_limit:\n  interval: 1s\n");
    assert_eq!(server.plain(&["/metrics"]).status, 429);
}

#[test]
fn passwords_are_compared_elsewhere_than_where_answers_are_made() {
    // A comparison at this cost takes longer than the scrape's time limit by far.
    let server = Protected::start(&format!(
        "basic_auth_users:\n{}{}",
        user("alice", 4),
        user("slow", 13)
    ));
    assert_eq!(server.plain(&[ALICE[0], ALICE[1], "/metrics"]).status, 200);
    std::thread::scope(|scope| {
        let slow: Vec<_> = (0..4)
            .map(|number| {
                let server = &server;
                scope.spawn(move || {
                    let user = format!("slow:guess{number}");
                    server.plain(&["--user", &user, "/metrics"]).status
                })
            })
            .collect();
        let mut answered = 0;
        while slow.iter().any(|guess| !guess.is_finished()) {
            assert_eq!(server.plain(&[ALICE[0], ALICE[1], "/metrics"]).status, 200);
            answered += 1;
        }
        for guess in slow {
            assert_eq!(guess.join().unwrap(), 401);
        }
        assert!(answered > 0, "nothing was answered meanwhile");
    });
}

#[test]
fn health_can_be_exempt_from_passwords() {
    let options = ProtectionOptions {
        health_exempt: true,
        ..ProtectionOptions::default()
    };
    let server = Protected::with(Files::new(&users()), options, Limits::default());
    assert_eq!(server.plain(&["/-/healthy"]).status, 200);
    assert_eq!(server.plain(&["/-/ready"]).status, 200);
    for path in ["/metrics", "/", "/-/healthy/", "/-/reload", "/-/quit"] {
        assert_eq!(server.plain(&[path]).status, 401, "{path}");
    }
}

#[test]
fn requests_beyond_the_limit_are_told_to_come_again() {
    use std::io::{Read as _, Write as _};
    let options = ProtectionOptions {
        max_requests: 1,
        ..ProtectionOptions::default()
    };
    // More than the buffers of both ends hold, so that an answer is under way until it is read.
    let server = Protected::with_applications(Files::new(""), options, Limits::default(), 3000);
    let mut deaf = std::net::TcpStream::connect(server.address).unwrap();
    deaf.write_all(b"GET /metrics HTTP/1.1\r\nHost: exporter\r\n\r\n")
        .unwrap();
    deaf.read_exact(&mut [0; 1]).unwrap();
    let refused = server.plain(&["/metrics"]);
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.told.contains("retry-after: 1\r\n"), "{refused:?}");
    assert_eq!(
        server.plain(&["/-/healthy"]).status,
        200,
        "the server's own paths are not counted"
    );
    drop(deaf);
    crate::support::until("room for a request", &200, || {
        server.plain(&["/metrics"]).status
    });
}
