use super::*;

fn texts(guide: &Guide, phase: Phase) -> Vec<&str> {
    guide
        .steps
        .iter()
        .filter(|step| step.phase == phase)
        .map(|step| step.text.as_str())
        .collect()
}

#[test]
fn headings_are_told_by_text_whatever_their_level() {
    for (steps, positives, answers) in [
        (
            "### Possible investigation steps",
            "### False positive analysis",
            "### Response and remediation",
        ),
        (
            "#### Possible investigation steps:",
            "### False Positives",
            "## Response",
        ),
        (
            "**Investigation steps**",
            "**False positive considerations**",
            "**Response and remediation**:",
        ),
        (
            "# Triage checklist",
            "### Common benign scenarios",
            "### Immediate actions",
        ),
    ] {
        let note = format!(
            "## Triage and analysis\n\n### Investigating X\n\nWhy it matters.\n\n{steps}\n\n- one\n- two\n\n\
             {positives}\n\n- three\n\n{answers}\n\n- four\n- five\n"
        );
        let guide = from_markdown(&note, &Transforms::default());
        assert_eq!(guide.overview, "Why it matters.", "{steps}");
        assert_eq!(texts(&guide, Phase::Investigate), ["one", "two"], "{steps}");
        assert_eq!(
            texts(&guide, Phase::FalsePositives),
            ["three"],
            "{positives}"
        );
        assert_eq!(texts(&guide, Phase::Respond), ["four", "five"], "{answers}");
    }
}

#[test]
fn nested_items_and_wrapped_lines_stay_with_their_step() {
    let note = "### Investigation steps\n- Who ran it?\n  - Focus: the user\n    and the host\n  - Implication: x\n\n- Next\n";
    let guide = from_markdown(note, &Transforms::default());
    assert_eq!(
        texts(&guide, Phase::Investigate),
        [
            "Who ran it?\n- Focus: the user and the host\n- Implication: x",
            "Next"
        ]
    );
}

#[test]
fn subheadings_group_and_outer_headings_end_a_section() {
    let note = "### Response and remediation\n**Contain the host**\n- a\n#### Later\n- b\n### Extra\n- c\n";
    let guide = from_markdown(note, &Transforms::default());
    assert_eq!(texts(&guide, Phase::Respond), ["a", "b"]);
    assert_eq!(guide.overview, "- c");
}

#[test]
fn a_section_without_a_list_gives_its_paragraphs() {
    let guide = from_markdown(
        "### False positives\n\nAn admin.\n\nA tool.\n",
        &Transforms::default(),
    );
    assert_eq!(
        texts(&guide, Phase::FalsePositives),
        ["An admin.", "A tool."]
    );
}

#[test]
fn setup_keeps_what_is_to_be_copied() {
    let note =
        "## Setup\n\nSet it by registry:\n\n```\nreg add x\n    /v y\n```\n\nThen restart.\n";
    let guide = from_markdown(note, &Transforms::default());
    assert_eq!(
        texts(&guide, Phase::Setup),
        ["Set it by registry:\nreg add x\n    /v y", "Then restart."]
    );
}

#[test]
fn a_note_without_headings_of_sections_is_steps() {
    let listed =
        "## Triage and analysis\n\n### Investigating X\nWhy it matters:\n- Who?\n- Where?\n";
    let guide = from_markdown(listed, &Transforms::default());
    assert_eq!(texts(&guide, Phase::Investigate), ["Who?", "Where?"]);
    let prose = from_markdown(
        "## Triage\n\nLook at it.\n\nThen ask.\n",
        &Transforms::default(),
    );
    assert_eq!(
        texts(&prose, Phase::Investigate),
        ["Look at it.", "Then ask."]
    );
}

#[test]
fn ids_depend_on_phase_and_text_only() {
    let one = step(Phase::Investigate, "a", Vec::new());
    assert_eq!(one.id, step(Phase::Investigate, "a", Vec::new()).id);
    assert_ne!(one.id, step(Phase::Respond, "a", Vec::new()).id);
    assert_eq!(one.id.len(), 16);
}

#[test]
fn pivots_leave_the_text_and_stand_beside_it() {
    let document = serde_json::json!({"transform": {"investigate": [
        {"label": "Host", "providers": [[{"field": "host.id", "value": "{{host.id}}"}]],
         "relativeFrom": "now-1h", "relativeTo": "now+15m"}],
        "osquery": [{"label": "Tasks", "query": "SELECT 1"}]}});
    let note = "### Investigation steps\n- See the host. $investigate_0\n- Ask it.\n  - $osquery_0\n- Inline \
        !{investigate{\"label\":\"In\",\"providers\":[[{\"field\":\"a\",\"value\":\"b\"}]]}}\n";
    let guide = from_markdown(note, &transforms(&document));
    let steps: Vec<_> = guide
        .steps
        .iter()
        .map(|step| (step.text.as_str(), step.pivots.len()))
        .collect();
    assert_eq!(
        steps,
        [
            ("See the host.", 1),
            ("Ask it.\nosquery, Tasks:\nSELECT 1", 0),
            ("Inline", 1)
        ]
    );
    let pivot = &guide.steps[0].pivots[0];
    assert_eq!((pivot.before, pivot.after), (3600, 900));
    assert_eq!(
        pivot.any,
        [[("host.id".to_owned(), "{{host.id}}".to_owned())]]
    );
}

proptest::proptest! {
    #[test]
    fn no_text_panics_and_every_step_says_something(note in "(#{0,4} ?|- |  - |\\*\\*|[a-zé$!{}_0-9 ]{0,12}|\n|```|response|setup|investigate){0,60}") {
        let guide = from_markdown(&note, &Transforms::default());
        for step in guide.steps {
            proptest::prop_assert!(!step.text.trim().is_empty());
        }
    }
}
