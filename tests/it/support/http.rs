//! The least HTTP client that can be: what a test sends is what it says.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// An answer, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers, names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a body in UTF-8")
    }
}

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// GET without further headers.
pub(crate) fn get(address: &str, path: &str) -> std::io::Result<Answer> {
    get_with("GET", address, path, &[])
}

/// The same, of a server that stands still for so long.
pub(crate) fn get_after(address: &str, path: &str, still: Duration) -> std::io::Result<Answer> {
    ask("GET", address, path, &[], still + PATIENCE)
}

/// One request on a connection of its own.
pub(crate) fn get_with(
    method: &str,
    address: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> std::io::Result<Answer> {
    ask(method, address, path, headers, PATIENCE)
}

fn ask(
    method: &str,
    address: &str,
    path: &str,
    headers: &[(&str, &str)],
    patience: Duration,
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(patience))?;
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| std::io::Error::other("not an HTTP answer"))
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding == "chunked");
    let body = &answer[end + 4..];
    let body = if chunked {
        unchunked(body)?
    } else {
        body.to_vec()
    };
    if let Some(length) = headers.get("content-length")
        && !body.is_empty()
    {
        assert_eq!(
            length.parse::<usize>().ok(),
            Some(body.len()),
            "content-length"
        );
    }
    Some(Answer {
        status,
        headers,
        body,
    })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        let chunk = rest.get(end + 2..end + 2 + length)?;
        if chunk.is_empty() {
            return Some(body);
        }
        body.extend_from_slice(chunk);
        rest = rest.get(end + 2 + length + 2..)?;
    }
}
