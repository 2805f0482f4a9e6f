//! `NO_PROXY`: the hosts that are reached directly.

use std::net::IpAddr;

use crate::config::host::Host;

/// Whether a list of exceptions names a host.
///
/// As in curl and Go, an entry is `*`, a domain with everything below it (a leading dot changes
/// nothing), an address, or a network such as `10.0.0.0/8`; a domain or an address may have a port.
pub(super) fn covers(exceptions: &str, host: &Host) -> bool {
    exceptions
        .split([',', ' '])
        .filter(|entry| !entry.is_empty())
        .any(|entry| entry == "*" || entry_covers(&entry.to_ascii_lowercase(), host))
}

fn entry_covers(entry: &str, host: &Host) -> bool {
    if let Some((network, bits)) = entry.split_once('/') {
        return match (network.parse(), bits.parse(), host.address()) {
            (Ok(network), Ok(bits), Some(address)) => in_network(address, network, bits),
            _ => false,
        };
    }
    let (name, port) = split_port(entry);
    if port.is_some_and(|port| port.parse() != Ok(host.port())) {
        return false;
    }
    match host.address() {
        Some(address) => name.parse() == Ok(address),
        None => {
            let domain = name.trim_start_matches('.');
            let above = host.name().strip_suffix(domain);
            !domain.is_empty() && above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        }
    }
}

/// `name` and `port` of `name:port`, `[address]:port`, or of either without a port.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    if let Some((address, rest)) = entry
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return (address, rest.strip_prefix(':'));
    }
    match entry.split_once(':') {
        // A second colon: an IPv6 address without brackets, which has no room for a port.
        Some((_, rest)) if rest.contains(':') => (entry, None),
        Some((name, port)) => (name, Some(port)),
        None => (entry, None),
    }
}

fn in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => (
            u128::from(address.to_bits()),
            u128::from(network.to_bits()),
            32,
        ),
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let host_bits = width - bits.min(width);
    // Shifting by the whole width of 128 has no result: a prefix of 0 covers every address.
    bits <= width && (address ^ network).checked_shr(host_bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_as_curl_and_go_read_them() {
        let table: String = [
            ("https://meeting-api.netease.im", "*"),
            ("https://meeting-api.netease.im", "netease.im"),
            ("https://meeting-api.netease.im", ".NetEase.im"),
            (
                "https://meeting-api.netease.im",
                "meeting-api.netease.im:443",
            ),
            (
                "https://meeting-api.netease.im",
                "meeting-api.netease.im:8443",
            ),
            ("https://meeting-api.netease.im", "ease.im"),
            ("https://meeting-api.netease.im", ". , ,example.org"),
            ("https://10.1.2.3", "10.0.0.0/8"),
            ("https://10.1.2.3", "11.0.0.0/8"),
            ("https://10.1.2.3", "0.0.0.0/0"),
            ("https://10.1.2.3", "10.1.2.3/33"),
            ("https://10.1.2.3", "10.1.2.3"),
            ("https://10.1.2.3", "2.3"),
            ("https://[fd00::1]:8443", "[fd00::1]:8443"),
            ("https://[fd00::1]:8443", "fd00::/16"),
            ("https://[fd00::1]:8443", "::/0"),
            ("https://[fd00::1]:8443", "fd00::1"),
            ("https://[fd00::1]:8443", "fd00::2"),
        ]
        .iter()
        .map(|(host, entry)| {
            let direct = covers(entry, &Host::parse(host).unwrap());
            format!("{host} {entry:?} => {direct}\n")
        })
        .collect();
        insta::assert_snapshot!(table, @r#"
        https://meeting-api.netease.im "*" => true
        https://meeting-api.netease.im "netease.im" => true
        https://meeting-api.netease.im ".NetEase.im" => true
        https://meeting-api.netease.im "meeting-api.netease.im:443" => true
        https://meeting-api.netease.im "meeting-api.netease.im:8443" => false
        https://meeting-api.netease.im "ease.im" => false
        https://meeting-api.netease.im ". , ,example.org" => false
        https://10.1.2.3 "10.0.0.0/8" => true
        https://10.1.2.3 "11.0.0.0/8" => false
        https://10.1.2.3 "0.0.0.0/0" => true
        https://10.1.2.3 "10.1.2.3/33" => false
        https://10.1.2.3 "10.1.2.3" => true
        https://10.1.2.3 "2.3" => false
        https://[fd00::1]:8443 "[fd00::1]:8443" => true
        https://[fd00::1]:8443 "fd00::/16" => true
        https://[fd00::1]:8443 "::/0" => true
        https://[fd00::1]:8443 "fd00::1" => true
        https://[fd00::1]:8443 "fd00::2" => false
        "#);
    }
}
