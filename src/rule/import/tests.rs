use std::path::Path;

use super::*;
use crate::rule::{Rule, RuleSet, RuleState};

fn imported(page: &str) -> Imported {
    import(Path::new("page.txt"), page.as_bytes()).unwrap()
}

fn rule(page: &str) -> Rule {
    let imported = imported(page);
    let set = RuleSet::of_text(Path::new(&imported.file), &imported.text);
    assert!(
        set.findings.is_empty(),
        "{}\n{:?}",
        imported.text,
        set.findings
    );
    (*set.rules[0]).clone()
}

fn lacks(page: &str) -> Vec<&'static str> {
    imported(page)
        .lacks
        .iter()
        .map(|lack| lack.member)
        .collect()
}

const QUERY: &str =
    "process where process.name == \"certutil.exe\" and\n  process.args : \"-decode\"";

/// The same Elastic rule in every shape that its page is met in.
fn elastic() -> Vec<(&'static str, String)> {
    let markdown = format!(
        "---\nmapped_pages:\n  - https://www.elastic.co/x.html\n---\n\n# Certutil Decodes [certutil-decodes]\n\nSomeone decodes a file.\n\n**Rule type**: eql\n\n**Rule indices**:\n\n* winlogbeat-*\n* logs-windows.*\n\n**Severity**: high\n\n**Risk score**: 73\n\n**Runs every**: 10m\n\n**Searches indices from**: now-9m ([Date Math format](x))\n\n**Maximum alerts per execution**: 50\n\n**References**:\n\n* [https://example.org/a_(b)](https://example.org/a_(b))\n\n**Tags**:\n\n* OS: Windows\n\n**Version**: 7\n\n**Rule authors**:\n\n* Elastic\n\n**Rule license**: Elastic License v2\n\n## Investigation guide [_investigation_guide]\n\n**Possible investigation steps**\n\n* Look at the parent.\n* Severity: look at the file.\n\n## Setup [_setup]\n\nTurn process events on.\n\n## Rule query [_rule_query]\n\n```js\n{QUERY}\n```\n\n**Framework**: MITRE ATT&CKTM\n\n* Tactic:\n\n    * Name: Defense Evasion\n    * ID: TA0005\n\n* Technique:\n\n    * Name: Deobfuscate\n    * ID: T1140\n\n* Sub-technique:\n\n    * Name: Made Up\n    * ID: T1140.001\n"
    );
    let ascii = markdown
        .split_once("\n---\n\n")
        .map(|(_, page)| format!("[[certutil]]\n{page}"))
        .unwrap()
        .replace(
            "# Certutil Decodes [certutil-decodes]",
            "=== Certutil Decodes",
        )
        .replace("## ", "==== ")
        .replace("**", "*")
        .replace("```js", "[source, js]\n----------")
        .replace("```", "----------")
        .replace("    * ", "** ");
    let text = format!(
        "IMPORTANT: No additional bug fixes or documentation updates\nwill be released for this version. For the latest information, see the\ncurrent release documentation.\nCertutil Decodes\neditCertutil Decodes\neditSomeone decodes a file.\nRule type: eql\nRule indices:\n- winlogbeat-*\n- logs-windows.*\nSeverity: high\nRisk score: 73\nRuns every: 10 minutes\nSearches indices from: now-9m (Date Math format, see also Additional look-back time\n)\nMaximum alerts per execution: 50\nReferences:\n- https://example.org/a_(b)\nTags:\n- OS: Windows\nVersion: 7 (version history)\nRule authors: Elastic\nRule license: Elastic License v2\nInvestigation guide\nedit## Triage ### Investigating Certutil Decodes Certutil is a tool. #### Possible investigation steps: - Look at the parent. - Severity: look at the file. ## Setup Turn process events on.\nRule query\nedit{QUERY}\nThreat mapping\neditFramework: MITRE ATT&CKTM\n-\nTactic:\n- Name: Defense Evasion\n- ID: TA0005\n-\nTechnique:\n- Name: Deobfuscate\n- ID: T1140\n- Sub-technique:\n- Name: Made Up\n- ID: T1140.001\nRule version history\nedit- Version 6\n- Updated query, changed from:\nprocess where true\n"
    );
    let browser = text
        .split_once("documentation.\n")
        .map(|(_, page)| page.to_owned())
        .unwrap()
        .replace(
            "Certutil Decodes\neditCertutil Decodes\nedit",
            "Certutil Decodesedit\n\n",
        )
        .replace("Rule query\nedit", "Rule queryedit\n\n")
        .replace("Investigation guide\nedit", "Investigation guideedit\n\n")
        .replace("Threat mapping\nedit", "Threat mappingedit\n\n")
        .replace("\n- ", "\n  • ");
    let html = format!(
        "<!DOCTYPE html><html><head><title>x</title><script>Severity: low</script></head><body><nav><ul><li>Tags: menu</li></ul></nav>\n<div class=\"titlepage\"><h3 class=\"title\">Certutil Decodes<a class=\"edit_me\" href=\"x\">edit</a></h3></div><p>Someone decodes a\nfile.</p><p><strong>Rule type</strong>: eql</p><p><strong>Rule indices</strong>:</p><ul><li>\nwinlogbeat-*\n</li><li><p>logs-windows.*</p></li></ul><p><strong>Severity</strong>: high</p><p><strong>Risk score</strong>: 73</p><p><strong>Runs every</strong>: 10m</p><p><strong>Searches indices from</strong>: now-9m (<a href=\"x\">Date Math format</a>)</p><p><strong>Maximum alerts per execution</strong>: 50</p><p><strong>References</strong>:</p><ul><li><a href=\"https://example.org/a_(b)\">an article</a></li></ul><p><strong>Tags</strong>:</p><ul><li>OS: Windows</li></ul><p><strong>Version</strong>: 7</p><p><strong>Rule authors</strong>:</p><ul><li>Elastic</li></ul><p><strong>Rule license</strong>: Elastic License v2</p><h4>Investigation guide<a class=\"edit_me\" href=\"x\">edit</a></h4><p><strong>Possible investigation steps</strong></p><ul><li>Look at the parent.</li><li>Severity: look at the file.</li></ul><h4>Setup</h4><p>Turn process events on.</p><h4>Rule query</h4><div><pre class=\"lang-js\">{}</pre></div><p><strong>Framework</strong>: MITRE ATT&amp;CK</p><ul><li><p>Tactic:</p><ul><li>Name: Defense Evasion</li><li>ID: TA0005</li></ul></li><li><p>Technique:</p><ul><li>Name: Deobfuscate</li><li>ID: T1140</li></ul></li><li>Sub-technique:<ul><li>Name: Made Up</li><li>ID: T1140.001</li></ul></li></ul><footer>Severity: low</footer></body></html>",
        QUERY.replace('"', "&quot;")
    );
    let bare = format!(
        "Certutil Decodes\nSomeone decodes a file.\nRule type: eql\nRule indices:\n- winlogbeat-*\n- logs-windows.*\nRule Severity: high\nRisk Score: 73\nRuns every: 10m\nSearches indices from: now-9m\nMaximum alerts per execution: 50\nReferences:\n- https://example.org/a_(b)\nTags:\n- OS: Windows\nVersion: 7\nRule authors:\n- Elastic\nRule license: Elastic License v2\nPossible investigation steps\n- Look at the parent.\n- Severity: look at the file.\nSetup\nTurn process events on.\n{QUERY}\nFramework: MITRE ATT&CK\nTactic:\n- Name: Defense Evasion\n- Id: TA0005\nTechnique:\n- Name: Deobfuscate\n- Id: T1140\nSub Technique:\n- Name: Made Up\n- Id: T1140.001\n"
    );
    vec![
        ("markdown", markdown),
        ("asciidoc", ascii),
        ("text", text),
        ("browser", browser),
        ("html", html),
        ("bare", bare),
    ]
}

