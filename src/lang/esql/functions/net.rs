//! Addresses.

use std::net::IpAddr;

use super::{Arguments, Gives, Kind, Known, MANY, integer, many, one, single, text, whole};
use crate::event::Value;
use crate::lang::ir::Network;

pub const FUNCTIONS: &[Known] = &[
    whole(
        "cidr_match",
        (2, MANY),
        Gives::Always(Kind::Bool),
        cidr_match,
    ),
    single("ip_prefix", (3, 3), Kind::Ip, ip_prefix),
];

/// Whether the address is in any of the blocks; a block may be a field with several.
fn cidr_match(a: Arguments<'_>) -> Option<Value> {
    one(a, 0)?;
    let address = text(a, 0)?;
    let inside = (1..a.len()).any(|n| {
        let blocks = many(a, n).unwrap_or_default().iter();
        blocks
            .filter_map(|block| Network::parse(block.as_str()?))
            .any(|block| block.holds(&address))
    });
    Some(inside.into())
}

fn ip_prefix(a: Arguments<'_>) -> Option<Value> {
    let keep = |n: usize, width: u32| {
        let length = u32::try_from(integer(a, n)?)
            .ok()
            .filter(|length| *length <= width)?;
        Some(width - length)
    };
    let prefix = match text(a, 0)?.parse().ok()? {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(keep(1, 32)?).unwrap_or(0);
            IpAddr::from((v4.to_bits() & mask).to_be_bytes())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(keep(2, 128)?).unwrap_or(0);
            IpAddr::from((v6.to_bits() & mask).to_be_bytes())
        }
    };
    Some(prefix.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use serde_json::json;

    #[test]
    fn addresses() {
        check(&[
            (
                "cidr_match",
                json!(["127.1.2.3", "10.0.0.0/8", "127.0.0.0/8"]),
                json!(true),
            ),
            (
                "cidr_match",
                json!(["::1", "127.0.0.0/8", "::1"]),
                json!(true),
            ),
            ("cidr_match", json!(["fe80::1%3", "FE80::/10"]), json!(true)),
            (
                "cidr_match",
                json!(["8.8.8.8", "127.0.0.0/8"]),
                json!(false),
            ),
            ("cidr_match", json!([null, "127.0.0.0/8"]), json!(null)),
            (
                "ip_prefix",
                json!(["192.168.10.7", 24, 0]),
                json!("192.168.10.0"),
            ),
            (
                "ip_prefix",
                json!(["fe80::abcd:1", 0, 112]),
                json!("fe80::abcd:0"),
            ),
        ]);
    }
}
