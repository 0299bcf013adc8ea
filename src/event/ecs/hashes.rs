//! Sysmon's `Hashes`: `SHA1=..,MD5=..,SHA256=..,IMPHASH=..`.

use crate::event::{Fields, Value};

/// Hashes in the order in which winlogbeat's pipeline lists them in `related.hash`, which is that of Java's hash table.
const ORDER: [&str; 4] = ["sha256", "sha1", "md5", "imphash"];

/// Returns the hashes of `text` by lower-case name, values in lower case; empty and all-zero ones are left out.
pub fn parse(text: &str) -> Vec<(String, String)> {
    let mut hashes: Vec<(String, String)> = text
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, hash)| (name.trim().to_lowercase(), hash.trim().to_lowercase()))
        .filter(|(_, hash)| !hash.trim_start_matches('0').is_empty())
        .collect();
    let rank = |name: &str| ORDER.iter().position(|known| *known == name);
    hashes.sort_by_key(|(name, _)| rank(name).unwrap_or(ORDER.len()));
    hashes
}

/// Fills `related.hash` and, under `owner` (`process` or `file`) if there is one, `hash.*` and `pe.imphash`.
pub fn fill(ecs: &mut Fields, text: &str, owner: Option<&str>) {
    let hashes = parse(text);
    if hashes.is_empty() {
        return;
    }
    if let Some(owner) = owner {
        for (name, hash) in &hashes {
            let field = match name.as_str() {
                "imphash" => [owner, ".pe.imphash"].concat(),
                other => [owner, ".hash.", other].concat(),
            };
            ecs.put(&field, hash.as_str());
        }
    }
    let values: Vec<String> = hashes.into_iter().map(|(_, hash)| hash).collect();
    ecs.put("related.hash", Value::from(values));
}

/// Returns `Hashes` as Sysmon writes it from the fields that [`fill`] fills, or `None` when there are none.
pub fn unparse(ecs: &Fields, owner: &str) -> Option<String> {
    let mut pairs = Vec::new();
    for name in ["sha1", "md5", "sha256"] {
        if let Some(hash) = ecs.text(&format!("{owner}.hash.{name}")) {
            pairs.push(format!("{}={}", name.to_uppercase(), hash.to_uppercase()));
        }
    }
    if let Some(hash) = ecs.text(&[owner, ".pe.imphash"].concat()) {
        pairs.push(format!("IMPHASH={}", hash.to_uppercase()));
    }
    (!pairs.is_empty()).then(|| pairs.join(","))
}

/// Returns `Hashes` from `related.hash` alone, for the events that keep them nowhere else: the length tells the kind,
/// and the second of 32 digits is the import hash, which the pipeline lists last.
pub fn unparse_related(ecs: &Fields) -> Option<String> {
    let mut found = [None; 4];
    for hash in ecs.named("related.hash")?.elements() {
        let hash = hash.as_str()?;
        let slot = match hash.len() {
            40 => 0,
            32 if found[1].is_none() => 1,
            64 => 2,
            32 => 3,
            _ => continue,
        };
        found[slot] = Some(hash);
    }
    let names = ["SHA1", "MD5", "SHA256", "IMPHASH"].iter().zip(found);
    let pairs: Vec<String> = names
        .filter_map(|(name, hash)| Some(format!("{name}={}", hash?.to_uppercase())))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_hashes_are_left_out_and_the_way_back_is_sysmons() {
        let mut ecs = Fields::default();
        fill(
            &mut ecs,
            "MD5=AB12,IMPHASH=0000,SHA256=CD34",
            Some("process"),
        );
        assert_eq!(ecs.text("process.hash.md5"), Some("ab12"));
        assert!(ecs.named("process.pe.imphash").is_none());
        assert_eq!(
            ecs.named("related.hash"),
            Some(&Value::from(vec!["cd34", "ab12"]))
        );
        assert_eq!(
            unparse(&ecs, "process").as_deref(),
            Some("MD5=AB12,SHA256=CD34")
        );
    }
}