#[test]
fn every_shape_of_an_elastic_page_gives_the_same_rule() {
    for (shape, page) in elastic() {
        let rule = rule(&page);
        assert_eq!(rule.name, "Certutil Decodes", "{shape}");
        assert_eq!(rule.state, RuleState::Runs, "{shape}: {}", rule.query_text);
        assert_eq!(
            rule.query_text.split_whitespace().collect::<Vec<_>>(),
            QUERY.split_whitespace().collect::<Vec<_>>(),
            "{shape}"
        );
        assert_eq!(rule.description, "Someone decodes a file.", "{shape}");
        assert_eq!(
            (rule.severity.as_str(), rule.risk_score),
            ("high", 73),
            "{shape}"
        );
        assert_eq!(rule.sources, ["winlogbeat-*", "logs-windows.*"], "{shape}");
        assert_eq!(
            (rule.schedule.interval, rule.schedule.lookback),
            (600, 540),
            "{shape}"
        );
        assert_eq!(rule.schedule.max_alerts, Some(50), "{shape}");
        assert_eq!(rule.references, ["https://example.org/a_(b)"], "{shape}");
        assert_eq!(rule.tags, ["OS: Windows"], "{shape}");
        assert_eq!(rule.authors, ["Elastic"], "{shape}");
        assert_eq!(rule.version.as_deref(), Some("7"), "{shape}");
        assert_eq!(rule.threat[0].tactic.as_deref(), Some("TA0005"), "{shape}");
        assert_eq!(rule.threat[0].techniques, ["T1140", "T1140.001"], "{shape}");
        let steps: Vec<&str> = rule
            .guide
            .steps
            .iter()
            .map(|step| step.text.as_str())
            .collect();
        for step in [
            "Look at the parent.",
            "Severity: look at the file.",
            "Turn process events on.",
        ] {
            assert!(steps.contains(&step), "{shape}: {steps:?}");
        }
        assert_eq!(lacks(&page), ["rule_id"], "{shape}");
    }
}

