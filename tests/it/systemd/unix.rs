//! Listening at a Unix socket, with the real binary.

use std::{os::unix::fs::PermissionsExt as _, process::Command};

use super::{health, serve};
use crate::support::{Exporter, Vendor};

#[test]
fn a_unix_socket_is_listened_at_beside_a_port_and_taken_over_from_the_dead() {
    let vendor = Vendor::start();
    let socket = vendor.directory.path().join("exporter.sock");
    let at = |command: &mut Command| {
        let address = format!("--web.listen-address=unix://{}", socket.display());
        command.args([&address, "--web.listen-address=127.0.0.1:0"]);
    };
    let start = || {
        let mut command = serve(&vendor);
        at(&mut command);
        Exporter::spawn(command)
    };
    let exporter = start();
    let answer = health(&socket).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(exporter.get("/-/healthy").status, 200);
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);

    let mut second = serve(&vendor);
    at(&mut second);
    let output = second.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("another process listens there"), "{said}");

    exporter.stop_by("KILL");
    assert!(socket.exists(), "the dead remove nothing");
    let exporter = start();
    health(&socket).unwrap();
    assert_eq!(exporter.terminate().0.code(), Some(0));
    assert!(!socket.exists());
}
