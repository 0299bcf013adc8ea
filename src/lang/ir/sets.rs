//! Many values that a field may have: indicators of compromise, value lists.
//!
//! Takes the values once; answers whether a value is among them in a few steps, however many they are.

use std::net::IpAddr;
use std::sync::Arc;

use super::test::{Network, wide};

/// Texts, told apart by case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextSet(Arc<[Box<str>]>);

impl TextSet {
    /// Returns the set of `texts`.
    #[must_use]
    pub fn new(texts: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut texts: Vec<_> = texts.into_iter().collect();
        texts.sort_unstable();
        texts.dedup();
        Self(texts.into())
    }

    /// Returns whether `text` is one of them.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(text)).is_ok()
    }

    /// Returns the texts, sorted.
    #[must_use]
    pub fn texts(&self) -> &[Box<str>] {
        &self.0
    }
}

/// Addresses, as ranges that do not touch, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AddressSet(Arc<[(u128, u128)]>);

impl AddressSet {
    /// Returns the set of the addresses in `networks` and in `ranges`, whose ends are included.
    #[must_use]
    pub fn new(
        networks: impl IntoIterator<Item = Network>,
        ranges: impl IntoIterator<Item = (IpAddr, IpAddr)>,
    ) -> Self {
        let networks = networks.into_iter().map(Network::bounds);
        let ranges = ranges.into_iter().map(|(from, to)| (wide(from), wide(to)));
        let mut all: Vec<_> = networks.chain(ranges).collect();
        all.sort_unstable();
        let mut kept: Vec<(u128, u128)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match kept.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ if from <= to => kept.push((from, to)),
                _ => {}
            }
        }
        Self(kept.into())
    }

    /// Returns whether `text` is an address among them.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        // Windows writes link-local addresses with their zone: `fe80::1%4`.
        let text = text.split_once('%').map_or(text, |(address, _)| address);
        let Ok(address) = text.parse() else {
            return false;
        };
        let address = wide(address);
        let after = self.0.partition_point(|(from, _)| *from <= address);
        after
            .checked_sub(1)
            .and_then(|at| self.0.get(at))
            .is_some_and(|(_, to)| address <= *to)
    }

    /// Returns how many ranges they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_lie_in_networks_and_ranges() {
        let networks =
            ["10.0.0.0/8", "fe80::/10", "1.2.3.4"].map(|text| Network::parse(text).unwrap());
        let range = (
            "192.168.0.9".parse().unwrap(),
            "192.168.1.1".parse().unwrap(),
        );
        let set = AddressSet::new(networks, [range]);
        for inside in [
            "10.1.2.3",
            "fe80::1%4",
            "1.2.3.4",
            "192.168.0.255",
            "::ffff:10.0.0.1",
        ] {
            assert!(set.holds(inside), "{inside}");
        }
        for outside in ["11.0.0.0", "1.2.3.5", "192.168.1.2", "::1", "x", ""] {
            assert!(!set.holds(outside), "{outside}");
        }
    }

    proptest! {
        #[test]
        fn sets_hold_what_they_are_made_of(texts in proptest::collection::vec("[ab]{0,3}", 0..20), asked in "[ab]{0,3}") {
            let set = TextSet::new(texts.iter().map(|text| Box::from(text.as_str())));
            prop_assert_eq!(set.holds(&asked), texts.contains(&asked));
        }

        #[test]
        fn merged_networks_hold_what_each_holds(nets in proptest::collection::vec((0u8..4, 0u8..=8u8), 0..12), asked in 0u8..=255) {
            let networks: Vec<_> = nets.iter().map(|(base, length)| {
                Network::parse(&format!("10.0.0.{}/{}", base * 60, 24 + length)).unwrap()
            }).collect();
            let asked = format!("10.0.0.{asked}");
            let set = AddressSet::new(networks.iter().copied(), []);
            prop_assert_eq!(set.holds(&asked), networks.iter().any(|network| network.holds(&asked)));
        }
    }
}
