//! `cidr`: the field is an address inside a network, IPv4 or IPv6.

use super::super::item::{Form, Refusal, unfit};
use super::Modifier;
use crate::lang::ir::Network;

pub static CIDR: Modifier = Modifier {
    name: "cidr",
    apply: |item, _| {
        item.each(|form| match form {
            Form::Text(Some(text), _) => match Network::parse(text.trim()) {
                Some(network) => Ok(vec![Form::Network(network)]),
                None => Err(Refusal::new(
                    format!("`{text}` is no network"),
                    "write it as `10.0.0.0/8` or `fe80::/10`",
                )),
            },
            other => Err(unfit("cidr", &other, "a network")),
        })
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to};
    use super::*;

    #[test]
    fn networks_are_read() {
        let forms = apply("fe80::/10", "cidr");
        assert_eq!(forms, [Form::Network(Network::parse("fe80::/10").unwrap())]);
        assert!(apply_to(vec![Form::text("10.0.0.0/99")], "cidr").is_err());
    }
}
