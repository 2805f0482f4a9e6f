//! Socket activation, by systemd's own activator and by one that hands over a port of its choice.

use std::process::{Child, Command, Output, Stdio};

use super::{health, serve};
use crate::{
    support::{Exporter, Vendor, binary, eventually},
    tools,
};

/// Binds a port, and becomes the program with the socket as descriptor 3.
const ACTIVATOR: &str = "
import os, socket, sys
listener = socket.create_server(('127.0.0.1', 0))
listener.set_inheritable(True)
os.dup2(listener.fileno(), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
os.execv(sys.argv[1], sys.argv[1:])
";

/// A child that never outlives its test.
struct Activator(Child);

impl Drop for Activator {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn systemd_hands_over_its_socket_with_the_first_connection() {
    let vendor = Vendor::start();
    let socket = vendor.directory.path().join("activated.sock");
    let mut command = Command::new(tools::path("systemd-socket-activate"));
    command.arg("--listen").arg(&socket).arg(binary());
    command.args(["serve", "--web.systemd-socket", "--config.file"]);
    let child = command.arg(vendor.config("")).stderr(Stdio::null()).spawn();
    let activator = Activator(child.expect("the activator starts"));
    let answer = eventually("an answer", || health(&socket).ok());
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    // The program has taken the activator's place.
    drop(activator);
    assert!(
        socket.exists(),
        "the socket's file is systemd's, not ours to remove"
    );
}

#[test]
fn a_port_handed_over_replaces_the_ports_configured() {
    let vendor = Vendor::start();
    let mut command = Command::new("python3");
    command.args(["-c", ACTIVATOR]).arg(binary());
    command.args([
        "serve",
        "--web.systemd-socket",
        "--web.listen-address=127.0.0.1:1",
    ]);
    command.arg("--config.file").arg(vendor.config(""));
    let exporter = Exporter::spawn(command).ready();
    assert_eq!(exporter.get("/-/healthy").status, 200);
    assert_eq!(exporter.log_with("listening").len(), 1);
    assert_eq!(exporter.terminate().0.code(), Some(0));
}

#[test]
fn without_a_socket_for_this_process_it_does_not_start() {
    let vendor = Vendor::start();
    let start = |variables: &[(&str, &str)]| -> Output {
        let mut command = serve(&vendor);
        command
            .arg("--web.systemd-socket")
            .envs(variables.iter().copied());
        command.output().expect("the binary starts")
    };
    for variables in [
        &[][..],
        &[("LISTEN_FDS", "1"), ("LISTEN_PID", "1")],
        &[("LISTEN_FDS", "1")],
    ] {
        let output = start(variables);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(
            said.contains("no socket activation file descriptors found"),
            "{said}"
        );
    }
}