const SEARCH: &str = "`sysmon` EventCode=10 TargetImage=*lsass.exe\n| stats count min(_time) as firstTime max(_time) as lastTime by dest, SourceImage\n| `security_content_ctime(firstTime)`\n| `lsass_was_opened_filter`";

fn splunk() -> Vec<(&'static str, String)> {
    let jekyll = format!(
        "---\ntitle: \"LSASS was opened\"\nlast_modified_at: 2023-05-06\n---\n\n[Try in Splunk Security Cloud](https://www.splunk.com/x){{: .btn .btn--success}}\n\n#### Description\n\nSomeone opened LSASS.\\\nReview who.\n\n- **Type**: [Anomaly](https://github.com/x)\n- **Product**: Splunk Enterprise, Splunk Cloud\n- **Datamodel**: [Endpoint](https://docs.splunk.com/x)- **Datasource**: [Sysmon](https://splunkbase.splunk.com/x)\n- **Last Updated**: 2023-05-06\n- **Author**: A. Person, Splunk\n- **ID**: 11111111-2222-3333-4444-555555555555\n\n#### Annotations\n\n<details>\n  <summary>ATT&CK</summary>\n\n<div markdown=\"1\">\n\n| ID | Technique | Tactic |\n| --- | --- |--- |\n| [T1003.001](https://attack.mitre.org/techniques/T1003/001/) | LSASS Memory | Credential Access |\n\n| [T1003](https://attack.mitre.org/techniques/T1003/) | OS Credential Dumping | Credential Access |\n\n</div>\n</details>\n\n<details>\n  <summary>Kill Chain Phase</summary>\n\n* Exploitation\n</details>\n<details>\n  <summary>NIST</summary>\n\n* DE.CM\n</details>\n\n#### Search\n\n```\n{SEARCH}\n```\n\n#### Macros\nThe SPL above uses the following Macros:\n* [sysmon](https://github.com/x)\n\n#### How To Implement\nCollect event 10.\n\n#### Known False Positives\nScanners do it.\n\n#### Associated Analytic Story\n* [Credential Dumping](/stories/x)\n\n#### RBA\n\n| Risk Score  | Impact | Confidence | Message |\n| --- | --- |---|---|\n| 64.0 | 80 | 80 | $SourceImage$ opened LSASS on $dest$. |\n\n#### Reference\n\n* [https://example.org/x](https://example.org/x)\n\n#### Test Dataset\nReplay [tool](https://github.com/splunk/attack_data#using-replaypy)\n\n[*source*](https://github.com/splunk/security_content/x.yml) \\| *version*: **4**"
    );
    let text = format!(
        "Try in Splunk Security Cloud\n\n\nSomeone opened LSASS. Review who.\n\n  • Type: Anomaly\n  • Product: Splunk Enterprise, Splunk Cloud\n\n  • Last Updated: 2023-05-06\n  • Author: A. Person, Splunk\n  • ID: 11111111-2222-3333-4444-555555555555\n\n\n\nID Technique Tactic\nT1003.001 LSASS Memory Credential Access\nT1003 OS Credential Dumping Credential Access\nKill Chain Phase\n  • Exploitation\n  • DE.CM\n{SEARCH}\n\n\nThe SPL above uses the following Macros:\n\nRequired fields\n\nList of fields required to use this analytic.\n\n  • _time\n  • dest\n\nHow To Implement\n\nCollect event 10.\n\nKnown False Positives\n\nScanners do it.\n\nAssociated Analytic Story\n\n  • Credential Dumping\n\n\nRBA\n\nRisk Score Impact Confidence Message\n64.0 80 80 $SourceImage$ opened LSASS on $dest$.\n\nReference\n\n  • https://example.org/x\n\nsource | version: 4\n"
    );
    let today = format!(
        "# Detection: LSASS was opened\n\n**Updated Date:** 2023-05-06 **ID:** 11111111-2222-3333-4444-555555555555 **Author:** A. Person, Splunk **Type:** Anomaly **Product:** Splunk Enterprise, Splunk Cloud\n\n## Description\n\nSomeone opened LSASS. Review who.\n\n## Search\n\n```\n1\n2\n{SEARCH}\n```\n\n## Data Source\n\n| Name | Platform |\n|---|---|\n| Sysmon EventID 10 | Windows |\n\n## Macros Used\n\n| Name | Value |\n|---|---|\n| my_macro | field=$value$ |\n| lsass_was_opened_filter | search * |\n\n## Annotations\n\n| ID | Technique | Tactic |\n|---|---|---|\n| T1003.001 | LSASS Memory | Credential Access |\n| T1003 | OS Credential Dumping | Credential Access |\n\n### Kill Chain Phase\n\n- Exploitation\n\n### NIST\n\n- DE.CM\n\n## Implementation\n\nCollect event 10.\n\n## Known False Positives\n\nScanners do it.\n\n## Associated Analytic Story\n\n- [Credential Dumping](/stories/x)\n\n## Risk Based Analytics (RBA)\n\n**Risk Message:** $SourceImage$ opened LSASS on $dest$.\n\n| Risk Object | Risk Object Type | Risk Score |\n|---|---|---|\n| dest | system | 64 |\n\n| Threat Object | Threat Object Type |\n|---|---|\n| SourceImage | process |\n\n## References\n\n- https://example.org/x\n\nSource: GitHub | Version: 4\n"
    );
    let html = format!(
        "<!doctype html><html><head><title>x</title></head><body><nav>Search</nav><main><article><header><h1>LSASS was opened</h1></header><h4>Description</h4><p>Someone opened LSASS. Review who.</p><ul><li><strong>Type</strong>: <a href=\"https://github.com/x\">Anomaly</a></li><li><strong>Product</strong>: Splunk Enterprise, Splunk Cloud</li><li><strong>Last Updated</strong>: 2023-05-06</li><li><strong>Author</strong>: A. Person, Splunk</li><li><strong>ID</strong>: 11111111-2222-3333-4444-555555555555</li></ul><h4>Annotations</h4><details><summary>ATT&amp;CK</summary><table><tr><th>ID</th><th>Technique</th></tr><tr><td><a href=\"https://attack.mitre.org/x\">T1003.001</a></td><td>LSASS Memory</td></tr><tr><td>T1003</td><td>OS Credential Dumping</td></tr></table></details><details><summary>Kill Chain Phase</summary><ul><li>Exploitation</li></ul></details><details><summary>NIST</summary><ul><li>DE.CM</li></ul></details><h4>Search</h4><pre><table><tr><td class=\"rouge-gutter gl\"><pre class=\"lineno\">1\n2\n</pre></td><td class=\"rouge-code\"><pre>{SEARCH}\n</pre></td></tr></table></pre><h4>How To Implement</h4><p>Collect event 10.</p><h4>Known False Positives</h4><p>Scanners do it.</p><h4>Associated Analytic Story</h4><ul><li><a href=\"/stories/x\">Credential Dumping</a></li></ul><h4>RBA</h4><table><tr><th>Risk Score</th><th>Impact</th><th>Confidence</th><th>Message</th></tr><tr><td>64.0</td><td>80</td><td>80</td><td>$SourceImage$ opened LSASS on $dest$.</td></tr></table><h4>Reference</h4><ul><li><a href=\"https://example.org/x\">https://example.org/x</a></li></ul><p><a href=\"https://github.com/splunk/x\">source</a> | version: <b>4</b></p></article></main></body></html>"
    );
    vec![
        ("jekyll", jekyll),
        ("text", text),
        ("today", today),
        ("html", html),
    ]
}

