//! Addresses of the internet, as far as they are somebody's.
//!
//! Four numbers with dots are as often a version or a section, and addresses of private networks are everybody's.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::census::spend;
use super::numbers::is_named;

/// What numbers with three dots also are.
const VERSIONS: &str = "version versión versione versão версия 版本 v section build release";

/// Longest IPv6 address in text.
const IPV6: usize = 39;

/// An address of the internet: neither private nor reserved, nor for manuals.
pub(super) fn ip(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).map(|before| bytes[before]);
    if before.is_some_and(|b| b.is_ascii_alphanumeric() || b"._-:+".contains(&b)) {
        return None;
    }
    let behind = bytes[at..].iter().take(5).find(|b| !b.is_ascii_hexdigit());
    match behind? {
        b'.' => ipv4(text, at),
        b':' => ipv6(text, at),
        _ => None,
    }
}

fn ipv4(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let length =
        bytes[at..].iter().take(16).take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    spend(length);
    // A full stop may end the sentence.
    let length = text[at..at + length].trim_end_matches('.').len();
    let address: Ipv4Addr = text[at..at + length].parse().ok()?;
    let end = at + length;
    let [first, second, ..] = address.octets();
    let reserved = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || first == 100 && (64..128).contains(&second);
    // Sections and versions: small numbers, or a word that says so.
    let version = address.octets().iter().all(|octet| *octet < 32)
        || address.octets()[1..] == [0, 0, 0]
        || is_named(text, at, VERSIONS)
        || at >= 2 && bytes[at - 1] == b'/' && bytes[at - 2].is_ascii_alphanumeric();
    // Behind a slash stands the size of a network.
    let network =
        bytes.get(end) == Some(&b'/') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    let joined = bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || b"_-".contains(b));
    (!reserved && !version && !network && !joined).then_some(at..end)
}

fn ipv6(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let part = |b: &&u8| b.is_ascii_hexdigit() || **b == b':';
    let length = bytes[at..].iter().take(IPV6 + 1).take_while(part).count();
    spend(length);
    let written = &text[at..at + length];
    if written.bytes().filter(|b| *b == b':').count() < 3 {
        return None;
    }
    let address: Ipv6Addr = written.parse().ok()?;
    let [first, second, ..] = address.segments();
    let behind = bytes.get(at + length);
    let joined = behind.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let global = (0x2000..0x4000).contains(&first) && (first, second) != (0x2001, 0xdb8);
    (global && !joined).then_some(at..at + length)
}

#[cfg(test)]
mod tests {
    use crate::quality::numbers::tests::found;
    use crate::quality::signs::Sign;

    #[test]
    fn addresses_of_the_internet_are_found_and_versions_and_private_ones_are_not() {
        for (text, address) in [
            ("from 93.184.216.34.", "93.184.216.34"),
            ("http://151.101.65.69:80/", "151.101.65.69"),
            ("服务器93.184.216.34", "93.184.216.34"),
            ("2606:2800:220:1:248:1893:25c8:1946", "2606:2800:220:1:248:1893:25c8:1946"),
            ("2a00:1450::200e,", "2a00:1450::200e"),
        ] {
            assert_eq!(found(text), [(Sign::IpAddress, address)], "{text}");
        }
        for text in [
            "192.168.1.1",
            "127.0.0.1",
            "10.1.2.3",
            "255.255.255.0",
            "0.0.0.0",
            "1.2.3.4",
            "8.8.8.8",
            "203.0.113.7",
            "Chrome/110.0.0.0",
            "version 91.142.71.12",
            "v91.142.71.12",
            "93.184.216.34.5",
            "93.184.216",
            "300.1.1.1",
            "93.184.216.34-x",
            "2001:db8::1",
            "12:30:45",
            "20:15:30:12",
            "2023::new()",
            "100.64.0.9",
            "22.1.11.128/27",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
