#[test]
fn tmp() {
    let engine = crate::engine::Engine::new(crate::rule::RuleSet::load(&["/work/shared/data/rules/sigma/rules/windows/file".into()]).rules);
    for f in ["s.ndjson","s.dump.ndjson","s.xml"] {
    let text = std::fs::read_to_string(format!("/tmp/fast/{f}")).unwrap();
    let mut sieve = super::Sieve::new(true);
    let (mut odd, mut sound, mut none) = (0,0,0);
    for line in text.lines().take(3000) {
        match engine.look(&mut sieve, line.as_bytes()) { super::Verdict::Odd => odd+=1, super::Verdict::Sound([]) => none+=1, _ => sound+=1 }
    }
    eprintln!("{f} odd {odd} sound {sound} none {none} classes {} with plan {}", sieve.classes.len(), sieve.classes.values().flatten().count());
    for line in text.lines().take(40) {
       let l = sieve.members.read(line.as_bytes());
       let members=&sieve.members;
       let mut layouts = sieve.layouts.iter_mut();
       let Some(layout) = layouts.find(|x| x.fits(members)) else { eprintln!("no layout {l:?}"); continue };
       let mut key=Vec::new();
       let k = layout.write_key(members, line.as_bytes(), &mut key);
       if k.is_none() { for m in members.all() { let p = layout.part_of(members, m); if p==Some(super::layout::Part::Odd) { eprintln!("odd {:?}", super::layout::full_name(members, m.name)); } } }
    }
    }
}