#[test]
fn every_shape_of_a_splunk_page_gives_the_same_rule() {
    for (shape, page) in splunk() {
        let rule = rule(&page);
        let name = if shape == "text" {
            "Lsass Was Opened"
        } else {
            "LSASS was opened"
        };
        assert_eq!(rule.name, name, "{shape}");
        assert_eq!(rule.state, RuleState::Runs, "{shape}");
        assert_eq!(rule.id, "11111111-2222-3333-4444-555555555555", "{shape}");
        assert_eq!(rule.query_text, SEARCH, "{shape}");
        assert_eq!(
            rule.description, "Someone opened LSASS. Review who.",
            "{shape}"
        );
        assert_eq!(rule.risk_score, 64, "{shape}");
        assert_eq!(rule.tags[0], "Anomaly", "{shape}");
        assert_eq!(rule.authors, ["A. Person, Splunk"], "{shape}");
        assert_eq!(rule.version.as_deref(), Some("4"), "{shape}");
        assert_eq!(rule.references, ["https://example.org/x"], "{shape}");
        let techniques: Vec<&String> = rule
            .threat
            .iter()
            .flat_map(|threat| &threat.techniques)
            .collect();
        assert!(techniques.contains(&&"T1003.001".to_owned()), "{shape}");
        let risk = rule.risk.unwrap();
        assert_eq!(
            risk.message, "$SourceImage$ opened LSASS on $dest$.",
            "{shape}"
        );
        let scored: Vec<_> = risk
            .objects
            .iter()
            .filter(|object| object.score.is_some())
            .collect();
        assert!(
            scored.len() == 1 && scored[0].field == "dest",
            "{shape}: {scored:?}"
        );
        let annotation = |kind: &str| {
            rule.annotations
                .iter()
                .find(|(known, _)| known == kind)
                .map(|(_, values)| values.clone())
        };
        assert_eq!(
            annotation("Analytic stories").unwrap(),
            ["Credential Dumping"],
            "{shape}"
        );
        assert_eq!(annotation("NIST").unwrap(), ["DE.CM"], "{shape}");
        assert_eq!(
            annotation("Kill chain").unwrap(),
            ["Exploitation"],
            "{shape}"
        );
        let steps: Vec<&str> = rule
            .guide
            .steps
            .iter()
            .map(|step| step.text.as_str())
            .collect();
        assert!(
            steps.iter().any(|step| step.contains("Collect event 10.")),
            "{shape}: {steps:?}"
        );
        assert!(
            steps.iter().any(|step| step.contains("Scanners do it.")),
            "{shape}: {steps:?}"
        );
    }
    let today = imported(&splunk()[2].1);
    let [(name, text)] = today.macros.as_slice() else {
        panic!("{:?}", today.macros)
    };
    assert!(
        name == "my_macro" && text.contains("field=$value$") && text.contains("- value"),
        "{text}"
    );
}

