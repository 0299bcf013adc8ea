//! `neq`: the field differs from every value. A missing field does, too.

use super::Modifier;

pub static NEQ: Modifier = Modifier {
    name: "neq",
    apply: |item, _| {
        item.negated = true;
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use super::super::super::item::Form;
    use super::super::testing::apply_to;

    #[test]
    fn the_whole_item_is_negated() {
        assert!(apply_to(vec![Form::text("a")], "neq").unwrap().negated);
        assert!(
            apply_to(vec![Form::text("B")], "fieldref|neq")
                .unwrap()
                .negated
        );
    }
}