#[test]
fn a_page_is_named_outside_its_article_too() {
    let (_, html) = splunk().pop().unwrap();
    let apart = html
        .replace("<header><h1>LSASS was opened</h1></header>", "")
        .replace("<main>", "<h1>Detection: LSASS was opened</h1><main>");
    assert_eq!(rule(&apart).name, "LSASS was opened");
    let bare = apart
        .replace("<h1>Detection: LSASS was opened</h1>", "")
        .replace(
            "<title>x</title>",
            "<title>LSASS was opened | Splunk Security &amp; More</title>",
        );
    assert_eq!(rule(&bare).name, "LSASS was opened");
}

#[test]
fn what_a_page_lacks_is_said() {
    let page = "# A\n\nText.\n\n**Rule type**: threshold\n\n**Severity**:\n\n**Rule indices**:\n\n* a-*\n\n## Rule query\n\n";
    let missing = lacks(page);
    for member in [
        "severity",
        "risk_score",
        "query",
        "threshold",
        "threat",
        "note",
        "interval",
    ] {
        assert!(missing.contains(&member), "{member}: {missing:?}");
    }
    let imported = imported(page);
    let severity = imported
        .lacks
        .iter()
        .find(|lack| lack.member == "severity")
        .unwrap();
    assert_eq!(severity.line, Some(7));
}

#[test]
fn what_is_no_page_about_a_rule_is_refused() {
    let said = |bytes: &[u8]| import(Path::new("p"), bytes).unwrap_err().render(false);
    assert!(said(b"").contains("no text in this page"));
    assert!(said(b"<html><body></body></html>").contains("no text in this page"));
    assert!(said(b"\x7fELF\0\0").contains("this is no text"));
    assert!(said(b"Just a letter. Tags: none\n").contains("no page about a rule"));
    let file = b"name: x\nid: y\nsearch: '`sysmon`'\n";
    assert!(said(file).contains("a rule file already"));
}

#[test]
fn hostile_text_stays_text() {
    let page = "# Evil \u{1b}]52;c;eA==\u{7} ''' \"\"\" [x]\n\nd\n\n**Rule type**: eql\n\n**Severity**: low\n\n**Risk score**: 999999999999999999999\n\n## Rule query\n\n```\nprocess where process.name == \"'''\\u{1b}\"\n```\n\n**Framework**: x\n* ID: T\n* ID: TA\n* Name\n";
    let imported = imported(page);
    assert!(
        !imported.name.contains('\u{1b}')
            && !imported
                .file
                .contains(['/', '\u{1b}', '.'].map(|c| if c == '.' { '\0' } else { c }))
    );
    assert!(
        imported.file.starts_with("evil_52_c_ea"),
        "{}",
        imported.file
    );
}

proptest::proptest! {
    #[test]
    fn no_page_stops_the_reader(parts in proptest::collection::vec("(\\PC{0,12}|\n|edit|# |\\*\\*|- |\\||```|<pre>|</pre>|<td>|<li>|</li>|<html>|Rule type: |Rule query|Severity: |ID: |Framework:|Search|Known False Positives|\\| tstats|`m_filter`|Macros|RBA|80 80 80 \\$x\\$|\\[http://a\\]\\(|é)", 0..60)) {
        drop(import(Path::new("p"), parts.concat().as_bytes()));
    }
}
